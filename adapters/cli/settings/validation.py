"""The messages for invalid settings: a line for each mistake, with an example of a valid value."""

import difflib
import os
import stat
from pathlib import Path
from typing import Any

from dotenv import dotenv_values
from dotenv.parser import parse_stream
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

from bridge.errors import CannotStart

ENV_FILE = ".env"

EXPOSED = (
    "The file {path} holds {names}, and others on this machine can read it. To keep it to yourself: chmod 600 {path}"
)

RENAMED = {"DISCORD_THREADS": ("DISCORD_CHANNELS", {"off": "shared", "mention": "threads"})}
"""Settings by their old names: the new name, and new words for old values. They work for now."""

_WORDS = {
    "bool_parsing": "is neither 1 nor 0",
    "float_parsing": "is not a number",
    "greater_than_equal": "is less than {ge:.0f}",
    "int_from_float": "is not a whole number",
    "int_parsing": "is not a whole number",
    "string_too_long": "is longer than {max_length} characters",
    "less_than_equal": "is not a number up to {le:.0f}",
}
"""Messages by pydantic's types of errors, shorter than its own; {ge} and {le} are the bounds of the field."""


def check_file(path: str) -> None:
    """Check that a file of settings, where there is one, is UTF-8 text of lines NAME=value. Raises CannotStart."""
    try:
        with Path(path).open(encoding="utf-8") as file:
            wrong = [str(line.original.line) for line in parse_stream(file) if line.error]
    except FileNotFoundError:
        return
    except (OSError, UnicodeDecodeError):
        raise CannotStart(f"The file {path} cannot be read. Save it as plain text (UTF-8), readable by you.") from None
    if wrong:
        raise CannotStart(f"The file {path} is wrong in line {', '.join(wrong)}: each line is NAME=value.")


def misspelt(path: str, fields: dict[str, FieldInfo], prefixes: tuple[str, ...]) -> list[str]:
    """Return a message for each variable that seems to be a misspelt setting, sorted by name.

    Such are variables with one of `prefixes`, and in the file at `path` also those whose name is close to a setting's.
    """
    known = {name.upper() for name in fields}
    file = set(dotenv_values(path))
    ours = {name for name in {*os.environ, *file} if name.startswith(prefixes)} | {n for n in file if _close(n, known)}
    return [_unknown(name, known) for name in sorted(ours - known - RENAMED.keys())]


def renamed(path: str) -> tuple[dict[str, Any], list[str]]:
    """Return the values that only old names give, by the fields of the new ones, and a warning for each old name."""
    given = {name: value for name, value in {**dotenv_values(path), **os.environ}.items() if value}
    values: dict[str, Any] = {}
    warnings = []
    for old, (new, words) in RENAMED.items():
        if old not in given:
            continue
        value = words.get(given[old], given[old])
        warnings.append(f"{old} is now {new}, and still works for a while: write {new}={value} in its place.")
        if new not in given:
            values[new.lower()] = value
        else:
            warnings[-1] = f"{old} is now {new}, which is set as well and counts: take {old} away."
    return values, warnings


def exposed(path: str, fields: dict[str, FieldInfo]) -> list[str]:
    """Return a warning where other users of this machine can read the secrets in the file at `path`; else nothing."""
    file = Path(path)
    if os.name != "posix" or not file.is_file() or not stat.S_IMODE(file.stat().st_mode) & 0o077:
        return []
    secret = {name.upper() for name, field in fields.items() if "SecretStr" in str(field.annotation)}
    held = sorted(name for name, value in dotenv_values(path).items() if name in secret and value)
    return [EXPOSED.format(path=path, names=", ".join(held))] if held else []


def mistake(details: ErrorDetails, fields: dict[str, FieldInfo]) -> str:
    """Return the message for one error of pydantic's, without the wrong value, which may be a secret."""
    name = str(details["loc"][0])
    field = fields[name]
    wanted = details.get("ctx", {})
    known = _WORDS.get(details["type"], "")
    what = known.format_map(wanted) or details["msg"].removeprefix("Value error, ")
    if details["type"] == "literal_error":
        what = f"is none of {wanted.get('expected', '').replace(chr(39), '')}"
    example = (field.examples or [""])[0]
    return f"{name.upper()} {what}. Example: {name.upper()}={example}"


def _unknown(name: str, known: set[str]) -> str:
    close = _close(name, known)
    return f"{name} is not a setting of Qwen Bridge" + (f": did you mean {close[0]}?" if close else ".")


def _close(name: str, known: set[str]) -> list[str]:
    return difflib.get_close_matches(name, known, n=1, cutoff=0.75)
