"""Provide a stage in each kind of channel, and the cursor that the database keeps."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from adapters.sandbox.discord import FakeDiscord
from adapters.sandbox.qwen import StandIn
from tests.adapters.discord.backfill.cursor import Kept
from tests.adapters.stages import DiscordStage


@pytest.fixture(autouse=True)
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    """Servers are there at once, and a second session begins at once."""

    async def at_once(*_: object, **__: object) -> None:
        return None

    monkeypatch.setattr("adapters.discord.client.GUILDS_SECONDS", 0.05)
    monkeypatch.setattr("adapters.discord.backfill.SAVE_SECONDS", 0.05)
    monkeypatch.setattr("adapters.discord.backfill.RETRY_PAUSES", (0.01, 0.01))
    monkeypatch.setattr("discord.Client.before_identify_hook", at_once)


@pytest.fixture(params=["channel", "thread", "dm"])
async def stage(
    request: pytest.FixtureRequest, standin: StandIn, database: str, discord: FakeDiscord
) -> AsyncIterator[DiscordStage]:
    async with DiscordStage(standin, database, discord, request.param) as opened:
        yield opened


@pytest.fixture
def kept(tmp_path: Path) -> "Kept":
    return Kept(tmp_path / "bridge.db")
