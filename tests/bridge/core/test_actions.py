"""What people steer, without a platform: branches, versions, edits, commands, on one wall."""

import asyncio
import json
import time

import pytest

from bridge.core.policy import Policy
from bridge.core.prompts import asked
from bridge.errors import ModelUnknown
from bridge.i18n import sentences
from bridge.model import Attachment, Incoming, Quote, Turn
from tests.harness import ADMIN, ANN, BOB, KEY, THERE, Harness
from tests.waiting import eventually, until

# Branches


async def test_a_reply_to_an_earlier_answer_goes_on_from_there(harness: Harness) -> None:
    await harness.ask("one")
    first = await harness.hears("no earlier turns")
    await harness.ask("two")
    await harness.hears("1 earlier turn; your last question was “one”")
    await harness.ask("three", replied=first)
    await harness.hears("1 earlier turn; your last question was “one”", 2)
    await harness.ask("four")
    await harness.hears("2 earlier turns; your last question was “three”")
    assert len(harness.standin.chats) == 1, "all of it is one tree"


async def test_a_reply_to_an_answer_that_runs_waits_for_it(harness: Harness) -> None:
    harness.standin.hold_after = 2
    await harness.ask("one")
    await eventually(lambda: harness.standin.held and harness.reply.shown)
    (running,) = harness.reply.shown
    await harness.ask("two", replied=running)
    harness.standin.hold_after = None
    harness.standin.release()
    await harness.hears("1 earlier turn; your last question was “one”")


async def test_a_reply_to_an_answer_that_failed_goes_on_from_the_last_good_one(harness: Harness) -> None:
    await harness.ask("one")
    await harness.hears("no earlier turns")
    harness.standin.fault("moderation")
    await harness.ask("two")
    failed = await harness.hears("content check")
    await harness.ask("three", replied=failed)
    await harness.hears("1 earlier turn; your last question was “one”")


async def test_a_thread_begun_on_an_answer_goes_on_in_a_chat_of_its_own(harness: Harness) -> None:
    await harness.ask("one")
    first = await harness.hears("no earlier turns")
    await harness.ask("two", THERE, begun_on=("here", first))
    await harness.hears("User: one")
    await harness.ask("three", THERE, begun_on=("here", first))
    await harness.hears("1 earlier turn; your last question was")
    await harness.ask("four")
    await harness.hears("1 earlier turn; your last question was “one”")
    assert len(harness.standin.chats) == 2, "two conversations never share a chat"


# Buttons


async def test_regenerating_makes_a_sibling_in_the_same_message(harness: Harness) -> None:
    await harness.ask("one")
    await harness.hears("no earlier turns")
    await harness.ask("two")
    message = await harness.hears("1 earlier turn")
    assert await harness.press(message, "again", 2) == ""
    await eventually(lambda: harness.reply.controls[message].versions == (2, 3))
    assert len(harness.reply.now()) == 2, "the same message"
    await harness.ask("three")
    await harness.hears("2 earlier turns; your last question was “two”")


async def test_flipping_shows_a_kept_version_and_the_conversation_goes_on_from_it(harness: Harness) -> None:
    answers = iter(["first words", "second words"])
    harness.standin.reply = lambda prompt, _: next(answers) if prompt == "one" else f"after {_[-1].text}"
    await harness.ask("one")
    message = await harness.hears("first words")
    await harness.press(message, "again", 1)
    await harness.hears("second words")
    controls = harness.reply.controls[message]
    assert (controls.number, controls.before, controls.after) == (2, 1, None)
    asked_so_far = len(harness.standin.requests)
    assert await harness.press(message, "show", 1) == ""
    await harness.hears("first words")
    assert len(harness.standin.requests) == asked_so_far, "nothing is asked again"
    assert harness.reply.controls[message].after == 2
    await harness.ask("two")
    await harness.hears("after first words")


async def test_flipping_an_older_answer_only_shows_it(harness: Harness) -> None:
    answers = iter(["first words", "second words"])
    harness.standin.reply = lambda prompt, earlier: next(answers) if prompt == "one" else f"after {earlier[-1].text}"
    await harness.ask("one")
    message = await harness.hears("first words")
    await harness.press(message, "again", 1)
    await harness.hears("second words")
    await harness.ask("two")
    await harness.hears("after second words")
    await harness.press(message, "show", 1)
    await harness.hears("first words", 0)
    await harness.ask("three")
    await harness.hears("after after second words")


