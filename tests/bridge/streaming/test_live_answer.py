"""A page on a wall: a platform of one room that can refuse, be slow, and remembers everything it ever showed."""

import asyncio
import gc
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from functools import partial

import pytest

from bridge import Controls
from bridge.errors import CannotShow, ShowLater
from bridge.streaming import live_answer as pages
from bridge.streaming import status_line
from bridge.streaming.chunks import MORE, RESERVE, REST, SHORT, STUB
from bridge.streaming.live_answer import LiveAnswer
from tests.waiting import eventually

LIMIT = 120


class Wall:
    """The platform: messages by id, with all that each has shown; `refusals` are raised in turn."""

    limit = LIMIT
    most = 100
    begins_short = False

    def __init__(self) -> None:
        self.shown: dict[str, list[str]] = {}
        self.refusals: list[Exception] = []
        self.permitted = False
        self.marks: list[bool] = []
        self.below: list[str] = []
        self.open = asyncio.Event()
        self.open.set()
        self.files: dict[str, str] = {}
        self.controls: dict[str, Controls] = {}
        self.slow = asyncio.Event()
        self.slow.set()
        self.putting = self.measured = self.puts = self.drop_refusals = 0
        self.working_now = False
        self.previews = False
        self.previewed: list[str] = []

    def measure(self, markdown: str) -> int:
        self.measured += 1
        return len(markdown)

    async def waiting(self, on: bool) -> None:
        self.marks.append(on)

    async def sent(self) -> list[str]:
        return self.below

    @asynccontextmanager
    async def permit(self, message: str | None, *, final: bool) -> AsyncIterator[None]:
        assert not self.permitted, "one at a time"
        self.permitted = True
        try:
            if not final:
                await self.open.wait()
            yield
        finally:
            self.permitted = False

    @asynccontextmanager
    async def working(self) -> AsyncIterator[None]:
        self.working_now = True
        try:
            yield
        finally:
            self.working_now = False

    async def put(
        self, markdown: str, message: str | None, *, final: bool, whole: str = "", controls: Controls | None = None
    ) -> str | None:
        assert not self.putting, "one edit at a time"
        assert self.permitted
        assert len(markdown) <= self.limit
        self.putting += 1
        try:
            await self.slow.wait()
            if self.refusals:
                raise self.refusals.pop(0)
        finally:
            self.putting -= 1
        self.puts += 1
        if self.previews and not final and message is None:
            self.previewed.append(markdown)
            return None
        message = message or f"m{len(self.shown)}"
        if controls:
            self.controls[message] = controls
        else:
            self.controls.pop(message, None)
        if whole:
            self.files[message] = whole
        self.shown.setdefault(message, []).append(markdown)
        return message

    async def drop(self, messages: Sequence[str]) -> None:
        if self.drop_refusals:
            self.drop_refusals -= 1
            raise ShowLater(0)
        for message in messages:
            del self.shown[message]

    def has_measured_since(self, measured: int) -> bool:
        return self.measured > measured

    def shows(self, text: str) -> bool:
        return text in "".join(self.now())

    def has_shown(self, text: str) -> bool:
        return text in "".join([*self.now(), *self.previewed])

    def now(self) -> list[str]:
        return [texts[-1] for texts in self.shown.values()]


@pytest.fixture
def wall() -> Wall:
    return Wall()


async def forget(place: int, message: str | None) -> None:
    """Nothing is remembered."""


def words(count: int) -> list[str]:
    return [f"word{number} " for number in range(count)]


async def test_it_grows_and_only_the_last_message_changes(wall: Wall) -> None:
    async with LiveAnswer(wall, [], forget) as page:
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
    async with LiveAnswer(wall, [], forget) as page:
        for word in words(200):
            page.write(word)
        await eventually(lambda: wall.putting)
        wall.slow.set()
        await page.finish()
    assert " ".join(wall.now()).split() == "".join(words(200)).split()


async def test_a_failed_edit_is_skipped_and_the_final_one_is_not(wall: Wall) -> None:
    wall.refusals = [ShowLater(0.001)] * 5
    async with LiveAnswer(wall, [], forget) as page:
        page.write("hello ")
        await eventually(lambda: len(wall.refusals) < 5)
        page.write("world")
        await page.finish()
    assert wall.now() == ["hello world"]


