"""A person who floods a room: the others there are answered next, and the room is not filled with refusals."""

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from adapters.discord.channels import Channels
from adapters.sandbox.discord import FakeDiscord, Message
from adapters.sandbox.qwen import StandIn
from adapters.sandbox.telegram import FakeTelegram
from adapters.sandbox.telegram import Message as TelegramMessage
from adapters.telegram.adapter import RATES
from bridge.core.admission import MOST_SAID
from bridge.core.policy import MOST_WAITING_EACH
from bridge.i18n import sentences
from tests.adapters.stages import DiscordStage, TelegramStage
from tests.waiting import eventually

FLOOD = 40
WAITING = "👀"
WITHIN = 10.0
"""How long somebody else's answer may take, in seconds, besides its own time."""

OWN_FULL = sentences.OWN_LINE_FULL.many.format(count=MOST_WAITING_EACH)

Stage = DiscordStage | TelegramStage


@pytest.fixture(params=["channel", "thread", "group", "topic"])
async def room(
    standin: StandIn, database: str, discord: FakeDiscord, telegram: FakeTelegram, request: pytest.FixtureRequest
) -> AsyncIterator[Stage]:
    kind: str = request.param
    discord.limit(reactions=(1000, 1.0), global_per_second=1000)
    stage: Stage
    if kind in ("channel", "thread"):
        stage = DiscordStage(standin, database, discord, kind)
    else:
        stage = TelegramStage(standin, database, telegram, kind)
    async with stage:
        yield stage


@asynccontextmanager
async def held(stage: Stage) -> AsyncIterator[None]:
    """Keep the first answer from ending while people ask."""
    stage.standin.hold_after = 0
    await stage.say("echo ann 0")
    await eventually(lambda: stage.standin.held)
    yield
    stage.standin.hold_after = None
    stage.standin.release()


def answers(stage: Stage) -> list[str]:
    """Return the answers in the order in which Qwen was asked for them, as far as they are shown."""
    return [text for text in stage.shown() if text.startswith(("ann", "bob", "person"))]


def words(message: Message | TelegramMessage) -> str:
    return message.text if isinstance(message, TelegramMessage) else message.content


def noticed(stage: Stage, question: str) -> bool:
    """Tell whether a question has the mark of those that wait."""
    asked = (message for message in stage.here.messages if question in words(message))
    return any(WAITING in message.reactions for message in asked)


async def test_of_one_person_who_floods_the_next_one_is_not_kept_waiting(room: Stage) -> None:
    async with held(room):
        for number in range(1, FLOOD):
            await room.say(f"echo ann {number}")
        await room.say_as("bob", "echo bob")
        await eventually(lambda: noticed(room, "echo bob") and room.shown() == [OWN_FULL])
    began = time.monotonic()
    await eventually(lambda: "bob" in answers(room), WITHIN)
    assert time.monotonic() - began < WITHIN
    expected = [OWN_FULL, "ann 0", "bob", *(f"ann {number}" for number in range(1, MOST_WAITING_EACH))]
    await room.hears(*expected)
    await room.say("echo ann again")
    await room.hears(*expected, "ann again")


async def test_of_a_hundred_people_who_flood_everybody_is_answered(room: Stage) -> None:
    names = [f"person{number}" for number in range(100)]
    async with held(room):
        for name in names:
            await room.say_as(name, f"echo {name}")
        for name in names[: 2 * MOST_SAID]:
            await room.say_as(name, f"echo {name} again")
        await room.say_as("bob", "echo bob")
        await eventually(lambda: noticed(room, "echo bob") and len(room.shown()) == MOST_SAID)
    await eventually(lambda: "bob" in answers(room), 2 * WITHIN)
    assert len(room.shown()) == len(names) + 2 + MOST_SAID
    assert answers(room) == ["ann 0", *names, "bob"]


@pytest.mark.parametrize("channels", ["replies", "threads"])
async def test_questions_that_begin_conversations_are_bounded_together(
    standin: StandIn, database: str, discord: FakeDiscord, channels: Channels
) -> None:
    stage = DiscordStage(standin, database, discord, "channel")
    stage.channels = channels
    most = {"replies": MOST_WAITING_EACH, "threads": 20}[channels]
    async with stage, held(stage):
        for number in range(1, FLOOD):
            await stage.say(f"echo ann {number}")
        await eventually(lambda: len(stage.shown()) == 1)
        assert stage.shown() == [sentences.OWN_LINE_FULL.many.format(count=most)]
        standin.hold_after = None
        asked = await discord.say(stage.here, stage.person("bob"), f"{stage.mention}echo bob")
        await eventually(lambda: "bob" in (*stage.shown(), *stage.shown_on(asked)), WITHIN)


async def test_somebody_who_floods_in_private_keeps_nobody_else_waiting(private: TelegramStage) -> None:
    async with held(private):
        for number in range(1, FLOOD):
            await private.say(f"echo ann {number}")
        private.standin.hold_after = None
        await private.telegram.say(private.elsewhere, private.elsewhere.user or private.ann, "echo bob")
        await eventually(lambda: private.shown_elsewhere() == ["bob"], WITHIN)
    full = sentences.LINE_FULL.many.format(count=20)
    await private.hears(full, *(f"ann {number}" for number in range(20)))


async def test_a_flood_of_empty_questions_is_answered_once(room: Stage) -> None:
    for _ in range(FLOOD):
        await room.say_nothing()
    await room.say_as("bob", "echo bob")
    await eventually(lambda: "bob" in answers(room), WITHIN)
    assert room.shown().count(sentences.NOTHING_ASKED) == 1


@pytest.mark.parametrize("said", ["/help", "/nonsense"])
async def test_somebody_who_floods_with_commands_keeps_nobody_else_waiting(
    standin: StandIn, database: str, telegram: FakeTelegram, said: str
) -> None:
    private = TelegramStage(standin, database, telegram, "private")
    private.rates = RATES  # as it is shipped
    async with private:
        for _ in range(30):
            await private.say(said)
        await telegram.say(private.elsewhere, private.elsewhere.user or private.ann, "echo bob")
        await eventually(lambda: private.shown_elsewhere() == ["bob"], WITHIN)


async def test_somebody_who_floods_with_presses_keeps_nobody_else_waiting(private: TelegramStage) -> None:
    await private.say("echo one")
    await private.hears("one")
    private.telegram.fault("answerCallbackQuery", delay=1.0, times=None)
    button = private.answer(0).buttons[0]
    for _ in range(30):
        await private.telegram.press(private.answer(0), private.ann, button)
    await private.telegram.say(private.elsewhere, private.elsewhere.user or private.ann, "echo bob")
    await eventually(lambda: private.shown_elsewhere() == ["bob"], WITHIN)
