"""A page on a wall: a platform of one room that can refuse, be slow, and remembers everything it ever showed."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from functools import partial

import pytest

from bridge.errors import CannotShow, ShowLater
from bridge.page import MORE, Page
from tests.waiting import eventually

LIMIT = 120


class Wall:
    """The platform: messages by id, with all that each has shown; `refusals` are raised in turn."""

    limit = LIMIT

    def __init__(self) -> None:
        self.shown: dict[str, list[str]] = {}
        self.refusals: list[Exception] = []
        self.slow = asyncio.Event()
        self.slow.set()
        self.putting = self.measured = 0
        self.working_now = False

    def measure(self, markdown: str) -> int:
        self.measured += 1
        return len(markdown)

    def pause(self) -> float:
        return 0.001

    @asynccontextmanager
    async def working(self) -> AsyncIterator[None]:
        self.working_now = True
        try:
            yield
        finally:
            self.working_now = False

    async def put(self, markdown: str, message: str | None, *, final: bool) -> str:
        assert not self.putting, "one edit at a time"
        assert len(markdown) <= LIMIT
        self.putting += 1
        try:
            await self.slow.wait()
            if self.refusals:
                raise self.refusals.pop(0)
        finally:
            self.putting -= 1
        message = message or f"m{len(self.shown)}"
        self.shown.setdefault(message, []).append(markdown)
        return message

    async def drop(self, messages: Sequence[str]) -> None:
        for message in messages:
            del self.shown[message]

    def has_measured_since(self, measured: int) -> bool:
        return self.measured > measured

    def shows(self, text: str) -> bool:
        return text in "".join(self.now())

    def now(self) -> list[str]:
        return [texts[-1] for texts in self.shown.values()]


@pytest.fixture
def wall() -> Wall:
    return Wall()


async def forget(place: int, message: str) -> None:
    """Nothing is remembered."""


def words(count: int) -> list[str]:
    return [f"word{number} " for number in range(count)]


async def test_it_grows_and_only_the_last_message_changes(wall: Wall) -> None:
    async with Page(wall, [], forget) as page:
        for word in words(60):
            page.write(word)
            await eventually(partial(wall.shows, word.strip()))
        await page.finish()
    assert len(wall.shown) > 3
    assert "".join(f"{text} " for text in wall.now()).split() == "".join(words(60)).split()
    for texts in list(wall.shown.values())[:-1]:
        assert MORE not in texts[-1]
        assert [text for text in texts if text == texts[-1]] == texts[-1:], "settled once, then left alone"


async def test_reading_is_never_held_up_by_showing(wall: Wall) -> None:
    wall.slow.clear()
    async with Page(wall, [], forget) as page:
        for word in words(200):
            page.write(word)
        await eventually(lambda: wall.putting)
        wall.slow.set()
        await page.finish()
    assert " ".join(wall.now()).split() == "".join(words(200)).split()


async def test_a_failed_edit_is_skipped_and_the_final_one_is_not(wall: Wall) -> None:
    wall.refusals = [ShowLater(0.001)] * 5
    async with Page(wall, [], forget) as page:
        page.write("hello ")
        await eventually(lambda: len(wall.refusals) < 5)
        page.write("world")
        await page.finish()
    assert wall.now() == ["hello world"]


async def test_a_place_that_is_closed_ends_the_showing_and_not_the_answer(wall: Wall) -> None:
    wall.refusals = [CannotShow("closed"), CannotShow("closed")]
    async with Page(wall, [], forget) as page:
        page.write("hello")
        await eventually(lambda: len(wall.refusals) == 1)
        page.write(" world")
        await page.finish()
    assert wall.now() == []


async def test_what_a_place_refused_once_is_tried_again_when_it_is_whole(wall: Wall) -> None:
    wall.refusals = [CannotShow("this text only")]
    async with Page(wall, [], forget) as page:
        page.write("hello")
        await eventually(lambda: not wall.refusals)
        page.write(" world")
        await page.finish()
    assert wall.now() == ["hello world"]


async def test_what_closes_long_fences_never_makes_a_message_too_long(wall: Wall) -> None:
    async with Page(wall, [], forget) as page:
        for piece in ["> " * 8 + "`" * 40 + "\n", *["> " * 8 + "code\n"] * 20]:
            measured = wall.measured
            page.write(piece)
            await eventually(partial(wall.has_measured_since, measured))
        await page.finish()
    assert "".join(wall.now()).count("code") == 20


async def test_messages_of_an_earlier_attempt_are_written_over_and_surplus_ones_removed(wall: Wall) -> None:
    remembered: list[tuple[int, str]] = []

    async def remember(place: int, message: str) -> None:
        remembered.append((place, message))

    wall.shown = {"old0": ["interrupted"], "old1": ["long ago"], "old2": ["long ago"]}
    async with Page(wall, ["old0", "old1", "old2"], remember) as page:
        page.write("".join(words(20)))
        await page.finish()
        assert page.messages == ["old0", "old1"]
    assert list(wall.shown) == ["old0", "old1"]
    assert " ".join(wall.now()).split() == "".join(words(20)).split()
    assert remembered == []


async def test_a_new_message_is_remembered_before_anything_else_is_shown(wall: Wall) -> None:
    async def remember(place: int, message: str) -> None:
        assert len(wall.shown) == place + 1
        assert len(wall.shown[message]) == 1

    async with Page(wall, [], remember) as page:
        page.write("".join(words(60)))
        await page.finish()


async def test_it_is_working_until_the_first_text_shows(wall: Wall) -> None:
    async with Page(wall, [], forget) as page:
        await eventually(lambda: wall.working_now)
        page.write("hello")
        await eventually(lambda: wall.shown and not wall.working_now)
        await page.finish()


async def test_leaving_early_leaves_no_task(wall: Wall) -> None:
    before = asyncio.all_tasks()
    async with Page(wall, [], forget) as page:
        page.write("hello")
        await eventually(lambda: wall.shown)
    assert asyncio.all_tasks() == before


async def test_an_answer_that_is_not_complete_leaves_what_is_below_it(wall: Wall) -> None:
    wall.shown = {"old0": ["interrupted"], "old1": ["the rest of before"]}
    async with Page(wall, ["old0", "old1"], forget) as page:
        page.write("hello")
        await page.finish(complete=False)
    assert wall.now() == ["hello", "the rest of before"]


async def test_a_message_that_is_on_its_way_is_remembered_though_the_page_is_left(wall: Wall) -> None:
    remembered: list[tuple[int, str]] = []

    async def remember(place: int, message: str) -> None:
        remembered.append((place, message))

    wall.slow.clear()
    async with Page(wall, [], remember) as page:
        page.write("hello")
        await eventually(lambda: wall.putting)
        asyncio.get_running_loop().call_later(0.05, wall.slow.set)
    assert remembered == [(0, "m0")]


async def test_a_word_below_stands_outside_of_what_is_open(wall: Wall) -> None:
    async with Page(wall, [], forget) as page:
        page.write("```python\nprint(1)")
        page.write_below("a word")
        await page.finish()
    assert wall.now() == ["```python\nprint(1)\n```\n\na word"]