async def test_a_place_that_is_closed_ends_the_showing_and_not_the_answer(wall: Wall) -> None:
    wall.refusals = [CannotShow("closed"), CannotShow("closed")]
    async with LiveAnswer(wall, [], forget) as page:
        page.write("hello ")
        await eventually(lambda: len(wall.refusals) == 1)
        page.write("world")
        await page.finish()
    assert wall.now() == []


async def test_what_a_place_refused_once_is_tried_again_when_it_is_whole(wall: Wall) -> None:
    wall.refusals = [CannotShow("this text only")]
    async with LiveAnswer(wall, [], forget) as page:
        page.write("hello ")
        await eventually(lambda: not wall.refusals)
        page.write("world")
        await page.finish()
    assert wall.now() == ["hello world"]


async def test_a_refusal_that_comes_as_the_answer_ends_is_not_that_of_the_whole(wall: Wall) -> None:
    wall.refusals = [CannotShow("this text only")]
    wall.slow.clear()
    async with LiveAnswer(wall, [], forget) as page:
        page.write("hello ")
        await eventually(lambda: wall.putting)
        page.write("world")
        finishing = asyncio.create_task(page.finish())
        await eventually(page._ended.is_set)
        wall.slow.set()
        await finishing
    assert wall.now() == ["hello world"]


async def test_what_closes_long_fences_never_makes_a_message_too_long(wall: Wall) -> None:
    async with LiveAnswer(wall, [], forget) as page:
        for piece in ["> " * 8 + "`" * 40 + "\n", *["> " * 8 + "code\n"] * 20]:
            measured = wall.measured
            page.write(piece)
            await eventually(partial(wall.has_measured_since, measured))
        await page.finish()
    assert "".join(wall.now()).count("code") == 20


async def test_messages_of_an_earlier_attempt_are_written_over_and_surplus_ones_removed(wall: Wall) -> None:
    remembered: list[tuple[int, str | None]] = []

    async def remember(place: int, message: str | None) -> None:
        remembered.append((place, message))

    wall.shown = {"old0": ["interrupted"], "old1": ["long ago"], "old2": ["long ago"]}
    async with LiveAnswer(wall, ["old0", "old1", "old2"], remember) as page:
        page.write("".join(words(20)))
        await page.finish()
        assert page.messages == ["old0", "old1"]
    assert list(wall.shown) == ["old0", "old1"]
    assert " ".join(wall.now()).split() == "".join(words(20)).split()
    assert remembered == []


async def test_a_new_message_is_remembered_before_anything_else_is_shown(wall: Wall) -> None:
    announced: list[int] = []

    async def remember(place: int, message: str | None) -> None:
        if message is None:
            announced.append(place)
            assert len(wall.shown) == place, "before it is sent"
            return
        assert announced[-1] == place
        assert len(wall.shown) == place + 1
        assert len(wall.shown[message]) == 1

    async with LiveAnswer(wall, [], remember) as page:
        page.write("".join(words(60)))
        await page.finish()


async def test_it_is_working_until_the_first_text_shows(wall: Wall) -> None:
    async with LiveAnswer(wall, [], forget) as page:
        await eventually(lambda: wall.working_now)
        page.write("hello ")
        await eventually(lambda: wall.shown and not wall.working_now)
        await page.finish()


async def test_leaving_early_leaves_no_task(wall: Wall) -> None:
    before = asyncio.all_tasks()
    async with LiveAnswer(wall, [], forget) as page:
        page.write("hello ")
        await eventually(lambda: wall.shown)
    assert asyncio.all_tasks() == before


async def test_an_answer_that_is_not_complete_leaves_what_is_below_it(wall: Wall) -> None:
    wall.shown = {"old0": ["interrupted"], "old1": ["the rest of before"]}
    async with LiveAnswer(wall, ["old0", "old1"], forget) as page:
        page.write("hello ")
        await page.finish(complete=False)
    assert wall.now() == ["hello ", "the rest of before"]


async def test_a_message_that_is_on_its_way_is_remembered_though_the_page_is_left(wall: Wall) -> None:
    remembered: list[tuple[int, str | None]] = []

    async def remember(place: int, message: str | None) -> None:
        remembered.append((place, message))

    wall.slow.clear()
    async with LiveAnswer(wall, [], remember) as page:
        page.write("hello ")
        await eventually(lambda: wall.putting)
        asyncio.get_running_loop().call_later(0.05, wall.slow.set)
    assert remembered == [(0, None), (0, "m0")]


