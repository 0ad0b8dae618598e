"""Several people ask in one place, and the first one's answer stands still: the others do not wait for it for long."""

import time
from collections.abc import Mapping

import pytest

from adapters.discord.channels import Channels
from adapters.sandbox.discord import FakeDiscord, Message
from adapters.sandbox.qwen import StandIn
from adapters.sandbox.telegram import FakeTelegram
from bridge.core import patience
from bridge.errors import StoodStill
from tests.adapters.stages import DiscordStage, TelegramStage
from tests.waiting import eventually

PEOPLE = ("ann", "bob", "cleo", "dan", "eve")
STILL = 1.0


async def first_texts(stage: DiscordStage, seconds: float) -> Mapping[str, float]:
    """Ask as everybody, and return after how many seconds each of those behind the first one reads something."""
    stage.standin.fault("stall", said="stalls")
    asked: dict[str, Message] = {}
    for name in PEOPLE:
        words = "echo this one stalls " + "word " * 30 if name == "ann" else f"echo to {name}"
        asked[name] = await stage.discord.say(stage.here, stage.person(name), f"{stage.mention}{words}")
    began = time.monotonic()
    read: dict[str, float] = {}

    def all_read() -> bool:
        for answer in stage.discord.answers(stage.here):
            name = next(name for name in PEOPLE if asked[name].id == answer.reference)
            if f"to {name}" in answer.content:
                read.setdefault(name, time.monotonic() - began)
        return len(read) == len(PEOPLE) - 1

    await eventually(all_read, seconds)
    return read


@pytest.mark.parametrize(("channels", "within"), [("shared", STILL + 5), ("replies", 3.0)])
async def test_nobody_waits_long_for_a_stranger(
    standin: StandIn,
    database: str,
    discord: FakeDiscord,
    monkeypatch: pytest.MonkeyPatch,
    channels: Channels,
    within: float,
) -> None:
    monkeypatch.setattr(patience, "STILL_SECONDS", STILL)
    stage = DiscordStage(standin, database, discord, "channel")
    stage.channels = channels
    async with stage:
        read = await first_texts(stage, 10.0)
        stalled = stage.discord.answers(stage.here)[0]
        assert max(read.values()) < within
        assert (StoodStill.sentence in stalled.content) == (channels == "shared")
        if channels == "shared":
            assert "Regenerate" in stalled.buttons[0].label
            assert list(read) == ["bob", "cleo", "dan", "eve"]


@pytest.mark.parametrize("kind", ["group", "topic"])
async def test_nobody_waits_long_in_a_group(
    standin: StandIn, database: str, telegram: FakeTelegram, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    monkeypatch.setattr(patience, "STILL_SECONDS", STILL)
    async with TelegramStage(standin, database, telegram, kind) as stage:
        standin.fault("stall", said="stalls")
        await stage.say("echo this one stalls " + "word " * 30)
        await eventually(stage.shown)
        await stage.say_as("Bob", "echo two")
        await stage.hears(StoodStill.sentence, "two")
        assert any("Regenerate" in label for label in stage.buttons(0))
