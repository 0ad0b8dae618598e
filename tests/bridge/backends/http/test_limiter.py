"""The limiter: order, limits, and a breaker that knows when asking cannot help."""

import asyncio
from pathlib import Path

import pytest

from adapters.sandbox.qwen import StandIn
from bridge.backends.http.access_breaker import Admission
from bridge.backends.http.circuit_breaker import FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS, OUTAGE_AFTER, Breaker
from bridge.backends.http.limiter import Limiter
from bridge.backends.qwen import Credentials, QwenClient
from bridge.backends.qwen.credentials_file import CredentialsFile
from bridge.core.lanes import Lanes
from bridge.errors import Busy, CutOff, Empty, HumanCheck, QuotaSpent, QwenError, Stale, TooLong, Unreachable
from tests.bridge.backends.servers import ask
from tests.conftest import GUEST
from tests.waiting import eventually

UNDER_WAY = Admission(0, 0)
"""Stands for a question that was admitted before all others."""


class Clock:
    """Seconds that pass when they are told to."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


async def test_no_more_questions_at_once_than_allowed_and_first_come_first_served() -> None:
    limiter = Limiter(parallel=2)
    order: list[int] = []
    under_way = 0
    go = asyncio.Event()

    async def ask(number: int) -> None:
        nonlocal under_way
        async with limiter.question():
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
    limiter = Limiter(parallel=1)

    async def ask() -> None:
        async with limiter.question():
            await asyncio.Event().wait()

    for _ in range(3):
        asking = asyncio.create_task(ask())
        await asyncio.sleep(0)
        asking.cancel()
        await asyncio.gather(asking, return_exceptions=True)
    async with asyncio.timeout(1), limiter.question():
        pass


async def test_no_more_questions_a_minute_than_allowed() -> None:
    clock = Clock()
    limiter = Limiter(per_minute=3, clock=clock)
    for _ in range(3):
        async with asyncio.timeout(1), limiter.question():
            clock.now += 1
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.02), limiter.question():
            pass
    clock.now = 61
    async with asyncio.timeout(1), limiter.question():
        pass


@pytest.mark.parametrize("error", [HumanCheck(), Stale()])
async def test_when_the_operator_is_needed_nothing_is_asked_until_they_have_renewed(
    error: QwenError, capsys: pytest.CaptureFixture[str]
) -> None:
    clock = Clock()
    breaker = Breaker(clock)
    breaker.failed(error, UNDER_WAY)
    breaker.failed(error, UNDER_WAY)
    for _ in range(3):
        clock.now += 10_000
        with pytest.raises(type(error)):
            await breaker.admit(0)
    breaker.succeeded(UNDER_WAY)  # an answer that was under way
    with pytest.raises(type(error)):
        await breaker.admit(0)
    breaker.renewed()
    await breaker.admit(0)
    said = capsys.readouterr().out
    assert said.count("Qwen is not asked any more") == 1
    assert said.count("The operator has renewed the access") == 1


async def test_in_an_outage_one_question_is_let_through_after_a_growing_pause(
    capsys: pytest.CaptureFixture[str],
) -> None:
    clock = Clock()
    breaker = Breaker(clock)
    for _ in range(OUTAGE_AFTER):
        await breaker.admit(0)
        breaker.failed(Unreachable(), UNDER_WAY)
    with pytest.raises(Unreachable):
        await breaker.admit(0)
    pause = FIRST_PAUSE_SECONDS
    for _ in range(12):
        clock.now += pause + 0.01
        await breaker.admit(0)
        with pytest.raises(Unreachable):
            await breaker.admit(0)
        breaker.failed(Unreachable(), UNDER_WAY)
        pause = min(pause * 2, LONGEST_PAUSE_SECONDS)
    clock.now += pause + 0.01
    await breaker.admit(0)
    breaker.succeeded(UNDER_WAY)
    await breaker.admit(0)
    await breaker.admit(0)
    said = capsys.readouterr().out
    assert said.count("Qwen is not asked any more (Unreachable)") == 1
    assert said.count("Qwen answers again.") == 1


async def test_a_few_misses_and_other_failures_are_no_outage() -> None:
    breaker = Breaker(Clock())
    for error in (Busy(), Unreachable(), Empty(), Busy(), Unreachable(), Empty()):
        await breaker.admit(0)
        breaker.failed(error, UNDER_WAY)
    assert not breaker.open


async def test_one_conversation_that_asks_much_does_not_starve_another() -> None:
    limiter = Limiter(parallel=1)
    left = {1: 50, 2: 3, 3: 3}
    order: list[int] = []

    async def step(conversation: int) -> bool:
        async with limiter.question():
            order.append(conversation)
            await asyncio.sleep(0)
        if len(order) == 10:
            lanes.wake(2)
            lanes.wake(3)
        left[conversation] -= 1
        return left[conversation] > 0

    lanes = Lanes(step)
    lanes.wake(1)
    await eventually(lambda: len(order) == sum((50, 3, 3)))
    assert max(at for at, conversation in enumerate(order) if conversation != 1) < 10 + 12, order


async def test_one_that_asks_much_does_not_starve_another_of_the_minute_either() -> None:
    clock = Clock()
    limiter = Limiter(per_minute=2, clock=clock)
    order: list[int] = []

    async def step(conversation: int) -> bool:
        async with limiter.question():
            order.append(conversation)
            clock.now += 60
        return order.count(conversation) < (20 if conversation == 1 else 3)

    lanes = Lanes(step)
    for conversation in (1, 2):
        lanes.wake(conversation)
    assert await lanes.idle(5)
    assert order[:8].count(2) == 3, order


async def test_a_quota_is_remembered_for_the_hours_that_qwen_names(capsys: pytest.CaptureFixture[str]) -> None:
    clock = Clock()
    breaker = Breaker(clock)
    breaker.failed(QuotaSpent(4), UNDER_WAY)
    breaker.failed(QuotaSpent(4), UNDER_WAY)
    breaker.succeeded(UNDER_WAY)  # an answer that was under way
    for error in (Unreachable(), Busy(), Unreachable(), CutOff()):  # and others
        breaker.failed(error, UNDER_WAY)
    told = []
    for seconds in (0.0, 1.0, 3600.0, 10_798.0, 14_399.0):
        clock.now = seconds
        with pytest.raises(QuotaSpent) as spent:
            await breaker.admit(0)
        told.append(spent.value.hours)
    assert told == [4, 4, 3, 2, 1]
    clock.now = 14_400
    await breaker.admit(0)
    await breaker.admit(0)
    breaker.succeeded(UNDER_WAY)
    said = capsys.readouterr().out
    assert said.count("Qwen is not asked any more for 4 h (QuotaSpent)") == said.count("is not asked any more") == 1
    assert said.count("asking Qwen again") == 1
    assert "answers again" not in said


async def test_a_quota_without_hours_or_with_absurd_ones_does_not_close_for_long() -> None:
    clock = Clock()
    breaker = Breaker(clock)
    breaker.failed(QuotaSpent(), UNDER_WAY)
    await breaker.admit(0)
    assert not breaker.open
    breaker.failed(QuotaSpent(168), UNDER_WAY)
    clock.now = 24 * 3600.0
    await breaker.admit(0)


async def test_an_outage_that_turns_out_to_be_a_quota_or_worse() -> None:
    clock = Clock()
    breaker = Breaker(clock)
    for _ in range(OUTAGE_AFTER):
        breaker.failed(Unreachable(), UNDER_WAY)
    clock.now += FIRST_PAUSE_SECONDS
    await breaker.admit(0)
    breaker.failed(TooLong(), UNDER_WAY)  # never sent: says nothing of Qwen
    assert breaker.open
    breaker.failed(QuotaSpent(1), UNDER_WAY)
    with pytest.raises(QuotaSpent):
        await breaker.admit(0)
    breaker.failed(HumanCheck(), UNDER_WAY)
    breaker.failed(QuotaSpent(1), UNDER_WAY)
    clock.now += 10_000
    with pytest.raises(HumanCheck):
        await breaker.admit(0)


async def test_nothing_is_asked_after_what_was_learned_while_waiting_for_the_minute() -> None:
    clock = Clock()
    limiter = Limiter(per_minute=1, clock=clock)
    async with limiter.question():
        clock.now = 59.98
        waiting = asyncio.create_task(_ask(limiter))
        await asyncio.sleep(0)
    limiter.breaker.failed(HumanCheck(), UNDER_WAY)
    with pytest.raises(HumanCheck):
        await waiting


async def _ask(limiter: Limiter) -> None:
    async with limiter.question():
        pass


async def test_while_a_quota_is_spent_qwen_is_left_alone_until_the_credentials_are_renewed(
    standin: StandIn, tmp_path: Path
) -> None:
    path = tmp_path / "credentials.json"
    async with QwenClient(standin.url, GUEST, credentials_file=CredentialsFile(path)) as qwen:
        standin.fault("quota", num=6)
        for _ in range(3):
            with pytest.raises(QuotaSpent, match="in about 6 hours"):
                await ask(qwen, "hello")
        assert sum(request.path.endswith("/completions") for request in standin.requests) == 1
        CredentialsFile(path).keep(Credentials(umidtoken="another"))
        assert (await ask(qwen, "echo hi"))[0] == "hi"


@pytest.mark.parametrize("name", ["guest_limit", "image_limit", "quota_limited"])
async def test_a_quota_without_a_time_is_asked_again(standin: StandIn, name: str) -> None:
    async with QwenClient(standin.url, GUEST) as qwen:
        standin.fault(name)
        with pytest.raises(QuotaSpent, match="later"):
            await ask(qwen, "hello")
        assert (await ask(qwen, "echo hi"))[0] == "hi"


async def test_a_question_that_is_asked_again_is_one_more_of_the_minute(standin: StandIn) -> None:
    standin.fault("internal_error")
    async with QwenClient(standin.url, GUEST, limiter=Limiter(per_minute=1)) as qwen:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.3):
                await ask(qwen, "hello")
    assert sum(request.path.endswith("/completions") for request in standin.requests) == 1
