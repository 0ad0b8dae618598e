"""Fixtures for the tests of the client of Qwen."""

import pytest

from bridge.backends.qwen import client


@pytest.fixture
def impatient_with_chats(monkeypatch: pytest.MonkeyPatch) -> None:
    """A chat that is in progress is asked again once, and then given up."""
    monkeypatch.setattr(client, "IN_PROGRESS_WAITS", (0.001,))
    monkeypatch.setattr(client, "IN_PROGRESS_SECONDS", 0.005)
