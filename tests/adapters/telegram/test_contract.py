"""The Telegram adapter: the contract in private chats, groups and topics, and what only Telegram has."""

from collections.abc import AsyncIterator

import pytest

from adapters.sandbox.qwen import StandIn
from adapters.sandbox.telegram import FakeTelegram, Limits
from adapters.telegram.adapter import TelegramAdapter
from adapters.telegram.render import render, units
from bridge import CannotStart
from bridge.i18n import sentences
from tests.actions_contract import ActionsContract
from tests.adapters.stages import TelegramStage
from tests.contract import SharedContract
from tests.waiting import eventually

PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 64


@pytest.fixture(params=["private", "private topic", "group", "topic"])
async def stage(
    request: pytest.FixtureRequest, standin: StandIn, database: str, telegram: FakeTelegram
) -> AsyncIterator[TelegramStage]:
    async with TelegramStage(standin, database, telegram, request.param) as opened:
        yield opened


class TestContract(SharedContract, ActionsContract):
    """The contract, on Telegram."""


@pytest.fixture
async def group(standin: StandIn, database: str, telegram: FakeTelegram) -> AsyncIterator[TelegramStage]:
    telegram.privacy_mode = False
    async with TelegramStage(standin, database, telegram, "group") as opened:
        yield opened


async def test_in_a_group_mentions_and_replies_count_where_they_arrive(group: TelegramStage) -> None:
    name = group.telegram.bot.username
    for said in (f"@{name} echo one", f"echo @{name.upper()} two", f"/ask@{name} echo three"):
        await group.telegram.say(group.here, group.ann, said)
    await group.telegram.say(group.here, group.ann, "echo to nobody")
    await group.hears("one", "two", "three")
    answer = group.telegram.answers(group.here)[0]
    await group.telegram.say(group.here, group.ann, "echo four", reply_to=answer)
    assert await group.hears("one", "two", "three", "four") == ["one", "two", "three", "four"]


async def test_in_a_group_the_answer_replies_to_the_question(group: TelegramStage) -> None:
    question = await group.telegram.say(group.here, group.ann, "/ask lorem 9000")
    await eventually(lambda: len(group.shown()) >= 3)
    answers = group.telegram.answers(group.here)
    assert [answer.reply_to for answer in answers] == [question.message_id, None, None]


async def test_the_first_word_in_a_private_chat_is_a_greeting(private: TelegramStage) -> None:
    await private.say("/start")
    (greeting,) = await private.hears(sentences.GREETING)
    assert "/help" in greeting
    assert not private.standin.chats
    await private.say("/ask echo hello")
    await private.hears("", "hello")


async def test_a_topic_that_the_bot_opened_is_no_reply_to_it(standin: StandIn, database: str) -> None:
    async with FakeTelegram() as telegram:
        telegram.limits = None
        telegram.privacy_mode = False
        async with TelegramStage(standin, database, telegram, "topic") as stage:
            topic = stage.here.topic("the bot's own", author=telegram.bot, implicit=True)
            await telegram.say(stage.here, stage.ann, "echo to nobody", topic=topic)
            await telegram.say(stage.here, stage.ann, "/ask echo to the bot", topic=topic)
            await eventually(lambda: [a.text for a in telegram.answers(stage.here) if a.text] == ["to the bot"])


async def test_pictures_and_documents_are_shown_to_qwen(private: TelegramStage) -> None:
    telegram, here, ann = private.telegram, private.here, private.ann
    await telegram.post(here, ann, "document", caption="what is it?", name="bridges.txt", data=b"seven bridges")
    (answer,) = await private.hears("bridges.txt")
    assert "seven bridges" in answer
    await telegram.post(here, ann, "photo", data=PNG)
    await private.hears("", sentences.LOOK)


async def test_a_caption_counts(private: TelegramStage) -> None:
    await private.telegram.post(private.here, private.ann, "photo", caption="echo under a picture", data=PNG)
    await private.hears("under a picture")


