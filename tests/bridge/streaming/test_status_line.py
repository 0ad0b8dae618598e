"""The status line of an answer that takes long to begin."""

import pytest

from bridge.errors import CannotShow, ShowLater
from bridge.streaming import status_line
from bridge.streaming.live_answer import LiveAnswer
from tests.harness import FakeReply, forget
from tests.waiting import eventually


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
