"""The catalogs in bridge/i18n/locale: `make words` gathers what the bridge says into .po files, and compiles .mo files.

Both are written in one form, so that a test can compare them; any editor for .po files may be used in between.
"""

import io
import sys
from collections.abc import Iterator
from dataclasses import dataclass

from babel.messages import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

from adapters.cli.platforms import PLATFORMS
from bridge import errors
from bridge.i18n import sentences
from bridge.i18n.language import LANGUAGES, LOCALE, Plural

PLURALS = {
    "de": "nplurals=2; plural=n != 1;",
    "es": "nplurals=2; plural=n != 1;",
    "fr": "nplurals=2; plural=n > 1;",
    "it": "nplurals=2; plural=n != 1;",
    "ja": "nplurals=1; plural=0;",
    "pt": "nplurals=2; plural=n > 1;",
    "ru": "nplurals=3; plural=n%10==1 && n%100!=11 ? 0 : n%10>=2 && n%10<=4 && (n%100<10 || n%100>=20) ? 1 : 2;",
    "tr": "nplurals=2; plural=n != 1;",
    "uk": "nplurals=3; plural=n%10==1 && n%100!=11 ? 0 : n%10>=2 && n%10<=4 && (n%100<10 || n%100>=20) ? 1 : 2;",
    "zh": "nplurals=1; plural=0;",
    "zh_Hant": "nplurals=1; plural=0;",
}
"""As Unicode's plural rules have them for whole numbers below a million, where Romance languages begin a third form."""

Sentence = str | Plural


@dataclass(frozen=True)
class Named:
    """A sentence, and where it stands."""

    name: str
    sentence: Sentence


class Translations(Catalog):
    """A catalog whose header says only how to read it: no dates, people and versions, which change with each run."""

    def __init__(self, language: str) -> None:
        super().__init__(language, header_comment="", fuzzy=False)
        self._language = language

    @property  # type: ignore[misc]  # only written, never read into
    def mime_headers(self) -> list[tuple[str, str]]:
        """See Catalog."""
        return [
            ("Language", self._language),
            ("MIME-Version", "1.0"),
            ("Content-Type", "text/plain; charset=UTF-8"),
            ("Content-Transfer-Encoding", "8bit"),
            ("Plural-Forms", f"{PLURALS[self._language]}\n"),  # the last line, too, has an end
        ]

    @property
    def num_plurals(self) -> int:
        """See Catalog."""
        return int(PLURALS[self._language][len("nplurals=")])


def said() -> Iterator[Named]:
    """Everything that the bridge and its adapters say, in the order of the source, each once."""
    seen: set[Sentence] = set()
    for named in [*_in_sentences(), *_in_errors(), *_in_adapters()]:
        if named.sentence not in seen:
            seen.add(named.sentence)
            yield named


def _in_sentences() -> Iterator[Named]:
    for name, value in vars(sentences).items():
        if name.isupper() and isinstance(value, str | Plural):
            yield Named(name, value)
        elif name.isupper():
            yield from (Named(f"{name} /{command}", text) for command, text in value.items())


def _in_adapters() -> Iterator[Named]:
    for platform in PLATFORMS:
        yield from (Named(name, sentence) for name, sentence in platform.sentences.items())


def _in_errors() -> Iterator[Named]:
    for name, value in vars(errors).items():
        if isinstance(value, type) and "sentence" in vars(value):
            yield Named(name, value.sentence)  # type: ignore[attr-defined]


def read(po: str) -> dict[Sentence, list[str]]:
    """Return the forms of each translation in a .po file, one where the sentence has no number.

    They are empty where a translation is missing. What is marked as fuzzy or obsolete is left out.
    """
    forms: dict[Sentence, list[str]] = {}
    for message in read_po(io.StringIO(po), abort_invalid=True):
        if message.id and not message.fuzzy:
            sentence = message.id if isinstance(message.id, str) else Plural(*message.id)
            forms[sentence] = [message.string] if isinstance(message.string, str) else list(message.string or ())
    return forms


def gathered(language: str, po: str) -> Translations:
    """Return everything that is said, with its translation where the .po file has one."""
    known = read(po)
    catalog = Translations(language)
    for named in said():
        forms = known.get(named.sentence, [])
        if isinstance(named.sentence, Plural):
            complete = len(forms) == catalog.num_plurals and all(forms)
            translation: str | tuple[str, ...] = tuple(forms) if complete else ("",) * catalog.num_plurals
        else:
            translation = "".join(forms)
        catalog.add(named.sentence, translation, auto_comments=[named.name]).flags.clear()
    return catalog


def written(catalog: Catalog) -> str:
    """Return the .po file."""
    file = io.BytesIO()
    write_po(file, catalog, width=0)
    return file.getvalue().decode().strip() + "\n"


def compiled(catalog: Catalog) -> bytes:
    """Return the .mo file."""
    file = io.BytesIO()
    write_mo(file, catalog)
    return file.getvalue()


def main() -> None:
    """Bring the catalogs up to date; exit code 1 where a translation is missing."""
    missing = 0
    for language in LANGUAGES:
        path = LOCALE / f"{language}.po"
        catalog = gathered(language, path.read_text("utf-8") if path.exists() else "")
        po = written(catalog)
        path.write_text(po, "utf-8")
        path.with_suffix(".mo").write_bytes(compiled(catalog))
        for sentence, forms in read(po).items():
            if not all(forms):
                missing += 1
                print(f"{path.name}: not translated: {sentence if isinstance(sentence, str) else sentence.one}")
    sys.exit(missing > 0)


if __name__ == "__main__":
    main()
