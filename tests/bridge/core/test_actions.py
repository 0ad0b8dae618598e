"""What people steer, without a platform: branches, versions, edits, commands, on one wall."""

import asyncio
import json
import time
from collections.abc import AsyncIterator

import pytest

from adapters.sandbox.qwen import StandIn
from bridge.backends.qwen import QwenClient
from bridge.controls import Invocation, Press, Said
from bridge.core.bridge import Bridge
from bridge.core.prompts import asked
from bridge.errors import ModelUnknown
from bridge.i18n import sentences
from bridge.model import Attachment, Author, ConversationKey, Incoming, Quote, Turn
from bridge.store import Store
from bridge.streaming.chunks import MORE
from tests.bridge.core.test_bridge import FaultyAdapter
from tests.bridge.streaming.test_live_answer import Wall
from tests.waiting import eventually

KEY = ConversationKey("test", "here")
THERE = ConversationKey("test", "there")
ANN, BOB, ADMIN = Author("a", "Ann"), Author("b", "Bob"), Author("c", "Cleo", admin=True)


class Room:
    """One bridge, and one wall on which all its answers are shown."""

    def __init__(self, bridge: Bridge, store: Store, standin: StandIn) -> None:
        self.bridge = bridge
        self.store = store
        self.standin = standin
        self.wall = Wall()
        self.wall.limit = 10_000
        self.count = 0

    async def ask(self, text: str, key: ConversationKey = KEY, **more: object) -> str:
        """Ask, and return the message's id."""
        message = f"q{self.count}"
        self.count += 1
        await self.bridge.receive(Incoming(key, message, ANN, text, **more))  # type: ignore[arg-type]
        return message

    async def hears(self, text: str, place: int = -1) -> str:
        """Wait until the answer at a place of the wall holds this text and is whole; return its message's id."""
        await eventually(lambda: self.shows(text, place))
        await eventually(lambda: not self.bridge._lanes._tasks)
        return list(self.wall.shown)[place]

    def shows(self, text: str, place: int) -> bool:
        shown = self.wall.now()
        at = place if place >= 0 else len(shown) + place
        return 0 <= at < len(shown) and text in shown[at] and MORE.strip() not in shown[at]

    async def press(self, message: str, action: str, turn: int, who: Author = ANN) -> str:
        return (await self.bridge.press(Press(KEY, message, who, action, turn))).text  # type: ignore[arg-type]

    async def command(self, name: str, argument: str = "", key: ConversationKey = KEY, who: Author = ANN) -> Said:
        return await self.bridge.command(Invocation(key, who, name, argument, shared=who is not ANN))

    async def shown_turn(self, message: str) -> Turn:
        found = await self.store.find(KEY, message)
        assert found
        return await self.store.turn(found.turn)


@pytest.fixture
async def room(store: Store, qwen: QwenClient, standin: StandIn) -> AsyncIterator[Room]:
    bridge = Bridge(store, qwen)
    room = Room(bridge, store, standin)
    await bridge.serve(FaultyAdapter(room.wall))
    yield room
    await bridge.stop(1)


# Branches


async def test_a_reply_to_an_earlier_answer_goes_on_from_there(room: Room) -> None:
    await room.ask("one")
    first = await room.hears("no earlier turns")
    await room.ask("two")
    await room.hears("1 earlier turn; your last question was “one”")
    await room.ask("three", replied=first)
    await room.hears("1 earlier turn; your last question was “one”", 2)
    await room.ask("four")
    await room.hears("2 earlier turns; your last question was “three”")
    assert len(room.standin.chats) == 1, "all of it is one tree"


async def test_a_reply_to_an_answer_that_runs_waits_for_it(room: Room) -> None:
    room.standin.hold_after = 2
    await room.ask("one")
    await eventually(lambda: room.standin.held and room.wall.shown)
    (running,) = room.wall.shown
    await room.ask("two", replied=running)
    room.standin.hold_after = None
    room.standin.release()
    await room.hears("1 earlier turn; your last question was “one”")


async def test_a_reply_to_an_answer_that_failed_goes_on_from_the_last_good_one(room: Room) -> None:
    await room.ask("one")
    await room.hears("no earlier turns")
    room.standin.fault("moderation")
    await room.ask("two")
    failed = await room.hears("content check")
    await room.ask("three", replied=failed)
    await room.hears("1 earlier turn; your last question was “one”")


