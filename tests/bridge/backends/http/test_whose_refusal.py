"""Whose refusal is it? Random mixes of people, questions, models and keys, played in a time that passes at once."""

import asyncio
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from structlog.testing import capture_logs

from bridge.backends.http.access_breaker import PROBE_SECONDS
from bridge.backends.http.limiter import Limiter
from bridge.backends.http.unclear_refusals import MOST_REFUSALS
from bridge.errors import KeyRefused, ModelUnknown, NoFunds, OperatorNeeded, QwenError, Unexplained
from tests.properties import examples
from tests.virtual_time import run

HOUR = 3600.0


@dataclass(frozen=True)
class Question:
    """What somebody asks at a moment; `takes`: the seconds until the server says whether it answers.

    `bad`: it refuses this one; `dear`: it refuses it with the model that was chosen.
    """

    key: int
    at: float
    takes: float
    bad: bool = False
    dear: bool = False


@dataclass
class Ask:
    """One request, `chosen`: with the model that was chosen; when it began, and when was known what came of it."""

    question: Question
    chosen: bool
    began: float
    decided: float = HOUR
    answered: bool = False


@dataclass
class World:
    """A server and those who ask it; its refusals are a bare number. `outcomes`: what each was told, by key."""

    limiter: Limiter
    clock: Callable[[], float]
    certain: bool = False
    key_works: bool = True
    asks: list[Ask] = field(default_factory=list)
    outcomes: dict[int, str] = field(default_factory=dict)

    async def person(self, question: Question) -> None:
        """Ask until there is an outcome, as the core does."""
        await asyncio.sleep(question.at)
        chosen = question.dear
        while question.key not in self.outcomes:
            try:
                await self._ask(question, chosen=chosen)
                self.outcomes[question.key] = "answered"
            except ModelUnknown:
                chosen = False
            except OperatorNeeded:
                if not await self.limiter.breaker.wait(question.key, HOUR):
                    self.outcomes[question.key] = "held in vain"
            except Unexplained:
                self.outcomes[question.key] = "told"

    async def _ask(self, question: Question, *, chosen: bool) -> None:
        def judge(error: QwenError) -> QwenError:
            return ModelUnknown() if chosen else error

        async with self.limiter.question(question.key, judge) as begun:
            ask = Ask(question, chosen, self.clock())
            self.asks.append(ask)
            works = self.key_works
            await asyncio.sleep(question.takes)
            ask.decided = self.clock()
            if not works:
                raise KeyRefused(certain=self.certain)
            if chosen:
                raise NoFunds(certain=False)
            if question.bad:
                raise KeyRefused(certain=False)
            ask.answered = True
            begun()
            await asyncio.sleep(3 * question.takes)

    def of(self, question: Question) -> list[Ask]:
        return self.of_key(question.key)

    def of_key(self, key: int) -> list[Ask]:
        return [ask for ask in self.asks if ask.question.key == key]


def world(parallel: int = 0) -> World:
    clock = asyncio.get_running_loop().time
    return World(Limiter(parallel, clock=clock), clock)


@pytest.fixture(autouse=True)
def _quiet() -> Iterator[None]:
    with capture_logs():
        yield


def questions(most: int, seconds: float) -> st.SearchStrategy[list[Question]]:
    """Different questions within so many seconds."""
    one = st.builds(
        Question,
        key=st.integers(1, 10**6),
        at=st.integers(0, int(seconds)).map(float),
        takes=st.sampled_from((0.25, 1.0, 4.5)),
        bad=st.booleans(),
        dear=st.booleans(),
    )
    return st.lists(one, min_size=1, max_size=most, unique_by=lambda question: question.key)


LAST = Question(0, 300.0, 1.0)
"""A good question that comes after all others."""


async def play(asked: Sequence[Question], parallel: int) -> World:
    played = world(parallel)
    async with asyncio.timeout(HOUR / 2):
        await asyncio.gather(*map(played.person, asked))
    return played


@examples(30)
@given(questions(10, 60.0), st.sampled_from((0, 2)))
@example([Question(1, 0.0, 1.0, bad=True)], 0)
@example([Question(1, 0.0, 1.0, bad=True), Question(2, 0.0, 1.0, bad=True), Question(3, 5.0, 1.0)], 0)
def test_with_a_good_key_only_bad_questions_are_refused_and_none_holds_a_good_one(
    asked: list[Question], parallel: int
) -> None:
    asked = [*asked, LAST]
    played = run(play(asked, parallel))
    for question in asked:
        assert played.outcomes[question.key] == ("told" if question.bad else "answered")
        if not question.bad:
            assert len(played.of(question)) == 1 + question.dear
        if not (question.bad or question.dear or parallel):
            waits_for_probes_alone(played, question, question.at)
        refused_once_more_at_most(played, question)