async def test_a_version_that_fails_leaves_the_one_before(harness: Harness) -> None:
    await harness.ask("echo good words")
    message = await harness.hears("good words")
    harness.standin.fault("moderation")
    await harness.press(message, "again", 1)
    await harness.hears("⚠️ Qwen's content check")
    assert "good words" in harness.reply.now()[0]
    assert (await harness.shown_turn(message)).id == 1
    await harness.press(message, "again", 1)
    await eventually(lambda: harness.reply.controls[message].versions == (1, 3))


async def test_stopping_keeps_what_there_is_and_leaves_an_abandoned_branch(harness: Harness) -> None:
    await harness.ask("one")
    await harness.hears("no earlier turns")
    harness.standin.hold_after = 3
    await harness.ask("two")
    await eventually(lambda: harness.standin.held and len(harness.reply.shown) == 2)
    message = list(harness.reply.shown)[1]
    assert harness.reply.controls[message].running
    assert await harness.press(message, "stop", 2) == ""
    await harness.hears(sentences.STOPPED)
    assert "I see 1 earlier" in harness.reply.now()[1]
    harness.standin.hold_after = None
    assert await harness.press(message, "stop", 2) == sentences.NOT_RUNNING
    await harness.ask("three")
    await harness.hears("1 earlier turn; your last question was “one”")


async def test_only_who_asked_and_admins_may_press(harness: Harness) -> None:
    await harness.ask("one")
    message = await harness.hears("no earlier turns")
    assert await harness.press(message, "again", 1, BOB) == sentences.NOT_YOURS
    assert await harness.press(message, "again", 1, ADMIN) == ""
    await eventually(lambda: harness.reply.controls[message].versions == (1, 2))


@pytest.mark.parametrize(
    ("message", "action", "turn"), [("no such", "again", 1), ("m0", "show", 7), ("m0", "show", -1), ("q0", "again", 1)]
)
async def test_forged_buttons_change_nothing(harness: Harness, message: str, action: str, turn: int) -> None:
    await harness.ask("one")
    await harness.hears("no earlier turns")
    assert await harness.press(message, action, turn) == sentences.NOT_HERE
    assert len(harness.standin.chats) == 1


# Edits


async def test_an_edited_question_is_answered_anew_in_the_same_message(harness: Harness) -> None:
    await harness.ask("one")
    await harness.hears("no earlier turns")
    question = await harness.ask("two")
    await harness.hears("“two”")
    await harness.bridge.edited(Incoming(KEY, question, ANN, "three"))
    await harness.hears("“three”")
    assert "1 earlier turn; your last question was “one”" in harness.reply.now()[1], "from the same parent"
    assert len(harness.reply.now()) == 2
    await harness.ask("four")
    await harness.hears("2 earlier turns; your last question was “three”")


async def test_an_edit_while_it_runs_stops_the_answer_and_takes_its_place(harness: Harness) -> None:
    harness.standin.hold_after = 2
    question = await harness.ask("one")
    await eventually(lambda: harness.standin.held and harness.reply.shown)
    harness.standin.hold_after = None
    await harness.bridge.edited(Incoming(KEY, question, ANN, "two"))
    await harness.hears("“two”")
    assert len(harness.reply.now()) == 1
    assert sentences.STOPPED not in harness.reply.now()[0]


async def test_an_edit_that_changes_no_word_changes_nothing(harness: Harness) -> None:
    question = await harness.ask("one")
    await harness.hears("no earlier turns")
    count = len(harness.standin.requests)
    await harness.bridge.edited(Incoming(KEY, question, ANN, "one"))
    await harness.bridge.edited(Incoming(KEY, question, ANN, " "))
    await harness.bridge.edited(Incoming(KEY, "unknown", ANN, "two"))
    assert len(harness.standin.requests) == count


async def test_an_edit_of_one_piece_of_a_question_changes_nothing(harness: Harness) -> None:
    first = await harness.ask("one", group="paste", wait=5)
    await harness.ask("two", group="paste", wait=0)
    await harness.hears("“one two”")
    count = len(harness.standin.requests)
    await harness.bridge.edited(Incoming(KEY, first, ANN, "three"))
    assert len(harness.standin.requests) == count


async def test_a_press_while_the_last_edit_is_confirmed_is_done(harness: Harness) -> None:
    harness.standin.hold_after = 1
    await harness.ask("echo hello there, and more than fits into one frame")
    await eventually(lambda: harness.standin.held and harness.reply.shown)
    message = next(iter(harness.reply.shown))
    harness.standin.hold_after = None
    harness.reply.slow.clear()
    harness.standin.release()
    await eventually(lambda: harness.reply.putting and harness.reply.permitted)
    await until(lambda: harness.store.turns.get(1), lambda turn: turn.state == "settled")
    pressing = asyncio.create_task(harness.press(message, "again", 1))
    await asyncio.sleep(0.02)
    harness.reply.slow.set()
    assert await pressing == ""
    await eventually(lambda: harness.reply.controls[message].versions == (1, 2))


