"""Checks the definitions of application commands as Discord does, and refuses with its errors."""

import re
from itertools import pairwise

from adapters.sandbox.discord.errors import ApiError, Payload, bad_length, invalid_form, required, too_long

CHAT_INPUT, USER_MENU, MESSAGE_MENU = 1, 2, 3
MOST = {CHAT_INPUT: 100, USER_MENU: 15, MESSAGE_MENU: 15}
SUBCOMMAND, GROUP, STRING, INTEGER, BOOLEAN, USER, ATTACHMENT, NUMBER = 1, 2, 3, 4, 5, 6, 11, 10
CHOOSING = {STRING: (str,), INTEGER: (int,), NUMBER: (int, float)}
NAME = re.compile(r"[-_'\w\u0900-\u097f\u0e00-\u0e7f]{1,32}")
TEXT_LIMIT = 8000
LOCALES = {
    *("ar", "bg", "cs", "da", "de", "el", "en-GB", "en-US", "es-419", "es-ES", "fi", "fr", "he", "hi", "hr", "hu"),
    *("id", "it", "ja", "ko", "lt", "nl", "no", "pl", "pt-BR", "ro", "ru", "sv-SE", "th", "tr", "uk", "vi"),
    *("zh-CN", "zh-TW"),
}


def check_command(form: object) -> Payload:
    """Return a command as it is asked for. Raises ApiError 50035 for what Discord refuses."""
    if not isinstance(form, dict):
        raise invalid_form("_errors", "MODEL_TYPE_CONVERT", "Expected an object/dictionary.")
    kind = form.get("type") or CHAT_INPUT
    if kind not in MOST:
        raise invalid_form("type", "BASE_TYPE_CHOICES", "Value must be one of {1, 2, 3, 4}.")
    _check_name(form, slash=kind == CHAT_INPUT)
    if kind == CHAT_INPUT:
        _check_description(form)
        _check_options(form, nested=0)
        if _size(form) > TEXT_LIMIT:
            text = f"Command exceeds maximum size ({TEXT_LIMIT})"
            raise invalid_form("_errors", "APPLICATION_COMMAND_TOO_LARGE", text)
    else:
        for name in ("description", "options"):
            if form.get(name):
                text = "Context menu commands cannot have " + name
                raise invalid_form(name, "APPLICATION_COMMAND_CONTEXT_MENU_" + name.upper(), text)
    _check_numbers(form, "contexts", (0, 1, 2))
    _check_numbers(form, "integration_types", (0, 1))
    _check_permissions(form.get("default_member_permissions"))
    return form


def _check_text(form: Payload, name: str, most: int) -> str:
    text = form.get(name)
    if text is None or text == "":
        raise required(name)
    if not isinstance(text, str):
        raise invalid_form(name, "STRING_TYPE_CONVERT", "Could not interpret the value as string.")
    if len(text) > most:
        raise bad_length(name, 1, most)
    return text


def _check_name(form: Payload, *, slash: bool) -> None:
    names = {"name": _check_text(form, "name", 32)}
    names |= _localizations(form, "name", 32)
    for field, name in names.items():
        if slash and (not NAME.fullmatch(name) or name != name.lower()):
            raise invalid_form(field, "APPLICATION_COMMAND_INVALID_NAME", "Command name is invalid")


def _check_description(form: Payload) -> None:
    _check_text(form, "description", 100)
    _localizations(form, "description", 100)


def _localizations(form: Payload, name: str, most: int) -> dict[str, str]:
    given, field = form.get(f"{name}_localizations") or {}, f"{name}_localizations"
    if not isinstance(given, dict):
        raise invalid_form(field, "DICT_TYPE_CONVERT", "Only dictionaries may be used in a DictType")
    for locale, text in given.items():
        if locale not in LOCALES:
            raise invalid_form(f"{field}.{locale}", "ENUM_TYPE_COERCE", f'Value "{locale}" is not a valid enum value.')
        if not isinstance(text, str) or not 1 <= len(text) <= most:
            raise bad_length(f"{field}.{locale}", 1, most)
    return {f"{field}.{locale}": text for locale, text in given.items()}


def _check_options(form: Payload, *, nested: int) -> None:
    options = form.get("options") or []
    if not isinstance(options, list):
        raise invalid_form("options", "LIST_TYPE_CONVERT", "Only iterables may be used in a ListType")
    if len(options) > 25:
        raise too_long("options", 25)
    for number, option in enumerate(options):
        try:
            _check_option(option, nested=nested)
        except ApiError as error:
            raise error.inside(f"options.{number}") from None
    names = [option["name"] for option in options]
    if len(set(names)) < len(names):
        text = "Option names must be unique"
        raise invalid_form("options", "APPLICATION_COMMAND_OPTIONS_NAME_ALREADY_EXISTS", text)
    branches = [option["type"] in (SUBCOMMAND, GROUP) for option in options]
    if any(branches) and not all(branches):
        text = "Sub-command and sub-command group option types are mutually exclusive to all other types"
        raise invalid_form("options", "APPLICATION_COMMAND_OPTIONS_TYPE_INVALID", text)
    needs = [bool(option.get("required")) for option in options]
    for number, (before, need) in enumerate(pairwise(needs), 1):
        if need and not before:
            text = "Required options must be placed before non-required options"
            raise invalid_form(f"options.{number}", "APPLICATION_COMMAND_OPTIONS_REQUIRED_INVALID", text)


