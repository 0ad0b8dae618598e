"""Documents that fail when they are wrong: settings in the README and in .env.example, the Procfile, the locks."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic.fields import FieldInfo

from adapters.cli.settings import Settings
from bridge import TABLE, errors
from bridge.backends.qwen.failures import BY_CODE, by_status, in_body
from bridge.errors import QwenError
from bridge.i18n import sentences

ROOT = Path(__file__).parent.parent
FIELDS = Settings.model_fields


def default(name: str, field: FieldInfo) -> str:
    """A field's default as a newcomer reads it."""
    if name == "database_url":
        return "in your data folder"
    value = int(field.default) if isinstance(field.default, bool | float) else field.default
    return f"`{value}`" if value not in (None, "") else ""


def settings_table() -> str:
    rows = [f"| `{name.upper()}` | {field.description} | {default(name, field)} |" for name, field in FIELDS.items()]
    return "\n".join(["| variable | what it is | default |", "|---|---|---|", *rows]).replace("|  |", "| |")


def commands_table() -> str:
    """What people may type, who may, and what follows."""
    head = ["| command | what follows | what it does | in shared places |", "|---|---|---|---|"]
    rows = [
        f"| `/{each.name}` | {sentences.FOLLOWS.get(each.name, '')} | {each.help} | {'admins' if each.option else ''} |"
        for each in TABLE
    ]
    return "\n".join(head + rows).replace("|  |", "| |").replace("|  |", "| |")


def test_the_readme_lists_the_commands() -> None:
    written = (ROOT / "README.md").read_text().split("<!-- commands -->\n")[1].split("\n<!-- /commands -->")[0]
    assert written == commands_table()


def failures() -> Iterator[type[QwenError]]:
    """Each way in which Qwen does not answer, in the order of errors.py."""
    return (
        kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, QwenError) and kind.remedy
    )


def failures_table() -> str:
    head = ["| what | the person reads | the operator reads | asked in all |", "|---|---|---|---|"]
    rows = [f"| {kind.__name__} | {kind.sentence} | {kind.remedy} | {kind.tries}× |" for kind in failures()]
    return "\n".join(head + rows)


def test_the_readme_lists_the_failures() -> None:
    written = (ROOT / "README.md").read_text().split("<!-- failures -->\n")[1].split("\n<!-- /failures -->")[0]
    assert written == failures_table()


def test_every_failure_has_a_sentence_for_the_person_and_one_for_the_operator() -> None:
    raised = {type(example) for example in made_by_the_wire()}
    assert raised <= set(failures())
    for kind in failures():
        assert kind.sentence.endswith("."), kind
        assert kind.sentence != errors.BridgeError.sentence, kind


def made_by_the_wire() -> Iterator[QwenError]:
    """What the table of codes and the other readings of a body can make."""
    for make in BY_CODE.values():
        yield make(("", None))
        yield make(("The chat is in progress! model limit", 4))
    for status in (401, 403, 413, 429, 500):
        if error := by_status(status):
            yield error
    yield in_body(b"", 200)
    yield in_body(b"<!doctypehtml>", 200)
    yield in_body(b"<html>", 200)


def test_the_readme_lists_the_settings() -> None:
    written = (ROOT / "README.md").read_text().split("<!-- settings -->\n")[1].split("\n<!-- /settings -->")[0]
    assert written == settings_table()


@pytest.mark.parametrize("name", FIELDS)
def test_the_example_file_has_each_setting_and_sets_none(name: str) -> None:
    example = (ROOT / ".env.example").read_text()
    assert re.findall(rf"^# ?{name.upper()}=", example, re.MULTILINE) == [f"#{name.upper()}="]
    assert not re.findall(rf"^{name.upper()}=", example, re.MULTILINE)


def test_the_example_file_is_valid_when_everything_in_it_is_switched_on(monkeypatch: pytest.MonkeyPatch) -> None:
    example = (ROOT / ".env.example").read_text()
    Path(".env").write_text(re.sub(r"^#(?=[A-Z_]+=)", "", example, flags=re.MULTILINE))
    assert Settings.read().qwen_standin is True


@pytest.mark.parametrize("name", ["requirements.txt", "requirements-dev.txt"])
def test_locks_have_hashes_and_name_no_place(name: str) -> None:
    lock = (ROOT / name).read_text()
    assert "://" not in lock
    assert "--index" not in lock
    entries = [block for block in re.split(r"\n(?=\S)", lock) if re.match(r"[a-z]", block)]
    assert len(entries) > 25
    assert all("--hash=sha256:" in entry for entry in entries)


def test_the_procfile_needs_no_installed_package() -> None:
    assert (ROOT / "Procfile").read_text() == "worker: python -m adapters run\n"
