"""What Qwen is asked: where a question hangs, what is quoted with it, and what belongs together."""

import time

import pytest

from bridge.core.policy import Policy
from bridge.core.prompts import prompt_of
from bridge.i18n import sentences
from bridge.model import Attachment, Quote, Turn
from tests.harness import ANN, BOB, KEY, THERE, Harness
from tests.waiting import eventually


async def test_a_reply_to_an_earlier_answer_goes_on_from_there(harness: Harness) -> None:
    await harness.ask("one")
    first = await harness.hears("no earlier turns")
    await harness.ask("two")
    await harness.hears("1 earlier turn; your last question was “one”")
    await harness.ask("three", replied=first)
    await harness.hears("1 earlier turn; your last question was “one”", 2)
    await harness.ask("four")
    await harness.hears("2 earlier turns; your last question was “three”")
    assert len(harness.standin.chats) == 1, "all of it is one tree"


async def test_a_reply_to_an_answer_that_runs_waits_for_it(harness: Harness) -> None:
    harness.standin.hold_after = 2
    await harness.ask("one")
    await eventually(lambda: harness.standin.held and harness.reply.shown)
    (running,) = harness.reply.shown
    await harness.ask("two", replied=running)
    harness.standin.hold_after = None
    harness.standin.release()
    await harness.hears("1 earlier turn; your last question was “one”")


async def test_a_reply_to_an_answer_that_failed_goes_on_from_the_last_good_one(harness: Harness) -> None:
    await harness.ask("one")
    await harness.hears("no earlier turns")
    harness.standin.fault("moderation")
    await harness.ask("two")
    failed = await harness.hears("content check")
    await harness.ask("three", replied=failed)
    await harness.hears("1 earlier turn; your last question was “one”")


async def test_a_thread_begun_on_an_answer_goes_on_in_a_chat_of_its_own(harness: Harness) -> None:
    await harness.ask("one")
    first = await harness.hears("no earlier turns")
    await harness.ask("two", THERE, begun_on=("here", first))
    await harness.hears("User: one")
    await harness.ask("three", THERE, begun_on=("here", first))
    await harness.hears("1 earlier turn; your last question was")
    await harness.ask("four")
    await harness.hears("1 earlier turn; your last question was “one”")
    assert len(harness.standin.chats) == 2, "two conversations never share a chat"


def turn(**more: object) -> Turn:
    values: dict[str, object] = {
        "id": 1, "conversation": 1, "key": KEY, "epoch": 0, "state": "waiting", "question": "q", "author": ANN,
        "prompt": "why?",
    }  # fmt: skip
    return Turn(**(values | more))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("more", "text"),
    [
        ({}, "why?"),
        ({"shared": True}, "Ann: why?"),
        ({"quote": "Bob\nBecause.\n\nReally."}, "Bob wrote:\n> Because.\n>\n> Really.\n\nwhy?"),
        ({"quote": "\nBecause.", "shared": True}, "> Because.\n\nAnn: why?"),
        (
            {"system": "Be brief."},
            "Standing instruction for this conversation, until another one is given:\nBe brief.\n\nwhy?",
        ),
    ],
)
def test_what_qwen_reads(more: dict[str, object], text: str) -> None:
    assert prompt_of(turn(**more)) == text


async def test_a_quotation_reaches_qwen(harness: Harness) -> None:
    await harness.ask("what is that?", quote=Quote("Bob", "A bridge."))
    await harness.hears("no earlier turns")
    assert "Bob wrote:\n> A bridge.\n\nwhat is that?" in harness.prompts()[-1]


async def test_messages_that_belong_together_are_one_question(harness: Harness) -> None:
    photo = Attachment("a.png", "image/png", b"\x89PNG\r\n\x1a\n" + b"\0" * 64)
    await harness.ask("", files=(photo,), group="album:1", wait=0.2)
    assert await harness.bridge.expects(KEY, ANN, "album:1")
    assert not await harness.bridge.expects(KEY, BOB, "album:1")
    assert not await harness.bridge.expects(KEY, ANN, "album:2")
    await harness.ask("look", files=(photo,), group="album:1", wait=0.2)
    await harness.hears("“look”")
    assert len(harness.reply.now()) == 1
    assert not await harness.bridge.expects(KEY, ANN, "album:1")


async def test_a_paste_in_pieces_is_one_question(harness: Harness) -> None:
    began = time.monotonic()
    await harness.ask("echo one", group="paste", wait=60)
    await harness.ask("two", group="paste", wait=60)
    await harness.ask("three", group="paste", wait=0)
    await harness.hears("one\ntwo\nthree")
    assert time.monotonic() - began < 30, "no longer than for its last piece"


async def test_a_question_that_waits_is_marked_until_its_time_comes(harness: Harness) -> None:
    harness.standin.hold_after = 0
    await harness.ask("one")
    await eventually(lambda: harness.standin.held)
    await harness.ask("two")
    await eventually(lambda: harness.reply.marks == [True])
    harness.standin.hold_after = None
    harness.standin.release()
    await eventually(lambda: harness.reply.marks == [True, False])


async def test_a_full_line_says_so_at_once(harness: Harness) -> None:
    await harness.begin(Policy(most_waiting=2))
    harness.standin.hold_after = 0
    for word in ("one", "two", "three"):
        await harness.ask(word)
    await eventually(lambda: harness.reply.now() == [sentences.LINE_FULL.many.format(count=2)])
    harness.standin.hold_after = None
    harness.standin.release()
    await harness.hears("1 earlier turn; your last question was “one”")
    assert len(harness.reply.now()) == 3