async def test_the_words_under_a_voice_message_are_asked_and_its_sound_is_not_spoken_of(private: TelegramStage) -> None:
    await private.telegram.post(private.here, private.ann, "voice", caption="echo under a voice")
    assert await private.hears("under a voice") == ["under a voice"]


async def test_what_is_neither_words_nor_a_file_gets_a_hint(private: TelegramStage) -> None:
    for kind in ("sticker", "voice"):
        await private.telegram.post(private.here, private.ann, kind)
    await private.hears(sentences.NO_WORDS, sentences.VOICE)


async def test_a_file_that_cannot_be_fetched_is_said(private: TelegramStage) -> None:
    private.telegram.fault("getFile", code=400, description="Bad Request: file is too big", times=None)
    await private.telegram.post(private.here, private.ann, "document", name="a.txt", data=b"x")
    await private.hears(sentences.UNREADABLE)


async def test_a_file_outlives_the_process_until_its_question_is_answered(private: TelegramStage) -> None:
    private.standin.hold_after = 0
    await private.telegram.post(private.here, private.ann, "document", caption="and?", name="a.txt", data=b"seven")
    await eventually(lambda: private.standin.held)
    await private.stop()
    private.standin.hold_after = None
    await private.start()
    await private.hears("seven")


async def test_a_long_paste_that_telegram_split_is_answered(private: TelegramStage) -> None:
    await private.say("echo " + "word " * 1000)
    await eventually(lambda: len(private.shown()) >= 2)
    await private.say("echo after it")
    await eventually(lambda: private.shown()[-1] == "after it")


async def test_an_update_is_recorded_before_it_is_confirmed(private: TelegramStage) -> None:
    private.standin.hold_after = 0
    await private.say("echo hello")
    await eventually(lambda: private.telegram.confirmed_offset and not private.telegram.pending)
    await private.stop()
    private.standin.hold_after = None
    await private.start()
    await private.hears("hello")


async def test_an_update_that_comes_twice_is_answered_once(private: TelegramStage) -> None:
    message = await private.telegram.say(private.here, private.ann, "echo once")
    private.telegram.announce(message)
    await private.say("echo then")
    assert await private.hears("once", "then") == ["once", "then"]


async def test_markdown_becomes_entities_without_previews(private: TelegramStage) -> None:
    await private.say("echo **bold** `code` [link](https://example.com/a) and\n```python\nprint(1)\n```")
    await private.hears("bold code link")
    (answer,) = private.telegram.answers(private.here)
    assert "**" not in answer.text
    assert {entity["type"] for entity in answer.entities} >= {"bold", "code", "text_link", "pre"}
    assert answer.link_preview_options == {"is_disabled": True}


async def test_what_telegram_refuses_for_its_entities_goes_out_plain(private: TelegramStage) -> None:
    private.telegram.fault(
        "sendMessage",
        code=400,
        description="Bad Request: can't parse entities",
        times=None,
        match=lambda params: params.get("entities", "[]") != "[]",
    )
    private.telegram.fault(
        "editMessageText",
        code=400,
        description="Bad Request: can't parse entities",
        times=None,
        match=lambda params: params.get("entities", "[]") != "[]",
    )
    await private.say("echo some **bold** words")
    assert await private.hears("some bold words") == ["some bold words"]


@pytest.mark.parametrize(
    "link", ["tg://user?id=1", "javascript:alert(1)", "/relative", "https://no-dots", "http://a b"]
)
def test_links_that_telegram_refuses_are_only_text(link: str) -> None:
    text, entities = render(f"a [label]({link}) here")
    assert "label" in text
    assert not [entity for entity in entities if entity.type == "text_link"]


@pytest.mark.parametrize(
    "text",
    [
        "a List<String> here",
        "Map<K, V> and <placeholder>",
        "<think>hm</think> so",
        "<div>\nblock\n</div>",
        "x<y>z<a<b>",
    ],
)
def test_what_looks_like_html_is_kept(text: str) -> None:
    assert render(text)[0].split() == text.split()