def waits_for_probes_alone(played: World, question: Question, since: float) -> None:
    """From a moment until it is answered, each other question is tried once at most, and there is no pause."""
    answered, at, others = played.of(question)[-1], since, []
    while at < answered.began:
        under_way = [each for each in played.asks if each.began <= at < each.decided]
        assert under_way, f"{question} waited for nothing at {at}"
        at = max(each.decided for each in under_way)
        others += [(each.question, each.chosen) for each in under_way if each.began > since]
    assert len(others) == len(set(others)), "one that was refused was tried again before one that was not"


def refusals(played: World, question: Question) -> int:
    """How often it was refused itself, not the model that was chosen."""
    return sum(ask.decided < HOUR and not ask.answered and not ask.chosen for ask in played.of(question))


def refused_once_more_at_most(played: World, question: Question) -> None:
    """After another question was answered that was asked later, a refused one is asked once more and told."""
    asks = played.of(question)[question.dear :]
    if not question.bad:
        return
    first = asks[0]
    answers = [each.decided for each in played.asks if each.answered and each.began > first.began]
    proven = max(first.decided, min(answers)) if answers else HOUR
    assert sum(ask.began > proven for ask in asks) <= 1
    alone = not [each for each in played.asks if each.question is not question and each.began < asks[-1].decided]
    if alone:
        assert len(asks) <= MOST_REFUSALS


@examples(30)
@given(questions(8, 25.0).filter(lambda asked: len(asked) > 1), st.booleans(), st.booleans())
def test_with_a_bad_key_all_are_held_or_tried_in_vain_and_go_on_when_it_is_renewed(
    asked: list[Question], certain: bool, renewed: bool
) -> None:
    async def scenario() -> World:
        played = world()
        played.certain, played.key_works = certain, False
        people = [asyncio.create_task(played.person(question)) for question in asked]
        await asyncio.sleep(200.5)
        tried_in_vain = [] if certain else [each.key for each in asked if refusals(played, each) >= MOST_REFUSALS]
        assert played.outcomes == dict.fromkeys(tried_in_vain, "told")
        assert played.limiter.breaker.open
        assert len(played.asks) <= 2 * len(asked) + 200 / PROBE_SECONDS, "refused ones are not asked all the time"
        played.key_works = True
        if renewed:
            played.limiter.breaker.renewed()
        people.append(asyncio.create_task(played.person(Question(0, 100.0, 1.0))))
        async with asyncio.timeout(HOUR / 2):
            await asyncio.gather(*people)
        return played

    played = run(scenario())
    for question in asked:
        if played.of(question)[-1].decided <= 200.5:  # it has left the line
            assert played.outcomes[question.key] == "told"
            assert refusals(played, question) == MOST_REFUSALS
            continue
        assert played.outcomes[question.key] == ("told" if question.bad else "answered")
        if renewed and not question.bad:
            waits_for_probes_alone(played, question, 200.5)
        if not question.bad and not any(each.bad for each in asked):
            assert played.of(question)[-1].began <= 200.5 + PROBE_SECONDS + 10


def test_a_question_that_is_alone_is_asked_three_times_and_then_told_and_the_operator_learns_it() -> None:
    async def scenario() -> World:
        played = world()
        await played.person(Question(1, 0.0, 1.0, bad=True))
        assert played.limiter.breaker.open
        await played.person(Question(2, 0.0, 1.0))
        assert played.limiter.breaker.trouble is None
        return played

    played = run(scenario())
    assert played.outcomes == {1: "told", 2: "answered"}
    began = [ask.began for ask in played.asks]
    assert began == [0.0, 1 + PROBE_SECONDS, 2 * (1 + PROBE_SECONDS), 2 * (1 + PROBE_SECONDS) + 1]


