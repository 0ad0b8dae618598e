"""Acts that cross each other: pressed at once, forgotten while it runs, moved away, edited and deleted in between."""

import asyncio
import time
from collections.abc import AsyncIterator

import pytest

from adapters.common.rate_limiter import Rate, RateLimiter, Rates
from adapters.sandbox.qwen import StandIn
from bridge.backends.qwen import QwenClient
from bridge.core.bridge import Bridge
from bridge.errors import ShowLater
from bridge.i18n import sentences
from bridge.model import Attachment, Incoming
from bridge.store import Store
from tests.bridge.core.test_actions import ADMIN, ANN, KEY, THERE, Room, _bodies
from tests.bridge.core.test_bridge import FaultyAdapter
from tests.waiting import eventually

PHOTO = Attachment("a.png", "image/png", b"\x89PNG\r\n\x1a\n" + b"\0" * 64)


@pytest.fixture
async def room(store: Store, qwen: QwenClient, standin: StandIn) -> AsyncIterator[Room]:
    bridge = Bridge(store, qwen)
    room = Room(bridge, store, standin)
    await bridge.serve(FaultyAdapter(room.wall))
    yield room
    await bridge.stop(1)


async def edit(room: Room, question: str, text: str) -> None:
    await room.bridge.edited(Incoming(KEY, question, ANN, text))


async def moved(room: Room) -> None:
    """The conversation goes on there."""
    code = (await room.command("move")).text.partition("`/move ")[2].partition("`")[0]
    assert (await room.command("move", code, THERE)).text == sentences.MOVED


async def running(room: Room, text: str, messages: int) -> str:
    """A question whose answer has begun; its message."""
    room.standin.hold_after = 2
    question = await room.ask(text)
    await eventually(lambda: room.standin.held and len(room.wall.shown) == messages)
    room.standin.hold_after = None
    return question


async def at_rest(room: Room) -> None:
    await eventually(lambda: not room.bridge._lanes._tasks)


async def has_versions(room: Room, message: str, *numbers: int) -> None:
    await eventually(lambda: room.wall.controls[message].versions == numbers)
    await at_rest(room)


# Presses


async def test_two_who_regenerate_at_once_get_one_version(room: Room) -> None:
    await room.ask("one")
    message = await room.hears("no earlier turns")
    said = await asyncio.gather(*(room.press(message, "again", 1, who) for who in (ANN, ADMIN, ANN)))
    assert sorted(said) == ["", sentences.STILL_RUNNING, sentences.STILL_RUNNING]
    await has_versions(room, message, 1, 2)
    assert len(room.wall.now()) == 1
    assert len([body for body in _bodies(room) if "messages" in body]) == 2


async def test_a_flip_that_crosses_a_regeneration_leaves_one_message(room: Room) -> None:
    await room.ask("one")
    message = await room.hears("no earlier turns")
    await room.press(message, "again", 1)
    await has_versions(room, message, 1, 2)
    assert await room.store.redo(2)
    assert not await room.store.flip(1)
    assert not await room.store.redo(2)


async def test_regenerating_an_older_answer_leaves_the_conversation_where_it_is(room: Room) -> None:
    await room.ask("one")
    first = await room.hears("no earlier turns")
    await room.ask("two")
    await room.hears("1 earlier turn")
    await room.press(first, "again", 1)
    await has_versions(room, first, 1, 3)
    await room.ask("three")
    await room.hears("2 earlier turns; your last question was “two”")


async def test_regenerating_what_was_before_a_new_beginning_does_not_take_it_back(room: Room) -> None:
    await room.ask("one")
    message = await room.hears("no earlier turns")
    await room.command("new")
    await room.press(message, "again", 1)
    await has_versions(room, message, 1, 2)
    await room.ask("two")
    await room.hears("I see no earlier turns.\n", 1)


async def test_a_version_after_one_that_failed_still_has_the_files(room: Room) -> None:
    await room.ask("look", files=(PHOTO,))
    message = await room.hears("“look”")
    room.standin.fault("moderation")
    await room.press(message, "again", 1)
    await room.hears("⚠️")
    await room.press(message, "again", 1)
    await has_versions(room, message, 1, 3)
    asked = [body["messages"][0] for body in _bodies(room) if "messages" in body]  # type: ignore[index]
    assert [len(each.get("files", [])) for each in asked] == [1, 1, 1]


async def test_retry_means_the_last_question_and_no_hint_nor_what_was_deleted(room: Room) -> None:
    older = await room.ask("one")
    await room.hears("no earlier turns")
    newest = await room.ask("two")
    await room.hears("1 earlier turn")
    await edit(room, older, "else")
    await room.hears(sentences.OLDER_EDITED)
    assert (await room.command("retry")).text == sentences.AGAIN
    await eventually(lambda: [each.versions for each in room.wall.controls.values()] == [(1,), (2, 4)])
    await at_rest(room)
    await room.bridge.deleted(KEY, [newest])
    await room.command("retry")
    await eventually(lambda: any(each.versions == (1, 5) for each in room.wall.controls.values()))


async def test_the_newest_question_can_be_edited_below_a_hint_and_above_a_deleted_one(room: Room) -> None:
    older = await room.ask("one")
    await room.hears("no earlier turns")
    newest = await room.ask("two")
    await room.hears("1 earlier turn")
    await edit(room, older, "else")
    await room.hears(sentences.OLDER_EDITED)
    await edit(room, newest, "echo three")
    await room.hears("three", 1)
    last = await room.ask("echo last")
    await room.hears("last")
    await room.bridge.deleted(KEY, [last])
    await edit(room, newest, "echo four")
    await room.hears("four", 1)


