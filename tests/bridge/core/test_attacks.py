"""Acts that cross each other: pressed at once, forgotten while it runs, moved away, edited and deleted in between."""

import asyncio
import time

import pytest

from adapters.common.rate_limiter import Rate, RateLimiter, Rates
from bridge.core.policy import Policy
from bridge.errors import ShowLater
from bridge.i18n import sentences
from bridge.incoming import Beginning, Incoming
from bridge.model import Attachment
from tests.harness import ADMIN, ANN, KEY, THERE, Harness
from tests.waiting import eventually

PHOTO = Attachment("a.png", "image/png", b"\x89PNG\r\n\x1a\n" + b"\0" * 64)


async def edit(harness: Harness, question: str, text: str) -> None:
    await harness.bridge.edited(Incoming(KEY, question, ANN, text))


async def moved(harness: Harness) -> None:
    """The conversation goes on there."""
    code = (await harness.command("move")).text.partition("`/move ")[2].partition("`")[0]
    assert (await harness.command("move", code, THERE)).text == sentences.MOVED


async def running(harness: Harness, text: str, messages: int) -> str:
    """A question whose answer has begun; its message."""
    harness.standin.hold_after = 2
    question = await harness.ask(text)
    await eventually(lambda: harness.standin.held and len(harness.reply.shown) == messages)
    harness.standin.hold_after = None
    return question


async def at_rest(harness: Harness) -> None:
    await eventually(lambda: harness.bridge.idle)


async def has_versions(harness: Harness, message: str, *numbers: int) -> None:
    await eventually(lambda: harness.reply.controls[message].versions == numbers)
    await at_rest(harness)


# Presses


async def test_two_who_regenerate_at_once_get_one_version(harness: Harness) -> None:
    await harness.ask("one")
    message = await harness.hears("no earlier turns")
    said = await asyncio.gather(*(harness.press(message, "again", 1, who) for who in (ANN, ADMIN, ANN)))
    assert sorted(said) == ["", sentences.STILL_RUNNING, sentences.STILL_RUNNING]
    await has_versions(harness, message, 1, 2)
    assert len(harness.reply.now()) == 1
    assert len([body for body in harness.bodies() if "messages" in body]) == 2


async def test_a_flip_that_crosses_a_regeneration_leaves_one_message(harness: Harness) -> None:
    await harness.ask("one")
    message = await harness.hears("no earlier turns")
    await harness.press(message, "again", 1)
    await has_versions(harness, message, 1, 2)
    assert await harness.store.versions.redo(2)
    assert not await harness.store.versions.flip(1)
    assert not await harness.store.versions.redo(2)


async def test_regenerating_an_older_answer_leaves_the_conversation_where_it_is(harness: Harness) -> None:
    await harness.ask("one")
    first = await harness.hears("no earlier turns")
    await harness.ask("two")
    await harness.hears("1 earlier turn")
    await harness.press(first, "again", 1)
    await has_versions(harness, first, 1, 3)
    await harness.ask("three")
    await harness.hears("2 earlier turns; your last question was “two”")


async def test_regenerating_what_was_before_a_new_beginning_does_not_take_it_back(harness: Harness) -> None:
    await harness.ask("one")
    message = await harness.hears("no earlier turns")
    await harness.command("new")
    await harness.press(message, "again", 1)
    await has_versions(harness, message, 1, 2)
    await harness.ask("two")
    await harness.hears("I see no earlier turns.\n", 1)


async def test_a_version_after_one_that_failed_still_has_the_files(harness: Harness) -> None:
    await harness.ask("look", files=(PHOTO,))
    message = await harness.hears("“look”")
    harness.standin.fault("moderation")
    await harness.press(message, "again", 1)
    await harness.hears("⚠️")
    await harness.press(message, "again", 1)
    await has_versions(harness, message, 1, 3)
    asked = [body["messages"][0] for body in harness.bodies() if "messages" in body]
    assert [len(each.get("files", [])) for each in asked] == [1, 1, 1]


async def test_retry_means_the_last_question_and_no_hint_nor_what_was_deleted(harness: Harness) -> None:
    older = await harness.ask("one")
    await harness.hears("no earlier turns")
    newest = await harness.ask("two")
    await harness.hears("1 earlier turn")
    await edit(harness, older, "else")
    await harness.hears(sentences.OLDER_EDITED)
    assert (await harness.command("retry")).text == sentences.AGAIN
    await eventually(lambda: [each.versions for each in harness.reply.controls.values()] == [(1,), (2, 4)])
    await at_rest(harness)
    await harness.bridge.deleted(KEY, [newest])
    await harness.command("retry")
    await eventually(lambda: any(each.versions == (1, 5) for each in harness.reply.controls.values()))


async def test_the_newest_question_can_be_edited_below_a_hint_and_above_a_deleted_one(harness: Harness) -> None:
    older = await harness.ask("one")
    await harness.hears("no earlier turns")
    newest = await harness.ask("two")
    await harness.hears("1 earlier turn")
    await edit(harness, older, "else")
    await harness.hears(sentences.OLDER_EDITED)
    await edit(harness, newest, "echo three")
    await harness.hears("three", 1)
    last = await harness.ask("echo last")
    await harness.hears("last")
    await harness.bridge.deleted(KEY, [last])
    await edit(harness, newest, "echo four")
    await harness.hears("four", 1)


