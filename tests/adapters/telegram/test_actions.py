"""What people steer in Telegram by buttons and commands: what only Telegram has."""

from collections.abc import AsyncIterator
from functools import partial

import pytest

from adapters.common.button_codes import decode_action, decode_choice
from adapters.sandbox.qwen import StandIn
from adapters.sandbox.telegram import FakeTelegram
from adapters.telegram.buttons import MAX_DATA_BYTES, answer_buttons, choice_buttons
from adapters.telegram.notices import LANGUAGES
from adapters.telegram.sentences import PRIVACY_MODE, TOPIC
from bridge import Choice, Controls, shortened
from bridge.access import Access
from bridge.i18n import language, sentences
from tests.adapters.stages import TelegramStage
from tests.waiting import eventually


@pytest.fixture(autouse=True)
def _whole_menu(telegram: FakeTelegram, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("adapters.telegram.notices.LANGUAGES", LANGUAGES)


@pytest.fixture
async def group(standin: StandIn, database: str, telegram: FakeTelegram) -> AsyncIterator[TelegramStage]:
    telegram.privacy_mode = False
    async with TelegramStage(standin, database, telegram, "group") as opened:
        yield opened


# Commands


async def test_in_a_group_a_command_is_the_bots_where_its_name_stands_behind_it(group: TelegramStage) -> None:
    bot = group.telegram.bot.username
    for text in ("/start", "/halp", "/halp@another_bot", f"/start@{bot}"):
        await group.telegram.say(group.here, group.ann, text)
    (helped,) = await group.hears("/help – ")
    assert f"@{bot}" in helped
    await group.telegram.say(group.here, group.ann, f"/halp@{bot} me")
    near = sentences.DID_YOU_MEAN.format(near="help")
    await group.hears("", near)
    assert group.answer(-1).reply_to == group.here.messages[-2].message_id
    await group.telegram.say(group.here, group.ann, f"/xyzzy@{bot}")
    await group.hears("", near, sentences.UNKNOWN_COMMAND)


async def test_who_may_not_talk_is_told_once_by_their_commands_too(group: TelegramStage) -> None:
    await group.stop()
    group.access = Access(deny=frozenset({group.word}))
    await group.start()
    await group.type_command("status")
    again = await group.telegram.say(group.here, group.ann, "/status")
    await eventually(lambda: again.reactions == ["🙊"])
    assert group.shown() == [sentences.NOT_ALLOWED]


async def test_help_tells_of_privacy_mode_where_it_is_on(group: TelegramStage) -> None:
    assert PRIVACY_MODE.replace("`", "") not in await group.type_command("help")
    await group.stop()
    group.telegram.privacy_mode = True
    await group.start()
    assert PRIVACY_MODE.replace("`", "") in await group.type_command("help")


@pytest.mark.parametrize(
    ("kind", "said"),
    [("private topic", f"there, too. {TOPIC}\n\n• "), ("topic", f"{sentences.EVERYONE} {TOPIC}\n\n• ")],
)
async def test_help_tells_what_a_topic_is(
    standin: StandIn, database: str, telegram: FakeTelegram, kind: str, said: str
) -> None:
    async with TelegramStage(standin, database, telegram, kind) as stage:
        assert said in await stage.type_command("help")


# Buttons


def test_buttons_say_what_is_read_from_them_again() -> None:
    rows = answer_buttons(Controls(2, versions=(1, 2, 3)), "").inline_keyboard
    said = [decode_action(str(button.callback_data)) for row in rows for button in row]
    assert said == [("again", 2), ("show", 1), None, ("show", 3)]
    (row,) = answer_buttons(Controls(7, running=True), "").inline_keyboard
    assert [decode_action(str(button.callback_data)) for button in row] == [("stop", 7)]


def test_choices_that_telegram_would_not_take_are_shortened() -> None:
    long = "ü" * MAX_DATA_BYTES
    keyboard = choice_buttons([Choice("a", "model", "a:b"), Choice("b", "model", long)], "")
    assert keyboard
    data = [str(button.callback_data) for row in keyboard.inline_keyboard for button in row]
    assert [decode_choice(each) for each in data] == [("model", "a:b"), ("model", shortened(long))]
    assert all(len(each.encode()) <= MAX_DATA_BYTES for each in data)


def test_choices_stand_beside_each_other_where_they_say_so() -> None:
    keyboard = choice_buttons([Choice("a", "model", "a"), Choice("b", "model", "b", beside=True)], "")
    assert keyboard
    assert [[button.text for button in row] for row in keyboard.inline_keyboard] == [["a", "b"]]


async def test_others_may_not_press_and_are_told_quietly(group: TelegramStage) -> None:
    await group.say_as("Bob", "echo his")
    await group.hears("his")
    assert await group.press("🔄", by="Cleo") == sentences.NOT_YOURS
    assert group.shown() == ["his"]
    assert await group.press("🔄") == "", "the usual person is an admin here"


async def test_forged_data_changes_nothing(private: TelegramStage) -> None:
    await private.say("echo mine")
    await private.hears("mine")
    count = len(private.standin.requests)
    for data in ("qb:show:99", "qb:again:77777", "nonsense"):
        press = await private.telegram.press(private.answer(0), private.ann, data, forged=True)
        await eventually(partial(getattr, press, "answered"))
        assert press.answer == sentences.NOT_HERE
    press = await private.telegram.press(private.answer(0), private.ann, "qb:nowhere", forged=True)
    await eventually(lambda: press.answered)
    assert len(private.standin.requests) == count


async def test_a_press_under_a_message_that_is_gone_is_answered(private: TelegramStage) -> None:
    await private.say("echo mine")
    await private.hears("mine")
    answer = private.answer(0)
    press = await private.telegram.press(answer, private.ann, answer.buttons[0], inaccessible=True)
    await eventually(lambda: press.answered)


async def test_a_choice_is_pressed_and_the_words_above_it_change(private: TelegramStage) -> None:
    await private.type_command("think")
    assert private.buttons() == ["on", "off"]
    await private.press("on")
    await private.hears(sentences.SWITCHED_ON.format(what=sentences.THINKING))
    assert private.buttons() == []


# Commands


def test_the_menu_is_told_in_each_language_of_the_bridge() -> None:
    assert set(LANGUAGES) == {"", *(name[:2] for name in language.LANGUAGES)}, "Telegram takes two letters"


async def test_the_menu_is_told_once_in_every_kind_of_chat(private: TelegramStage) -> None:
    def menus() -> set[str]:
        return {scope for (scope, *_), commands in private.telegram.commands.items() if commands}

    await eventually(lambda: len(private.telegram.calls("setMyCommands")) == 2 * len(LANGUAGES))
    assert len(menus()) == 2
    await private.stop()
    told = len(private.telegram.calls("setMyCommands"))
    await private.start()
    asked_for = len(private.telegram.calls("getMyCommands"))
    await eventually(lambda: len(private.telegram.calls("getMyCommands")) >= asked_for)
    await private.say("echo then")
    await private.hears("then")
    assert len(private.telegram.calls("setMyCommands")) == told


async def test_unknown_commands_are_said_in_private_and_left_alone_in_groups(
    private: TelegramStage, group: TelegramStage
) -> None:
    assert sentences.UNKNOWN_COMMAND in await private.type_command("nonsense")
    await group.telegram.say(group.here, group.ann, "/nonsense")
    await group.say("echo then")
    await group.hears("then")


async def test_options_in_a_group_are_for_admins(group: TelegramStage) -> None:
    assert await group.type_command("think", "on", by="Bob") == sentences.ADMINS_ONLY
    assert await group.type_command("think", "on") == sentences.SWITCHED_ON.format(what=sentences.THINKING)


async def test_a_conversation_is_exported_as_files(private: TelegramStage) -> None:
    await private.say("echo hello")
    await private.hears("hello")
    await private.telegram.say(private.here, private.ann, "/export")
    await eventually(lambda: len(private.telegram.calls("sendDocument")) == 2)


async def test_a_command_that_telegram_does_not_let_through_holds_up_nothing(private: TelegramStage) -> None:
    private.telegram.fault("sendMessage", code=502, description="Bad Gateway")
    await private.telegram.say(private.here, private.ann, "/status")
    await private.say("echo then")
    await private.hears("then")


def test_what_was_left_is_gone_on_with() -> None:
    ((button,),) = answer_buttons(Controls(7, left=True), "de").inline_keyboard
    assert (button.text, button.callback_data) == ("▶️ Weiter", "qb:again:7")


async def test_a_code_is_for_the_one_who_asked_alone(group: TelegramStage) -> None:
    await group.type_command("move")
    await eventually(lambda: group.shown() == [sentences.PRIVATE_FIRST])
    private = group.telegram.private(group.ann)
    await group.telegram.say(private, group.ann, "echo hello")
    await eventually(lambda: group.telegram.answers(private))
    await group.type_command("move")
    await eventually(lambda: group.shown()[1:] == [sentences.TOLD_IN_PRIVATE])
    assert "/move " in group.telegram.answers(private)[-1].text
    assert not any("/move " in text for text in group.shown())
