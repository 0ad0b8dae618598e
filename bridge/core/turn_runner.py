"""Answering one turn: Qwen is asked, the answer written, the outcome settled and shown; by hand it can be stopped."""

import asyncio
import time
from contextlib import suppress

import structlog

from bridge.backends.base import Backend
from bridge.controls import Controls
from bridge.core.admin_alert import AdminAlert
from bridge.core.asking import Asker
from bridge.core.delivery_log import DeliveryLog
from bridge.errors import BridgeError, OperatorNeeded
from bridge.firmly import Firmly
from bridge.i18n import sentences
from bridge.i18n.language import translated
from bridge.model import Options, Outcome, Turn
from bridge.ports import Reply
from bridge.store import Store
from bridge.streaming.answer_writer import AnswerWriter, quoted
from bridge.streaming.live_answer import LiveAnswer

log = structlog.get_logger(__name__)

SHOWN_SECONDS = 3.0
"""How long a press that comes while the last edit is being confirmed waits for that."""


class _Run:
    """A turn that is being answered. `stopped`: by hand, and the answer stays as far as it came."""

    def __init__(self, origin: int, task: asyncio.Task[None]) -> None:
        self.origin = origin
        self.task = task
        self.live: LiveAnswer | None = None
        self.asking: asyncio.Task[Outcome] | None = None
        self.stopped = False
        self.dropped = False
        self.held = False