async def test_an_edit_of_an_older_question_gets_a_hint_once(harness: Harness) -> None:
    question = await harness.ask("one")
    await harness.hears("no earlier turns")
    await harness.ask("two")
    await harness.hears("1 earlier turn")
    for text in ("three", "four"):
        await harness.bridge.edited(Incoming(KEY, question, ANN, text))
    await harness.hears(sentences.OLDER_EDITED)
    assert len(harness.reply.now()) == 3


async def test_deleting_a_question_removes_its_answer_and_goes_on_from_before(harness: Harness) -> None:
    await harness.ask("one")
    await harness.hears("no earlier turns")
    question = await harness.ask("two")
    await harness.hears("1 earlier turn")
    await harness.bridge.deleted(KEY, [question, "unknown"])
    await eventually(lambda: len(harness.reply.now()) == 1)
    await harness.ask("three")
    await harness.hears("1 earlier turn; your last question was “one”")


async def test_deleting_a_question_stops_its_answer(harness: Harness) -> None:
    harness.standin.hold_after = 2
    question = await harness.ask("one")
    await eventually(lambda: harness.standin.held and harness.reply.shown)
    harness.standin.hold_after = None
    await harness.bridge.deleted(KEY, [question])
    await eventually(lambda: not harness.reply.now())
    await harness.ask("two")
    await harness.hears("no earlier turns")


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


async def test_a_quotation_reaches_qwen(harness: Harness) -> None:
    await harness.ask("what is that?", quote=Quote("Bob", "A bridge."))
    await harness.hears("no earlier turns")
    assert "Bob wrote:\n> A bridge.\n\nwhat is that?" in _prompts(harness)[-1]


async def test_messages_that_belong_together_are_one_question(harness: Harness) -> None:
    photo = Attachment("a.png", "image/png", b"\x89PNG\r\n\x1a\n" + b"\0" * 64)
    await harness.ask("", files=(photo,), group="album:1", wait=0.2)
    assert await harness.bridge.expects(KEY, ANN, "album:1")
    assert not await harness.bridge.expects(KEY, BOB, "album:1")
    assert not await harness.bridge.expects(KEY, ANN, "album:2")
    await harness.ask("look", files=(photo,), group="album:1", wait=0.2)
    await harness.hears("“look”")
    assert len(harness.reply.now()) == 1
    assert not await harness.bridge.expects(KEY, ANN, "album:1")


async def test_a_paste_in_pieces_is_one_question(harness: Harness) -> None:
    began = time.monotonic()
    await harness.ask("echo one", group="paste", wait=60)
    await harness.ask("two", group="paste", wait=60)
    await harness.ask("three", group="paste", wait=0)
    await harness.hears("one\ntwo\nthree")
    assert time.monotonic() - began < 30, "no longer than for its last piece"


# Waiting


async def test_a_question_that_waits_is_marked_until_its_time_comes(harness: Harness) -> None:
    harness.standin.hold_after = 0
    await harness.ask("one")
    await eventually(lambda: harness.standin.held)
    await harness.ask("two")
    await eventually(lambda: harness.reply.marks == [True])
    harness.standin.hold_after = None
    harness.standin.release()
    await eventually(lambda: harness.reply.marks == [True, False])


async def test_a_full_line_says_so_at_once(harness: Harness) -> None:
    await harness.begin(Policy(most_waiting=2))
    harness.standin.hold_after = 0
    for word in ("one", "two", "three"):
        await harness.ask(word)
    await eventually(lambda: harness.reply.now() == [sentences.LINE_FULL.many.format(count=2)])
    harness.standin.hold_after = None
    harness.standin.release()
    await harness.hears("1 earlier turn; your last question was “one”")
    assert len(harness.reply.now()) == 3


# Commands


async def test_a_standing_instruction_is_told_with_the_next_question_and_once(harness: Harness) -> None:
    assert (await harness.command("system", "Be brief.")).text == sentences.SYSTEM_SET
    await harness.ask("one")
    await harness.hears("no earlier turns")
    await harness.ask("two")
    await harness.hears("1 earlier turn")
    assert ["Be brief." in prompt for prompt in _prompts(harness)] == [True, False]
    await harness.command("system", "")
    await harness.ask("three")
    await harness.hears("2 earlier turns")
    assert "instruction" not in _prompts(harness)[-1]


