"""Serving: from the login of the platforms to leaving them, without losing a message on the way."""

import asyncio
import signal
from collections.abc import Sequence

import structlog

from bridge import Adapter
from bridge.core import Bridge
from bridge.errors import CannotStart
from bridge.qwen import Qwen
from bridge.store import Store

log = structlog.get_logger(__name__)

CLOSING_SHARE = 0.2
"""The part of the drain that is kept for closing connections, after the answers."""


async def serve(
    store: Store, qwen: Qwen, adapters: Sequence[Adapter], drain_seconds: float, leaving: asyncio.Event
) -> None:
    """Serve the adapters until `leaving` is set, as it is when one of them has nothing more to come.

    First no more messages are taken, then running answers end or say that they are interrupted, and last the
    connections close; all within `drain_seconds`. Raises CannotStart when a platform does not let the bot in; one that
    throws it out later leaves alone, as long as another goes on.
    """
    stopped = asyncio.Event()
    bridge = Bridge(store, qwen)
    fronts = {asyncio.create_task(_front(adapter, bridge, leaving, stopped)) for adapter in adapters}
    try:
        await _until_over(fronts, leaving)
    finally:
        leaving.set()
        closing = drain_seconds * CLOSING_SHARE
        await bridge.stop(drain_seconds - closing)
        stopped.set()
        await asyncio.wait(fronts, timeout=closing)
        for front in fronts:
            front.cancel()
        await asyncio.gather(*fronts, return_exceptions=True)


def leave_on_signals() -> asyncio.Event:
    """An event that Ctrl-C and SIGTERM set; a second one ends the process at once."""
    loop = asyncio.get_running_loop()
    leaving = asyncio.Event()

    def leave() -> None:
        leaving.set()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.remove_signal_handler(number)

    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, leave)
    return leaving


class _ThrownOut(Exception):
    """A platform let the bot in, and does not any more."""


async def _front(adapter: Adapter, bridge: Bridge, leaving: asyncio.Event, stopped: asyncio.Event) -> None:
    """One platform: its messages are taken until leaving, its replies stay open until the bridge has stopped."""
    async with adapter:
        await bridge.serve(adapter)
        try:
            await _listen(adapter, bridge, leaving)
        except CannotStart as error:
            raise _ThrownOut from error
        leaving.set()
        await stopped.wait()


async def _listen(adapter: Adapter, bridge: Bridge, leaving: asyncio.Event) -> None:
    listening = asyncio.create_task(adapter.listen(bridge))
    leave = asyncio.create_task(leaving.wait())
    try:
        await asyncio.wait({listening, leave}, return_when=asyncio.FIRST_COMPLETED)
        if listening.done():
            listening.result()
    finally:
        listening.cancel()
        leave.cancel()
        await asyncio.gather(listening, leave, return_exceptions=True)


async def _until_over(fronts: set[asyncio.Task[None]], leaving: asyncio.Event) -> None:
    waiting = asyncio.create_task(leaving.wait())
    running = set(fronts)
    try:
        while not leaving.is_set():
            done, _ = await asyncio.wait({waiting, *running}, return_when=asyncio.FIRST_COMPLETED)
            for front in running & done:
                running.discard(front)
                _check(front, others=bool(running))
    finally:
        waiting.cancel()


def _check(front: asyncio.Task[None], *, others: bool) -> None:
    """Raise what ended a front, unless the others can go on without it."""
    error = front.exception()
    if isinstance(error, _ThrownOut) and isinstance(error.__cause__, CannotStart):
        if not others:
            raise error.__cause__
        log.error(error.__cause__.sentence + " The other platforms go on without it.")
    elif error:
        raise error