class TurnRunner:
    """Answers turns. `buttons`: whether answers have any; `interrupt_seconds`: how long it may say so on leaving.

    Where the operator is needed, questions are held for up to `hold_seconds`, and `admin_alert` tells the admins.
    What an earlier
    process left more than `resume_seconds` before this one began is only answered on request; 0: however old it is.
    """

    def __init__(
        self,
        store: Store,
        qwen: Backend,
        options: Options,
        firmly: Firmly,
        *,
        buttons: bool = True,
        hold_seconds: float = 0.0,
        resume_seconds: float = 0.0,
        admin_alert: AdminAlert | None = None,
    ) -> None:
        self._since = time.time()
        self._resume_seconds = resume_seconds
        self._hold_seconds = hold_seconds
        self._admin_alert = admin_alert
        self._store = store
        self._qwen = qwen
        self._options = options
        self._asker = Asker(store, qwen, options, firmly)
        self._firmly = firmly
        self._buttons = buttons
        self._runs: dict[int, _Run] = {}
        self.interrupt_seconds = 0.0

    async def run(self, turn: Turn, reply: Reply) -> None:
        """Returns when the turn is answered and shown, or dropped."""
        run = self._runs[turn.id] = _Run(turn.origin, asyncio.create_task(self._run(turn, reply)))
        try:
            await run.task
        except asyncio.CancelledError:
            if not run.dropped:
                raise
        finally:
            del self._runs[turn.id]

    def stop(self, turn: int) -> bool:
        """Let an answer end where it is. False where it does not run."""
        run = self._runs.get(turn)
        if run is None or run.asking is None or run.asking.done():
            return False
        run.stopped = True
        run.asking.cancel()
        return True

    async def ended(self, turn: int) -> None:
        """Returns when an answer that is known is shown as well, or cannot be just now."""
        if run := self._runs.get(turn):
            await asyncio.wait([run.task], timeout=SHOWN_SECONDS)

    def drop(self, origin: int) -> None:
        """Nobody wants this answer any more: what shows it is left to whoever takes its place."""
        for run in self._runs.values():
            if run.origin == origin:
                run.dropped = True
                if run.live:
                    run.live.leaves_early = False
                run.task.cancel()

    async def _run(self, turn: Turn, reply: Reply) -> None:
        deliveries = DeliveryLog(self._store, self._firmly, turn, reply)
        running = Controls(turn.id, running=True) if self._buttons else None
        async with LiveAnswer(reply, turn.shown, deliveries.remember, running, lost=deliveries.lost) as live:
            self._runs[turn.id].live = live
            if turn.state != "waiting":
                outcome = Outcome(turn.answer, turn.notice, thought=turn.thought)
                live.write((quoted(turn.thought) if turn.thought else "") + turn.answer)
                versions = await self._firmly(lambda: self._store.versions(turn.id))
            else:
                left = self._is_left(turn)
                outcome = Outcome("", self._said(turn, sentences.LEFT)) if left else await self._answer(turn, live)
                versions = await self._firmly(lambda: self._store.settle(turn, outcome))
            await self._finish(turn, live, outcome, versions)

    async def _finish(self, turn: Turn, live: LiveAnswer, outcome: Outcome, versions: tuple[int, ...]) -> None:
        """Show the outcome to its end, with the buttons that it has from then on."""
        shown = turn.id
        if not outcome.answer and versions:  # a new version that failed: the one before stays
            shown = versions[-1]
            live.write((await self._firmly(lambda: self._store.turn(shown))).answer)
        if outcome.notice:
            live.write_below(f"⚠️ {outcome.notice}" if outcome.answer or versions else outcome.notice)
        if versions and shown not in versions:  # a new version that was stopped: the way back stays
            versions = (*versions, shown)
        asked = turn.state == "waiting" or bool(outcome.answer)
        left = outcome.notice == self._said(turn, sentences.LEFT)
        controls = Controls(shown, versions=versions, left=left)
        await live.finish(controls=controls if (asked or left) and self._buttons else None)
        await self._firmly(lambda: self._store.finish(turn, live.messages))
        if shown != turn.id:
            await self._firmly(lambda: self._store.hand_over(turn.id, shown))

    def _is_left(self, turn: Turn) -> bool:
        """Whether an earlier process left the question, too long ago to answer it unasked."""
        left = turn.asked_at < self._since - self._resume_seconds
        return bool(self._resume_seconds) and left

    def _said(self, turn: Turn, sentence: str) -> str:
        return translated(sentence, turn.author.language)

    async def _answer(self, turn: Turn, live: LiveAnswer) -> Outcome:
        """Ask Qwen and write what it says. Never raises a BridgeError: what went wrong is part of the outcome."""
        writer = AnswerWriter(live, thought=self._options.thought, language=turn.author.language)
        run = self._runs[turn.id]
        run.asking = asyncio.create_task(self._ask_patiently(turn, writer, live, run))
        try:
            return await run.asking
        except BridgeError as error:
            log.warning("Qwen did not answer.", why=type(error).__name__, remedy=error.remedy or None)
            return Outcome("", error.said(turn.author.language))
        except asyncio.CancelledError:
            if run.stopped:
                writer.end()
                return Outcome(writer.answer, self._said(turn, sentences.STOPPED), thought=writer.thought)
            if not (run.dropped or run.held):
                await self._interrupt(turn, live)
            raise

    async def _ask_patiently(self, turn: Turn, writer: AnswerWriter, live: LiveAnswer, run: _Run) -> Outcome:
        """Where the operator is needed, the question is held until they have done something, or for too long."""
        deadline = time.monotonic() + self._hold_seconds
        while True:
            try:
                outcome = await self._asker.ask(turn, writer)
            except OperatorNeeded as error:
                if not self._hold_seconds or writer.answer:
                    raise
                run.held = True
                live.hold(self._said(turn, sentences.HELD))
                self._report(error)
                if not await self._qwen.let_in(deadline - time.monotonic()):
                    raise
                run.held = False
            else:
                self._report(self._qwen.need)
                return outcome

    def _report(self, need: OperatorNeeded | None) -> None:
        """Tell admins what Qwen needs, also where another door answers; once, until it needs nothing."""
        if self._admin_alert and need:
            self._admin_alert.raise_alert(need)
        elif self._admin_alert:
            self._admin_alert.clear()

    async def _interrupt(self, turn: Turn, live: LiveAnswer) -> None:
        word = sentences.INTERRUPTED if self._store.kept else sentences.ENDED
        live.write_below(self._said(turn, word))
        with suppress(Exception):  # whatever keeps the word from being shown, the bridge is leaving
            await asyncio.wait_for(live.finish(complete=False), self.interrupt_seconds)
