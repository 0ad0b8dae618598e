"""What Qwen is asked: where a question hangs, what is quoted with it, and what belongs together."""

import time

import pytest

from bridge.core.policy import Policy
from bridge.core.prompts import prompt_of
from bridge.i18n import sentences
from bridge.incoming import Beginning, Quote
from bridge.model import Attachment, Turn
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
    failed = await harness.hears("content filter")
    await harness.ask("three", replied=failed)
    await harness.hears("1 earlier turn; your last question was “one”")


async def test_a_thread_begun_on_an_answer_goes_on_in_a_chat_of_its_own(harness: Harness) -> None:
    await harness.ask("one")
    first = await harness.hears("no earlier turns")
    await harness.ask("two", THERE, begun_on=Beginning("here", first))
    await harness.hears("User: one")
    await harness.ask("three", THERE, begun_on=Beginning("here", first))
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
        ({"quote": "Bob wrote:\n> Because."}, "Bob wrote:\n> Because.\n\nwhy?"),
        ({"quote": "> Because.", "shared": True}, "> Because.\n\nAnn: why?"),
        (
            {"system": "Be brief."},
            "Standing instruction for this conversation, until another one is given:\nBe brief.\n\nwhy?",
        ),
    ],
)
def test_what_qwen_reads(more: dict[str, object], text: str) -> None:
    assert prompt_of(turn(**more)) == text


async def test_a_quotation_reaches_qwen(harness: Harness) -> None:
    await harness.ask("what is that?", quotes=(Quote("Bob wrote:", "A bridge.\n\nReally."), Quote("", "Yes.")))
    await harness.hears("no earlier turns")
    assert harness.prompts()[-1] == "Bob wrote:\n> A bridge.\n>\n> Really.\n\n> Yes.\n\nwhat is that?"


async def test_a_part_of_an_answer_that_is_replied_to_reaches_qwen(harness: Harness) -> None:
    await harness.ask("one")
    first = await harness.hears("no earlier turns")
    await harness.ask("why?", replied=first, quotes=(Quote("About this part of your answer:", "turns"),))
    await harness.hears("1 earlier turn")
    assert harness.prompts()[-1] == "About this part of your answer:\n> turns\n\nwhy?"


async def test_what_a_thread_began_with_is_told_with_its_first_answered_question_alone(harness: Harness) -> None:
    began = Beginning("here", "elsewhere", Quote("It began:", "seven bridges"))
    assert await harness.bridge.begins(THERE)
    harness.standin.fault("moderation")
    await harness.ask("one", THERE, begun_on=began)
    await harness.hears("content filter")
    assert await harness.bridge.begins(THERE)
    for word in ("two", "three"):
        await harness.ask(word, THERE, begun_on=began)
    await harness.hears("no earlier turns")
    await harness.hears("1 earlier turn")
    assert harness.prompts()[-2:] == ["It began:\n> seven bridges\n\ntwo", "three"]
    assert not await harness.bridge.begins(THERE)


async def test_what_a_thread_began_with_is_not_told_where_qwen_wrote_it(harness: Harness) -> None:
    await harness.ask("one")
    first = await harness.hears("no earlier turns")
    await harness.ask("two", THERE, begun_on=Beginning("here", first, Quote("It began:", "seven bridges")))
    await harness.hears("User: one")
    assert "seven bridges" not in harness.prompts()[-1]


async def test_what_comes_with_more_of_a_question_is_told_with_it(harness: Harness) -> None:
    await harness.ask("what is that?", group="act", wait=5.0)
    await harness.ask("", group="act", quotes=(Quote("Bob wrote:", "one"),), wait=5.0)
    await harness.ask("", group="act", quotes=(Quote("Cleo wrote:", "two"),))
    await harness.hears("no earlier turns")
    assert harness.prompts() == ["Bob wrote:\n> one\n\nCleo wrote:\n> two\n\nwhat is that?"]


async def test_a_question_that_stays_without_words_is_told_so(harness: Harness) -> None:
    await harness.ask("", group="act", wait=0.01)
    await harness.hears(sentences.NOTHING_ASKED)
    assert harness.prompts() == []


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


async def test_a_mark_is_taken_off_only_where_one_was_set(harness: Harness) -> None:
    await harness.ask("echo one")
    message = await harness.hears("one")
    await harness.press(message, "again", 1)
    await eventually(lambda: harness.reply.controls[message].versions == (1, 2))
    assert harness.reply.marks == []


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
