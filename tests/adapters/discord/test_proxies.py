"""Questions that a proxy (PluralKit, Tupperbox) says again as a webhook, and whose originals it deletes."""

from collections.abc import AsyncIterator

import pytest

from adapters.sandbox.discord import FakeDiscord
from adapters.sandbox.discord.message import Message
from adapters.sandbox.qwen import StandIn
from tests.adapters.stages import DiscordStage
from tests.waiting import eventually


@pytest.fixture
async def stage(standin: StandIn, database: str, discord: FakeDiscord) -> AsyncIterator[DiscordStage]:
    async with DiscordStage(standin, database, discord, "channel") as opened:
        yield opened


async def say_again(stage: DiscordStage, words: str) -> Message:
    """The proxy says this in the name of somebody who is no person."""
    return await stage.discord.say(stage.here, stage.discord.user("luna", bot=True), words, webhook=True)


async def settled(stage: DiscordStage) -> list[str]:
    """What is shown when another question has been answered, without that."""
    await stage.discord.say(stage.elsewhere, stage.ann, f"{stage.mention}echo done")
    await eventually(lambda: stage.shown_in(stage.elsewhere) == ["done"])
    return stage.shown()


@pytest.mark.parametrize("first", ["the webhook", "the deletion"])
@pytest.mark.parametrize("tags", ["", "L: "])
async def test_the_answer_to_what_a_proxy_says_again_stays_and_goes_with_that(
    stage: DiscordStage, first: str, tags: str
) -> None:
    await stage.say(f"{tags}seven bridges")
    await stage.hears("no earlier turns")
    if first == "the deletion":
        await stage.discord.delete(stage.questions[0])
    again = await say_again(stage, f"{stage.mention}seven bridges")
    if first == "the webhook":
        await stage.discord.delete(stage.questions[0])
    assert await settled(stage) == stage.shown() != []
    await stage.discord.delete(again)
    await eventually(lambda: stage.shown() == [])


async def test_an_answer_that_is_awaited_replies_to_what_the_proxy_said(stage: DiscordStage) -> None:
    stage.standin.hold_after = 0
    await stage.say("echo seven bridges")
    await eventually(lambda: stage.standin.held)
    again = await say_again(stage, stage.questions[0].content)
    await stage.discord.delete(stage.questions[0])
    await stage.discord.say(stage.elsewhere, stage.ann, stage.mention)
    await eventually(lambda: stage.shown_in(stage.elsewhere))
    stage.standin.hold_after = None
    stage.standin.release()
    await stage.hears("seven bridges")
    (answer,) = stage.discord.answers(stage.here)
    assert answer.reference == again.id


@pytest.mark.parametrize("words", ["seven", "other words"])
async def test_a_question_that_nobody_says_again_takes_its_answer_along(stage: DiscordStage, words: str) -> None:
    await stage.say(f"seven bridges {'and more ' * 9}")
    await stage.hears("no earlier turns")
    await say_again(stage, f"{stage.mention}{words}")
    await stage.discord.delete(stage.questions[0])
    await eventually(lambda: stage.shown() == [])
