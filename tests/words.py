"""The catalogs in bridge/i18n/locale: `make words` gathers what people are told into .po files, and compiles .mo files.

Both are written in one form, so that a test can compare them; any editor for .po files may be used in between.
"""

import ast
import re
import struct
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from adapters.cli.platforms import PLATFORMS
from bridge import errors
from bridge.i18n import sentences
from bridge.i18n.language import LANGUAGES, LOCALE, Plural

PLURALS = {
    "de": "nplurals=2; plural=n != 1;",
    "es": "nplurals=2; plural=n != 1;",
    "fr": "nplurals=2; plural=n > 1;",
    "ru": "nplurals=3; plural=n%10==1 && n%100!=11 ? 0 : n%10>=2 && n%10<=4 && (n%100<10 || n%100>=20) ? 1 : 2;",
    "zh": "nplurals=1; plural=0;",
}
"""As Unicode's plural rules have them for whole numbers."""

Sentence = str | Plural
Catalog = Mapping[Sentence, list[str]]
"""The forms of each translation, one where the sentence has no number; none where it is missing."""


@dataclass(frozen=True)
class Named:
    """A sentence, and where it stands."""

    name: str
    sentence: Sentence


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


def _in_errors() -> Iterator[Named]:
    for name, value in vars(errors).items():
        if isinstance(value, type) and "sentence" in vars(value):
            yield Named(name, value.sentence)  # type: ignore[attr-defined]


def _in_adapters() -> Iterator[Named]:
    for platform in PLATFORMS:
        yield from (Named(name, sentence) for name, sentence in platform.sentences.items())


def read(po: str) -> Catalog:
    """The translations of a .po file. What is marked as fuzzy or obsolete counts as missing."""
    catalog: dict[Sentence, list[str]] = {}
    for block in re.split(r"\n\s*\n", po):
        lines = [line.strip() for line in block.splitlines()]
        if any(re.match(r"#,.*\bfuzzy\b", line) for line in lines):
            continue
        entry: dict[str, str] = {}
        key = ""
        for line in lines:
            if line and not line.startswith("#"):
                found, text = re.fullmatch(r'(msg\S+)?\s*(".*")', line).groups()  # type: ignore[union-attr]
                key = found or key
                entry[key] = entry.get(key, "") + ast.literal_eval(text)
        if entry.get("msgid"):
            plural = entry.get("msgid_plural")
            forms = [text for name, text in entry.items() if name.startswith("msgstr")]
            catalog[Plural(entry["msgid"], plural) if plural else entry["msgid"]] = forms
    return catalog


def header(language: str) -> str:
    """The entry for no words, which says how to read the others."""
    charset = "Content-Type: text/plain; charset=UTF-8\nContent-Transfer-Encoding: 8bit\n"
    return f"Language: {language}\nMIME-Version: 1.0\n{charset}Plural-Forms: {PLURALS[language]}\n"


def forms(language: str) -> int:
    """How many forms a number makes in a language."""
    return int(PLURALS[language][len("nplurals=")])


def written(language: str, catalog: Catalog) -> str:
    """The .po file: everything that is said, with its translation where there is one."""
    head = "\n".join(_quoted(line) for line in header(language).splitlines(keepends=True))
    blocks = [f'msgid ""\nmsgstr ""\n{head}\n']
    for named in said():
        sentence = named.sentence
        known = [text for text in catalog.get(sentence, []) if text]
        if isinstance(sentence, Plural):
            known = known if len(known) == forms(language) else [""] * forms(language)
            ids = f"msgid {_quoted(sentence.one)}\nmsgid_plural {_quoted(sentence.many)}\n"
            strings = "".join(f"msgstr[{number}] {_quoted(text)}\n" for number, text in enumerate(known))
        else:
            ids, strings = f"msgid {_quoted(sentence)}\n", f"msgstr {_quoted(known[0] if known else '')}\n"
        blocks.append(f"#. {named.name}\n{ids}{strings}")
    return "\n".join(blocks)


def compiled(language: str, catalog: Catalog) -> bytes:
    """The .mo file (GNU gettext manual, 10.3), without the table of hashes, which Python does not read."""
    texts = {"": header(language)}
    texts |= {
        "\0".join(_ids(sentence)): "\0".join(known) for sentence, known in catalog.items() if known and all(known)
    }
    pairs = sorted((key.encode(), text.encode()) for key, text in texts.items())
    ids, strings = [key for key, _ in pairs], [text for _, text in pairs]
    head, table = 7 * 4, 8 * len(pairs)
    at_ids = head + 2 * table
    at_strings = at_ids + sum(len(key) + 1 for key in ids)
    numbers = [0x950412DE, 0, len(pairs), head, head + table, 0, at_ids]
    numbers += [*_places(ids, at_ids), *_places(strings, at_strings)]
    return struct.pack(f"<{len(numbers)}I", *numbers) + b"".join(text + b"\0" for text in [*ids, *strings])


def _ids(sentence: Sentence) -> Iterable[str]:
    return sentence if isinstance(sentence, Plural) else (sentence,)


def _places(texts: list[bytes], at: int) -> Iterator[int]:
    for text in texts:
        yield from (len(text), at)
        at += len(text) + 1


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'


def main() -> None:
    """Bring the catalogs up to date; exit code 1 where a translation is missing."""
    missing = 0
    for language in LANGUAGES:
        path = LOCALE / f"{language}.po"
        po = written(language, read(path.read_text("utf-8") if path.exists() else ""))
        path.write_text(po, "utf-8")
        catalog = read(po)
        path.with_suffix(".mo").write_bytes(compiled(language, catalog))
        for sentence, known in catalog.items():
            if not all(known):
                missing += 1
                print(f"{path.name}: not translated: {next(iter(_ids(sentence)))}")
    sys.exit(missing > 0)


if __name__ == "__main__":
    main()
