"""The bridge's words in other languages: every sentence, its places and marks, and the files that hold them."""

import re
import string
from collections import Counter
from functools import cache
from pathlib import Path

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from bridge import TABLE, translated
from bridge.errors import BridgeError, QuotaSpent
from bridge.i18n import language, sentences
from bridge.i18n.language import LANGUAGES, LOCALE, Plural
from tests.catalogs import PLURALS, Sentence, Translations, compiled, gathered, read, said, written

EVERYTHING = list(said())
SENTENCES = {named.sentence[0] if isinstance(named.sentence, Plural) else named.sentence for named in EVERYTHING}
HELP_LENGTH = 100
"""Of the descriptions of a slash command and what follows it (Discord, application command structure)."""


def po(tongue: str) -> str:
    return (LOCALE / f"{tongue}.po").read_text("utf-8")


@cache
def catalog(tongue: str) -> dict[Sentence, list[str]]:
    return read(po(tongue))


def spoken(tongue: str, sentence: Sentence) -> list[str]:
    """All forms of a translation."""
    return catalog(tongue)[sentence]


def marks(text: str) -> Counter[str]:
    """What has to be the same in every language: places for values, Markdown, commands and addresses."""
    places = [f"{{{name}}}" for _, name, _, _ in string.Formatter().parse(text) if name is not None]
    return Counter([*places, *re.findall(r"`|\*+|(?<!\w)/[a-z]+|https?://[^\s)]+", text)])


@pytest.mark.parametrize("tongue", LANGUAGES)
def test_every_sentence_is_translated_and_no_other(tongue: str) -> None:
    assert po(tongue) == written(gathered(tongue, po(tongue))), "call `make words`"
    assert list(read(po(tongue))) == [named.sentence for named in EVERYTHING]
    for named in EVERYTHING:
        assert all(spoken(tongue, named.sentence)), f"{tongue}: {named.name} has no translation"


@pytest.mark.parametrize("tongue", LANGUAGES)
def test_the_compiled_catalogs_are_up_to_date(tongue: str) -> None:
    assert (LOCALE / f"{tongue}.mo").read_bytes() == compiled(gathered(tongue, po(tongue))), "call `make words`"


@pytest.mark.parametrize("tongue", LANGUAGES)
def test_places_and_marks_are_the_same_in_every_language(tongue: str) -> None:
    for named in EVERYTHING:
        english = named.sentence.many if isinstance(named.sentence, Plural) else named.sentence
        for form in spoken(tongue, named.sentence):
            assert marks(form) == marks(english), f"{tongue}: {named.name}"
            assert form == form.strip(), f"{tongue}: {named.name}"


@pytest.mark.parametrize("tongue", LANGUAGES)
def test_what_stands_in_a_catalog_is_said(tongue: str) -> None:
    for named in EVERYTHING:
        if isinstance(named.sentence, Plural):
            for form in spoken(tongue, named.sentence):
                assert any(translated(named.sentence, tongue, count=n) == form.format(count=n) for n in range(12))
        else:
            assert [translated(named.sentence, tongue)] == spoken(tongue, named.sentence)


@pytest.mark.parametrize(
    ("tongue", "words"),
    [
        ("", {1: "1 hour.", 2: "2 hours.", 21: "21 hours."}),
        ("de", {1: "1 Stunde ", 2: "2 Stunden "}),
        ("es", {1: "1 hora.", 2: "2 horas."}),
        ("fr", {1: "1 heure ", 2: "2 heures "}),
        ("ru", {1: "1 час.", 2: "2 часа.", 4: "4 часа.", 5: "5 часов.", 11: "11 часов.", 12: "12 часов."}),
        ("ru", {20: "20 часов.", 21: "21 час.", 22: "22 часа.", 111: "111 часов.", 121: "121 час."}),
        ("uk", {1: "1 годину.", 2: "2 години.", 5: "5 годин.", 11: "11 годин.", 21: "21 годину.", 112: "112 годин."}),
        ("it", {1: "1 ora.", 2: "2 ore."}),
        ("pt", {1: "1 hora.", 2: "2 horas."}),
        ("tr", {1: "1 saat ", 2: "2 saat "}),
        ("ja", {1: "約 1 時間後", 5: "約 5 時間後"}),
        ("zh", {1: "约 1 小时", 5: "约 5 小时"}),
        ("zh-TW", {1: "約 1 小時", 5: "約 5 小時"}),
    ],
)
def test_numbers_have_the_forms_of_their_language(tongue: str, words: dict[int, str]) -> None:
    for hours, expected in words.items():
        assert expected in QuotaSpent(hours).said(tongue)


