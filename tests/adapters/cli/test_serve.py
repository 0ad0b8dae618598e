"""Serving ends with a plain word where the file of the database is not the one any more that was opened."""

import asyncio
from pathlib import Path

import pytest

from adapters.cli import serve as serving
from adapters.cli.serve import serve
from bridge import Intake
from bridge.backends.qwen import QwenClient
from bridge.core.bridge import Bridge
from bridge.errors import CannotStart
from bridge.store import Store
from tests.harness import FakeAdapter, FakeReply


class Listening(FakeAdapter):
    """A platform on which nothing is said. `listens` is set when it waits for that."""

    def __init__(self) -> None:
        super().__init__(FakeReply())
        self.listens = asyncio.Event()

    async def listen(self, intake: Intake) -> None:
        self.listens.set()
        await asyncio.Event().wait()


@pytest.mark.parametrize("replaced", [False, True])
async def test_a_database_that_is_deleted_or_replaced_is_not_written_on_without_a_word(
    store: Store, database: str, qwen: QwenClient, monkeypatch: pytest.MonkeyPatch, replaced: bool
) -> None:
    monkeypatch.setattr(serving, "WATCH_SECONDS", 0.01)
    file, adapter = Path(database.removeprefix("sqlite:///")), Listening()
    running = asyncio.create_task(serve(Bridge(store, qwen), [adapter], 1, asyncio.Event(), str(file)))
    await asyncio.wait_for(adapter.listens.wait(), 5)
    file.unlink()
    if replaced:
        file.write_bytes(b"")
    with pytest.raises(CannotStart, match="was deleted or replaced while"):
        await asyncio.wait_for(running, 5)


async def test_the_look_at_the_database_ends_with_the_rest(store: Store, database: str, qwen: QwenClient) -> None:
    before = asyncio.all_tasks()
    adapter, leaving = Listening(), asyncio.Event()
    running = asyncio.create_task(
        serve(Bridge(store, qwen), [adapter], 1, leaving, database.removeprefix("sqlite:///"))
    )
    await asyncio.wait_for(adapter.listens.wait(), 5)
    leaving.set()
    await asyncio.wait_for(running, 5)
    await asyncio.sleep(0)
    assert asyncio.all_tasks() == before
