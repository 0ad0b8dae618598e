"""/ask on Discord is recorded before it is said aloud: whatever ends the process between, it is shown and answered."""

import asyncio
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from adapters.sandbox.discord import FakeDiscord
from adapters.sandbox.qwen import StandIn
from bridge.access import Limits
from bridge.i18n import sentences
from tests.adapters.stages import DiscordStage
from tests.adapters.test_database_trouble import impatient_database, locked, said_of_the_database
from tests.waiting import eventually

__all__ = ["impatient_database"]

RESPONSE = "/interactions/*/*/callback"
MESSAGES = "/channels/*/messages"
ALWAYS = 1000


async def ask(stage: DiscordStage, question: str) -> None:
    await eventually(lambda: stage.discord.commands)
    await stage.discord.command(stage.here, stage.ann, "ask", {"question": question})


def tried(stage: DiscordStage) -> int:
    """How often the question, or an answer, was to be sent as a message."""
    return len(stage.discord.asked("POST", MESSAGES))


async def test_nothing_is_said_aloud_that_is_not_recorded(
    impatient_database: None, channel: DiscordStage, tmp_path: Path
) -> None:
    await eventually(lambda: channel.discord.commands)
    with capture_logs() as logs:
        async with locked(tmp_path / "bridge.db"):
            asking = asyncio.create_task(ask(channel, "echo aloud"))
            await eventually(lambda: said_of_the_database(logs))
            assert channel.shown() == []
    await channel.hears("> echo aloud", "aloud")
    await asking


async def test_a_process_that_ends_before_the_question_is_shown_leaves_it_to_the_next(channel: DiscordStage) -> None:
    channel.discord.fault("POST", RESPONSE, drop=True)
    channel.discord.fault("POST", MESSAGES, drop=True, times=ALWAYS)
    await ask(channel, "echo aloud")
    await eventually(lambda: tried(channel))
    await channel.stop()
    channel.discord.clear_faults()
    await channel.start()
    await channel.hears("> echo aloud", "aloud")
    question, answer = channel.discord.answers(channel.here)
    assert answer.reference == question.id


async def test_a_question_that_was_shown_unnoticed_is_not_shown_again(channel: DiscordStage) -> None:
    channel.discord.fault("POST", RESPONSE, drop=True, effect=True)
    channel.discord.fault("GET", MESSAGES, drop=True, times=ALWAYS)  # the process does not find out
    await ask(channel, "echo aloud")
    await eventually(lambda: channel.discord.asked("GET", MESSAGES))
    await channel.stop()
    channel.discord.clear_faults()
    await channel.start()
    await channel.hears("> echo aloud", "aloud")
    question, answer = channel.discord.answers(channel.here)
    assert answer.reference == question.id
    await channel.reply_to("echo and on", 1)
    await channel.hears("> echo aloud", "aloud", "and on")


async def test_what_a_menu_asks_about_is_still_pointed_at_by_the_next_process(channel: DiscordStage) -> None:
    await eventually(lambda: channel.discord.commands)
    said = await channel.discord.say(channel.here, channel.person("bob"), "seven bridges")
    channel.discord.fault("POST", RESPONSE, drop=True)
    channel.discord.fault("POST", MESSAGES, drop=True, times=ALWAYS)
    await channel.discord.menu(said, channel.ann, sentences.ASK_QWEN)
    await eventually(lambda: tried(channel))
    await channel.stop()
    channel.discord.clear_faults()
    await channel.start()
    await channel.hears(f"/{channel.here.id}/{said.id}", sentences.LOOK_AT)


async def test_a_deleted_question_takes_its_answer_along(channel: DiscordStage) -> None:
    await ask(channel, "echo aloud")
    await channel.hears("> echo aloud", "aloud")
    await channel.discord.delete(channel.discord.answers(channel.here)[0])
    await eventually(lambda: channel.shown() == [])


async def test_a_question_that_gets_no_answer_is_not_said_aloud(
    standin: StandIn, database: str, discord: FakeDiscord
) -> None:
    stage = DiscordStage(standin, database, discord, "channel")
    stage.limits = Limits(day=1)
    async with stage:
        await ask(stage, "echo one")
        await stage.hears("> echo one", "one")
        await ask(stage, "echo two")
        await stage.hears("> echo one", "one", "> echo two", sentences.BUDGET_SPENT.format(time="24 h"))
        await ask(stage, "echo three")
        used = discord.interactions.all[-1]
        await eventually(lambda: used.response and used.response.content == "⏳")
        assert used.response
        assert used.response.ephemeral


async def test_a_slow_database_is_waited_for_by_a_promise_of_an_answer(
    channel: DiscordStage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("adapters.discord.interactions.ACKNOWLEDGE_SECONDS", 0.0)
    await ask(channel, "echo aloud")
    await channel.hears("> echo aloud", "aloud")
    (used,) = channel.discord.interactions.all
    assert used.deferred


async def test_a_question_begins_a_conversation_where_each_does(
    standin: StandIn, database: str, discord: FakeDiscord
) -> None:
    stage = DiscordStage(standin, database, discord, "channel")
    stage.channels = "replies"
    async with stage:
        await ask(stage, "echo one")
        await stage.hears("> echo one", "one")
        await stage.reply_to("and then?", 1)
        await stage.hears("> echo one", "one", "your last question was “Ann: echo one”")


async def test_the_mark_of_a_question_that_waits_is_taken_off(channel: DiscordStage) -> None:
    await eventually(lambda: channel.discord.commands)
    channel.standin.hold_after = 1
    await channel.say("echo first of all")
    await eventually(lambda: channel.standin.held)
    await ask(channel, "echo aloud")
    asked = await eventually(lambda: [one for one in channel.discord.answers(channel.here) if one.content[:1] == ">"])
    await eventually(lambda: asked[0].reactions)
    channel.standin.hold_after = None
    channel.standin.release()
    await eventually(lambda: channel.shown()[-1] == "aloud")
    await eventually(lambda: not asked[0].reactions, 3)