def test_french_and_portuguese_say_nothing_in_the_singular() -> None:
    assert "0 question attend" in translated(sentences.LINE_FULL, "fr", count=0)
    assert "0 pergunta esperando" in translated(sentences.LINE_FULL, "pt-BR", count=0)


@pytest.mark.parametrize("tongue", LANGUAGES)
def test_plurals_have_as_many_forms_as_the_header_tells(tongue: str) -> None:
    assert f"Plural-Forms: {PLURALS[tongue]}" in po(tongue)
    forms = Translations(tongue).num_plurals
    assert {len(spoken(tongue, each.sentence)) for each in EVERYTHING if isinstance(each.sentence, Plural)} == {forms}


@pytest.mark.parametrize(
    ("tag", "expected"),
    [
        *[
            ("de", "Quellen"),
            ("de-AT", "Quellen"),
            ("de_DE.UTF-8", "Quellen"),
            ("DE", "Quellen"),
            ("de@euro", "Quellen"),
        ],
        *[("zh-CN", "来源"), ("zh-SG", "来源"), ("zh-hans", "来源"), ("zh-Hans-HK", "来源"), ("zh", "来源")],
        *[("zh-TW", "來源"), ("zh-HK", "來源"), ("zh_MO", "來源"), ("zh-hant", "來源"), ("zh-Hant-SG", "來源")],
        *[("it-IT", "Fonti"), ("ja", "出典"), ("ja_JP.UTF-8", "出典"), ("tr", "Kaynaklar"), ("uk", "Джерела")],
        *[("pt-BR", "Fontes"), ("pt-PT", "Fontes"), ("ru", "Источники"), ("tw", "Sources"), ("en-HK", "Sources")],
        *[("es-419", "Fuentes"), ("es-ES", "Fuentes"), ("fr", "Sources"), ("en-GB", "Sources"), ("ko", "Sources")],
        *[("", "Sources"), ("C", "Sources"), ("deu", "Sources"), ("../de", "Sources"), ("-", "Sources")],
    ],
)
def test_languages_are_found_as_platforms_name_them(tag: str, expected: str) -> None:
    assert translated(sentences.SOURCES, tag) == expected


@given(tag=st.text() | st.sampled_from(LANGUAGES), text=st.text())
def test_whatever_is_to_be_translated_comes_back(tag: str, text: str) -> None:
    assume(text not in SENTENCES)  # Hypothesis also draws what stands in the code
    assert translated(text, tag) == text


@pytest.mark.parametrize("content", [None, b"", b"nothing that anybody could read", b"\xde\x12\x04\x95" + b"\xff" * 24])
def test_without_a_catalog_everything_is_said_in_english(
    content: bytes | None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(language, "LOCALE", tmp_path)
    if content is not None:
        (tmp_path / "de.mo").write_bytes(content)
    language.catalog.cache_clear()
    try:
        assert translated(sentences.SOURCES, "de") == "Sources"
        assert QuotaSpent(3).said("de") == QuotaSpent(3).sentence
    finally:
        language.catalog.cache_clear()


def test_a_catalog_is_read_once(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    translated(sentences.SOURCES, "de")
    monkeypatch.setattr(language, "LOCALE", tmp_path)
    assert translated(sentences.SOURCES, "de-CH") == "Quellen"


def test_errors_keep_their_words_and_values_for_any_language() -> None:
    error = BridgeError(sentences.FILE_TOO_LARGE, most=20)
    assert error.sentence == str(error) == "That file is too large: Qwen takes up to 20 MB."
    assert error.said("de") == "Diese Datei ist zu groß: Qwen nimmt bis zu 20 MB."
    assert BridgeError("{not a place}").said("de") == "{not a place}"
    assert BridgeError().said("fr").startswith("Quelque chose")


@pytest.mark.parametrize("tongue", ["", *LANGUAGES])
def test_help_fits_where_platforms_show_it(tongue: str) -> None:
    for command in TABLE:
        assert 0 < len(command.help_in(tongue)) <= HELP_LENGTH
        assert len(translated(sentences.FOLLOWS.get(command.name, ""), tongue)) <= HELP_LENGTH


def test_another_editor_may_wrap_lines_and_what_it_marks_as_fuzzy_or_obsolete_is_missing() -> None:
    wrapped = '#, fuzzy, c-format\nmsgid "a"\nmsgstr "b"\n\n#~ msgid "c"\n#~ msgstr "d"\n\n'
    wrapped += '# "by hand"\nmsgid ""\n"e\\"\\n"\n"f"\nmsgstr ""\n"g\\\\"\n"h"\n'
    assert read(wrapped) == {'e"\nf': ["g\\h"]}