async def test_an_answer_whose_words_are_not_kept_any_more_stays_as_it_is(room: Room) -> None:
    await room.ask("one")
    message = await room.hears("no earlier turns")
    await room.press(message, "again", 1)
    await has_versions(room, message, 1, 2)
    await room.store.forget_words(time.time() + 1)
    assert await room.press(message, "show", 1) == sentences.NOT_HERE
    assert await room.press(message, "again", 2) == sentences.NOT_HERE
    await at_rest(room)
    assert room.shows("no earlier turns", 0)


async def test_a_mark_is_not_remembered_of_a_question_whose_time_never_comes(room: Room) -> None:
    await running(room, "one", 1)
    question = await room.ask("two")
    await eventually(lambda: room.wall.marks == [True])
    await room.bridge.deleted(KEY, [question])
    assert not room.bridge._queue_marks._marking


# Edits and deletions


async def test_what_follows_a_failed_edit_goes_on_from_before_the_question(room: Room) -> None:
    await room.ask("one")
    await room.hears("no earlier turns")
    question = await room.ask("two")
    await room.hears("1 earlier turn")
    room.standin.fault("moderation")
    await edit(room, question, "three")
    await room.hears("content check")
    await room.ask("four")
    await room.hears("1 earlier turn; your last question was “one”")


async def test_a_question_deleted_while_its_first_words_are_sent_leaves_nothing(room: Room) -> None:
    room.standin.hold_after = 2
    room.wall.slow.clear()
    question = await room.ask("one")
    await eventually(lambda: room.wall.putting)
    deleting = asyncio.create_task(room.bridge.deleted(KEY, [question]))
    await asyncio.sleep(0.05)
    room.wall.slow.set()
    room.standin.hold_after = None
    await deleting
    await at_rest(room)
    assert room.wall.now() == []


async def test_edited_while_its_first_words_are_slow_there_is_one_answer(room: Room) -> None:
    room.standin.hold_after = 2
    room.wall.slow.clear()
    question = await room.ask("one")
    await eventually(lambda: room.wall.putting)
    room.standin.hold_after = None
    await edit(room, question, "echo two")
    await asyncio.sleep(1.2)  # longer than a message is waited for when the bridge leaves
    room.wall.slow.set()
    await room.hears("two")
    assert len(room.wall.now()) == 1


# Forgetting and moving


async def test_what_is_forgotten_while_it_runs_is_not_the_answer_to_what_comes_next(room: Room) -> None:
    await running(room, "one", 1)
    (old,) = room.bridge._runner._runs
    await room.store.forget(KEY)
    await room.ask("echo other", THERE)
    await eventually(lambda: room.shows("other", -1))
    room.standin.release()
    await at_rest(room)
    found = await room.store.find(THERE, "q1")
    assert found
    assert found.turn != old
    assert (await room.store.turn(found.turn)).answer == "other"


async def test_forgetting_ends_where_a_thread_fell_back_to_the_message_it_was_begun_on(room: Room) -> None:
    await room.ask("one")
    first = await room.hears("no earlier turns")
    question = await room.ask("two", THERE, begun_on=("here", first))
    await room.hears("User: one")
    await room.bridge.deleted(THERE, [question])
    said = await asyncio.wait_for(room.command("forget", "yes"), 2)
    assert said.text == sentences.FORGOTTEN_HERE


async def test_forgetting_ends_where_an_edit_runs_of_what_was_moved(room: Room) -> None:
    question = await room.ask("one")
    await room.hears("no earlier turns")
    room.standin.hold_after = 0
    await edit(room, question, "two")
    await eventually(lambda: room.standin.held)
    room.standin.hold_after = None
    await moved(room)
    said = await asyncio.wait_for(room.command("forget", "yes"), 2)
    assert said.text in (sentences.FORGOTTEN_HERE, sentences.FORGOTTEN)


async def test_what_was_moved_does_not_write_into_messages_of_the_old_place(room: Room) -> None:
    await room.ask("one")
    await room.hears("no earlier turns")
    await moved(room)
    assert (await room.command("retry", key=THERE)).text == sentences.NOTHING_ASKED_YET
    found = await room.store.find(KEY, "m0")
    assert found
    assert (await room.store.turn(found.turn)).shown == ()


# The line, leaving, pace


@pytest.fixture
async def full(room: Room) -> Room:
    """One question runs, and another has been told that the line is full; that word is on its way."""
    room.bridge._most_waiting = 1
    room.standin.hold_after = 0
    await room.ask("one")
    await eventually(lambda: room.standin.held)
    room.wall.refusals = [ShowLater(0.3)]
    await room.ask("two")
    await eventually(lambda: room.bridge._saying and not room.wall.refusals)
    room.standin.hold_after = None
    return room


async def test_a_word_on_its_way_is_said_once(full: Room) -> None:
    full.wall.refusals = []
    full.standin.release()
    await eventually(lambda: len(full.wall.now()) == 2)
    await at_rest(full)
    await eventually(lambda: not full.bridge._saying)
    assert len(full.wall.now()) == 2


async def test_leaving_ends_what_is_being_said(full: Room) -> None:
    full.wall.refusals = [ShowLater(0.01)] * 100_000
    await full.bridge.stop(0.5)
    await asyncio.sleep(0)
    assert not full.bridge._saying


async def test_who_gives_up_where_nothing_is_counted_gives_nothing_back() -> None:
    limiter = RateLimiter(Rates(overall=(Rate(1, 60.0),)))
    async with limiter.permit("chat", "send", final=True):
        pass
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.01), limiter.permit("chat", "send", final=True):
            pass
