"""The gate: order, limits, and a breaker that knows when asking cannot help."""

import asyncio

import pytest

from bridge.errors import Busy, Empty, HumanCheck, QwenError, Stale, Unreachable
from bridge.qwen.gate import FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS, OUTAGE_AFTER, Breaker, Gate
from tests.waiting import eventually


class Clock:
    """Seconds that pass when they are told to."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


async def test_no_more_questions_at_once_than_allowed_and_first_come_first_served() -> None:
    gate = Gate(parallel=2)
    order: list[int] = []
    under_way = 0
    go = asyncio.Event()

    async def ask(number: int) -> None:
        nonlocal under_way
        async with gate.question():
            under_way += 1
            order.append(number)
            assert under_way <= 2
            await go.wait()
            under_way -= 1

    asking = [asyncio.create_task(ask(number)) for number in range(20)]
    await eventually(lambda: under_way == 2)
    go.set()
    await asyncio.gather(*asking)
    assert order == list(range(20))


async def test_a_question_that_is_given_up_frees_its_place() -> None:
    gate = Gate(parallel=1)

    async def ask() -> None:
        async with gate.question():
            await asyncio.Event().wait()

    for _ in range(3):
        asking = asyncio.create_task(ask())
        await asyncio.sleep(0)
        asking.cancel()
        await asyncio.gather(asking, return_exceptions=True)
    async with asyncio.timeout(1), gate.question():
        pass


async def test_no_more_questions_a_minute_than_allowed() -> None:
    clock = Clock()
    gate = Gate(per_minute=3, clock=clock)
    for _ in range(3):
        async with asyncio.timeout(1), gate.question():
            clock.now += 1
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.02), gate.question():
            pass
    clock.now = 61
    async with asyncio.timeout(1), gate.question():
        pass


@pytest.mark.parametrize("error", [HumanCheck(), Stale()])
def test_when_the_operator_is_needed_nothing_is_asked_until_they_have_renewed(
    error: QwenError, capsys: pytest.CaptureFixture[str]
) -> None:
    clock = Clock()
    breaker = Breaker(clock)
    breaker.failed(error)
    breaker.failed(error)
    for _ in range(3):
        clock.now += 10_000
        with pytest.raises(type(error)):
            breaker.check()
    breaker.succeeded()  # an answer that was under way
    with pytest.raises(type(error)):
        breaker.check()
    breaker.renewed()
    breaker.check()
    said = capsys.readouterr().out
    assert said.count("Qwen is not asked any more") == 1
    assert said.count("The credentials are renewed") == 1


def test_in_an_outage_one_question_is_let_through_after_a_growing_pause(capsys: pytest.CaptureFixture[str]) -> None:
    clock = Clock()
    breaker = Breaker(clock)
    for _ in range(OUTAGE_AFTER):
        breaker.check()
        breaker.failed(Unreachable())
    with pytest.raises(Unreachable):
        breaker.check()
    pause = FIRST_PAUSE_SECONDS
    for _ in range(12):
        clock.now += pause + 0.01
        breaker.check()
        with pytest.raises(Unreachable):
            breaker.check()
        breaker.failed(Unreachable())
        pause = min(pause * 2, LONGEST_PAUSE_SECONDS)
    clock.now += pause + 0.01
    breaker.check()
    breaker.succeeded()
    breaker.check()
    breaker.check()
    said = capsys.readouterr().out
    assert said.count("Qwen is not asked any more (Unreachable)") == 1
    assert said.count("Qwen answers again.") == 1


def test_a_few_misses_and_other_failures_are_no_outage() -> None:
    breaker = Breaker(Clock())
    for error in (Busy(), Unreachable(), Empty(), Busy(), Unreachable(), Empty()):
        breaker.check()
        breaker.failed(error)
    assert not breaker.open