def _check_option(option: object, *, nested: int) -> None:
    if not isinstance(option, dict):
        raise invalid_form("_errors", "MODEL_TYPE_CONVERT", "Expected an object/dictionary.")
    kind = option.get("type")
    if not isinstance(kind, int) or not 1 <= kind <= 11:
        raise invalid_form("type", "BASE_TYPE_CHOICES", f"Value must be one of {set(range(1, 12))}.")
    _check_name(option, slash=True)
    _check_description(option)
    branch = kind in (SUBCOMMAND, GROUP)
    if (nested == 1 and kind != SUBCOMMAND) or (nested == 2 and branch):
        text = "Sub-command groups hold sub-commands, and these hold options"
        raise invalid_form("type", "APPLICATION_COMMAND_OPTIONS_TYPE_INVALID", text)
    if branch:
        _check_options(option, nested=nested + 1 if kind == GROUP else 2)
        return
    _check_choices(option, CHOOSING.get(kind, ()))


def _check_choices(option: Payload, types: tuple[type, ...]) -> None:
    choices = option.get("choices") or []
    if (choices or option.get("autocomplete")) and not types:
        text = "Choices and autocomplete are for strings and numbers only"
        raise invalid_form("type", "APPLICATION_COMMAND_OPTIONS_TYPE_INVALID", text)
    if choices and option.get("autocomplete"):
        text = "Choices and autocomplete are mutually exclusive"
        raise invalid_form("autocomplete", "APPLICATION_COMMAND_AUTOCOMPLETE_WITH_CHOICES", text)
    check_choices(choices, types)
    for name, least in (("min_length", 0), ("max_length", 1)):
        length = option.get(name)
        if length is not None and (
            option["type"] != STRING or not isinstance(length, int) or not least <= length <= 6000
        ):
            raise invalid_form(name, "NUMBER_TYPE_MAX", f"int value should be between {least} and 6000.")


def check_choices(choices: object, types: tuple[type, ...]) -> list[Payload]:
    """Return the choices of an option, or those offered while a person types. Raises ApiError."""
    if not isinstance(choices, list):
        raise invalid_form("choices", "LIST_TYPE_CONVERT", "Only iterables may be used in a ListType")
    if len(choices) > 25:
        raise too_long("choices", 25)
    for number, choice in enumerate(choices):
        try:
            _check_choice(choice, types)
        except ApiError as error:
            raise error.inside(f"choices.{number}") from None
    names = [choice["name"] for choice in choices]
    if len(set(names)) < len(names):
        text = "Option choice names must be unique"
        raise invalid_form("choices", "APPLICATION_COMMAND_OPTIONS_CHOICE_NAME_ALREADY_EXISTS", text)
    return choices


def _check_choice(choice: object, types: tuple[type, ...]) -> None:
    if not isinstance(choice, dict):
        raise invalid_form("_errors", "MODEL_TYPE_CONVERT", "Expected an object/dictionary.")
    _check_text(choice, "name", 100)
    _localizations(choice, "name", 100)
    value = choice.get("value")
    if value is None:
        raise required("value")
    if not isinstance(value, types) or isinstance(value, bool):
        raise invalid_form("value", "BASE_TYPE_CONVERT", "The value does not have the type of the option.")
    if isinstance(value, str) and not 1 <= len(value) <= 100:
        raise bad_length("value", 1, 100)


def _check_numbers(form: Payload, name: str, known: tuple[int, ...]) -> None:
    values = form.get(name)
    if values is None:
        return
    if not isinstance(values, list):
        raise invalid_form(name, "LIST_TYPE_CONVERT", "Only iterables may be used in a ListType")
    if not values:
        raise invalid_form(name, "BASE_TYPE_BAD_LENGTH", f"Must be between 1 and {len(known)} in length.")
    for number, value in enumerate(values):
        if value not in known:
            raise invalid_form(f"{name}.{number}", "BASE_TYPE_CHOICES", f"Value must be one of {set(known)}.")
    if len(set(values)) < len(values):
        raise invalid_form(name, "SET_TYPE_ALREADY_CONTAINS_VALUE", "The values must be unique.")


def _check_permissions(value: object) -> None:
    if value is not None and not (isinstance(value, int | str) and str(value).isdecimal()):
        text = f'Value "{value}" is not a valid permission bit set.'
        raise invalid_form("default_member_permissions", "NUMBER_TYPE_COERCE", text)


def _size(part: Payload) -> int:
    """The code points of names, descriptions and values; of localizations the longest counts."""
    size = 0
    for name in ("name", "description"):
        localized = part.get(f"{name}_localizations")
        texts = [str(part.get(name) or ""), *(map(str, localized.values()) if isinstance(localized, dict) else ())]
        size += max(map(len, texts))
    size += len(str(part["value"])) if isinstance(part.get("value"), str) else 0
    inner = [item for name in ("options", "choices") for item in (part.get(name) or [])]  # type: ignore[attr-defined]
    return size + sum(map(_size, inner))
