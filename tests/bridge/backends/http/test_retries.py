"""Waiting for as long as a server asks: before a retry, in an outage, and in what the person is told."""

import asyncio
from contextlib import suppress
from itertools import pairwise

import pytest

from bridge.backends.http.limiter import Limiter
from bridge.backends.http.retries import LONGEST_AFTER_SECONDS, retries
from bridge.errors import Busy, Fault, QuotaSpent, QwenError
from tests.virtual_time import run

TRIES = 3


async def asked(error: QwenError) -> list[float]:
    """When a question is asked that gets this error each time."""
    clock, moments = asyncio.get_running_loop().time, list[float]()

    def again(_: Exception) -> bool:
        return attempt.num < TRIES

    async def ask() -> None:
        moments.append(clock())
        raise error

    with suppress(type(error)):
        async for attempt in retries(again):
            with attempt:
                await ask()
    return moments


@pytest.mark.parametrize("after", [3.0, LONGEST_AFTER_SECONDS])
def test_a_question_is_asked_again_when_the_server_has_asked_for_it(after: float) -> None:
    moments = run(asked(Busy(after=after)))
    assert len(moments) == TRIES
    assert all(after <= later - earlier < after + 2 for earlier, later in pairwise(moments))


def test_what_would_take_too_long_is_not_waited_for() -> None:
    assert len(run(asked(Busy(after=LONGEST_AFTER_SECONDS + 1)))) == 1


def test_without_a_time_it_is_asked_again_soon() -> None:
    assert run(asked(Fault()))[-1] < 1


def test_in_an_outage_nothing_is_asked_for_as_long_as_the_server_asks() -> None:
    async def scenario() -> list[float]:
        clock, moments = asyncio.get_running_loop().time, list[float]()
        limiter = Limiter(clock=clock)
        while clock() < 1000:
            with suppress(Busy):
                async with limiter.question():
                    moments.append(clock())
                    fail(Busy(after=400))
            await asyncio.sleep(1)
        with pytest.raises(Busy, match="in 4 minutes"):
            async with limiter.question():
                pass
        return moments

    assert run(scenario()) == [0, 1, 2, 402, 802]


def fail(error: QwenError) -> None:
    raise error


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (Busy(after=0.4), "Qwen needs a short break. Please ask again in 1 second."),
        (Busy(after=59.2), "Qwen needs a short break. Please ask again in 60 seconds."),
        (Busy(after=100), "Qwen needs a break. Please ask again in 2 minutes."),
        (QuotaSpent(after=600), "Qwen needs a break. Please ask again in 10 minutes."),
        (QuotaSpent(after=7000), "Qwen's limit for today has been reached. Please ask again in about 2 hours."),
        (QuotaSpent(3, after=60), "Qwen's limit for today has been reached. Please ask again in about 3 hours."),
        (Busy(), Busy.sentence),
    ],
)
def test_the_person_is_told_how_long_that_is(error: QwenError, told: str) -> None:
    assert error.sentence == told


def test_a_quota_is_closed_for_as_long_as_the_server_says() -> None:
    async def scenario() -> None:
        clock = asyncio.get_running_loop().time
        limiter = Limiter(clock=clock)
        with pytest.raises(QuotaSpent):
            async with limiter.question():
                fail(QuotaSpent(after=600))
        await asyncio.sleep(480)
        with pytest.raises(QuotaSpent, match="in 2 minutes"):
            async with limiter.question():
                pass
        await asyncio.sleep(121)
        async with limiter.question():
            pass

    run(scenario())
