"""Many questions to a Qwen that fails at random, and some that are given up: nothing is left behind."""

import asyncio
import gc
import os
import random
import sys
from contextlib import aclosing

import pytest

from adapters.sandbox.qwen import FAULTS, StandIn
from bridge.answer_events import Finished, Text
from bridge.backends.http.limiter import Limiter
from bridge.backends.qwen import QwenClient, client
from bridge.errors import QwenError
from bridge.model import Head, Options
from tests.conftest import GUEST
from tests.waiting import eventually

QUESTIONS = int(os.environ.get("LEAK_QUESTIONS", "600"))
AT_ONCE = 25
OPEN_FILES = "/proc/self/fd" if sys.platform == "linux" else "/dev/fd"

# What waits for seconds by itself, or stops all questions for hours or until the operator acts, is tested for itself.
SLOW = {"hang", "stall", "silence", "idle", "late", "keep_alives", "in_progress"}
FINAL = {
    *("human_check", "human_check_flag", "human_check_frame", "human_check_body", "human_check_late", "waf_html"),
    *("human_check_code", "human_check_url", "number_code"),
    *("stale", "false_success", "unauthorized", "expired", "forbidden", "unauthorized_frame"),
    *("http_400", "http_401", "http_403", "quota", "quota_bare", "quota_frame"),
}
RANDOM = sorted(set(FAULTS) - SLOW - FINAL)


@pytest.fixture(autouse=True)
def no_outage(monkeypatch: pytest.MonkeyPatch) -> None:
    """So many failures are no outage here, and a chat that is in progress is given up at once."""
    monkeypatch.setattr("bridge.backends.http.circuit_breaker.OUTAGE_AFTER", 10**9)
    monkeypatch.setattr(client, "IN_PROGRESS_WAITS", (0.01,))
    monkeypatch.setattr(client, "IN_PROGRESS_SECONDS", 0.03)


async def test_failures_at_random_leave_nothing_behind(standin: StandIn) -> None:
    chance = random.Random(7)
    limiter = asyncio.Semaphore(AT_ONCE)
    before, files = asyncio.all_tasks(), len(os.listdir(OPEN_FILES))
    outcomes: dict[str, int] = {}

    async def question(qwen: QwenClient) -> None:
        async with limiter:
            if chance.random() < 0.5:
                standin.fault(chance.choice(RANDOM))
            outcome = await answered(qwen, give_up_after=chance.choice([None, None, None, 0, 1, 2, 5]))
            outcomes[outcome] = outcomes.get(outcome, 0) + 1

    async with QwenClient(standin.url, GUEST) as qwen:
        await asyncio.gather(*(question(qwen) for _ in range(QUESTIONS)))
        standin.clear_faults()
        assert await answered(qwen, None) == "whole"
    gc.collect()
    await eventually(lambda: len(os.listdir(OPEN_FILES)) <= files + 1)
    await eventually(lambda: asyncio.all_tasks() <= before | {asyncio.current_task()})
    assert outcomes["whole"] > QUESTIONS / 4
    assert len(outcomes) > 5, outcomes


async def answered(qwen: QwenClient, give_up_after: int | None) -> str:
    """What became of a question; `give_up_after` so many events it is left."""
    count = 0
    try:
        async with aclosing(qwen.ask("hello", None)) as events:
            async for _ in events:
                count += 1
                if give_up_after is not None and count > give_up_after:
                    return "given up"
    except QwenError as error:
        return type(error).__name__
    return "whole"


THOROUGH = Options(thinking=True, search=True)
"""Asks for every kind of event."""


async def asked(qwen: QwenClient, prompt: str, head: Head | None) -> tuple[Head, str, int]:
    """The head that an answer leaves, its text, and how many events it had."""
    events = [event async for event in qwen.ask(prompt, head, THOROUGH)]
    assert isinstance(events[-1], Finished)
    return events[-1].head, "".join(event.text for event in events if isinstance(event, Text)), len(events)


@pytest.mark.parametrize("cancelled", [False, True], ids=["left", "cancelled"])
async def test_giving_up_at_any_event_leaves_the_chat_free(
    standin: StandIn, cancelled: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(client, "IN_PROGRESS_WAITS", (0.01,))
    monkeypatch.setattr(client, "IN_PROGRESS_SECONDS", 10.0)
    standin.reply = lambda _, earlier: f"{len(earlier)} messages stand above this one."

    async def give_up(head: Head, events: int, reached: asyncio.Event) -> None:
        async with aclosing(qwen.ask("two", head, THOROUGH)) as answer:
            for _ in range(events):
                await anext(answer)
            reached.set()
            if cancelled:
                await anext(answer)

    async with QwenClient(standin.url, GUEST) as qwen:
        head, _, count = await asked(qwen, "one", None)
        assert count > 10
        standin.pace = 0.001
        for events in range(count):
            reached = asyncio.Event()
            asking = asyncio.create_task(give_up(head, events, reached))
            await reached.wait()
            if cancelled:
                asking.cancel()
            await asyncio.wait([asking])
            _, text, _ = await asked(qwen, "three", head)
            assert text.startswith("2 messages"), events


async def test_cancelling_at_any_moment_leaves_nothing_behind(standin: StandIn) -> None:
    """Also where there is no event yet: while a chat is opened, or headers are waited for."""
    before, files = asyncio.all_tasks(), len(os.listdir(OPEN_FILES))
    async with QwenClient(standin.url, GUEST, limiter=Limiter(parallel=1)) as qwen:
        for steps in range(0, 90, 3):
            asking = asyncio.create_task(answered(qwen, None))
            for _ in range(steps):
                await asyncio.sleep(0)
            asking.cancel()
            await asyncio.wait([asking])
            assert await answered(qwen, None) == "whole", steps
    await eventually(lambda: len(os.listdir(OPEN_FILES)) <= files + 1)
    await eventually(lambda: asyncio.all_tasks() <= before | {asyncio.current_task()})