async def test_a_standing_instruction_is_told_again_in_a_new_chat(harness: Harness) -> None:
    await harness.command("system", "Be brief.")
    await harness.ask("one")
    await harness.hears("no earlier turns")
    for chat in list(harness.standin.chats):
        harness.standin.forget(chat)
    await harness.ask("two")
    await harness.hears("User: one")
    assert _prompts(harness)[-1].endswith("Be brief.\n\ntwo")


async def test_options_hold_for_their_conversation(harness: Harness) -> None:
    offered = await harness.bridge.models()
    assert (await harness.command("model", offered[1])).text == sentences.MODEL_CHOSEN.format(model=offered[1])
    assert (await harness.command("think", "on")).text == sentences.SWITCHED_ON.format(what=sentences.THINKING)
    assert (await harness.command("search", "on")).text == sentences.SWITCHED_ON.format(what=sentences.WEB_SEARCH)
    await harness.ask("one")
    await harness.hears("no earlier turns")
    await harness.ask("two", THERE)
    await eventually(lambda: len(harness.reply.now()) == 2)
    here, there = [body for body in _bodies(harness) if "messages" in body][-2:]
    assert (here["model"], there["model"]) == (offered[1], offered[0])
    asked_how = [
        (message["feature_config"]["thinking_enabled"], message["chat_type"])
        for message in (body["messages"][0] for body in (here, there))  # type: ignore[index]
    ]
    assert asked_how == [(True, "search"), (False, "t2t")]
    status = (await harness.command("status")).text
    assert f"`{offered[1]}`" in status
    assert f"**{sentences.THINKING}:** {sentences.ON}" in status


async def test_the_status_tells_what_waits_and_what_keeps_qwen_from_being_asked(harness: Harness) -> None:
    harness.standin.hold_after = 0
    for word in ("one", "two"):
        await harness.ask(word)
    await eventually(lambda: harness.standin.held)
    assert f"**{sentences.WAITING}:** 2; yours is number 1" in (await harness.command("status")).text
    assert f"**{sentences.WAITING}:** 2\n" in (await harness.command("status", who=BOB)).text
    harness.standin.hold_after = None
    harness.standin.release()
    await harness.hears("1 earlier turn")
    harness.standin.fault("quota", num=6)
    await harness.ask("three")
    await harness.hears("in about 6 hours")
    said = (await harness.command("status")).text
    assert f"**{sentences.QUOTA}:** Qwen's limit for today is used up. Please ask again in about 6 hours." in said


async def test_the_status_tells_the_instruction_the_quota_and_the_last_trouble(harness: Harness) -> None:
    await harness.command("system", "Be brief.")
    harness.standin.fault("moderation")
    await harness.ask("one")
    await harness.hears("Qwen's content check")
    said = (await harness.command("status")).text
    assert f"**{sentences.INSTRUCTION}:** Be brief." in said
    assert f"**{sentences.QUOTA}:** {sentences.AS_GUEST}" in said
    assert f"**{sentences.LAST_TROUBLE}:** Qwen's content check" in said


async def test_where_a_chosen_model_vanished_the_usual_one_answers_and_says_so_once(harness: Harness) -> None:
    offered = await harness.bridge.models()
    await harness.command("model", offered[1])
    harness.standin.fault("model_not_found")
    await harness.ask("one")
    await harness.hears(sentences.MODEL_GONE)
    assert "no earlier turns" in harness.reply.now()[-1]
    assert harness.standin.requests[-1].body["model"] == offered[0]
    await harness.ask("two")
    await harness.hears("1 earlier turn")
    assert sentences.MODEL_GONE not in harness.reply.now()[-1]
    harness.standin.fault("model_not_found", times=None)
    await harness.ask("three")
    await harness.hears(ModelUnknown.sentence)


async def test_a_choice_is_offered_where_none_is_given(harness: Harness) -> None:
    said = await harness.command("model")
    assert [choice.argument for choice in said.choices] == await harness.bridge.models()
    assert [choice.argument for choice in (await harness.command("search")).choices] == ["on", "off"]
    assert (await harness.command("model", "no-such")).text.startswith(sentences.NO_SUCH_MODEL.partition("{")[0])
    assert (await harness.command("nonsense")).text == sentences.UNKNOWN_COMMAND


