"""Running the adapters: from their logins to an orderly end that loses no message."""

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
"""The share of `drain_seconds` for ending the intake, and again for closing the connections."""


async def serve(
    bridge: Bridge, adapters: Sequence[Adapter], drain_seconds: float, leaving: asyncio.Event, database: str = ""
) -> None:
    """Let the bridge serve the adapters until `leaving` is set, or until the listen() of one of them returns.

    At the end no more messages are received, then running answers end or are marked as interrupted, and last the
    connections close, about within `drain_seconds`. Raises CannotStart where a platform refuses the login; where one
    ends the bot's session later, the other platforms go on. `database`: the path of its file, beside which the process
    locks stand.
    """
    asyncio.get_running_loop().set_exception_handler(_log_unexpected)
    stopped = asyncio.Event()
    watcher = TaskWatcher()
    listeners: set[asyncio.Task[None]] = set()
    locks = {adapter.platform: ProcessLock(database, adapter.platform) for adapter in adapters}
    connections = {
        watcher.start(_connect(adapter, bridge, watcher, listeners, stopped, locks[adapter.platform]))
        for adapter in adapters
    }
    try:
        await _wait_for_end(connections, listeners, watcher, leaving)
    finally:
        closing = drain_seconds * CLOSING_SHARE
        try:
            await _cancel(listeners, closing)
            for lock in locks.values():
                lock.release()
            await bridge.stop(drain_seconds - closing)
        finally:
            stopped.set()
            await asyncio.wait(connections, timeout=closing)
            await _cancel(connections)


def leave_on_signals(interrupted: Callable[[], bool] = lambda: False) -> asyncio.Event:
    """Return an event that Ctrl-C and SIGTERM set; after it, the next of them ends the process at once.

    `interrupted` is called at Ctrl-C first; where it returns True, that was all, and the event is not set.
    """
    loop = asyncio.get_running_loop()
    leaving = asyncio.Event()

    def interrupt() -> None:
        if not interrupted():
            leave()

    def leave() -> None:
        leaving.set()
        signal.signal(signal.SIGINT, signal.default_int_handler)
        signal.signal(signal.SIGTERM, signal.SIG_DFL)

    # not add_signal_handler(), which no event loop of Windows has
    signal.signal(signal.SIGINT, lambda *_: loop.call_soon_threadsafe(interrupt))
    signal.signal(signal.SIGTERM, lambda *_: loop.call_soon_threadsafe(leave))
    return leaving


class TaskWatcher:
    """Starts tasks, and waits until any of them has ended."""

    def __init__(self) -> None:
        self._event = asyncio.Event()

    def start(self, action: Coroutine[None, None, None]) -> asyncio.Task[None]:
        """Start a task whose end wait() reports."""
        task = asyncio.create_task(action)
        task.add_done_callback(lambda _: self._event.set())
        return task

    async def wait(self) -> None:
        """Wait until a task has ended since the last call returned."""
        await self._event.wait()
        self._event.clear()


async def _connect(
    adapter: Adapter,
    bridge: Bridge,
    watcher: TaskWatcher,
    listeners: set[asyncio.Task[None]],
    stopped: asyncio.Event,
    lock: ProcessLock,
) -> None:
    """Keep one adapter open until `stopped` is set, for its replies; a task of its own in `listeners` listens."""
    async with adapter:
        await lock.acquire()
        await bridge.serve(adapter)
        listeners.add(watcher.start(adapter.listen(bridge)))
        await stopped.wait()


async def _wait_for_end(
    connections: set[asyncio.Task[None]],
    listeners: set[asyncio.Task[None]],
    watcher: TaskWatcher,
    leaving: asyncio.Event,
) -> None:
    """Return when `leaving` is set or a listener has returned. Raises what failed a login or the last listener."""

    async def leave() -> None:
        await leaving.wait()

    leave_task = watcher.start(leave())
    over: set[asyncio.Task[None]] = set()
    try:
        while not leaving.is_set():
            await watcher.wait()
            for connection in connections:
                if connection.done():
                    connection.result()
            for ended in {task for task in listeners - over if task.done()}:
                over.add(ended)
                if ended.exception() is None:
                    return
                _raise_unless_others_run(ended, others=len(over) < len(connections))
    finally:
        leave_task.cancel()


def _raise_unless_others_run(ended: asyncio.Task[None], *, others: bool) -> None:
    """Raise the error of a listener; only log a CannotStart where other platforms are still served."""
    error = ended.exception()
    if error and not (isinstance(error, CannotStart) and others):
        raise error
    if isinstance(error, CannotStart):
        log.error(f"{error.sentence} The other platforms go on without it.")


async def _cancel(tasks: set[asyncio.Task[None]], seconds: float | None = None) -> None:
    for task in tasks:
        task.cancel()
    if tasks:
        await asyncio.wait(tasks, timeout=seconds)
    for task in tasks:
        if task.done() and not task.cancelled():
            task.exception()  # marks it as seen: it was raised or logged before, and asyncio would log it once more


def _log_unexpected(_loop: asyncio.AbstractEventLoop, context: dict[str, object]) -> None:
    """Log the error of a task that nobody awaited: its type and place, for its message may hold what somebody wrote."""
    error = context.get("exception")
    log.error("Something failed unexpectedly.", **(fingerprint(error) if isinstance(error, BaseException) else {}))
