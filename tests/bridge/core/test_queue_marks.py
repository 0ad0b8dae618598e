"""The mark on a question that waits is taken off where it was set, also by a process before, and nowhere else."""

import pytest

from bridge.core.queue_marks import QueueMarks
from bridge.incoming import Incoming
from tests.harness import ANN, KEY, FakeAdapter, Harness
from tests.waiting import eventually


async def asked_behind(harness: Harness) -> QueueMarks:
    """Ask two questions, the second of which waits and is marked by other marks than the harness's."""
    marks = QueueMarks(harness.store, {"test": FakeAdapter(harness.reply)})
    for message in ("q1", "q2"):
        recorded = await harness.store.arrivals.record(Incoming(KEY, message, ANN, "one"))
        assert recorded
        marks.recorded(recorded)
    await eventually(lambda: harness.reply.marks == [True] and not marks.pending)
    return marks


@pytest.mark.parametrize("taken", [True, False], ids=["set", "refused"])
async def test_a_mark_that_was_refused_is_not_taken_off(harness: Harness, taken: bool) -> None:
    harness.reply.marks_taken = taken
    marks = await asked_behind(harness)
    marks.claimed(await harness.store.turns.get(2))
    await marks.end(10)
    assert harness.reply.marks == [True, False][: 1 + taken]
    assert not (await harness.store.turns.get(2)).marked


@pytest.mark.parametrize("taken", [True, False], ids=["set", "refused"])
async def test_a_restart_takes_off_the_marks_that_are_there(harness: Harness, taken: bool) -> None:
    harness.reply.marks_taken = taken
    await asked_behind(harness)
    await harness.begin()
    await harness.hears("1 earlier turn")
    await eventually(lambda: harness.reply.marks == [True, False][: 1 + taken])


async def test_no_mark_is_begun_once_the_platforms_are_being_closed(harness: Harness) -> None:
    marks = QueueMarks(harness.store, {"test": FakeAdapter(harness.reply)})
    await marks.end(1)
    for message in ("q1", "q2"):
        recorded = await harness.store.arrivals.record(Incoming(KEY, message, ANN, "one"))
        assert recorded
        marks.recorded(recorded)
    await eventually(lambda: not marks.pending)
    assert not harness.reply.marks


async def test_a_question_that_waits_unmarked_is_not_unmarked_when_it_is_forgotten(harness: Harness) -> None:
    harness.reply.marks_taken = False
    harness.standin.hold_after = 2
    await harness.begin()
    await harness.ask("one")
    await eventually(lambda: harness.standin.held)
    await harness.ask("two")
    await eventually(lambda: harness.reply.marks == [True])
    await harness.command("forget")
    assert harness.reply.marks == [True]
