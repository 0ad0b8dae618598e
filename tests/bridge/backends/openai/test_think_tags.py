"""Thinking between tags, told apart from the text of an answer, wherever it stands and however it is cut."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.answer_events import Text, Thought
from bridge.backends.openai.think_tags import ThinkTagSplitter


def split(*parts: str, begun: bool = False) -> tuple[str, str]:
    """The text and the thinking of an answer that comes in these parts."""
    splitter = ThinkTagSplitter(begun=begun)
    events = [event for part in parts for event in splitter.feed(part)] + list(splitter.end())
    texts = "".join(event.text for event in events if isinstance(event, Text))
    return texts, "".join(event.text for event in events if isinstance(event, Thought))


@pytest.mark.parametrize(
    ("answer", "text", "thought"),
    [
        ("<think>hm</think>\nhello", "hello", "hm"),
        (" \n<think>hm</think>\n\nhello", "hello", "hm"),
        ("<thinking>hm</thinking>hello", "hello", "hm"),
        ("<Thinking>hm</think>hello", "hello", "hm"),
        ("one\n<think>a</think>\ntwo\n<think>b</think>\nthree", "one\ntwo\nthree", "ab"),
        ("one <think>a</think> two", "one  two", "a"),
        ("one<think>\na\n</think>two", "onetwo", "\na\n"),
        ("<think>a</think>one\n<think>b", "one\n", "ab"),
        ("<think>all of it", "", "all of it"),
        ("<think>say `</think>` last</think>one", "one", "say `</think>` last"),
        ("<think>a<think>b</think>one", "one", "a<think>b"),
        ("```\n<think>a</think>\n```\none", "```\n<think>a</think>\n```\none", ""),
        ("````\n```\n<think>a</think>\n````\n<think>b</think>", "````\n```\n<think>a</think>\n````\n", "b"),
        ("~~~\n<think>\n", "~~~\n<think>\n", ""),
        ("Write `<think>a</think>` there", "Write `<think>a</think>` there", ""),
        ("Write ``a ` <think>b</think>`` there", "Write ``a ` <think>b</think>`` there", ""),
        ("code:\n\n    <think>a</think>", "code:\n\n    <think>a</think>", ""),
        ("between <think> and </think> it thinks", "between <think> and </think> it thinks", ""),
        ("as <think>…</think> says", "as <think>…</think> says", ""),
        ("as <think>never closed", "as <think>never closed", ""),
        ("a < b <thin", "a < b <thin", ""),
        ("  ", "  ", ""),
        ("", "", ""),
    ],
)
def test_each_block_is_thinking_and_what_is_code_is_text(answer: str, text: str, thought: str) -> None:
    assert split(answer) == (text, thought)
    assert split(*answer) == (text, thought), "also one character at a time"


@pytest.mark.parametrize(
    ("answer", "text", "thought"),
    [
        ("hm</think>\none", "one", "hm"),
        ("<think>hm</think>one", "one", "hm"),
        ("never closed", "never closed", "never closed"),
    ],
)
def test_thinking_that_nothing_begins(answer: str, text: str, thought: str) -> None:
    assert split(*answer, begun=True) == (text, thought)


@pytest.mark.parametrize(
    ("answer", "begun", "unmarked"),
    [
        ("hm</think>\none", False, True),
        ("hm</think>one", True, True),
        ("<think>hm</think>one", True, False),
        ("<think>hm</think>one\n</think>\n", False, False),
        ("```\n</think>\n", False, False),
    ],
)
def test_whether_a_beginning_is_left_out_is_known_afterwards(answer: str, begun: bool, unmarked: bool) -> None:
    splitter = ThinkTagSplitter(begun=begun)
    list(splitter.feed(answer))
    list(splitter.end())
    assert splitter.unmarked == unmarked


PIECES = st.sampled_from(
    ["<think>", "</think>", "<thinking>", "</thinking>", "<THINK>", "`", "```", "~~~", "\n", "\n", " ", "    ", "word",
     "<", "<th", "/think>", ">", "é", "…"]
)  # fmt: skip


@given(st.lists(PIECES, max_size=14).map("".join), st.booleans(), st.data())
def test_any_cutting_gives_the_same_text_and_thinking(answer: str, begun: bool, data: st.DataObject) -> None:
    cuts = sorted(data.draw(st.lists(st.integers(0, len(answer)), max_size=5)))
    parts = [answer[start:end] for start, end in itertools.pairwise([0, *cuts, len(answer)])]
    assert split(*parts, begun=begun) == split(answer, begun=begun)


@given(st.lists(PIECES, max_size=14).map("".join))
def test_no_word_is_lost_but_tags_and_blanks(answer: str) -> None:
    text, thought = split(answer)
    for letter in "wordé…~":
        assert (text + thought).count(letter) >= answer.count(letter)