async def test_a_thread_begun_on_an_answer_goes_on_in_a_chat_of_its_own(room: Room) -> None:
    await room.ask("one")
    first = await room.hears("no earlier turns")
    await room.ask("two", THERE, begun_on=("here", first))
    await room.hears("User: one")
    await room.ask("three", THERE, begun_on=("here", first))
    await room.hears("1 earlier turn; your last question was")
    await room.ask("four")
    await room.hears("1 earlier turn; your last question was “one”")
    assert len(room.standin.chats) == 2, "two conversations never share a chat"


# Buttons


async def test_regenerating_makes_a_sibling_in_the_same_message(room: Room) -> None:
    await room.ask("one")
    await room.hears("no earlier turns")
    await room.ask("two")
    message = await room.hears("1 earlier turn")
    assert await room.press(message, "again", 2) == ""
    await eventually(lambda: room.wall.controls[message].versions == (2, 3))
    assert len(room.wall.now()) == 2, "the same message"
    await room.ask("three")
    await room.hears("2 earlier turns; your last question was “two”")


async def test_flipping_shows_a_kept_version_and_the_conversation_goes_on_from_it(room: Room) -> None:
    answers = iter(["first words", "second words"])
    room.standin.reply = lambda prompt, _: next(answers) if prompt == "one" else f"after {_[-1].text}"
    await room.ask("one")
    message = await room.hears("first words")
    await room.press(message, "again", 1)
    await room.hears("second words")
    controls = room.wall.controls[message]
    assert (controls.number, controls.before, controls.after) == (2, 1, None)
    asked_so_far = len(room.standin.requests)
    assert await room.press(message, "show", 1) == ""
    await room.hears("first words")
    assert len(room.standin.requests) == asked_so_far, "nothing is asked again"
    assert room.wall.controls[message].after == 2
    await room.ask("two")
    await room.hears("after first words")


async def test_flipping_an_older_answer_only_shows_it(room: Room) -> None:
    answers = iter(["first words", "second words"])
    room.standin.reply = lambda prompt, earlier: next(answers) if prompt == "one" else f"after {earlier[-1].text}"
    await room.ask("one")
    message = await room.hears("first words")
    await room.press(message, "again", 1)
    await room.hears("second words")
    await room.ask("two")
    await room.hears("after second words")
    await room.press(message, "show", 1)
    await room.hears("first words", 0)
    await room.ask("three")
    await room.hears("after after second words")


async def test_a_version_that_fails_leaves_the_one_before(room: Room) -> None:
    await room.ask("echo good words")
    message = await room.hears("good words")
    room.standin.fault("moderation")
    await room.press(message, "again", 1)
    await room.hears("⚠️ Qwen's content check")
    assert "good words" in room.wall.now()[0]
    assert (await room.shown_turn(message)).id == 1
    await room.press(message, "again", 1)
    await eventually(lambda: room.wall.controls[message].versions == (1, 3))


async def test_stopping_keeps_what_there_is_and_leaves_an_abandoned_branch(room: Room) -> None:
    await room.ask("one")
    await room.hears("no earlier turns")
    room.standin.hold_after = 3
    await room.ask("two")
    await eventually(lambda: room.standin.held and len(room.wall.shown) == 2)
    message = list(room.wall.shown)[1]
    assert room.wall.controls[message].running
    assert await room.press(message, "stop", 2) == ""
    await room.hears(sentences.STOPPED)
    assert "I see 1 earlier" in room.wall.now()[1]
    room.standin.hold_after = None
    assert await room.press(message, "stop", 2) == sentences.NOT_RUNNING
    await room.ask("three")
    await room.hears("1 earlier turn; your last question was “one”")


async def test_only_who_asked_and_admins_may_press(room: Room) -> None:
    await room.ask("one")
    message = await room.hears("no earlier turns")
    assert await room.press(message, "again", 1, BOB) == sentences.NOT_YOURS
    assert await room.press(message, "again", 1, ADMIN) == ""
    await eventually(lambda: room.wall.controls[message].versions == (1, 2))