async def test_a_word_below_stands_outside_of_what_is_open(wall: Wall) -> None:
    async with LiveAnswer(wall, [], forget) as page:
        page.write("```python\nprint(1)")
        page.write_below("a word")
        await page.finish()
    assert wall.now() == ["```python\nprint(1)\n```\n\na word"]


async def test_a_first_letter_is_not_worth_a_message_a_first_word_is(wall: Wall) -> None:
    async with LiveAnswer(wall, [], forget) as page:
        page.write("H")
        assert not page._chunks.readable
        page.write("ello ")
        await eventually(lambda: wall.shown)
        await page.finish()
    assert wall.shown["m0"][0] == f"Hello {MORE}"


async def test_a_growing_table_has_no_row_for_the_mark_that_it_grows(wall: Wall) -> None:
    table = "| a | b |\n|---|---|\n| 1 | 2 |\n"
    async with LiveAnswer(wall, [], forget) as page:
        page.write(table + "| 3")
        await eventually(lambda: wall.shown)
        await page.finish()
    assert wall.shown["m0"][0] == f"{table}\n{MORE}"


async def test_the_newest_text_is_shown_when_the_platform_permits(wall: Wall) -> None:
    async with LiveAnswer(wall, [], forget) as page:
        page.write("one ")
        await eventually(lambda: wall.shows("one"))
        wall.open.clear()
        page.write("two ")
        await eventually(lambda: wall.permitted)
        page.write("three ")
        wall.open.set()
        await eventually(lambda: wall.shows("three"))
        await page.finish()
    assert not any(text.startswith(f"one two {MORE}") for text in wall.shown["m0"])


async def test_the_end_of_an_answer_does_not_wait_for_the_pace_of_growing(wall: Wall) -> None:
    async with LiveAnswer(wall, [], forget) as page:
        page.write("one ")
        await eventually(lambda: wall.shows("one"))
        wall.open.clear()
        page.write("two ")
        await eventually(lambda: wall.permitted)
        page.write("".join(words(60)))
        await page.finish()
    assert wall.shows("word59")


async def test_growing_costs_no_edit_where_nothing_new_can_be_seen(wall: Wall) -> None:
    async with LiveAnswer(wall, [], forget) as page:
        page.write("Intro line\n\n| a | b |\n")
        await eventually(lambda: wall.shows("Intro"))
        for part in ("|---|", "---|\n", "| 1 | 2"):
            page.write(part)
        await page.finish()
    growing = wall.shown["m0"][:-1]
    assert growing
    assert not any("|" in text for text in growing), "half a table is held back"
    assert wall.now() == ["Intro line\n\n| a | b |\n|---|---|\n| 1 | 2"]


@pytest.fixture
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(status_line, "STATUS_AFTER_SECONDS", 0.01)
    monkeypatch.setattr(status_line, "STATUS_SECONDS", 0.01)


@pytest.mark.usefixtures("at_once")
async def test_what_is_being_done_is_said_in_one_line_that_changes_and_the_answer_takes_its_place(wall: Wall) -> None:
    async with LiveAnswer(wall, [], forget) as page:
        page.status("Thinking")
        await eventually(lambda: wall.shows("*Thinking … 0 s*"))
        page.status("Searching: cats")
        await eventually(lambda: wall.shows("*Searching: cats"))
        assert wall.working_now
        page.write("An answer ")
        await eventually(lambda: wall.shows("An answer"))
        await page.finish()
    assert wall.now() == ["An answer "]
    assert len(wall.shown) == 1


async def test_an_answer_that_begins_soon_needs_no_word_before_it(wall: Wall) -> None:
    async with LiveAnswer(wall, [], forget) as page:
        page.status("Thinking")
        page.write("An answer ")
        await page.finish()
    assert not any("Thinking" in text for texts in wall.shown.values() for text in texts)


@pytest.mark.usefixtures("at_once")
async def test_where_no_answer_comes_the_line_makes_way_for_what_is_said_instead(wall: Wall) -> None:
    async with LiveAnswer(wall, [], forget) as page:
        page.status("Thinking")
        await eventually(lambda: wall.shows("Thinking"))
        page.write_below("It failed.")
        await page.finish()
    assert wall.now() == ["It failed."]


