"""Access and budgets come first: for whom nothing is asked, no file is fetched, no thread begun and nothing marked."""

from dataclasses import replace

import pytest

from adapters.discord.channels import Channels
from adapters.sandbox.discord import FakeDiscord
from adapters.sandbox.qwen import StandIn
from adapters.sandbox.telegram import FakeTelegram
from bridge.access import Access, Limits
from bridge.i18n import sentences
from tests.adapters.stages import DiscordStage, TelegramStage
from tests.waiting import eventually

PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 24
SPENT = sentences.BUDGET_SPENT.format(time="60 min")
LONG = "echo " + "word " * 30


def refuse(stage: DiscordStage | TelegramStage, person: str, *, denied: bool) -> str:
    """Let the person not ask at all, or once, and return what they are told then."""
    if denied:
        stage.access = Access(deny=frozenset({person}))
    else:
        stage.limits = Limits(hour=1)
    return sentences.NOT_ALLOWED if denied else SPENT


@pytest.mark.parametrize("denied", [True, False], ids=["denied", "spent"])
@pytest.mark.parametrize("channels", ["shared", "replies", "threads"])
async def test_on_discord(
    standin: StandIn, database: str, discord: FakeDiscord, channels: Channels, denied: bool
) -> None:
    stage = DiscordStage(standin, database, discord, "channel")
    stage.channels = channels
    refusal = refuse(stage, f"discord:user:{stage.ann.id}", denied=denied)
    async with stage:
        if not denied:
            await stage.discord.say(stage.elsewhere, stage.ann, f"{stage.mention}echo one")
            await eventually(lambda: stage.shown_elsewhere() or stage.elsewhere.messages[-1].thread)
        stage.standin.hold_after = 2
        await stage.say_as("bob", LONG)  # somebody else's answer, behind which questions are marked
        await eventually(lambda: stage.standin.held)
        bobs = await discord.say(stage.here, stage.person("bob"), "a cat", attachments=[("cat.png", PNG)])
        files = [("dog.png", PNG), ("message.txt", b"pasted")]
        question = await discord.say(stage.here, stage.ann, stage.mention, reply_to=bobs, attachments=files)
        stage.standin.hold_after = None
        stage.standin.release()
        await eventually(lambda: refusal in stage.shown())
        await discord.edit(question, f"{stage.mention}edited")
        await stage.discord.say(stage.elsewhere, stage.person("bob"), f"{stage.mention}echo done")
    assert discord.downloads == []
    assert question.thread is None
    assert question.reactions == {}


async def test_the_file_of_an_edited_question_on_discord(standin: StandIn, database: str, discord: FakeDiscord) -> None:
    stage = DiscordStage(standin, database, discord, "channel")
    stage.limits = Limits(hour=2)
    async with stage:
        paste = [("message.txt", b"echo pasted")]
        question = await discord.say(stage.here, stage.ann, stage.mention, attachments=paste)
        await stage.hears("pasted")
        await discord.edit(question, f"{stage.mention}echo edited")
        await stage.hears("edited\n\necho pasted")
        assert len(discord.downloads) == 2
        await discord.edit(question, f"{stage.mention}echo again")
        await eventually(lambda: SPENT in stage.shown())
        await discord.edit(question, f"{stage.mention}echo once more")
        await eventually(lambda: "⏳" in question.reactions)
        assert len(discord.downloads) == 2


async def test_an_edited_question_of_which_a_file_cannot_be_fetched_is_not_asked_without_it(
    standin: StandIn, database: str, discord: FakeDiscord
) -> None:
    async with DiscordStage(standin, database, discord, "channel") as stage:
        paste = [("message.txt", b"echo pasted")]
        question = await discord.say(stage.here, stage.ann, stage.mention, attachments=paste)
        await stage.hears("pasted")
        discord.state.files.clear()
        await discord.edit(question, f"{stage.mention}echo edited")
        await stage.hears("pasted", sentences.UNREADABLE)


@pytest.mark.parametrize("denied", [True, False], ids=["denied", "spent"])
async def test_on_telegram(standin: StandIn, database: str, telegram: FakeTelegram, denied: bool) -> None:
    stage = TelegramStage(standin, database, telegram, "group")
    refusal = refuse(stage, f"telegram:user:{stage.ann.id}", denied=denied)
    async with stage:
        if not denied:
            await stage.say("echo one")
            await stage.hears("one")
        await telegram.post(stage.here, stage.ann, "photo", "/ask what is this?", data=PNG)
        await eventually(lambda: refusal in stage.shown())
    assert telegram.calls("getFile") == []
    assert telegram.calls("setMessageReaction") == []


async def test_an_album_counts_once_and_is_fetched_whole(
    standin: StandIn, database: str, telegram: FakeTelegram
) -> None:
    stage = TelegramStage(standin, database, telegram, "private")
    stage.limits = replace(stage.limits, hour=1)
    async with stage:
        for _ in range(2):
            await telegram.post(stage.here, stage.ann, "photo", album="album", data=PNG)
        await eventually(lambda: len(telegram.calls("getFile")) == 2)
        await eventually(lambda: len(stage.shown()) == 1)
        await telegram.post(stage.here, stage.ann, "photo", data=PNG)
        await eventually(lambda: SPENT in stage.shown())
    assert len(telegram.calls("getFile")) == 2