@pytest.mark.parametrize(
    ("message", "action", "turn"), [("no such", "again", 1), ("m0", "show", 7), ("m0", "show", -1), ("q0", "again", 1)]
)
async def test_forged_buttons_change_nothing(room: Room, message: str, action: str, turn: int) -> None:
    await room.ask("one")
    await room.hears("no earlier turns")
    assert await room.press(message, action, turn) == sentences.NOT_HERE
    assert len(room.standin.chats) == 1


# Edits


async def test_an_edited_question_is_answered_anew_in_the_same_message(room: Room) -> None:
    await room.ask("one")
    await room.hears("no earlier turns")
    question = await room.ask("two")
    await room.hears("“two”")
    await room.bridge.edited(Incoming(KEY, question, ANN, "three"))
    await room.hears("“three”")
    assert "1 earlier turn; your last question was “one”" in room.wall.now()[1], "from the same parent"
    assert len(room.wall.now()) == 2
    await room.ask("four")
    await room.hears("2 earlier turns; your last question was “three”")


async def test_an_edit_while_it_runs_stops_the_answer_and_takes_its_place(room: Room) -> None:
    room.standin.hold_after = 2
    question = await room.ask("one")
    await eventually(lambda: room.standin.held and room.wall.shown)
    room.standin.hold_after = None
    await room.bridge.edited(Incoming(KEY, question, ANN, "two"))
    await room.hears("“two”")
    assert len(room.wall.now()) == 1
    assert sentences.STOPPED not in room.wall.now()[0]


async def test_an_edit_that_changes_no_word_changes_nothing(room: Room) -> None:
    question = await room.ask("one")
    await room.hears("no earlier turns")
    count = len(room.standin.requests)
    await room.bridge.edited(Incoming(KEY, question, ANN, "one"))
    await room.bridge.edited(Incoming(KEY, question, ANN, " "))
    await room.bridge.edited(Incoming(KEY, "unknown", ANN, "two"))
    assert len(room.standin.requests) == count


async def test_an_edit_of_one_piece_of_a_question_changes_nothing(room: Room) -> None:
    first = await room.ask("one", group="paste", wait=5)
    await room.ask("two", group="paste", wait=0)
    await room.hears("“one two”")
    count = len(room.standin.requests)
    await room.bridge.edited(Incoming(KEY, first, ANN, "three"))
    assert len(room.standin.requests) == count


async def test_a_press_while_the_last_edit_is_confirmed_is_done(room: Room) -> None:
    room.standin.hold_after = 1
    await room.ask("echo hello there, and more than fits into one frame")
    await eventually(lambda: room.standin.held and room.wall.shown)
    message = next(iter(room.wall.shown))
    room.standin.hold_after = None
    room.wall.slow.clear()
    room.standin.release()
    await eventually(lambda: room.wall.putting and room.wall.permitted)
    await eventually(lambda: room.bridge._runner._runs[1].asking and room.bridge._runner._runs[1].asking.done())
    pressing = asyncio.create_task(room.press(message, "again", 1))
    await asyncio.sleep(0.02)
    room.wall.slow.set()
    assert await pressing == ""
    await eventually(lambda: room.wall.controls[message].versions == (1, 2))


async def test_an_edit_of_an_older_question_gets_a_hint_once(room: Room) -> None:
    question = await room.ask("one")
    await room.hears("no earlier turns")
    await room.ask("two")
    await room.hears("1 earlier turn")
    for text in ("three", "four"):
        await room.bridge.edited(Incoming(KEY, question, ANN, text))
    await room.hears(sentences.OLDER_EDITED)
    assert len(room.wall.now()) == 3


async def test_deleting_a_question_removes_its_answer_and_goes_on_from_before(room: Room) -> None:
    await room.ask("one")
    await room.hears("no earlier turns")
    question = await room.ask("two")
    await room.hears("1 earlier turn")
    await room.bridge.deleted(KEY, [question, "unknown"])
    await eventually(lambda: len(room.wall.now()) == 1)
    await room.ask("three")
    await room.hears("1 earlier turn; your last question was “one”")


