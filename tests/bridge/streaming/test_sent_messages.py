"""The messages of an answer: sent once, remembered, edited by a later attempt, and deleted where they are surplus."""

import asyncio
import gc
from functools import partial

import pytest

from bridge.controls import Controls
from bridge.errors import ShowLater
from bridge.runtime import lateness
from bridge.streaming import live_answer
from bridge.streaming.chunks import MORE, RESERVE, REST, SHORT, STUB
from bridge.streaming.live_answer import LiveAnswer
from bridge.streaming.sent_messages import SentMessages
from tests.bridge.streaming.words import words
from tests.harness import FakeReply, forget
from tests.waiting import eventually


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


class Dated(FakeReply):
    """Notes of each text whether a request for it would be late."""

    def __init__(self) -> None:
        super().__init__()
        self.late: list[bool] = []

    async def put(
        self, markdown: str, message: str | None, *, final: bool, whole: str = "", controls: Controls | None = None
    ) -> str | None:
        self.late.append(lateness.is_late())
        return await super().put(markdown, message, final=final, controls=controls)


@pytest.mark.parametrize("seconds", [0.0, 0.3])
async def test_what_is_shown_long_after_the_look_is_late(monkeypatch: pytest.MonkeyPatch, seconds: float) -> None:
    """A process may be suspended between the look and the request."""
    monkeypatch.setattr(lateness, "LATE_SECONDS", 0.2)
    reply = Dated()
    messages = SentMessages(reply, ["m0"], forget, confirm=partial(asyncio.sleep, seconds))
    async with reply.permit("m0", final=True):
        await messages.put(0, "words", final=True)
    assert reply.late == [seconds > 0]
