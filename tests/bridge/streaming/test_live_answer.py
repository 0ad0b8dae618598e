"""LiveAnswer on a pretended platform that can refuse, be slow, and remembers everything it ever showed."""

import asyncio
import gc
from functools import partial

import pytest

from bridge.errors import CannotShow, ShowLater
from bridge.streaming import live_answer, status_line
from bridge.streaming.chunks import MORE, RESERVE, REST, SHORT, STUB
from bridge.streaming.live_answer import LiveAnswer
from tests.harness import FakeReply, forget
from tests.waiting import eventually

LIMIT = 120


@pytest.fixture
def reply() -> FakeReply:
    return FakeReply()


def words(count: int) -> list[str]:
    return [f"word{number} " for number in range(count)]


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


async def test_messages_of_an_earlier_attempt_are_written_over_and_surplus_ones_removed(reply: FakeReply) -> None:
    remembered: list[tuple[int, str | None]] = []

    async def remember(number: int, message: str | None) -> None:
        remembered.append((number, message))

    reply.shown = {"old0": ["interrupted"], "old1": ["long ago"], "old2": ["long ago"]}
    async with LiveAnswer(reply, ["old0", "old1", "old2"], remember) as live:
        live.write("".join(words(20)))
        await live.finish()
        assert live.messages == ["old0", "old1"]
    assert list(reply.shown) == ["old0", "old1"]
    assert " ".join(reply.now()).split() == "".join(words(20)).split()
    assert remembered == []


async def test_a_new_message_is_remembered_before_anything_else_is_shown(reply: FakeReply) -> None:
    announced: list[int] = []

    async def remember(number: int, message: str | None) -> None:
        if message is None:
            announced.append(number)
            assert len(reply.shown) == number, "before it is sent"
            return
        assert announced[-1] == number
        assert len(reply.shown) == number + 1
        assert len(reply.shown[message]) == 1

    async with LiveAnswer(reply, [], remember) as live:
        live.write("".join(words(60)))
        await live.finish()


async def test_it_is_working_until_the_first_text_shows(reply: FakeReply) -> None:
    async with LiveAnswer(reply, [], forget) as live:
        await eventually(lambda: reply.working_now)
        live.write("hello ")
        await eventually(lambda: reply.shown and not reply.working_now)
        await live.finish()


async def test_leaving_early_leaves_no_task(reply: FakeReply) -> None:
    before = asyncio.all_tasks()
    async with LiveAnswer(reply, [], forget) as live:
        live.write("hello ")
        await eventually(lambda: reply.shown)
    assert asyncio.all_tasks() == before


async def test_an_answer_that_is_not_complete_leaves_what_is_below_it(reply: FakeReply) -> None:
    reply.shown = {"old0": ["interrupted"], "old1": ["the rest of before"]}
    async with LiveAnswer(reply, ["old0", "old1"], forget) as live:
        live.write("hello ")
        await live.finish(complete=False)
    assert reply.now() == ["hello ", "the rest of before"]


async def test_a_message_that_is_on_its_way_is_remembered_though_the_answer_is_left(reply: FakeReply) -> None:
    remembered: list[tuple[int, str | None]] = []

    async def remember(number: int, message: str | None) -> None:
        remembered.append((number, message))

    reply.slow.clear()
    async with LiveAnswer(reply, [], remember) as live:
        live.write("hello ")
        await eventually(lambda: reply.putting)
        asyncio.get_running_loop().call_later(0.05, reply.slow.set)
    assert remembered == [(0, None), (0, "m0")]


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


@pytest.fixture
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(status_line, "STATUS_AFTER_SECONDS", 0.01)
    monkeypatch.setattr(status_line, "STATUS_SECONDS", 0.01)


@pytest.mark.usefixtures("at_once")
async def test_what_is_being_done_is_said_in_one_line_that_changes_and_the_answer_takes_its_place(
    reply: FakeReply,
) -> None:
    async with LiveAnswer(reply, [], forget) as live:
        live.status("Thinking")
        await eventually(lambda: reply.shows("*Thinking … 0 s*"))
        live.status("Searching: cats")
        await eventually(lambda: reply.shows("*Searching: cats"))
        assert reply.working_now
        live.write("An answer ")
        await eventually(lambda: reply.shows("An answer"))
        await live.finish()
    assert reply.now() == ["An answer "]
    assert len(reply.shown) == 1


async def test_an_answer_that_begins_soon_needs_no_word_before_it(reply: FakeReply) -> None:
    async with LiveAnswer(reply, [], forget) as live:
        live.status("Thinking")
        live.write("An answer ")
        await live.finish()
    assert not any("Thinking" in text for texts in reply.shown.values() for text in texts)


