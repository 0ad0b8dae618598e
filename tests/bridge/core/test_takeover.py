"""A process that stood still past its claims leaves its answers to the one that goes on with them, at every step."""

import time
from collections.abc import AsyncIterator, Iterator, MutableMapping
from typing import Any

import pytest
from structlog.testing import capture_logs

from adapters.sandbox.qwen import StandIn
from bridge import Turn
from bridge.core import claims
from bridge.store import Store
from tests.harness import KEY, Harness
from tests.waiting import eventually

LATER = 30.0

Logged = list[MutableMapping[str, Any]]


@pytest.fixture
async def heir(database: str) -> AsyncIterator[Store]:
    """The store of another process, for which all claims of the first one have run out."""
    async with await Store.open(database, lambda: time.time() + LATER) as store:
        yield store


@pytest.fixture
def logged() -> Iterator[Logged]:
    with capture_logs() as logs:
        yield logs


@pytest.fixture
async def first(harness: Harness) -> AsyncIterator[Harness]:
    await harness.begin()
    yield harness
    await harness.bridge.stop(0.1)


async def growing(first: Harness, standin: StandIn) -> None:
    """Ask, and let Qwen stop in the middle of an answer that shows already."""
    standin.hold_after = 2
    await first.ask("one")
    await eventually(lambda: standin.held and first.reply.now())


def stand_still() -> None:
    """Block the event loop, as a suspended process does, for longer than the PAUSE_SECONDS of these tests."""
    time.sleep(0.4)


async def taken_over(heir: Store) -> Turn:
    conversation = (await heir.conversations.get(KEY)).id
    turn = await heir.turns.claim(conversation, "heir", 20.0)
    assert isinstance(turn, Turn)
    return turn


async def leaves(logged: Logged) -> None:
    """Wait until the first process has left a turn."""
    await eventually(lambda: [line for line in logged if "Another process goes on" in line["event"]])


async def is_left(first: Harness, heir: Store, turn: Turn, shown: list[str], logged: Logged) -> None:
    """Wait until the first process has left the turn: it is as the heir claimed it, and the same messages show it."""
    await leaves(logged)
    now = await heir.turns.get(turn.id)
    assert (now.claim, now.state, now.answer, now.shown) == (turn.claim, turn.state, turn.answer, turn.shown)
    assert first.reply.now() == shown


async def test_an_answer_that_grows_is_left_where_it_is(
    first: Harness, heir: Store, standin: StandIn, monkeypatch: pytest.MonkeyPatch, logged: Logged
) -> None:
    monkeypatch.setattr(claims, "CLAIM_SECONDS", 0.3)
    await growing(first, standin)
    turn = await taken_over(heir)
    await is_left(first, heir, turn, first.reply.now(), logged)


async def test_an_answer_that_was_written_meanwhile_is_neither_stored_nor_shown(
    first: Harness, heir: Store, standin: StandIn, logged: Logged
) -> None:
    await growing(first, standin)
    first.reply.open.clear()  # so that it does not grow further
    turn = await taken_over(heir)
    shown = first.reply.now()
    standin.release()
    await is_left(first, heir, turn, shown, logged)


async def test_a_new_message_is_not_sent(first: Harness, heir: Store, standin: StandIn, logged: Logged) -> None:
    first.reply.open.clear()
    standin.hold_after = 2
    await first.ask("one")
    await eventually(lambda: standin.held)
    turn = await taken_over(heir)
    first.reply.open.set()
    await is_left(first, heir, turn, [], logged)


async def test_a_message_on_its_way_of_which_the_heir_does_not_know_is_deleted(
    first: Harness, heir: Store, standin: StandIn, logged: Logged
) -> None:
    first.reply.slow.clear()
    await first.ask("one")
    await eventually(lambda: first.reply.putting)
    turn = await taken_over(heir)
    first.reply.slow.set()
    await is_left(first, heir, turn, [], logged)


async def test_a_message_on_its_way_that_the_heir_has_found_stays(first: Harness, heir: Store, logged: Logged) -> None:
    first.reply.slow.clear()
    await first.ask("one")
    await eventually(lambda: first.reply.putting)
    turn = await taken_over(heir)
    await heir.turns.show(turn, 0, "m0")
    first.reply.slow.set()
    await leaves(logged)
    assert list(first.reply.shown) == ["m0"]
    assert (await heir.turns.get(turn.id)).shown == ("m0",)


async def test_the_end_of_an_answer_is_not_shown(first: Harness, heir: Store, logged: Logged) -> None:
    await first.ask("one")
    await first.hears("Things to try")
    first.reply.slow.clear()
    await first.ask("echo two")
    await eventually(lambda: first.reply.putting)
    turn = await taken_over(heir)
    first.reply.slow.set()
    await is_left(first, heir, turn, first.reply.now()[:1], logged)


async def test_before_its_next_edit_a_process_that_stood_still_looks(
    first: Harness, heir: Store, standin: StandIn, monkeypatch: pytest.MonkeyPatch, logged: Logged
) -> None:
    monkeypatch.setattr(claims, "PAUSE_SECONDS", 0.2)
    await growing(first, standin)
    first.reply.open.clear()
    turn = await taken_over(heir)
    shown, puts = first.reply.now(), first.reply.puts
    stand_still()
    standin.release()
    first.reply.open.set()
    await is_left(first, heir, turn, shown, logged)
    assert first.reply.puts == puts


async def test_a_process_that_stood_still_and_lost_nothing_goes_on(
    first: Harness, standin: StandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(claims, "PAUSE_SECONDS", 0.2)
    await growing(first, standin)
    stand_still()
    standin.release()
    await first.hears("Things to try")
