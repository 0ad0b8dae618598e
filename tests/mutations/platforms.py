"""The pretended platforms whose events are changed."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path

from adapters.sandbox.discord import FakeDiscord
from adapters.sandbox.telegram import FakeTelegram
from tests.mutations import discord, telegram
from tests.mutations import play as played
from tests.mutations.play import Figure, World

ROUND = 2500
"""After so many a new world begins: the pretended platforms remember all that was said."""


@asynccontextmanager
async def _telegram() -> AsyncIterator[World]:
    async with FakeTelegram() as server:
        server.limits = None
        server.updates.hurry_seconds = 0.0
        yield telegram.World(server)


@asynccontextmanager
async def _discord() -> AsyncIterator[World]:
    async with FakeDiscord() as server:
        server.limit(sends=(100_000, 1.0), edits=(100_000, 1.0), typing=(100_000, 1.0), global_per_second=1_000_000)
        yield discord.World(server)


WORLDS: dict[str, Callable[[], AbstractAsyncContextManager[World]]] = {"discord": _discord, "telegram": _telegram}


async def play(name: str, count: int, seed: int, home: Path) -> Figure:
    """Play one platform to its end, in rounds of a new world each; `home` is an empty folder."""
    figure = Figure(name, seed)
    for number, done in enumerate(range(0, count, ROUND)):
        folder = home / str(number)
        folder.mkdir()
        async with WORLDS[name]() as world:
            figure.add(await played.play(world, min(ROUND, count - done), seed + number, folder, name))
    return figure
