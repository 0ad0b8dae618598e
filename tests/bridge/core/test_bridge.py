"""The bridge without a platform: what is carried over, lanes, outages."""

import asyncio
import random
import sqlite3
from contextlib import closing
from pathlib import Path

import orjson
import pytest
from structlog.testing import capture_logs

from bridge.backends.qwen import QwenClient
from bridge.core.bridge import Bridge
from bridge.core.lanes import Lanes
from bridge.core.policy import Policy
from bridge.core.prompts import CARRIED_BYTES, carried_over
from bridge.core.queue_marks import QueueMarks
from bridge.errors import BridgeError, StoreTrouble
from bridge.incoming import Incoming
from bridge.model import Author, ConversationKey, Exchange
from bridge.runtime.backoff import LONGEST_SECONDS, Backoff
from bridge.store import Recorded, Store
from tests.harness import FakeAdapter, FakeReply, FaultyReply
from tests.waiting import eventually


def test_nothing_earlier_leaves_the_question_alone() -> None:
    assert carried_over([], "a question") == ("a question", False)


def test_the_newest_turns_are_carried_over_and_the_question_comes_last() -> None:
    chain = [Exchange(f"question {number}", "字" * 1000) for number in range(100)]
    carried, left_out = carried_over(chain, "now this")
    assert left_out
    assert len(carried.encode()) < CARRIED_BYTES + 200
    assert "question 99" in carried
    assert "question 1\n" not in carried
    assert carried.index("question 98") < carried.index("question 99")
    assert carried.endswith("now this")


def test_what_is_carried_over_is_measured_as_it_is_sent() -> None:
    chain = [Exchange("q", '"\\\n' * 10_000) for _ in range(20)]
    assert len(orjson.dumps(carried_over(chain, "now this")[0])) < CARRIED_BYTES + 300


def test_a_long_question_leaves_no_room_and_is_still_asked() -> None:
    question = "x" * CARRIED_BYTES
    assert carried_over([Exchange("one", "two")], question) == (question, True)


async def test_a_lane_that_rests_is_woken_and_not_only_while_it_rests() -> None:
    steps = 0

    async def step(lane: int) -> bool:
        nonlocal steps
        steps += 1
        if steps == 1:
            lanes.wake(lane)  # as what comes in while the database is asked
        if steps < 4:
            await lanes.rest(lane, 60.0 if steps < 3 else 0.01)
        return steps < 4

    lanes = Lanes(step)
    lanes.wake(1)
    await eventually(lambda: steps == 2 and lanes.resting(1))
    lanes.wake(1)
    assert await lanes.idle(5)
    assert steps == 4


async def test_a_lane_does_one_thing_at_a_time_and_misses_no_wake() -> None:
    todo = dict.fromkeys(range(5), 50)
    running: set[int] = set()
    done: dict[int, int] = dict.fromkeys(todo, 0)

    async def step(lane: int) -> bool:
        assert lane not in running
        running.add(lane)
        await asyncio.sleep(random.random() / 1000)
        running.discard(lane)
        if not todo[lane]:
            return False
        todo[lane] -= 1
        done[lane] += 1
        return True

    lanes = Lanes(step)
    for _ in range(20):
        for lane in todo:
            todo[lane] += 1
            lanes.wake(lane)
        await asyncio.sleep(0)
    await eventually(lambda: not any(todo.values()))
    await lanes.drain(1)
    assert set(done.values()) == {70}


async def test_draining_cancels_what_does_not_end_and_waits_for_it() -> None:
    cleaned = False

    async def step(lane: int) -> bool:
        nonlocal cleaned
        try:
            await asyncio.Event().wait()
        finally:
            cleaned = True
        return True

    lanes = Lanes(step)
    lanes.wake(1)
    await asyncio.sleep(0)
    await lanes.drain(0.01)
    assert cleaned


