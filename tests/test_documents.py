"""Documents that fail when they are wrong: settings in the README and in .env.example, the Procfile, the locks."""

import re
from pathlib import Path

import pytest
from pydantic.fields import FieldInfo

from bridge.settings import Settings

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
