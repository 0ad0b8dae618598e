"""Many questions to a Qwen that fails at random, and some that are given up: nothing is left behind."""

import asyncio
import gc
import os
import random
import sys
from contextlib import aclosing

import pytest

from bridge.errors import QwenError
from bridge.model import Head
from bridge.qwen import Qwen, client
from bridge.standin import FAULTS, StandIn
from tests.conftest import GUEST
from tests.waiting import eventually

QUESTIONS = int(os.environ.get("LEAK_QUESTIONS", "600"))
AT_ONCE = 25
OPEN_FILES = "/proc/self/fd" if sys.platform == "linux" else "/dev/fd"

# What waits for seconds by itself, or stops all questions for hours or until the operator acts, is tested for itself.
SLOW = {"hang", "stall", "silence", "idle", "late", "keep_alives", "in_progress"}
FINAL = {
    *("human_check", "human_check_flag", "human_check_frame", "human_check_body", "human_check_late", "waf_html"),
    *("stale", "false_success", "unauthorized", "expired", "forbidden", "unauthorized_frame"),
    *("http_400", "http_401", "http_403", "quota", "quota_bare", "quota_frame"),
}
RANDOM = sorted(set(FAULTS) - SLOW - FINAL)


@pytest.fixture(autouse=True)
def no_outage(monkeypatch: pytest.MonkeyPatch) -> None:
    """So many failures are no outage here, and a chat that is in progress is given up at once."""
    monkeypatch.setattr("bridge.qwen.gate.OUTAGE_AFTER", 10**9)
    monkeypatch.setattr(client, "IN_PROGRESS_WAITS", (0.01, 0.01))


async def test_failures_at_random_leave_nothing_behind(standin: StandIn) -> None:
    chance = random.Random(7)
    gate = asyncio.Semaphore(AT_ONCE)
    before, files = asyncio.all_tasks(), len(os.listdir(OPEN_FILES))
    outcomes: dict[str, int] = {}

    async def question(qwen: Qwen) -> None:
        async with gate:
            if chance.random() < 0.5:
                standin.fault(chance.choice(RANDOM))
            outcome = await answered(qwen, give_up_after=chance.choice([None, None, None, 0, 1, 2, 5]))
            outcomes[outcome] = outcomes.get(outcome, 0) + 1

    async with Qwen(standin.url, GUEST) as qwen:
        await asyncio.gather(*(question(qwen) for _ in range(QUESTIONS)))
        standin.clear_faults()
        assert await answered(qwen, None) == "whole"
    gc.collect()
    await eventually(lambda: len(os.listdir(OPEN_FILES)) <= files + 1)
    await eventually(lambda: asyncio.all_tasks() <= before | {asyncio.current_task()})
    assert outcomes["whole"] > QUESTIONS / 4
    assert len(outcomes) > 5, outcomes


async def answered(qwen: Qwen, give_up_after: int | None) -> str:
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


@pytest.mark.parametrize("events", range(6))
async def test_giving_up_at_any_event_leaves_the_chat_free(standin: StandIn, events: int) -> None:
    standin.pace = 0.005
    async with Qwen(standin.url, GUEST) as qwen:
        head = None
        async for event in qwen.ask("one", None):
            head = getattr(event, "head", None)
        assert isinstance(head, Head)
        async with aclosing(qwen.ask("two", head)) as answer:
            for _ in range(events):
                await anext(answer)
        text = "".join([getattr(event, "text", "") async for event in qwen.ask("three", head)])
    assert "I see 1 earlier turn; your last question was “one”" in text