def test_an_outage_is_said_once_with_growing_pauses_and_its_end_once(capsys: pytest.CaptureFixture[str]) -> None:
    outage = Backoff("Telegram", "Check the network.")
    pauses = [outage.failed("connection refused") for _ in range(12)]
    assert pauses[0] < 2
    assert LONGEST_SECONDS * 0.8 <= pauses[-1] <= LONGEST_SECONDS * 1.2
    outage.succeeded()
    outage.succeeded()
    said = capsys.readouterr().out
    assert said.count("Telegram cannot be reached (connection refused). Check the network.") == 1
    assert said.count("Telegram is reached again.") == 1


@pytest.mark.parametrize(("faults", "seen"), [(1, [BridgeError.sentence, "two"]), (2, ["two"])])
async def test_a_fault_of_ours_is_said_and_does_not_stop_the_conversation(
    store: Store, qwen: QwenClient, capsys: pytest.CaptureFixture[str], faults: int, seen: list[str]
) -> None:
    bridge = Bridge(store, qwen)
    reply = FaultyReply(faults)
    await bridge.serve(FakeAdapter(reply))
    key = ConversationKey("test", "here")
    for number, word in enumerate(("one", "two")):
        await bridge.receive(Incoming(key, str(number), Author("a", "Ann"), f"echo {word}"))
    await eventually(lambda: reply.now() == seen)
    await bridge.stop(1)
    said = capsys.readouterr().out
    assert "A turn failed unexpectedly." in said
    assert "what somebody wrote" not in said
    assert await store.turns.unfinished("test") == []


async def test_old_words_are_deleted_at_the_start_and_then_every_day(
    store: Store, qwen: QwenClient, database: str
) -> None:
    bridge = Bridge(store, qwen, Policy(keep_days=1))
    reply = FakeReply()
    await store.arrivals.record(
        Incoming(ConversationKey("test", "here"), "1", Author("a", "Ann"), "", notice="old words")
    )
    there = ConversationKey("test", "there")
    async with await Store.open(database, lambda: 0.0) as earlier:
        turn = await earlier.arrivals.record(Incoming(there, "2", Author("a", "Ann"), "", notice="older words"))
        assert turn
        await earlier.turns.finish(await earlier.turns.get(turn.turn), [])
    await bridge.serve(FakeAdapter(reply))
    await eventually(lambda: reply.now() == ["old words"])
    assert (await store.turns.get(turn.turn)).notice == ""
    await bridge.stop(1)


async def test_what_fails_while_the_process_leaves_is_given_up(store: Store, database: str) -> None:
    asked = Incoming(ConversationKey("test", "here"), "q", Author("a", "Ann"), "echo hello")
    with capture_logs() as logs, closing(sqlite3.connect(database.removeprefix("sqlite:///"))) as other:
        other.execute("CREATE TRIGGER full BEFORE INSERT ON turns BEGIN SELECT RAISE(ABORT, 'disk full'); END")
        trying = asyncio.create_task(store.arrivals.record(asked))
        await eventually(lambda: logs)
        store.stop_retrying()
        with pytest.raises(StoreTrouble):
            await asyncio.wait_for(trying, 10)
    assert len(logs) == 1


async def test_marks_that_hang_do_not_outlive_the_bridge(store: Store, qwen: QwenClient) -> None:
    class Hanging(FakeReply):
        async def waiting(self, on: bool) -> bool:
            await super().waiting(on)
            await asyncio.Event().wait()
            return True

    reply = Hanging()
    bridge = Bridge(store, qwen)
    await bridge.serve(FakeAdapter(reply))
    for number in range(3):
        await bridge.receive(Incoming(ConversationKey("test", "here"), f"q{number}", Author("a", "Ann"), "echo hello"))
    await eventually(lambda: reply.marks)
    await bridge.stop(1)
    await asyncio.sleep(0)
    assert not [task for task in asyncio.all_tasks() if "QueueMarks._" in repr(task)]


async def test_a_question_that_comes_while_the_database_closes_is_not_marked_and_nothing_fails(tmp_path: Path) -> None:
    async with await Store.open(f"sqlite:///{tmp_path / 'bridge.db'}") as store:
        marks = QueueMarks(store, {})
    marks.recorded(Recorded(1, 1, before=1))
    assert marks.pending == 1
    await eventually(lambda: marks.pending == 0)
    await marks.end(1)