@pytest.mark.usefixtures("at_once")
async def test_where_no_answer_comes_the_line_makes_way_for_what_is_said_instead(reply: FakeReply) -> None:
    async with LiveAnswer(reply, [], forget) as live:
        live.status("Thinking")
        await eventually(lambda: reply.shows("Thinking"))
        live.write_below("It failed.")
        await live.finish()
    assert reply.now() == ["It failed."]


@pytest.mark.usefixtures("at_once")
async def test_a_line_that_a_platform_refuses_costs_nothing(reply: FakeReply) -> None:
    reply.refusals = [ShowLater(5), CannotShow("no")]
    async with LiveAnswer(reply, [], forget) as live:
        live.status("Thinking")
        await eventually(lambda: not reply.refusals)
        live.write("An answer ")
        await live.finish()
    assert reply.now() == ["An answer "]


async def test_previews_give_way_to_one_message_each_and_leave_nothing_behind(reply: FakeReply) -> None:
    reply.previews = True
    remembered: list[tuple[int, str | None]] = []

    async def remember(number: int, message: str | None) -> None:
        remembered.append((number, message))

    async with LiveAnswer(reply, [], remember) as live:
        for word in words(40):
            live.write(word)
            await eventually(partial(reply.has_shown, word.strip()))
        await live.finish()
    assert len(reply.previewed) > 5
    assert all(len(texts) == 1 for texts in reply.shown.values()), "sent once, whole"
    assert [each for each in remembered if each[1]] == list(enumerate(reply.shown))
    assert " ".join(reply.now()).split() == "".join(words(40)).split()


async def test_a_preview_is_shown_again_before_it_vanishes(reply: FakeReply, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live_answer, "PREVIEW_SECONDS", 0.01)
    reply.previews = True
    async with LiveAnswer(reply, [], forget) as live:
        live.write("hello ")
        await eventually(lambda: len(reply.previewed) > 2)
        await live.finish()
    assert reply.now() == ["hello "]


async def test_an_answer_of_too_many_messages_becomes_its_beginning_and_a_file(reply: FakeReply) -> None:
    reply.most = 3
    written = words(100)
    async with LiveAnswer(reply, [], forget) as live:
        for word in written:
            live.write(word)
            await asyncio.sleep(0)
        await eventually(lambda: len(reply.shown) == 3)
        assert MORE in reply.now()[-1]
        live.write_below("A word of the bridge.")
        await live.finish()
        assert live.messages == ["m0"]
    (beginning,) = reply.now()
    assert beginning.endswith(REST)
    assert reply.files == {"m0": "".join(written) + "\n\nA word of the bridge."}


async def test_a_file_is_sent_once_though_what_is_below_cannot_be_dropped_at_once(reply: FakeReply) -> None:
    reply.most = 2
    puts = reply.puts
    async with LiveAnswer(reply, [], forget) as live:
        live.write("".join(words(60)))
        await eventually(lambda: len(reply.shown) == 2)
        reply.drop_refusals = 2
        puts = reply.puts
        await live.finish()
    assert reply.puts == puts + 1
    assert len(reply.now()) == 1


async def test_an_interrupted_answer_of_too_many_messages_says_so_in_the_last_one(reply: FakeReply) -> None:
    reply.most = 2
    async with LiveAnswer(reply, [], forget) as live:
        live.write("".join(words(60)))
        await eventually(lambda: len(reply.shown) == 2)
        live.write_below("Interrupted.")
        await live.finish(complete=False)
    assert reply.now()[-1] == "Interrupted."
    assert not reply.files


async def test_a_long_new_message_begins_short_where_a_repeat_would_stand_there_twice(reply: FakeReply) -> None:
    reply.begins_short, reply.limit = True, 1000
    async with LiveAnswer(reply, [], forget) as live:
        live.write("word " * 400)
        await live.finish()
    assert len(reply.shown) > 1
    assert all(len(texts[0]) < STUB + RESERVE for texts in reply.shown.values() if len(texts[-1]) > SHORT)
    assert " ".join(reply.now()).split() == ["word"] * 400


async def test_a_short_new_message_is_shown_at_once_also_where_long_ones_begin_short(reply: FakeReply) -> None:
    reply.begins_short = True
    async with LiveAnswer(reply, [], forget) as live:
        live.write("hello " * 9)
        await live.finish()
    assert reply.puts == 1


async def test_a_message_that_fails_after_the_answer_was_left_is_no_news(reply: FakeReply) -> None:
    said: list[dict[str, object]] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: said.append(context))
    reply.refusals = [ShowLater(0)]
    reply.slow.clear()
    async with LiveAnswer(reply, [], forget) as live:
        live.write("hello there")
        await eventually(lambda: reply.putting)
        asyncio.get_running_loop().call_later(0.05, reply.slow.set)
    await eventually(lambda: not reply.putting)
    del live
    gc.collect()
    assert not said
