"""What people do to answers by hand, without a platform: stop, regenerate, flip, edit, delete."""

import asyncio

import pytest

from bridge.i18n import sentences
from bridge.incoming import Incoming
from tests.harness import ADMIN, ANN, BOB, KEY, Harness
from tests.waiting import eventually, until


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
    await harness.hears("⚠️ Qwen's content filter")
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