def test_several_that_are_refused_three_times_each_are_told_and_leave_the_line() -> None:
    async def scenario() -> World:
        played = world()
        async with asyncio.timeout(HOUR / 2):
            await asyncio.gather(*(played.person(Question(key, key, 1.0, bad=True)) for key in (1, 2)))
        assert played.limiter.breaker.open
        return played

    played = run(scenario())
    assert played.outcomes == {1: "told", 2: "told"}
    assert [len(played.of_key(key)) for key in (1, 2)] == [MOST_REFUSALS] * 2


def test_what_was_asked_before_the_access_was_renewed_closes_it_to_nobody() -> None:
    async def scenario() -> World:
        played = world()
        played.certain, played.key_works = True, False
        asking = asyncio.create_task(played.person(Question(1, 0.0, 10.0)))
        await asyncio.sleep(5)
        played.key_works = True
        played.limiter.breaker.renewed()
        await asking
        return played

    played = run(scenario())
    assert [ask.began for ask in played.asks] == [0.0, 10.0]


@pytest.mark.parametrize("given_up", [5.0, 1.5 * PROBE_SECONDS])
def test_a_probe_that_is_given_up_lets_the_next_one_go(given_up: float) -> None:
    async def scenario() -> World:
        played = world()
        bad = [asyncio.create_task(played.person(Question(key, 0.0, 1.0, bad=True))) for key in (1, 2)]
        probe = asyncio.create_task(played.person(Question(3, 2.0, 100.0)))
        waiting = asyncio.create_task(played.person(Question(4, given_up - 2, 1.0)))
        await asyncio.sleep(given_up)
        assert len(played.of_key(4)) == 0
        probe.cancel()
        await asyncio.gather(waiting, *bad)
        return played

    played = run(scenario())
    assert played.of_key(4)[0].began == given_up, "those that were refused come after it"
    assert played.outcomes == {1: "told", 2: "told", 4: "answered"}


def test_one_that_was_refused_is_not_tried_again_while_one_waits_that_was_not() -> None:
    async def scenario() -> World:
        played = world()
        bad = [Question(1, 0.0, 1.0, bad=True), Question(2, 0.0, 1.0, bad=True), Question(3, 2.0, 40.0, bad=True)]
        await asyncio.gather(*map(played.person, [*bad, Question(4, 10.0, 1.0)]))
        return played

    asks = [ask.question.key for ask in run(scenario()).asks]
    assert asks[:4] == [1, 2, 3, 4]


def test_those_that_are_held_are_tried_in_turn() -> None:
    async def scenario() -> World:
        played = world()
        played.certain, played.key_works = True, False
        people = [asyncio.create_task(played.person(Question(key, key, 0.5))) for key in range(7)]
        await asyncio.sleep(15 * (PROBE_SECONDS + 1))
        for person in people:
            person.cancel()
        return played

    asks = [ask.question.key for ask in run(scenario()).asks]
    assert asks[:8] == [0, 0, 1, 2, 3, 4, 5, 6]
    assert asks[8:15] == asks[1:8]


def test_the_same_question_of_several_people_at_once_is_one() -> None:
    async def scenario() -> None:
        played = world()
        people = [asyncio.create_task(played.person(Question(1, 0.0, 1.0, bad=True))) for _ in range(4)]
        await asyncio.sleep(PROBE_SECONDS)
        assert len(played.asks) == 4
        assert not played.outcomes
        assert not played.limiter.breaker.open
        await asyncio.gather(*people)

    run(scenario())


def test_an_answer_that_was_asked_for_before_a_refusal_says_nothing_of_it() -> None:
    async def scenario() -> World:
        played = world()
        people = [
            asyncio.create_task(played.person(question))
            for question in (Question(1, 0.0, 10.0), Question(2, 1.0, 1.0, bad=True))
        ]
        await asyncio.gather(*people)
        return played

    played = run(scenario())
    assert [ask.began for ask in played.of_key(2)] == [1.0, 2 + PROBE_SECONDS, 3 + 2 * PROBE_SECONDS]


def test_a_key_that_works_again_lets_others_in_though_the_probe_was_a_bad_question() -> None:
    async def scenario() -> World:
        played = world()
        played.certain, played.key_works = True, False
        people = [asyncio.create_task(played.person(Question(1, 0.0, 1.0, bad=True)))]
        await asyncio.sleep(20)
        played.key_works = True
        people.append(asyncio.create_task(played.person(Question(2, PROBE_SECONDS, 1.0))))
        await asyncio.gather(*people)
        return played

    played = run(scenario())
    assert [ask.began for ask in played.of_key(2)] == [20 + PROBE_SECONDS]
