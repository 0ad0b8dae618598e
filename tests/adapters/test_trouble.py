"""Trouble of every kind, on the real adapters: what was taken is answered whole, once, and in its place."""

import asyncio
import re

import pytest

from adapters.sandbox.discord import Event, FakeDiscord
from adapters.sandbox.discord.events import Intent
from adapters.sandbox.qwen import StandIn, reply
from adapters.sandbox.telegram import FakeTelegram, Limits
from bridge import CannotStart
from bridge.i18n import sentences
from bridge.model import ConversationKey
from bridge.store import Store
from bridge.streaming.chunks import SHORT
from tests.adapters.stages import DiscordStage, TelegramStage
from tests.stage import DRAIN_SECONDS
from tests.waiting import eventually


def sentences_of(text: str) -> list[str]:
    return re.findall(r"Sentence (\d+)", text)


# Messages that are gone


async def test_an_answer_deleted_while_it_grows_is_shown_anew(private: TelegramStage) -> None:
    private.standin.hold_after = 1
    await private.say("echo " + "word " * 20 + "end")
    await eventually(lambda: private.shown() and private.standin.held)
    await private.telegram.delete(private.telegram.answers(private.here)[0])
    private.standin.release()
    await private.hears("end")


async def test_a_long_answer_survives_two_restarts_whole(private: TelegramStage) -> None:
    expected = sentences_of(reply("lorem 12000", []))
    private.standin.hold_after = 600
    await private.say("lorem 12000")
    await eventually(lambda: len(private.shown()) >= 3 and private.standin.held)
    for hold in (40, None):
        await private.stop()
        private.standin.hold_after = hold
        await private.start()
        if hold:
            await eventually(lambda: private.standin.held)
    await eventually(lambda: sentences_of("\n".join(private.shown())) == expected)
    await eventually(lambda: not any("▍" in text for text in private.shown()))


async def test_a_deleted_piece_is_not_written_over_another_one(channel: DiscordStage) -> None:
    expected = sentences_of(reply("lorem 5000", []))
    channel.standin.hold_after = 30
    await channel.say("lorem 5000")
    await eventually(lambda: channel.shown() and channel.standin.held)
    await channel.discord.delete(channel.discord.answers(channel.here)[0])
    await channel.stop()
    channel.standin.hold_after = None
    await channel.start()
    await eventually(lambda: sentences_of("\n".join(channel.shown())) == expected)


# Updates that nobody can read


async def test_an_update_that_nobody_can_read_is_passed_over(
    private: TelegramStage, capfd: pytest.CaptureFixture[str]
) -> None:
    broken = {"message_id": 1, "date": 1, "chat": {"id": 5, "type": "private"}, "text": "words that nobody may log"}
    updates: list[dict[str, object]] = [
        {"message": {**broken, "entities": [{"type": "bold"}]}},
        {"message": {"text": "no chat"}},
        {"message": []},
    ]
    for odd in updates:
        private.telegram.push_update(odd)
    await private.say("echo the next one")
    await private.hears("the next one")
    said = capfd.readouterr()
    assert "words that nobody may log" not in said.out + said.err


async def test_an_odd_gateway_event_is_passed_over(channel: DiscordStage) -> None:
    odd = Event("MESSAGE_CREATE", {"id": "1", "channel_id": channel.here.id}, Intent.GUILD_MESSAGES, channel.guild.id)
    channel.discord.gateway.emit(odd)
    await channel.say("echo the next one")
    await channel.hears("the next one")
    assert channel.discord.gateway.identifies == 1, "the connection is kept"


# Marks of questions that wait


async def test_telegram_s_mark_is_taken_off_only_where_one_was_set(private: TelegramStage) -> None:
    await private.say("echo hello")
    await private.hears("hello")
    await private.press("Regenerate")
    await eventually(lambda: any("2" in label for label in private.buttons()))
    assert not private.telegram.calls("setMessageReaction")


async def test_discord_s_mark_is_taken_off_only_where_one_was_set(channel: DiscordStage) -> None:
    await channel.say("echo hello")
    await channel.hears("hello")
    await channel.press("Regenerate")
    await eventually(lambda: any("2" in label for label in channel.buttons()))
    assert not [request for request in channel.discord.requests if "/reactions/" in request.path]


async def test_an_edit_of_a_marked_question_takes_its_mark_off_in_the_end(private: TelegramStage) -> None:
    private.standin.hold_after = 1
    await private.say("lorem 50")
    await eventually(lambda: private.standin.held)
    await private.say("echo second")
    await eventually(lambda: len(private.telegram.calls("setMessageReaction")) == 1)
    await private.edit_question("echo edited")
    private.standin.hold_after = None
    private.standin.release()
    await eventually(lambda: private.shown()[-1] == "edited")
    await eventually(lambda: len(private.telegram.calls("setMessageReaction")) == 2)


# Leaving


async def test_an_answer_has_all_the_seconds_of_the_shutdown(private: TelegramStage) -> None:
    private.standin.hold_after = 2
    await private.say("lorem 300")
    await eventually(lambda: private.standin.held and private.shown())
    asyncio.get_running_loop().call_later(0.8 * DRAIN_SECONDS, private.standin.release)
    await private.stop()
    assert private.shown() == [reply("lorem 300", [])]


# Logins that end


