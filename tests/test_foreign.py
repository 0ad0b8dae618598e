"""tests.foreign, which is no part of the suite: what it names is there, and told in the documents."""

from pathlib import Path

import pytest

from tests.foreign import llmock, standins

ROOT = Path(__file__).parents[1]


@pytest.mark.parametrize("pinned", [*standins.API, *standins.QWEN, *llmock.PACKAGES])
def test_what_is_installed_is_told_with_its_version(pinned: str) -> None:
    assert pinned.replace("==", " ") in (ROOT / "docs" / "testing.md").read_text()


def test_each_client_has_a_script_and_each_script_a_client() -> None:
    scripts = {path.stem for path in (ROOT / "tests" / "foreign" / "clients").glob("ask_*.py")}
    assert scripts == {standins.script(client) for client in standins.CLIENTS}