async def test_deleting_a_question_stops_its_answer(room: Room) -> None:
    room.standin.hold_after = 2
    question = await room.ask("one")
    await eventually(lambda: room.standin.held and room.wall.shown)
    room.standin.hold_after = None
    await room.bridge.deleted(KEY, [question])
    await eventually(lambda: not room.wall.now())
    await room.ask("two")
    await room.hears("no earlier turns")


# Context


def turn(**more: object) -> Turn:
    values: dict[str, object] = {
        "id": 1, "conversation": 1, "key": KEY, "epoch": 0, "state": "waiting", "question": "q", "author": ANN,
        "prompt": "why?",
    }  # fmt: skip
    return Turn(**(values | more))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("more", "text"),
    [
        ({}, "why?"),
        ({"shared": True}, "Ann: why?"),
        ({"quote": "Bob\nBecause.\n\nReally."}, "Bob wrote:\n> Because.\n>\n> Really.\n\nwhy?"),
        ({"quote": "\nBecause.", "shared": True}, "> Because.\n\nAnn: why?"),
        (
            {"system": "Be brief."},
            "Standing instruction for this conversation, until another one is given:\nBe brief.\n\nwhy?",
        ),
    ],
)
def test_what_qwen_reads(more: dict[str, object], text: str) -> None:
    assert asked(turn(**more)) == text


async def test_a_quotation_reaches_qwen(room: Room) -> None:
    await room.ask("what is that?", quote=Quote("Bob", "A bridge."))
    await room.hears("no earlier turns")
    assert "Bob wrote:\n> A bridge.\n\nwhat is that?" in _prompts(room)[-1]


async def test_messages_that_belong_together_are_one_question(room: Room) -> None:
    photo = Attachment("a.png", "image/png", b"\x89PNG\r\n\x1a\n" + b"\0" * 64)
    await room.ask("", files=(photo,), group="album:1", wait=0.2)
    assert await room.bridge.expects(KEY, ANN, "album:1")
    assert not await room.bridge.expects(KEY, BOB, "album:1")
    assert not await room.bridge.expects(KEY, ANN, "album:2")
    await room.ask("look", files=(photo,), group="album:1", wait=0.2)
    await room.hears("“look”")
    assert len(room.wall.now()) == 1
    assert not await room.bridge.expects(KEY, ANN, "album:1")


async def test_a_paste_in_pieces_is_one_question(room: Room) -> None:
    began = time.monotonic()
    await room.ask("echo one", group="paste", wait=60)
    await room.ask("two", group="paste", wait=60)
    await room.ask("three", group="paste", wait=0)
    await room.hears("one\ntwo\nthree")
    assert time.monotonic() - began < 30, "no longer than for its last piece"


# Waiting


async def test_a_question_that_waits_is_marked_until_its_time_comes(room: Room) -> None:
    room.standin.hold_after = 0
    await room.ask("one")
    await eventually(lambda: room.standin.held)
    await room.ask("two")
    await eventually(lambda: room.wall.marks == [True])
    room.standin.hold_after = None
    room.standin.release()
    await eventually(lambda: room.wall.marks == [True, False])


async def test_a_full_line_says_so_at_once(room: Room) -> None:
    room.bridge._most_waiting = 2
    room.standin.hold_after = 0
    for word in ("one", "two", "three"):
        await room.ask(word)
    await eventually(lambda: room.wall.now() == [sentences.LINE_FULL.many.format(count=2)])
    room.standin.hold_after = None
    room.standin.release()
    await room.hears("1 earlier turn; your last question was “one”")
    assert len(room.wall.now()) == 3


# Commands


async def test_a_standing_instruction_is_told_with_the_next_question_and_once(room: Room) -> None:
    assert (await room.command("system", "Be brief.")).text == sentences.SYSTEM_SET
    await room.ask("one")
    await room.hears("no earlier turns")
    await room.ask("two")
    await room.hears("1 earlier turn")
    assert ["Be brief." in prompt for prompt in _prompts(room)] == [True, False]
    await room.command("system", "")
    await room.ask("three")
    await room.hears("2 earlier turns")
    assert "instruction" not in _prompts(room)[-1]