@pytest.mark.usefixtures("at_once")
async def test_a_line_that_a_platform_refuses_costs_nothing(wall: Wall) -> None:
    wall.refusals = [ShowLater(5), CannotShow("no")]
    async with LiveAnswer(wall, [], forget) as page:
        page.status("Thinking")
        await eventually(lambda: not wall.refusals)
        page.write("An answer ")
        await page.finish()
    assert wall.now() == ["An answer "]


async def test_previews_give_way_to_one_message_each_and_leave_nothing_behind(wall: Wall) -> None:
    wall.previews = True
    remembered: list[tuple[int, str | None]] = []

    async def remember(place: int, message: str | None) -> None:
        remembered.append((place, message))

    async with LiveAnswer(wall, [], remember) as page:
        for word in words(40):
            page.write(word)
            await eventually(partial(wall.has_shown, word.strip()))
        await page.finish()
    assert len(wall.previewed) > 5
    assert all(len(texts) == 1 for texts in wall.shown.values()), "sent once, whole"
    assert [each for each in remembered if each[1]] == list(enumerate(wall.shown))
    assert " ".join(wall.now()).split() == "".join(words(40)).split()


async def test_a_preview_is_shown_again_before_it_vanishes(wall: Wall, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pages, "PREVIEW_SECONDS", 0.01)
    wall.previews = True
    async with LiveAnswer(wall, [], forget) as page:
        page.write("hello ")
        await eventually(lambda: len(wall.previewed) > 2)
        await page.finish()
    assert wall.now() == ["hello "]


async def test_an_answer_of_too_many_messages_becomes_its_beginning_and_a_file(wall: Wall) -> None:
    wall.most = 3
    written = words(100)
    async with LiveAnswer(wall, [], forget) as page:
        for word in written:
            page.write(word)
            await asyncio.sleep(0)
        await eventually(lambda: len(wall.shown) == 3)
        assert MORE in wall.now()[-1]
        page.write_below("A word of the bridge.")
        await page.finish()
        assert page.messages == ["m0"]
    (beginning,) = wall.now()
    assert beginning.endswith(REST)
    assert wall.files == {"m0": "".join(written) + "\n\nA word of the bridge."}


async def test_a_file_is_sent_once_though_what_is_below_cannot_be_dropped_at_once(wall: Wall) -> None:
    wall.most = 2
    puts = wall.puts
    async with LiveAnswer(wall, [], forget) as page:
        page.write("".join(words(60)))
        await eventually(lambda: len(wall.shown) == 2)
        wall.drop_refusals = 2
        puts = wall.puts
        await page.finish()
    assert wall.puts == puts + 1
    assert len(wall.now()) == 1


async def test_an_interrupted_answer_of_too_many_messages_says_so_in_the_last_one(wall: Wall) -> None:
    wall.most = 2
    async with LiveAnswer(wall, [], forget) as page:
        page.write("".join(words(60)))
        await eventually(lambda: len(wall.shown) == 2)
        page.write_below("Interrupted.")
        await page.finish(complete=False)
    assert wall.now()[-1] == "Interrupted."
    assert not wall.files


async def test_a_long_new_message_begins_short_where_a_repeat_would_stand_there_twice(wall: Wall) -> None:
    wall.begins_short, wall.limit = True, 1000
    async with LiveAnswer(wall, [], forget) as page:
        page.write("word " * 400)
        await page.finish()
    assert len(wall.shown) > 1
    assert all(len(texts[0]) < STUB + RESERVE for texts in wall.shown.values() if len(texts[-1]) > SHORT)
    assert " ".join(wall.now()).split() == ["word"] * 400


async def test_a_short_new_message_is_shown_at_once_also_where_long_ones_begin_short(wall: Wall) -> None:
    wall.begins_short = True
    async with LiveAnswer(wall, [], forget) as page:
        page.write("hello " * 9)
        await page.finish()
    assert wall.puts == 1


async def test_a_message_that_fails_after_the_page_was_left_is_no_news(wall: Wall) -> None:
    said: list[dict[str, object]] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: said.append(context))
    wall.refusals = [ShowLater(0)]
    wall.slow.clear()
    async with LiveAnswer(wall, [], forget) as page:
        page.write("hello there")
        await eventually(lambda: wall.putting)
        asyncio.get_running_loop().call_later(0.05, wall.slow.set)
    await eventually(lambda: not wall.putting)
    del page
    gc.collect()
    assert not said