async def test_a_token_that_ends_in_an_answer_leaves_it_to_the_next_start(channel: DiscordStage) -> None:
    channel.standin.hold_after = 2
    await channel.say("one")
    await channel.say("two")
    await eventually(lambda: channel.standin.held and channel.shown())
    await channel.discord.drop_gateway(code=4004)
    with pytest.raises(CannotStart, match="Discord refuses DISCORD_BOT_TOKEN"):
        await asyncio.wait_for(channel.ended(), 5)
    channel.standin.hold_after = None
    channel.standin.release()
    await channel.start()
    await channel.hears("no earlier turns", f"I see 1 earlier turn; your last question was “{channel.asked('one')}”")


async def test_a_token_refused_while_showing_leaves_the_answer_to_the_next_start(private: TelegramStage) -> None:
    fault = private.telegram.fault("sendMessage", code=401, description="Unauthorized", times=None)
    await private.say("echo hello")
    await eventually(lambda: private.telegram.calls("sendMessage"))
    await private.stop()
    assert fault
    private.telegram.clear_faults()
    await private.start()
    await private.hears("hello")


async def test_a_second_login_that_fails_is_tried_again(standin: StandIn, database: str, discord: FakeDiscord) -> None:
    discord.message_content = True
    discord.fault("GET", "/users/@me", status=503, after=1)
    async with DiscordStage(standin, database, discord, "channel") as stage:
        await stage.say("echo hello")
        await stage.hears("hello")


async def test_another_bot_on_the_same_database_is_somebody_else(
    standin: StandIn, database: str, telegram: FakeTelegram, private: TelegramStage
) -> None:
    await private.say("echo hello")
    await private.hears("hello")
    async with await Store.open(database) as store:
        chat = str(private.here.id)
        bot = telegram.token.partition(":")[0]
        assert await store.conversations.knows(ConversationKey(f"telegram:{bot}", chat))
        assert not await store.conversations.knows(ConversationKey("telegram:999", chat))


# Platforms that answer oddly


async def test_a_server_that_fails_is_no_refusal(private: TelegramStage) -> None:
    private.telegram.fault("sendMessage", drop="before", times=2)
    private.telegram.fault("editMessageText", code=500, description="Internal Server Error", times=2)
    await private.say("echo hello")
    await eventually(lambda: private.shown()[-1:] == ["hello"])


async def test_a_group_that_became_a_supergroup_gets_its_answer(
    standin: StandIn, database: str, telegram: FakeTelegram
) -> None:
    async with TelegramStage(standin, database, telegram, "private") as stage:
        group = telegram.group("a group")
        standin.hold_after = 0
        await telegram.say(group, stage.ann, "/ask echo hello")
        await eventually(lambda: standin.held)
        moved = await telegram.migrate(group)
        standin.hold_after = None
        standin.release()
        await eventually(lambda: [answer.text for answer in telegram.answers(moved)] == ["hello"])


async def test_flood_control_of_a_group_is_heeded_by_all_its_topics(
    standin: StandIn, database: str, telegram: FakeTelegram
) -> None:
    telegram.limits = Limits(messages=((3, 2.0),), edits=((3, 2.0),))
    async with TelegramStage(standin, database, telegram, "topic") as stage:
        topics = [stage.here.topic(f"topic {number}", implicit=True) for number in range(6)]
        for topic in topics:
            await telegram.say(stage.here, stage.ann, "/ask echo hello", topic=topic)
        await eventually(lambda: sorted(a.text for a in telegram.answers(stage.here) if a.text) == ["hello"] * 6, 30)
        assert {answer.topic for answer in telegram.answers(stage.here)} >= set(topics)
        assert telegram.impatient <= 2, "only those that were on their way when the first was refused"


async def test_a_message_that_is_on_its_way_is_not_broken_off(private: TelegramStage) -> None:
    private.telegram.fault("sendMessage", delay=0.8)
    private.standin.hold_after = 1
    await private.say("echo " + "word " * 20 + "end")
    await eventually(private.shown)
    await private.stop()
    private.standin.hold_after = None
    await private.start()
    await private.hears("end")


@pytest.mark.parametrize("fault", [0, 404, 500])
async def test_a_paste_that_cannot_be_fetched_is_said(channel: DiscordStage, fault: int) -> None:
    """With this status, or (0) with a connection that is cut."""
    here = channel.discord.dm(channel.ann)
    channel.discord.fault("GET", "/attachments/**", times=10, status=fault or None, drop=not fault)
    await channel.discord.paste(here, channel.ann, "echo " + "x" * 3000)
    await eventually(lambda: channel.discord.answers(here), 20)
    assert channel.discord.answers(here)[0].content == sentences.UNREADABLE


async def test_a_new_message_of_telegram_shows_little_at_first(private: TelegramStage) -> None:
    """Nobody knows of one that a killed process sent: it stays, and is to be short."""
    private.telegram.fault("sendMessage", code=502, description="Bad Gateway")
    await private.say("echo " + "word " * 300 + "end")
    await private.hears("end")
    _, sent = private.telegram.calls("sendMessage")  # by then the whole answer was there
    assert len(sent.params["text"]) < SHORT
    assert len(private.shown()[0]) > SHORT


async def test_a_word_of_the_bridge_stands_outside_of_an_open_fence(private: TelegramStage) -> None:
    private.standin.hold_after = 2
    await private.say("echo ```python\n" + "print(1)\n" * 20)
    await eventually(lambda: private.standin.held and private.shown())
    await private.stop()
    answer = private.telegram.answers(private.here)[0]
    fences = [entity for entity in answer.entities if entity["type"] == "pre"]
    assert fences
    assert "Interrupted" not in answer.text[: int(str(fences[0]["length"]))]