async def test_in_shared_places_admins_change_the_options(harness: Harness) -> None:
    assert (await harness.command("think", "on", who=BOB)).text == sentences.ADMINS_ONLY
    assert (await harness.command("status", who=BOB)).text != sentences.ADMINS_ONLY
    assert (await harness.command("think", "on", who=ADMIN)).text != sentences.ADMINS_ONLY


async def test_new_begins_anew_and_keeps_what_was(harness: Harness) -> None:
    await harness.ask("one")
    first = await harness.hears("no earlier turns")
    assert (await harness.command("new")).text == sentences.BEGUN
    await harness.ask("two")
    await harness.hears("no earlier turns")
    await harness.ask("three", replied=first)
    await harness.hears("1 earlier turn; your last question was “one”")


async def test_retry_and_stop_as_commands(harness: Harness) -> None:
    assert (await harness.command("retry")).text == sentences.NOTHING_ASKED_YET
    assert (await harness.command("stop")).text == sentences.NOTHING_RUNS
    await harness.ask("one")
    message = await harness.hears("no earlier turns")
    assert (await harness.command("retry", who=BOB)).text == sentences.NOT_YOURS
    assert (await harness.command("retry")).text == sentences.AGAIN
    await eventually(lambda: harness.reply.controls[message].versions == (1, 2))
    harness.standin.hold_after = 0
    await harness.ask("two")
    await eventually(lambda: harness.standin.held)
    assert (await harness.command("stop", who=BOB)).text == sentences.NOT_YOURS
    assert (await harness.command("stop")).text == sentences.STOPPING
    await harness.hears(sentences.STOPPED)


async def test_a_conversation_is_exported_for_people_and_for_programs(harness: Harness) -> None:
    assert (await harness.command("export")).text == sentences.NOTHING_ASKED_YET
    await harness.ask("echo one")
    await harness.hears("one")
    await harness.ask("echo two")
    await harness.hears("two")
    markdown, data = (await harness.command("export")).files
    assert markdown.data.decode().count("### Qwen") == 2
    assert [(each["question"], each["answer"]) for each in json.loads(data.data)] == [
        ("echo one", "one"),
        ("echo two", "two"),
    ]


async def test_forgetting_asks_first_and_then_leaves_nothing(harness: Harness) -> None:
    await harness.ask("one")
    first = await harness.hears("no earlier turns")
    said = await harness.command("forget")
    assert [choice.argument for choice in said.choices] == ["yes"]
    assert await harness.store.transcripts.transcript(KEY)
    assert (await harness.command("forget", "yes")).text == sentences.FORGOTTEN_HERE, "guests cannot delete at Qwen"
    assert not await harness.store.transcripts.transcript(KEY)
    assert await harness.store.versions.find(KEY, first) is None
    await harness.ask("two")
    await harness.hears("no earlier turns")


async def test_a_conversation_moves_with_a_code_that_is_good_once(harness: Harness) -> None:
    await harness.ask("one")
    await harness.hears("no earlier turns")
    code = (await harness.command("move")).text.partition("`/move ")[2].partition("`")[0]
    assert (await harness.command("move", "wrong", THERE)).text == sentences.NO_SUCH_CODE
    assert (await harness.command("move", code, THERE)).text == sentences.MOVED
    assert (await harness.command("move", code, THERE)).text == sentences.NO_SUCH_CODE
    await harness.ask("two", THERE)
    await harness.hears("1 earlier turn; your last question was “one”")
    await harness.ask("three")
    await harness.hears("no earlier turns")
    assert len(harness.standin.chats) == 2


async def test_a_move_s_code_grows_old(harness: Harness) -> None:
    await harness.ask("one")
    await harness.hears("no earlier turns")
    await harness.store.transcripts.offer_move(KEY, "hash", -1.0)
    assert not await harness.store.transcripts.move("hash", THERE)


async def test_help_lists_every_command(harness: Harness) -> None:
    text = (await harness.command("help")).text
    assert all(f"/{name} " in text for name in ("ask", "new", "model", "forget", "move", "help"))
    assert text.startswith(sentences.GREETING)


async def test_help_tells_a_group_how_to_ask(harness: Harness) -> None:
    assert (await harness.command("help", who=BOB)).text.startswith(sentences.GREETING_ALL)


def _bodies(harness: Harness) -> list[dict[str, object]]:
    return [request.body for request in harness.standin.requests if isinstance(request.body, dict)]


def _prompts(harness: Harness) -> list[str]:
    return [body["messages"][0]["content"] for body in _bodies(harness) if "messages" in body]  # type: ignore[index]
