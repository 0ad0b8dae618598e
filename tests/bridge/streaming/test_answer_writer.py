"""An answer's events as Markdown: citations that come in bits, sources, and what Qwen thought."""

import pytest

from bridge.answer_events import Searching, Source, Sources, Text, Thought
from bridge.streaming.answer_writer import MOST_THOUGHT, AnswerWriter, quoted
from bridge.streaming.citations import listed
from bridge.streaming.live_answer import LiveAnswer
from tests.harness import FakeReply, forget

CATS = Source("Cats [and] *dogs*", "https://example.org/cats?q=1", 1)
BIRDS = Source("Birds", "https://example.org/(birds)", 2)


async def shown(
    events: list[Text | Thought | Searching | Sources], *, thought: bool = False
) -> tuple[str, AnswerWriter]:
    """The text of the live, and what wrote it."""
    reply = FakeReply()
    reply.limit = 10_000
    async with LiveAnswer(reply, [], forget) as live:
        writing = AnswerWriter(live, thought=thought)
        for event in events:
            writing.take(event)
        writing.end()
        await live.finish()
    return "".join(reply.now()), writing


@pytest.mark.parametrize("size", [1, 2, 3, 5, 100])
async def test_citations_are_linked_however_they_are_cut(size: int) -> None:
    said = "Purring [[1]] is [a] kind [[2]][[9]] of [b](c) song [[1]]"
    text, writing = await shown(
        [Sources((CATS, BIRDS)), *[Text(said[at : at + size]) for at in range(0, len(said), size)]]
    )
    one, two = f"[[1]](<{CATS.url}>)", f"[[2]](<{BIRDS.url}>)"
    assert text == f"Purring {one} is [a] kind {two}[[9]] of [b](c) song {one}\n\n{listed([CATS, BIRDS])}"
    assert writing.answer == text


async def test_brackets_stay_where_nothing_was_looked_up() -> None:
    text, _ = await shown([Text("a [["), Text("1]] b ["), Text("x")])
    assert text == "a [[1]] b [x"


async def test_what_looked_like_half_a_citation_at_the_end_is_not_lost() -> None:
    text, _ = await shown([Sources((CATS,)), Text("an array a[[1")])
    assert text.startswith("an array a[[1\n\n**Sources**")


def test_sources_are_numbered_links_that_nothing_in_them_breaks() -> None:
    evil = Source("a](x) <b> `c`", "https://example.org/>\n(d)")
    assert listed([CATS, evil]).splitlines() == [
        "**Sources**",
        "",
        r"1. [Cats \[and\] \*dogs\*](<https://example.org/cats?q=1>)",
        r"2. [a\](x) \<b\> \`c\`](<https://example.org/(d)>)",
    ]


async def test_thoughts_are_shown_above_the_answer_only_where_that_is_wanted() -> None:
    events: list[Text | Thought | Searching | Sources] = [Thought("First.\n\n"), Thought("Then."), Text("An answer.")]
    text, writing = await shown(events, thought=True)
    assert text == "> 💭 First.\n>\n> Then.\n\nAn answer."
    assert (writing.answer, writing.thought) == ("An answer.", "First.\n\nThen.")
    text, writing = await shown(events)
    assert text == "An answer."
    assert writing.thought == ""


def test_long_thoughts_are_cut() -> None:
    assert len(quoted("word " * 1000)) < MOST_THOUGHT + 20
    assert quoted("word " * 1000).endswith(" …\n\n")


async def test_a_query_is_one_short_line_without_markup() -> None:
    reply = FakeReply()
    live = LiveAnswer(reply, [], forget)
    AnswerWriter(live).take(Searching("**cats**\n`and` " + "x" * 200))
    assert live.doing == "Searching: cats and " + "x" * 71