async def test_an_answer_whose_words_are_not_kept_any_more_stays_as_it_is(harness: Harness) -> None:
    await harness.ask("one")
    message = await harness.hears("no earlier turns")
    await harness.press(message, "again", 1)
    await has_versions(harness, message, 1, 2)
    await harness.store.transcripts.forget_words(time.time() + 1)
    assert await harness.press(message, "show", 1) == sentences.NOT_HERE
    assert await harness.press(message, "again", 2) == sentences.NOT_HERE
    await at_rest(harness)
    assert harness.shows("no earlier turns", 0)


# Edits and deletions


async def test_what_follows_a_failed_edit_goes_on_from_before_the_question(harness: Harness) -> None:
    await harness.ask("one")
    await harness.hears("no earlier turns")
    question = await harness.ask("two")
    await harness.hears("1 earlier turn")
    harness.standin.fault("moderation")
    await edit(harness, question, "three")
    await harness.hears("content filter")
    await harness.ask("four")
    await harness.hears("1 earlier turn; your last question was “one”")


async def test_a_question_deleted_while_its_first_words_are_sent_leaves_nothing(harness: Harness) -> None:
    harness.standin.hold_after = 2
    harness.reply.slow.clear()
    question = await harness.ask("one")
    await eventually(lambda: harness.reply.putting)
    deleting = asyncio.create_task(harness.bridge.deleted(KEY, [question]))
    await asyncio.sleep(0.05)
    harness.reply.slow.set()
    harness.standin.hold_after = None
    await deleting
    await at_rest(harness)
    assert harness.reply.now() == []


async def test_edited_while_its_first_words_are_slow_there_is_one_answer(harness: Harness) -> None:
    harness.standin.hold_after = 2
    harness.reply.slow.clear()
    question = await harness.ask("one")
    await eventually(lambda: harness.reply.putting)
    harness.standin.hold_after = None
    await edit(harness, question, "echo two")
    await asyncio.sleep(1.2)  # longer than a message is waited for when the bridge leaves
    harness.reply.slow.set()
    await harness.hears("two")
    assert len(harness.reply.now()) == 1


# Forgetting and moving


async def test_what_is_forgotten_while_it_runs_is_not_the_answer_to_what_comes_next(harness: Harness) -> None:
    await running(harness, "one", 1)
    (old,) = await harness.store.turns.running(KEY)
    await harness.store.transcripts.forget(KEY)
    await harness.ask("echo other", THERE)
    await eventually(lambda: harness.shows("other", -1))
    harness.standin.release()
    await at_rest(harness)
    found = await harness.store.versions.find(THERE, "q1")
    assert found
    assert found.turn != old
    assert (await harness.store.turns.get(found.turn)).answer == "other"


async def test_forgetting_ends_where_a_thread_fell_back_to_the_message_it_was_begun_on(harness: Harness) -> None:
    await harness.ask("one")
    first = await harness.hears("no earlier turns")
    question = await harness.ask("two", THERE, begun_on=Beginning("here", first))
    await harness.hears("User: one")
    await harness.bridge.deleted(THERE, [question])
    said = await asyncio.wait_for(harness.command("forget", "yes"), 2)
    assert said.text == sentences.FORGOTTEN_HERE


async def test_forgetting_ends_where_an_edit_runs_of_what_was_moved(harness: Harness) -> None:
    question = await harness.ask("one")
    await harness.hears("no earlier turns")
    harness.standin.hold_after = 0
    await edit(harness, question, "two")
    await eventually(lambda: harness.standin.held)
    harness.standin.hold_after = None
    await moved(harness)
    said = await asyncio.wait_for(harness.command("forget", "yes"), 2)
    assert said.text in (sentences.FORGOTTEN_HERE, sentences.FORGOTTEN)


async def test_what_was_moved_does_not_write_into_messages_of_the_old_place(harness: Harness) -> None:
    await harness.ask("one")
    await harness.hears("no earlier turns")
    await moved(harness)
    assert (await harness.command("retry", key=THERE)).text == sentences.NOTHING_ASKED_YET
    found = await harness.store.versions.find(KEY, "m0")
    assert found
    assert (await harness.store.turns.get(found.turn)).shown == ()


# The line, leaving, pace


@pytest.fixture
async def full(harness: Harness) -> Harness:
    """One question runs, and another has been told that the line is full; that word is on its way."""
    await harness.begin(Policy(most_waiting=1))
    harness.standin.hold_after = 0
    await harness.ask("one")
    await eventually(lambda: harness.standin.held)
    harness.reply.refusals = [ShowLater(0.3)]
    await harness.ask("two")
    await eventually(lambda: not harness.reply.refusals)
    harness.standin.hold_after = None
    return harness


async def test_a_word_on_its_way_is_said_once(full: Harness) -> None:
    full.reply.refusals = []
    full.standin.release()
    await eventually(lambda: len(full.reply.now()) == 2)
    await at_rest(full)
    assert len(full.reply.now()) == 2


async def test_leaving_ends_what_is_being_said(full: Harness) -> None:
    full.reply.refusals = [ShowLater(0.01)] * 100_000
    await full.bridge.stop(0.5)
    assert full.bridge.idle


async def test_who_gives_up_where_nothing_is_counted_gives_nothing_back() -> None:
    limiter = RateLimiter(Rates(overall=(Rate(1, 60.0),)))
    async with limiter.permit("chat", "send", final=True):
        pass
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.01), limiter.permit("chat", "send", final=True):
            pass
