"""LiveAnswer on a pretended platform that can refuse, be slow, and remembers everything it ever showed."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial

from bridge.errors import CannotShow, ShowLater
from bridge.streaming.chunks import MORE
from bridge.streaming.live_answer import LiveAnswer
from tests.bridge.streaming.words import words
from tests.harness import FakeReply, forget
from tests.waiting import eventually


async def test_it_grows_and_only_the_last_message_changes(reply: FakeReply) -> None:
    async with LiveAnswer(reply, [], forget) as live:
        for word in words(60):
            live.write(word)
            await eventually(partial(reply.shows, word.strip()))
        await live.finish()
    assert len(reply.shown) > 3
    assert "".join(f"{text} " for text in reply.now()).split() == "".join(words(60)).split()
    for texts in list(reply.shown.values())[:-1]:
        assert MORE not in texts[-1]
        assert [text for text in texts if text == texts[-1]] == texts[-1:], "settled once, then left alone"


async def test_reading_is_never_held_up_by_showing(reply: FakeReply) -> None:
    reply.slow.clear()
    async with LiveAnswer(reply, [], forget) as live:
        for word in words(200):
            live.write(word)
        await eventually(lambda: reply.putting)
        reply.slow.set()
        await live.finish()
    assert " ".join(reply.now()).split() == "".join(words(200)).split()


async def test_a_failed_edit_is_skipped_and_the_final_one_is_not(reply: FakeReply) -> None:
    reply.refusals = [ShowLater(0.001)] * 5
    async with LiveAnswer(reply, [], forget) as live:
        live.write("hello ")
        await eventually(lambda: len(reply.refusals) < 5)
        live.write("world")
        await live.finish()
    assert reply.now() == ["hello world"]


async def test_a_channel_that_is_closed_ends_the_showing_and_not_the_answer(reply: FakeReply) -> None:
    reply.refusals = [CannotShow("closed"), CannotShow("closed")]
    async with LiveAnswer(reply, [], forget) as live:
        live.write("hello ")
        await eventually(lambda: len(reply.refusals) == 1)
        live.write("world")
        await live.finish()
    assert reply.now() == []


async def test_what_a_channel_refused_once_is_tried_again_when_it_is_whole(reply: FakeReply) -> None:
    reply.refusals = [CannotShow("this text only")]
    async with LiveAnswer(reply, [], forget) as live:
        live.write("hello ")
        await eventually(lambda: not reply.refusals)
        live.write("world")
        await live.finish()
    assert reply.now() == ["hello world"]


async def test_a_refusal_that_comes_as_the_answer_ends_is_not_that_of_the_whole(reply: FakeReply) -> None:
    reply.refusals = [CannotShow("this text only")]
    reply.slow.clear()
    async with LiveAnswer(reply, [], forget) as live:
        live.write("hello ")
        await eventually(lambda: reply.putting)
        live.write("world")
        finishing = asyncio.create_task(live.finish())
        await eventually(lambda: live.ended)
        reply.slow.set()
        await finishing
    assert reply.now() == ["hello world"]


async def test_what_closes_long_fences_never_makes_a_message_too_long(reply: FakeReply) -> None:
    async with LiveAnswer(reply, [], forget) as live:
        for piece in ["> " * 8 + "`" * 40 + "\n", *["> " * 8 + "code\n"] * 20]:
            measured = reply.measured
            live.write(piece)
            await eventually(partial(reply.has_measured_since, measured))
        await live.finish()
    assert "".join(reply.now()).count("code") == 20


async def test_a_permit_that_fails_is_asked_for_again(reply: FakeReply) -> None:
    refusals: list[Exception] = [CannotShow("the channel is closed")]

    class Closed(FakeReply):
        @asynccontextmanager
        async def permit(self, message: str | None, *, final: bool) -> AsyncIterator[None]:
            if refusals and not final:
                raise refusals.pop()
            async with super().permit(message, final=final):
                yield

    closed = Closed()
    async with LiveAnswer(closed, [], forget) as live:
        live.write("hello ")
        await eventually(lambda: not refusals)
        await live.finish()
    assert closed.now() == ["hello "]


async def test_it_is_working_until_the_first_text_shows(reply: FakeReply) -> None:
    async with LiveAnswer(reply, [], forget) as live:
        await eventually(lambda: reply.working_now)
        live.write("hello ")
        await eventually(lambda: reply.shown and not reply.working_now)
        await live.finish()


async def test_a_word_below_stands_outside_of_what_is_open(reply: FakeReply) -> None:
    async with LiveAnswer(reply, [], forget) as live:
        live.write("```python\nprint(1)")
        live.write_below("a word")
        await live.finish()
    assert reply.now() == ["```python\nprint(1)\n```\n\na word"]


async def test_a_first_letter_is_not_worth_a_message_a_first_word_is(reply: FakeReply) -> None:
    async with LiveAnswer(reply, [], forget) as live:
        live.write("H")
        assert not live.readable
        live.write("ello ")
        await eventually(lambda: reply.shown)
        await live.finish()
    assert reply.shown["m0"][0] == f"Hello {MORE}"


async def test_a_growing_table_has_no_row_for_the_mark_that_it_grows(reply: FakeReply) -> None:
    table = "| a | b |\n|---|---|\n| 1 | 2 |\n"
    async with LiveAnswer(reply, [], forget) as live:
        live.write(table + "| 3")
        await eventually(lambda: reply.shown)
        await live.finish()
    assert reply.shown["m0"][0] == f"{table}\n{MORE}"


async def test_the_newest_text_is_shown_when_the_platform_permits(reply: FakeReply) -> None:
    async with LiveAnswer(reply, [], forget) as live:
        live.write("one ")
        await eventually(lambda: reply.shows("one"))
        reply.open.clear()
        live.write("two ")
        await eventually(lambda: reply.permitted)
        live.write("three ")
        reply.open.set()
        await eventually(lambda: reply.shows("three"))
        await live.finish()
    assert not any(text.startswith(f"one two {MORE}") for text in reply.shown["m0"])


async def test_the_end_of_an_answer_does_not_wait_for_the_pace_of_growing(reply: FakeReply) -> None:
    async with LiveAnswer(reply, [], forget) as live:
        live.write("one ")
        await eventually(lambda: reply.shows("one"))
        reply.open.clear()
        live.write("two ")
        await eventually(lambda: reply.permitted)
        live.write("".join(words(60)))
        await live.finish()
    assert reply.shows("word59")


async def test_growing_costs_no_edit_where_nothing_new_can_be_seen(reply: FakeReply) -> None:
    async with LiveAnswer(reply, [], forget) as live:
        live.write("Intro line\n\n| a | b |\n")
        await eventually(lambda: reply.shows("Intro"))
        for part in ("|---|", "---|\n", "| 1 | 2"):
            live.write(part)
        await live.finish()
    growing = reply.shown["m0"][:-1]
    assert growing
    assert not any("|" in text for text in growing), "half a table is held back"
    assert reply.now() == ["Intro line\n\n| a | b |\n|---|---|\n| 1 | 2"]
