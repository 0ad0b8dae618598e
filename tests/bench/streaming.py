"""What streaming an answer costs per character, in answers of 1×, 4× and 16× the length."""

import asyncio
import sys
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from adapters.sandbox.qwen import reply
from bridge import Controls
from bridge.streaming.live_answer import LiveAnswer
from tests.bench.report import Report, median

CHARACTERS = 4000
TIMES = (1, 4, 16)
MOST = 1.5
"""A character of the longest answer costs at most so many times one of the shortest."""


class NullReply:
    """A bridge.Reply that takes everything at once."""

    limit = 2000
    most = sys.maxsize
    begins_short = True

    def __init__(self) -> None:
        self.messages = 0

    def measure(self, markdown: str) -> int:
        return len(markdown)

    @asynccontextmanager
    async def working(self) -> AsyncIterator[None]:
        yield

    async def waiting(self, on: bool) -> bool:
        return False

    @asynccontextmanager
    async def permit(self, _message: str | None, *, final: bool) -> AsyncIterator[None]:
        yield

    async def put(
        self, _markdown: str, message: str | None, *, final: bool, whole: str = "", controls: Controls | None = None
    ) -> str:
        self.messages += message is None
        return message or str(self.messages)

    async def sent(self) -> list[str]:
        return []

    async def drop(self, messages: Sequence[str]) -> None:
        raise AssertionError(f"{len(messages)} messages are surplus")


async def _remember(_place: int, _message: str | None) -> None:
    return


async def write(text: str) -> float:
    """CPU seconds for an answer that is written word by word, and shown each time that it has grown."""
    reply, words = NullReply(), text.split(" ")
    started = time.process_time()
    async with LiveAnswer(reply, [], _remember) as live:
        for word in words:
            live.write(word + " ")
            for _ in range(4):  # the task that shows has its turn
                await asyncio.sleep(0)
        await live.finish()
    assert reply.messages >= len(text) // reply.limit
    return time.process_time() - started


def run(report: Report, *, quick: bool) -> None:
    """Print the figures."""
    report.part("streaming: what a character costs in answers that grow word by word")
    first = 0.0
    for times in TIMES:
        text = reply(f"lorem {CHARACTERS * times}", [])
        rounds = 3 if times < TIMES[-1] and not quick else 1
        cost = median([asyncio.run(write(text)) for _ in range(rounds)]) / len(text)
        first = first or cost
        target = f"≤ {MOST}×" if times > 1 else ""
        value = f"{cost * 1e6:.1f} µs, {cost / first:.2f}×"
        report.figure(f"{CHARACTERS * times:,} characters", value, target, reached=cost <= MOST * first)
