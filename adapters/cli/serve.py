"""Running the adapters: from their logins to an orderly end that loses no message."""

import asyncio
import signal
from collections.abc import Callable, Coroutine, Sequence
from pathlib import Path

import structlog

from adapters.cli.process_lock import ProcessLock
from bridge import Adapter, fingerprint
from bridge.core.bridge import Bridge
from bridge.errors import CannotStart

log = structlog.get_logger(__name__)

WATCH_SECONDS = 5.0
"""Separates two looks at the file of the database, in seconds."""

CLOSING_SHARE = 0.2
MOST_CLOSING_SECONDS = 2.0
"""The share of `drain_seconds` for ending the intake, and again for closing the connections; at most so long."""

AGAIN_SECONDS = 0.1
"""After how many seconds a task that is cancelled and goes on is cancelled once more."""


async def serve(
    bridge: Bridge, adapters: Sequence[Adapter], drain_seconds: float, leaving: asyncio.Event, database: str = ""
) -> None:
    """Let the bridge serve the adapters until `leaving` is set, or until the listen() of one of them returns.

    At the end no more messages are received, then running answers have `drain_seconds` to end; what does not is marked
    as interrupted, and last the connections close. A platform that refuses the login, or ends the bot's session later,
    is logged, and the others go on; raises CannotStart where none is left, and where the file of the database is
    deleted or replaced. `database`: its path, beside which the process locks stand.
    """
    asyncio.get_running_loop().set_exception_handler(_log_unexpected)
    tasks = _Tasks()
    for adapter in adapters:
        tasks.connect(_connect(adapter, bridge, tasks, database))
    watching = asyncio.create_task(_watch(Path(database), leaving)) if database else None
    try:
        await tasks.wait_for_end(leaving)
    finally:
        closing = min(MOST_CLOSING_SECONDS, drain_seconds * CLOSING_SHARE)
        tasks.leaving = True
        try:
            # First the logins, so that nothing begins to listen after the listeners have ended.
            await _cancel(tasks.logins, closing)
            await _cancel(tasks.listeners, closing)
            for lock in tasks.locks:
                lock.release()
            await bridge.stop(drain_seconds)
        finally:
            tasks.stopped.set()
            if tasks.connections:
                await asyncio.wait(tasks.connections, timeout=closing)
            await _cancel(tasks.connections, closing)
            if watching and not watching.cancel():
                await watching


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


class _Tasks:
    """Holds the tasks of the platforms: a connection for each, one of `logins` until it has one of `listeners`.

    `locks`: those that they hold. `leaving`: nothing begins to listen any more. `stopped` is set when the connections
    may close.
    """

    def __init__(self) -> None:
        self.connections: set[asyncio.Task[None]] = set()
        self.logins: set[asyncio.Task[None]] = set()
        self.listeners: set[asyncio.Task[None]] = set()
        self.locks: list[ProcessLock] = []
        self.leaving = False
        self.stopped = asyncio.Event()
        self._ended = asyncio.Event()
        self._seen: set[asyncio.Task[None]] = set()

    def connect(self, action: Coroutine[None, None, None]) -> None:
        """Start the connection of a platform, which begins with its login."""
        task = self._start(action)
        self.connections.add(task)
        self.logins.add(task)

    def listen(self, action: Coroutine[None, None, None]) -> None:
        """Start to listen, unless the program is leaving: called by a connection whose login is done."""
        if self.leaving:
            action.close()
            return
        self.listeners.add(self._start(action))
        if task := asyncio.current_task():
            self.logins.discard(task)

    async def wait_for_end(self, leaving: asyncio.Event) -> None:
        """Return when `leaving` is set or a listener has returned. Raises what ended the last platform."""
        leave = self._start(_set(leaving))
        try:
            while not leaving.is_set():
                await self._ended.wait()
                self._ended.clear()
                for task in {task for task in (*self.connections, *self.listeners) if task.done()} - self._seen:
                    self._seen.add(task)
                    if task.exception() is None:
                        return
                    _raise_unless_others_run(task, others=len(self._seen) < len(self.connections))
        finally:
            leave.cancel()

    def _start(self, action: Coroutine[None, None, None]) -> asyncio.Task[None]:
        task = asyncio.create_task(action)
        task.add_done_callback(lambda _: self._ended.set())
        return task


async def _watch(database: Path, leaving: asyncio.Event) -> None:
    """Set `leaving` when the file of the database is not the one any more that was opened; raises CannotStart then."""
    opened = _identity(database)
    while _identity(database) == opened:  # noqa: ASYNC110  no event tells
        await asyncio.sleep(WATCH_SECONDS)
    leaving.set()
    raise CannotStart(
        f"The database {database} was deleted or replaced while Qwen Bridge was running, and the last questions with "
        "it. Start it again; if that happens again, find out what else writes to this folder."
    )


def _identity(file: Path) -> tuple[int, int] | None:
    """Return what tells a file from any other that gets its name later; None where there is none."""
    try:
        found = file.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


async def _set(event: asyncio.Event) -> None:
    await event.wait()


async def _connect(adapter: Adapter, bridge: Bridge, tasks: _Tasks, database: str) -> None:
    """Keep one adapter open until the tasks have stopped, for its replies; a task of its own listens."""
    async with adapter:
        lock = ProcessLock(database, adapter.platform)
        tasks.locks.append(lock)
        await lock.acquire()
        await bridge.serve(adapter)
        tasks.listen(adapter.listen(bridge))
        await tasks.stopped.wait()


def _raise_unless_others_run(ended: asyncio.Task[None], *, others: bool) -> None:
    """Raise the error of a platform that has ended; only log a CannotStart where others are still served."""
    error = ended.exception()
    if error and not (isinstance(error, CannotStart) and others):
        raise error
    if isinstance(error, CannotStart):
        log.error(f"{error.sentence} The other platforms go on without it.")


async def _cancel(tasks: set[asyncio.Task[None]], seconds: float) -> None:
    """Cancel tasks and wait at most so long for them; again and again, for a library may drop a cancelling."""
    running, until = set(tasks), asyncio.get_running_loop().time() + seconds
    while running:
        for task in running:
            task.cancel()
        left = until - asyncio.get_running_loop().time()
        _, running = await asyncio.wait(running, timeout=max(0.0, min(left, AGAIN_SECONDS)))
        if left <= 0:
            break
    for task in tasks - running:
        if not task.cancelled():
            task.exception()  # marks it as seen: it was raised or logged before, and asyncio would log it once more


def _log_unexpected(_loop: asyncio.AbstractEventLoop, context: dict[str, object]) -> None:
    """Log the error of a task that nobody awaited: its type and place, for its message may hold what somebody wrote."""
    error = context.get("exception")
    log.error("Something failed unexpectedly.", **(fingerprint(error) if isinstance(error, BaseException) else {}))
