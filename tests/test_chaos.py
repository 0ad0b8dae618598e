"""Chaos, short: the real program killed in front of people, and the check itself, which must find what is wrong."""

from collections.abc import Collection, Sequence

import pytest

from bridge.i18n import sentences
from bridge.streaming.chunks import SHORT
from tests.chaos import texts
from tests.chaos.check import NOTICE, Findings, Seen, check
from tests.chaos.play import Plan, play


async def test_killed_among_faults_it_loses_and_doubles_nothing() -> None:
    figure = await play(
        Plan(kills=2, questions=12, seed=1, places=5, lives=((1, 1.0, 2.0),), stalls=False, introduced=False)
    )
    assert not figure.bad, f"{figure.bad}\n{figure}"
    assert figure.found.whole > figure.questions / 2
    assert figure.kills >= 2


def found_in(asked: Sequence[int], seen: Sequence[Seen], ambiguous: Collection[str] = ()) -> Findings:
    """Hold what is seen against the questions; the database holds what is shown."""
    shown: dict[int, str] = {}
    for _, text in [each for each in seen if each.id not in ambiguous]:
        for number in texts.answered(text):
            shown[number] = f"{shown.get(number, '')} {text}".partition(NOTICE)[0]
    return check("here", asked, seen, ambiguous, shown)


def told(number: int, *chain: int) -> str:
    return " ".join(texts.answer(number, chain))


WHOLE = [Seen("a", told(1)), Seen("b", told(2, 1)), Seen("c", told(3, 1, 2))]


LONG = next(number for number in range(100) if len(told(number)) > SHORT)


def test_what_is_whole_is_found_to_be_so() -> None:
    assert found_in([1, 2, 3], WHOLE) == Findings(whole=3)


def test_an_answer_over_several_messages_is_one() -> None:
    words = told(1).split()
    pieces = [Seen("a", " ".join(words[:2])), Seen("b", " ".join(words[2:]))]
    assert found_in([1], pieces) == Findings(whole=1)


def test_what_broke_off_and_what_failed_counts_apart_and_the_chain_goes_on_without() -> None:
    seen = [Seen("a", f"{told(1)[:10]}\n\n⚠️ Broken off."), Seen("b", "Qwen is busy."), Seen("c", told(3))]
    assert found_in([1, 2, 3], seen) == Findings(whole=1, noticed=1, sentences=1)


def test_an_answer_that_tells_that_the_conversation_is_long_is_whole() -> None:
    seen = [Seen("a", f"{told(1)}\n\n⚠️ {sentences.LEFT_OUT}"), Seen("b", told(2, 1))]
    assert found_in([1, 2], seen) == Findings(whole=2)


def test_a_stub_of_an_ambiguous_send_is_excused_and_no_other() -> None:
    seen = [Seen("x", "q2w0 ▍"), *WHOLE]
    assert found_in([1, 2, 3], seen, {"x"}) == Findings(whole=3, stubs=1)
    assert found_in([1, 2, 3], seen).doubled


@pytest.mark.parametrize(
    ("asked", "seen", "kind"),
    [
        ([1, 2, 3], WHOLE[:2], "lost"),
        ([1, 2, 3], [WHOLE[0], WHOLE[2]], "lost"),
        ([1, 2, 3], [*WHOLE, WHOLE[0]], "doubled"),
        ([1, 2, 3], [*WHOLE, Seen("d", "Qwen is busy.")], "doubled"),
        ([2, 1, 3], WHOLE, "doubled"),
        ([1, 2], WHOLE, "wrong"),
        ([1, 2, 3], [*WHOLE[:2], Seen("c", told(3, 1))], "wrong"),
        ([1, 2, 3], [*WHOLE[:2], Seen("c", f"{told(3, 1, 2)[:9]} ▍")], "wrong"),
        ([1], [Seen("a", f"{told(1)} {told(1)}")], "wrong"),
        ([1], [Seen("a", "Interrupted. I'll finish this answer when I'm back.")], "wrong"),
    ],
)
def test_what_is_wrong_is_found(asked: list[int], seen: list[Seen], kind: str) -> None:
    found = found_in(asked, seen)
    assert getattr(found, kind)
    assert found.details


def test_people_in_one_place_take_turns_and_each_one_s_order_is_kept() -> None:
    seen = [Seen("b", told(2)), Seen("a", told(1, 2)), Seen("c", told(3, 2, 1))]
    shown = {1: told(1, 2), 2: told(2), 3: told(3, 2, 1)}
    assert check("here", [1, 3, 2], seen, (), shown, people=2) == Findings(whole=3)
    assert check("here", [3, 1, 2], seen, (), shown, people=2).doubled


def test_a_whole_answer_is_no_stub() -> None:
    assert found_in([1, 2, 3], [Seen("x", told(LONG)), *WHOLE], {"x"}).doubled


def test_a_database_that_holds_another_answer_than_is_shown_is_wrong() -> None:
    assert check("here", [1], WHOLE[:1], (), {1: told(2)}).wrong
    assert check("here", [1], WHOLE[:1], (), {}).wrong
