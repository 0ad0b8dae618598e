"""Three people on each platform, one of whom Qwen always refuses without a word: the others are answered at once."""

import time
from collections.abc import AsyncIterator

import pytest

from adapters.sandbox.discord import FakeDiscord
from adapters.sandbox.qwen import StandIn
from adapters.sandbox.telegram import FakeTelegram
from bridge.errors import Unexplained
from bridge.i18n import sentences
from tests.adapters.stages import DiscordStage, TelegramStage
from tests.waiting import eventually

SOON = 5.0
"""Is far less than the time after which a refused question is asked again."""


@pytest.fixture
async def channel(standin: StandIn, database: str, discord: FakeDiscord) -> AsyncIterator[DiscordStage]:
    stage = DiscordStage(standin, database, discord, "channel")
    stage.hold_seconds = 3600.0
    async with stage:
        yield stage


@pytest.fixture
async def private(standin: StandIn, database: str, telegram: FakeTelegram) -> AsyncIterator[TelegramStage]:
    stage = TelegramStage(standin, database, telegram, "private")
    stage.hold_seconds = 3600.0
    async with stage:
        yield stage


def refuse(standin: StandIn) -> None:
    standin.fault("http_403", times=None, said="BAD")


async def test_in_one_channel_the_others_are_answered_and_that_one_is_told(channel: DiscordStage) -> None:
    refuse(channel.standin)
    began = time.monotonic()
    for number in range(2):
        await channel.say_as("bad", f"echo BAD {number}")
        await channel.say_as("bob", f"echo bob {number}")
        await channel.say_as("cid", f"echo cid {number}")
    expected = [text for number in range(2) for text in (Unexplained.sentence, f"bob {number}", f"cid {number}")]
    await eventually(lambda: channel.shown() == expected, SOON)
    assert time.monotonic() - began < SOON


async def test_in_places_of_their_own_on_discord(channel: DiscordStage) -> None:
    refuse(channel.standin)
    discord = channel.discord
    people = {name: discord.dm(channel.person(name)) for name in ("bad", "bob", "cid")}
    await discord.say(people["bad"], channel.person("bad"), "echo BAD")
    await eventually(lambda: channel.shown_in(people["bad"]) == [sentences.HELD_UNCLEAR], SOON)
    for name in ("bob", "cid"):
        await discord.say(people[name], channel.person(name), f"echo {name}")
    for name in ("bob", "cid"):
        await eventually(lambda name=name: channel.shown_in(people[name]) == [name], SOON)  # type: ignore[misc]
    await eventually(lambda: channel.shown_in(people["bad"]) == [sentences.REFUSED_ALONE], SOON)


async def test_in_chats_of_their_own_on_telegram(private: TelegramStage) -> None:
    refuse(private.standin)
    telegram = private.telegram
    people = {name: telegram.private(private.person(name)) for name in ("bad", "bob", "cid")}
    await telegram.say(people["bad"], private.person("bad"), "echo BAD")
    await eventually(lambda: private.shown_in(people["bad"]) == [sentences.HELD_UNCLEAR], SOON)
    for name in ("bob", "cid"):
        await telegram.say(people[name], private.person(name), f"echo {name}")
    for name in ("bob", "cid"):
        await eventually(lambda name=name: private.shown_in(people[name]) == [name], SOON)  # type: ignore[misc]
    await eventually(lambda: private.shown_in(people["bad"]) == [sentences.REFUSED_ALONE], SOON)


async def test_in_one_group_on_telegram(standin: StandIn, database: str, telegram: FakeTelegram) -> None:
    refuse(standin)
    stage = TelegramStage(standin, database, telegram, "group")
    stage.hold_seconds = 3600.0
    async with stage:
        for name, text in (("Bad", "BAD"), ("Bob", "bob"), ("Cid", "cid")):
            await stage.say_as(name, f"echo {text}")
        await eventually(lambda: stage.shown() == [Unexplained.sentence, "bob", "cid"], SOON)
