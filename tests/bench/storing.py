"""What the store costs for a whole turn, with few and with very many conversations stored."""

import asyncio
import sqlite3
import tempfile
import time
from contextlib import AsyncExitStack, closing
from pathlib import Path

from bridge import Author, ConversationKey, Incoming, Turn
from bridge.model import Head, Outcome
from bridge.store import Store
from tests.bench.report import Report, median

SIZES = (100, 1_000, 10_000, 100_000)
TURNS = 60
ROUNDS = 7
MOST = 1.3
"""A turn among the most conversations costs at most so many times one among the fewest."""

ANSWER = "word " * 160


async def filled(path: Path, conversations: int) -> Store:
    """A store with so many conversations of one turn each."""
    await (await Store.open(f"sqlite:///{path}")).__aexit__(None, None, None)
    with closing(sqlite3.connect(path)) as database, database:
        ids = range(1, conversations + 1)
        database.executemany(
            "INSERT INTO conversations (id, platform, channel, thread, head) VALUES (?, 'bench', ?, '', NULL)",
            ((number, str(number)) for number in ids),
        )
        database.executemany(
            "INSERT INTO turns (id, conversation, epoch, state, author_id, author_name, prompt, chat_id, response_id, "
            "answer, asked_at) VALUES (?, ?, 0, 'shown', '1', 'Ann', 'What is it?', ?, ?, ?, 0)",
            ((number, number, f"chat-{number}", f"response-{number}", ANSWER) for number in ids),
        )
        database.execute("UPDATE conversations SET head = id")
        for role in ("question", "answer"):
            database.executemany(
                f"INSERT INTO messages (platform, channel, message, turn, role, place) "  # noqa: S608  not foreign
                f"VALUES ('bench', ?, ?, ?, '{role}', 0)",
                ((str(number), f"{role}-{number}", number) for number in ids),
            )
    return await Store.open(f"sqlite:///{path}")


async def cycle(store: Store, conversations: int, first: int) -> float:
    """CPU seconds of one turn, from its record to its end, in conversations that lie far apart."""
    started = time.process_time()
    for number in range(first, first + TURNS):
        key = ConversationKey("bench", str(1 + number * 7919 % conversations))
        recorded = await store.arrivals.record(Incoming(key, f"new-{number}", Author("1", "Ann"), "What is it?"))
        assert recorded is not None
        turn = await store.turns.claim(recorded.conversation, "owner", 6.0)
        assert isinstance(turn, Turn)
        assert turn.head is not None
        await store.turns.show(turn, 0, f"shown-{number}")
        await store.turns.settle(turn, Outcome(ANSWER, head=Head("chat", f"response-new-{number}")))
        await store.turns.finish(turn, [f"shown-{number}"])
    return (time.process_time() - started) / TURNS


async def _costs(sizes: tuple[int, ...]) -> list[float]:
    with tempfile.TemporaryDirectory() as folder:
        async with AsyncExitStack() as stack:
            stores = [await stack.enter_async_context(await filled(Path(folder) / f"{n}.db", n)) for n in sizes]
            costs: list[list[float]] = [[] for _ in sizes]
            for turn in range(ROUNDS):
                for store, size, measured in zip(stores, sizes, costs, strict=True):
                    measured.append(await cycle(store, size, turn * TURNS))
    return [median(measured[1:]) for measured in costs]


def run(report: Report, *, quick: bool) -> None:
    """Print the figures."""
    report.part("storing: what a whole turn costs in the store")
    sizes = SIZES[:1] + SIZES[-1:] if quick else SIZES
    costs = asyncio.run(_costs(sizes))
    for size, cost in zip(sizes, costs, strict=True):
        value = f"{cost * 1000:.2f} ms, {cost / costs[0]:.2f}×"
        target = f"≤ {MOST}×" if size > sizes[0] else ""
        report.figure(f"{size:,} conversations", value, target, reached=cost <= MOST * costs[0])
