"""Translate the bridge's own sentences, from the catalogs in bridge/i18n/locale (`make words`)."""

import gettext
import re
import struct
from functools import cache
from pathlib import Path
from typing import NamedTuple

LOCALE = Path(__file__).parent / "locale"
"""The folder with a catalog per language."""

LANGUAGES = ("de", "es", "fr", "it", "ja", "pt", "ru", "tr", "uk", "zh", "zh_Hant")
"""The languages besides English: "zh" is simplified Chinese, "zh_Hant" traditional, "pt" as in Brazil."""

_TRADITIONAL = {"hant", "tw", "hk", "mo"}
"""Lists what names traditional Chinese in the tag of a language: the script, or a region that writes it."""


class Plural(NamedTuple):
    """A sentence that depends on the number {count} in it, in its two English forms; other languages may have more."""

    one: str
    many: str


def translated(sentence: str | Plural, language: str, **values: object) -> str:
    """Return a sentence of `bridge.i18n.sentences` or `bridge.errors` in a language, as far as it has a translation.

    language: as a platform names it ("de", "zh-TW"); without a translation the sentence is returned in English.
    values: replace the fields of the same names, such as {model}; without any, the fields stay as they are. A Plural
        needs a whole number as `count`.
    """
    translations = _translations(language)
    if isinstance(sentence, Plural):
        count = values.get("count")
        template = translations.ngettext(*sentence, count if isinstance(count, int) else 0)
    else:
        template = translations.gettext(sentence) if sentence else ""  # gettext has its own entry for no words
    return template.format(**values) if values else template


def _translations(tag: str) -> gettext.NullTranslations:
    language, *rest = re.split("[-_.@]", tag.lower())
    if language == "zh" and "hans" not in rest and _TRADITIONAL.intersection(rest):
        language = "zh_Hant"
    return catalog(language) if language in LANGUAGES else _ENGLISH


@cache
def catalog(language: str) -> gettext.NullTranslations:
    """Return the catalog of one of LANGUAGES, read once; one that is missing or broken costs only the translation."""
    try:
        with (LOCALE / f"{language}.mo").open("rb") as file:
            return gettext.GNUTranslations(file)
    except (OSError, ValueError, struct.error):
        return _ENGLISH


_ENGLISH = gettext.NullTranslations()