async def test_a_standing_instruction_is_told_again_in_a_new_chat(room: Room) -> None:
    await room.command("system", "Be brief.")
    await room.ask("one")
    await room.hears("no earlier turns")
    for chat in list(room.standin.chats):
        room.standin.forget(chat)
    await room.ask("two")
    await room.hears("User: one")
    assert _prompts(room)[-1].endswith("Be brief.\n\ntwo")


async def test_options_hold_for_their_conversation(room: Room) -> None:
    offered = await room.bridge._command_handlers.models()
    assert (await room.command("model", offered[1])).text == sentences.MODEL_CHOSEN.format(model=offered[1])
    assert (await room.command("think", "on")).text == sentences.SWITCHED_ON.format(what=sentences.THINKING)
    assert (await room.command("search", "on")).text == sentences.SWITCHED_ON.format(what=sentences.WEB_SEARCH)
    await room.ask("one")
    await room.hears("no earlier turns")
    await room.ask("two", THERE)
    await eventually(lambda: len(room.wall.now()) == 2)
    here, there = [body for body in _bodies(room) if "messages" in body][-2:]
    assert (here["model"], there["model"]) == (offered[1], offered[0])
    asked_how = [
        (message["feature_config"]["thinking_enabled"], message["chat_type"])
        for message in (body["messages"][0] for body in (here, there))  # type: ignore[index]
    ]
    assert asked_how == [(True, "search"), (False, "t2t")]
    status = (await room.command("status")).text
    assert f"`{offered[1]}`" in status
    assert f"**{sentences.THINKING}:** {sentences.ON}" in status


async def test_the_status_tells_what_waits_and_what_keeps_qwen_from_being_asked(room: Room) -> None:
    room.standin.hold_after = 0
    for word in ("one", "two"):
        await room.ask(word)
    await eventually(lambda: room.standin.held)
    assert f"**{sentences.WAITING}:** 2; yours is number 1" in (await room.command("status")).text
    assert f"**{sentences.WAITING}:** 2\n" in (await room.command("status", who=BOB)).text
    room.standin.hold_after = None
    room.standin.release()
    await room.hears("1 earlier turn")
    room.standin.fault("quota", num=6)
    await room.ask("three")
    await room.hears("in about 6 hours")
    said = (await room.command("status")).text
    assert f"**{sentences.QUOTA}:** Qwen's limit for today is used up. Please ask again in about 6 hours." in said


async def test_the_status_tells_the_instruction_the_quota_and_the_last_trouble(room: Room) -> None:
    await room.command("system", "Be brief.")
    room.standin.fault("moderation")
    await room.ask("one")
    await room.hears("Qwen's content check")
    said = (await room.command("status")).text
    assert f"**{sentences.INSTRUCTION}:** Be brief." in said
    assert f"**{sentences.QUOTA}:** {sentences.AS_GUEST}" in said
    assert f"**{sentences.LAST_TROUBLE}:** Qwen's content check" in said


async def test_where_a_chosen_model_vanished_the_usual_one_answers_and_says_so_once(room: Room) -> None:
    offered = await room.bridge._command_handlers.models()
    await room.command("model", offered[1])
    room.standin.fault("model_not_found")
    await room.ask("one")
    await room.hears(sentences.MODEL_GONE)
    assert "no earlier turns" in room.wall.now()[-1]
    assert room.standin.requests[-1].body["model"] == offered[0]
    await room.ask("two")
    await room.hears("1 earlier turn")
    assert sentences.MODEL_GONE not in room.wall.now()[-1]
    room.standin.fault("model_not_found", times=None)
    await room.ask("three")
    await room.hears(ModelUnknown.sentence)


async def test_a_choice_is_offered_where_none_is_given(room: Room) -> None:
    said = await room.command("model")
    assert [choice.argument for choice in said.choices] == await room.bridge._command_handlers.models()
    assert [choice.argument for choice in (await room.command("search")).choices] == ["on", "off"]
    assert (await room.command("model", "no-such")).text.startswith(sentences.NO_SUCH_MODEL.partition("{")[0])
    assert (await room.command("nonsense")).text == sentences.UNKNOWN_COMMAND


