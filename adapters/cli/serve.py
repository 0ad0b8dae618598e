"""Serving: from the login of the platforms to leaving them, without losing a message on the way."""

import asyncio
import signal
from collections.abc import Callable, Coroutine, Sequence

import structlog

from adapters.cli.process_lock import ProcessLock
from bridge import Adapter, fingerprint
from bridge.core.bridge import Bridge
from bridge.errors import CannotStart

log = structlog.get_logger(__name__)

CLOSING_SHARE = 0.2
"""The part of the drain that is kept for ending the intake and closing connections."""

Listening = asyncio.Task[None]


async def serve(
    bridge: Bridge, adapters: Sequence[Adapter], drain_seconds: float, leaving: asyncio.Event, database: str = ""
) -> None:
    """Let the bridge serve the adapters until `leaving` is set, or until one of them has nothing more to come.

    First no more messages are taken, then running answers end or say that they are interrupted, and last the
    connections close; all within `drain_seconds`. Raises CannotStart when a platform does not let the bot in; one that
    throws it out later leaves alone, as long as another goes on. `database` is its file, beside which the locks of the
    platforms are kept.
    """
    asyncio.get_running_loop().set_exception_handler(_unexpected)
    stopped = asyncio.Event()
    news = News()
    listening: set[Listening] = set()
    locks = {adapter.platform: ProcessLock(database, adapter.platform) for adapter in adapters}
    fronts = {
        news.of(_front(adapter, bridge, news, listening, stopped, locks[adapter.platform])) for adapter in adapters
    }
    try:
        await _until_over(fronts, listening, news, leaving)
    finally:
        closing = drain_seconds * CLOSING_SHARE
        try:
            await _cancelled(listening, closing)
            for lock in locks.values():
                lock.release()
            await bridge.stop(drain_seconds - closing)
        finally:
            stopped.set()
            await asyncio.wait(fronts, timeout=closing)
            await _cancelled(fronts)


def leave_on_signals(interrupted: Callable[[], bool] = lambda: False) -> asyncio.Event:
    """An event that Ctrl-C and SIGTERM set; a second one ends the process at once.

    A Ctrl-C that `interrupted` knows something better for (True) does only that.
    """
    loop = asyncio.get_running_loop()
    leaving = asyncio.Event()

    def interrupt() -> None:
        if not interrupted():
            leave()

    def leave() -> None:
        leaving.set()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.remove_signal_handler(number)

    loop.add_signal_handler(signal.SIGINT, interrupt)
    loop.add_signal_handler(signal.SIGTERM, leave)
    return leaving


class News:
    """Tells that one of some tasks has ended."""

    def __init__(self) -> None:
        self._event = asyncio.Event()

    def of(self, action: Coroutine[None, None, None]) -> asyncio.Task[None]:
        """A task whose end is news."""
        task = asyncio.create_task(action)
        task.add_done_callback(lambda _: self._event.set())
        return task

    async def wait(self) -> None:
        """Until there is news that was not waited for yet."""
        await self._event.wait()
        self._event.clear()


async def _front(
    adapter: Adapter, bridge: Bridge, news: News, listening: set[Listening], stopped: asyncio.Event, lock: ProcessLock
) -> None:
    """One platform: its messages are taken by a task of its own; its replies stay open until the bridge has stopped."""
    async with adapter:
        await lock.acquire()
        await bridge.serve(adapter)
        listening.add(news.of(adapter.listen(bridge)))
        await stopped.wait()


async def _until_over(
    fronts: set[asyncio.Task[None]], listening: set[Listening], news: News, leaving: asyncio.Event
) -> None:
    """Until it is time to leave. Raises what ended the only platform, or the login of any."""

    async def leave() -> None:
        await leaving.wait()

    leave_task = news.of(leave())
    over: set[Listening] = set()
    try:
        while not leaving.is_set():
            await news.wait()
            for front in fronts:
                if front.done():
                    front.result()
            for ended in {task for task in listening - over if task.done()}:
                over.add(ended)
                if ended.exception() is None:
                    return
                _thrown_out(ended, others=len(over) < len(fronts))
    finally:
        leave_task.cancel()


def _thrown_out(ended: Listening, *, others: bool) -> None:
    """Raise what ended the listening, unless the other platforms go on."""
    error = ended.exception()
    if error and not (isinstance(error, CannotStart) and others):
        raise error
    if isinstance(error, CannotStart):
        log.error(f"{error.sentence} The other platforms go on without it.")


async def _cancelled(tasks: set[asyncio.Task[None]], seconds: float | None = None) -> None:
    for task in tasks:
        task.cancel()
    if tasks:
        await asyncio.wait(tasks, timeout=seconds)
    for task in tasks:
        if task.done() and not task.cancelled():
            task.exception()  # said already, or by the log of unexpected errors


def _unexpected(_loop: asyncio.AbstractEventLoop, context: dict[str, object]) -> None:
    """What nobody awaited: its kind and place, for its words may be what somebody wrote."""
    error = context.get("exception")
    log.error("Something failed unexpectedly.", **(fingerprint(error) if isinstance(error, BaseException) else {}))