def test_html_in_code_is_left_alone() -> None:
    assert render("`<b>` and\n```html\n<p>\n```")[0].split() == ["<b>", "and", "<p>"]


def test_units_are_those_of_utf_16() -> None:
    text = "a\u00e9\u4f60\U0001f600"
    assert units(text) == len(text.encode("utf-16-le")) // 2 == 5


async def test_a_sent_message_whose_confirmation_got_lost_costs_one_stub_at_most(private: TelegramStage) -> None:
    private.telegram.fault("sendMessage", drop="after")
    await private.say("echo hello there")
    await eventually(lambda: private.shown()[-1:] == ["hello there"])
    assert len(private.shown()) <= 2


async def test_an_edit_that_landed_though_its_confirmation_got_lost_is_no_failure(private: TelegramStage) -> None:
    private.standin.pace = 0.05
    private.telegram.fault("editMessageText", drop="after", times=3)
    await private.say("echo " + "word " * 30 + "end")
    assert (await private.hears("end")) == ["word " * 30 + "end"]


async def test_flood_control_delays_and_loses_nothing(standin: StandIn, database: str, telegram: FakeTelegram) -> None:
    telegram.limits = Limits(messages=((2, 1.0),), edits=((2, 1.0),))
    async with TelegramStage(standin, database, telegram, "private") as stage:
        standin.pace = 0.01
        for word in ("one", "two", "three"):
            await stage.say(f"echo {word} " + "and more " * 12)
        await stage.hears("one and more", "two and more", "three and more")
        assert telegram.impatient == 0


async def test_a_user_who_blocked_the_bot_does_not_stop_the_others(private: TelegramStage) -> None:
    private.standin.hold_after = 0
    await private.say("echo unseen")
    await eventually(lambda: private.standin.held)
    private.here.blocked = True
    private.standin.hold_after = None
    private.standin.release()
    await private.say_elsewhere("echo seen")
    await eventually(lambda: private.shown_elsewhere() == ["seen"])


async def test_a_second_poller_is_waited_out(standin: StandIn, database: str, telegram: FakeTelegram) -> None:
    telegram.fault("getUpdates", code=409, description="Conflict: terminated by other getUpdates request")
    async with TelegramStage(standin, database, telegram, "private") as stage:
        await stage.say("echo alone again")
        await stage.hears("alone again")


async def test_a_webhook_that_stands_in_the_way_is_taken_down(
    standin: StandIn, database: str, telegram: FakeTelegram
) -> None:
    telegram.webhook_url = "https://example.com/hook"
    async with TelegramStage(standin, database, telegram, "private") as stage:
        await stage.say("echo hello")
        await stage.hears("hello")


@pytest.mark.parametrize("token", ["123456789:AAthis_token_is_not_the_right_one_000", "1:x"])
async def test_a_refused_token_names_the_variable(telegram: FakeTelegram, token: str) -> None:
    adapter = TelegramAdapter(token, telegram.url)
    with pytest.raises(CannotStart, match="Telegram refuses TELEGRAM_BOT_TOKEN") as refused:
        await adapter.__aenter__()
    assert token not in str(refused.value)


async def test_updates_without_a_number_are_polled_with_pauses(
    standin: StandIn, database: str, telegram: FakeTelegram
) -> None:
    telegram.fault("getUpdates", body='{"ok":true,"result":[{"no":"id"}]}', times=3)
    async with TelegramStage(standin, database, telegram, "private") as stage:
        await stage.say("echo here")
        await stage.hears("here")
    times = [each.time for each in telegram.requests if each.method == "getUpdates"]
    assert times[3] - times[0] >= 0.1 + 0.2 + 0.4


async def test_an_outage_at_the_start_and_while_polling_is_waited_out(
    standin: StandIn, database: str, telegram: FakeTelegram
) -> None:
    telegram.fault("getMe", code=502, description="Bad Gateway")
    telegram.fault("getUpdates", drop="before")
    async with TelegramStage(standin, database, telegram, "private") as stage:
        await stage.say("echo at last")
        await stage.hears("at last")