async def test_in_shared_places_admins_change_the_options(room: Room) -> None:
    assert (await room.command("think", "on", who=BOB)).text == sentences.ADMINS_ONLY
    assert (await room.command("status", who=BOB)).text != sentences.ADMINS_ONLY
    assert (await room.command("think", "on", who=ADMIN)).text != sentences.ADMINS_ONLY


async def test_new_begins_anew_and_keeps_what_was(room: Room) -> None:
    await room.ask("one")
    first = await room.hears("no earlier turns")
    assert (await room.command("new")).text == sentences.BEGUN
    await room.ask("two")
    await room.hears("no earlier turns")
    await room.ask("three", replied=first)
    await room.hears("1 earlier turn; your last question was “one”")


async def test_retry_and_stop_as_commands(room: Room) -> None:
    assert (await room.command("retry")).text == sentences.NOTHING_ASKED_YET
    assert (await room.command("stop")).text == sentences.NOTHING_RUNS
    await room.ask("one")
    message = await room.hears("no earlier turns")
    assert (await room.command("retry", who=BOB)).text == sentences.NOT_YOURS
    assert (await room.command("retry")).text == sentences.AGAIN
    await eventually(lambda: room.wall.controls[message].versions == (1, 2))
    room.standin.hold_after = 0
    await room.ask("two")
    await eventually(lambda: room.standin.held)
    assert (await room.command("stop", who=BOB)).text == sentences.NOT_YOURS
    assert (await room.command("stop")).text == sentences.STOPPING
    await room.hears(sentences.STOPPED)


async def test_a_conversation_is_exported_for_people_and_for_programs(room: Room) -> None:
    assert (await room.command("export")).text == sentences.NOTHING_ASKED_YET
    await room.ask("echo one")
    await room.hears("one")
    await room.ask("echo two")
    await room.hears("two")
    markdown, data = (await room.command("export")).files
    assert markdown.data.decode().count("### Qwen") == 2
    assert [(each["question"], each["answer"]) for each in json.loads(data.data)] == [
        ("echo one", "one"),
        ("echo two", "two"),
    ]


async def test_forgetting_asks_first_and_then_leaves_nothing(room: Room) -> None:
    await room.ask("one")
    first = await room.hears("no earlier turns")
    said = await room.command("forget")
    assert [choice.argument for choice in said.choices] == ["yes"]
    assert await room.store.transcript(KEY)
    assert (await room.command("forget", "yes")).text == sentences.FORGOTTEN_HERE, "guests cannot delete at Qwen"
    assert not await room.store.transcript(KEY)
    assert await room.store.find(KEY, first) is None
    await room.ask("two")
    await room.hears("no earlier turns")


async def test_a_conversation_moves_with_a_code_that_is_good_once(room: Room) -> None:
    await room.ask("one")
    await room.hears("no earlier turns")
    code = (await room.command("move")).text.partition("`/move ")[2].partition("`")[0]
    assert (await room.command("move", "wrong", THERE)).text == sentences.NO_SUCH_CODE
    assert (await room.command("move", code, THERE)).text == sentences.MOVED
    assert (await room.command("move", code, THERE)).text == sentences.NO_SUCH_CODE
    await room.ask("two", THERE)
    await room.hears("1 earlier turn; your last question was “one”")
    await room.ask("three")
    await room.hears("no earlier turns")
    assert len(room.standin.chats) == 2


async def test_a_move_s_code_grows_old(room: Room) -> None:
    await room.ask("one")
    await room.hears("no earlier turns")
    await room.store.offer_move(KEY, "hash", -1.0)
    assert not await room.store.move("hash", THERE)


async def test_help_lists_every_command(room: Room) -> None:
    text = (await room.command("help")).text
    assert all(f"/{name} " in text for name in ("ask", "new", "model", "forget", "move", "help"))
    assert text.startswith(sentences.GREETING)


async def test_help_tells_a_group_how_to_ask(room: Room) -> None:
    assert (await room.command("help", who=BOB)).text.startswith(sentences.GREETING_ALL)


def _bodies(room: Room) -> list[dict[str, object]]:
    return [request.body for request in room.standin.requests if isinstance(request.body, dict)]


def _prompts(room: Room) -> list[str]:
    return [body["messages"][0]["content"] for body in _bodies(room) if "messages" in body]  # type: ignore[index]
