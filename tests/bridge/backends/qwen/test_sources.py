"""The pages that a search found, in each shape in which Qwen lists them: each citation goes to its page."""

import re

import pytest

from bridge.answer_events import Source, Sources, Text
from bridge.backends.qwen.stream import QwenStream
from bridge.streaming.citations import Citations

Json = dict[str, object]


def pages(*names: str) -> list[Json]:
    return [{"title": f"Page {name}", "url": f"https://example.org/{name}", "snippet": "s"} for name in names]


def tool(phase: str = "web_search", **extra: object) -> Json:
    delta = {"role": "function", "content": "", "phase": phase, "status": "finished", "extra": extra}
    return {"choices": [{"delta": delta}], "response_id": "r"}


def docs(following: object, *names: str) -> Json:
    return tool(tool_result={"docs": pages(*names), "used_id": following})


def found(*names: str) -> Json:
    return tool(web_search_info=pages(*names))


def opened(*names: str) -> Json:
    return tool("web_extractor", web_extract_info=pages(*names))


def beside(*names: str) -> Json:
    return {"choices": [], "sources": pages(*names), "response_id": "r"}


SHAPES: dict[str, tuple[list[Json], dict[int, str], list[str]]] = {
    # The frames; the page that each number leads to; the pages in the order of their list.
    "one list": ([found("a", "b")], {1: "a", 2: "b"}, ["a", "b"]),
    "the same list twice": ([found("a", "b"), found("a", "b")], {1: "a", 2: "b"}, ["a", "b"]),
    "a list that grows": ([found("a"), found("a", "b"), found("a", "b", "c")], {1: "a", 3: "c"}, ["a", "b", "c"]),
    "another search": ([found("a", "b"), found("c"), found("c", "d")], {2: "b", 3: "c", 4: "d"}, list("abcd")),
    "batches that say their numbers": ([docs(3, "a", "b"), docs(4, "c")], {1: "a", 3: "c"}, ["a", "b", "c"]),
    "numbers as text": ([docs("3", "a", "b"), docs("4", "c")], {1: "a", 3: "c"}, ["a", "b", "c"]),
    "numbers that go on from an earlier answer": ([docs(9, "a", "b")], {7: "a", 8: "b"}, ["a", "b"]),
    "no number": ([docs(None, "a", "b"), docs(None, "c")], {1: "a", 3: "c"}, ["a", "b", "c"]),
    "numbers that cannot be": (
        [docs(1, "a", "b"), docs(-4, "c"), docs("x", "d")],
        {1: "a", 3: "c", 4: "d"},
        list("abcd"),
    ),
    "a page that was opened between": ([docs(3, "a", "b"), opened("x"), docs(4, "c")], {3: "c"}, ["a", "b", "c", "x"]),
    "a page that was found and opened": ([found("a", "b"), opened("b")], {1: "a", 2: "b"}, ["a", "b"]),
    "the same page in two batches": ([docs(3, "a", "b"), docs(5, "b", "c")], {2: "b", 3: "b", 4: "c"}, ["a", "b", "c"]),
    "both lists at once": (
        [tool(web_search_info=pages("b", "a"), tool_result={"docs": pages("a", "b"), "used_id": 3})],
        {1: "a", 2: "b"},
        ["a", "b"],
    ),
    "a list beside the answer": ([beside("a", "b"), beside("a", "b", "c")], {1: "a", 3: "c"}, ["a", "b", "c"]),
    "that list, of a search that said its numbers": (
        [docs(3, "a", "b"), beside("b", "a")],
        {1: "a", 2: "b"},
        ["a", "b"],
    ),
    "entries that are no pages": (
        [
            tool(
                web_search_info=[*pages("a"), "?", {"title": "no address"}, {"url": "javascript:alert(1)"}, *pages("b")]
            )
        ],
        {1: "a", 5: "b"},
        ["a", "b"],
    ),
    "another name of the address": ([tool(web_search_info=[{"link": "https://example.org/a"}])], {1: "a"}, ["a"]),
    "no list": (
        [tool(web_search_info="?", tool_result=[1], web_extract_info={}), tool(tool_result={"docs": {}})],
        {},
        [],
    ),
}


@pytest.mark.parametrize("shape", SHAPES)
def test_each_citation_goes_to_its_page_and_each_page_is_listed_once(shape: str) -> None:
    frames, expected, order = SHAPES[shape]
    stream, citations = QwenStream("c"), Citations()
    said = " ".join(f"{name}[[{number}]]" for number, name in expected.items())
    answer = {"choices": [{"delta": {"phase": "answer", "content": said}}], "response_id": "r"}
    text = ""
    for frame in (*frames, answer):
        for event in stream.events(frame):
            if isinstance(event, Sources):
                citations.add(event.sources)
            elif isinstance(event, Text):
                text += citations.linked(event.text)
    text += citations.rest()
    listed = re.findall(r"(\d+)\. \[.*\]\(<(.*)>\)", citations.listed())
    assert [address for _, address in listed] == [f"https://example.org/{name}" for name in order]
    assert [int(place) for place, _ in listed] == list(range(1, len(order) + 1))
    links = re.findall(r"(\w+)\[\[(\d+)\]\]\(<(.*?)>\)", text)
    assert [name for name, _, _ in links] == list(expected.values()), text
    for name, place, address in links:
        assert address == f"https://example.org/{name}"
        assert (place, address) in listed


def test_a_page_that_is_found_later_moves_no_citation_that_is_written() -> None:
    citations = Citations()
    read, later, cited = (
        Source(name, f"https://example.org/{name}", number) for name, number in (("x", 0), ("b", 2), ("a", 1))
    )
    citations.add((read, cited))
    assert citations.linked("a [[1]] ") == "a [[1]](<https://example.org/a>) "
    citations.add((later,))
    assert citations.linked("b [[2]]") + citations.rest() == "b [[2]](<https://example.org/b>)"
    assert citations.listed().splitlines()[4:] == [
        "1. [a](<https://example.org/a>)",
        "2. [b](<https://example.org/b>)",
        "3. [x](<https://example.org/x>)",
    ]
