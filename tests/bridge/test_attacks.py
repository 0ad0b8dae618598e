"""Acts that cross each other: pressed at once, forgotten while it runs, moved away, edited and deleted in between."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from bridge import sentences
from bridge.core import Bridge
from bridge.errors import ShowLater
from bridge.model import Attachment, Incoming
from bridge.pace import Budget, Rate, Rates
from bridge.qwen import Qwen
from bridge.standin import StandIn
from bridge.store import Store
from tests.bridge.test_core import FaultyAdapter
from tests.bridge.test_steering import ANN, KEY, THERE, Room
from tests.waiting import eventually

PHOTO = Attachment("a.png", "image/png", b"\x89PNG\r\n\x1a\n" + b"\0" * 64)


@pytest.fixture
async def room(store: Store, qwen: Qwen, standin: StandIn) -> AsyncIterator[Room]:
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


# Presses


# Edits and deletions


# Forgetting and moving


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
    budget = Budget(Rates(overall=(Rate(1, 60.0),)))
    async with budget.permit("chat", "send", final=True):
        pass
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.01), budget.permit("chat", "send", final=True):
            pass
