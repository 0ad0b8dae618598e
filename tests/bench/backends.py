"""The same load by the API as by the web: what each question's course and each answer cost with either backend."""

import asyncio
import tempfile
import time
from collections.abc import Sequence

import orjson

from bridge import Author, ConversationKey, Incoming, Turn
from bridge.backends.base import LOCAL, Earlier
from bridge.backends.openai import wire
from bridge.backends.openai.capabilities import Capabilities
from bridge.backends.openai.wire import RequestDialect
from bridge.model import Head, Options, Outcome
from bridge.store import Store
from tests.bench.crowd import CROWDS
from tests.bench.load import Figures, Load
from tests.bench.loads import DELAYS, plan, right
from tests.bench.program import BRIDGE
from tests.bench.report import Report, median, milliseconds, p95

AT_ONCE = (1, 50, 200, 500)
QUICK = (50,)

ABOVE = (1, 10, 100, 1_000)
CONTEXT, ROUNDS = 30_000, 20
ANSWER = "word " * 160
KEY = ConversationKey("bench", "here")

CPU = 1.2
"""At most so many times what the web costs."""


def run(report: Report, *, quick: bool) -> None:
    """Print the figures."""
    _above(report, ABOVE[-2:] if quick else ABOVE)
    for crowd in CROWDS:
        for conversations in QUICK if quick else AT_ONCE:
            wanted = plan(conversations, quick=quick)
            report.part(f"backends, {crowd.name}, {conversations} at once: by the API beside the web")
            web, api = (asyncio.run(Load(crowd, wanted, api=api).run(BRIDGE)) for api in (False, True))
            _compare(report, api, web)


def _above(report: Report, sizes: Sequence[int]) -> None:
    report.part("backends: what a question to the API costs, with what stands above it, within 30,000 tokens")
    costs = asyncio.run(above(sizes))
    for size, cost in zip(sizes, costs, strict=True):
        report.figure(f"below {size:,} turns", f"{cost * 1000:.2f} ms, {cost / costs[-1]:.2f}× of the longest's")


async def above(sizes: Sequence[int]) -> list[float]:
    """CPU seconds from the store to the body of a request, below so many turns each."""
    costs = []
    with tempfile.TemporaryDirectory() as folder:
        for size in sizes:
            async with await Store.open(f"sqlite:///{folder}/{size}.db") as store:
                head = await _talked(store, size)
                capabilities = Capabilities(CONTEXT)
                started = time.process_time()
                for _ in range(ROUNDS):
                    earlier = Earlier("", await store.transcripts.chain(head, int(capabilities.room)))
                    request = wire.fitted(wire.question("What is it?", ()), earlier, capabilities.room)
                    orjson.dumps(wire.completion("qwen", request.messages, Options(), RequestDialect()))
                costs.append((time.process_time() - started) / ROUNDS)
    return costs


async def _talked(store: Store, turns: int) -> int:
    """A conversation of so many turns; the last of them."""
    head = 0
    for number in range(turns):
        recorded = await store.arrivals.record(Incoming(KEY, str(number), Author("1", "Ann"), "What is it?"))
        turn = await store.turns.claim(recorded.conversation, "owner", 6.0) if recorded else None
        if not isinstance(turn, Turn):
            raise TypeError(turn)
        await store.turns.settle(turn, Outcome(ANSWER, head=Head(LOCAL, str(number))))
        await store.turns.finish(turn, [])
        head = turn.id
    return head


def _compare(report: Report, api: Figures, web: Figures) -> None:
    report.line("", ["api", "p95", "web", "p95"])
    for name, delays in DELAYS:
        columns: Sequence[list[float]] = [delays(one) or [float("inf")] for one in (api, web)]
        report.line(f"{name}, ms", [milliseconds(of(column)) for column in columns for of in (median, p95)])
    ratio = api.cpu / web.cpu if web.cpu else float("inf")
    cells = [f"{api.cpu:.1f}", "", f"{web.cpu:.1f}", ""]
    report.line("CPU for 1,000 answers, s", cells, f"{ratio:.1f}× ≤ {CPU}×", reached=ratio <= CPU)
    report.line("peak memory, MiB", [f"{api.memory:.0f}", "", f"{web.memory:.0f}", ""])
    right(report, api)
