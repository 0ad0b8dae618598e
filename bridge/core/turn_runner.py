"""Run one turn: ask the backend, show the answer while it grows, store the outcome, and stop it on request."""

import asyncio
import time
from collections.abc import Mapping
from contextlib import suppress

import structlog

from bridge.backends.base import Backend
from bridge.controls import Controls
from bridge.core.admin_alert import AdminAlert
from bridge.core.asking import Asker
from bridge.core.claims import Claims
from bridge.core.delivery_log import DeliveryLog
from bridge.core.patience import Arrival
from bridge.core.policy import Policy
from bridge.errors import BridgeError, ShowError
from bridge.i18n import sentences
from bridge.i18n.language import translated
from bridge.model import Outcome, Turn
from bridge.ports import Adapter, Reply
from bridge.store import Store
from bridge.streaming.answer_writer import AnswerWriter, quoted
from bridge.streaming.live_answer import Illustration, LiveAnswer
from bridge.streaming.pictures import pictures_in

log = structlog.get_logger(__name__)

SHOWN_SECONDS = 3.0
"""How long a press waits for the last edit of an answer to be confirmed, in seconds."""


MOST_PICTURES = 4
"""Limits how many pictures of an answer are shown below it."""


class _Run:
    """A turn that is running.

    stopped: a person stopped it; the answer ends where it is.
    dropped: it was cancelled for another turn or process, which takes over its messages.
    """

    def __init__(self, turn: Turn, live: LiveAnswer) -> None:
        self.turn = turn
        self.live = live
        self.task: asyncio.Task[None] | None = None
        self.asking: asyncio.Task[Outcome] | None = None
        self.stopped = False
        self.dropped = False

    def drop(self) -> None:
        """Cancel it: whoever goes on takes over its messages."""
        if self.task:
            self.dropped = True
            self.live.leaves_early = False
            self.task.cancel()


class TurnRunner:
    """Runs turns, and stops them.

    `adapters`: by their platforms. `claims`: those of this process. `arrival`: see Lanes.arrival. `interrupt_seconds`:
    how long an answer may take to show that the bridge stops. `newest_left`: the newest turn of earlier processes; 0
    for none.
    """

    def __init__(
        self,
        store: Store,
        backend: Backend,
        policy: Policy,
        adapters: Mapping[str, Adapter],
        *,
        claims: Claims,
        arrival: Arrival,
    ) -> None:
        self._started_at = time.time()
        self._store = store
        self._claims = claims
        self._policy = policy
        self._backend = backend
        self._adapters = adapters
        self._asker = Asker(store, backend, policy, AdminAlert(policy.access, adapters), arrival)
        self._runs: dict[int, _Run] = {}
        self.interrupt_seconds = 0.0
        self.newest_left = 0

    async def run(self, turn: Turn, reply: Reply) -> None:
        """Answer a turn and show the answer; return when that is done, or the turn was dropped."""
        deliveries = DeliveryLog(self._store, self._claims, turn, reply)
        buttons = Controls(turn.id, running=True) if self._policy.buttons else None
        live = LiveAnswer(
            reply,
            turn.shown,
            deliveries.remember,
            buttons,
            lost=deliveries.find_lost,
            confirm=deliveries.confirm,
            language=turn.author.language,
        )
        run = self._runs[turn.id] = _Run(turn, live)
        run.task = asyncio.create_task(self._run(run))
        try:
            await run.task
        except asyncio.CancelledError:
            if not run.dropped:
                raise
        finally:
            del self._runs[turn.id]

    def stop(self, turn: int) -> bool:
        """End an answer where it is; return False if the turn is not being answered."""
        run = self._runs.get(turn)
        if run is None or not self.is_asking(turn) or run.asking is None:
            return False
        run.stopped = True
        run.asking.cancel()
        return True

    def is_asking(self, turn: int) -> bool:
        """Tell whether the backend is still writing the turn's answer."""
        run = self._runs.get(turn)
        return run is not None and run.asking is not None and not run.asking.done()

    @property
    def running(self) -> tuple[int, ...]:
        """List the turns that are being answered or shown."""
        return tuple(self._runs)

    async def ended(self, turn: int) -> None:
        """Wait at most SHOWN_SECONDS until the turn does not run any more."""
        if (run := self._runs.get(turn)) and run.task:
            await asyncio.wait([run.task], timeout=SHOWN_SECONDS)

    def drop(self, origin: int) -> None:
        """Cancel all versions of an answer; their messages pass to the turn that replaces them."""
        for run in self._runs.values():
            if run.turn.origin == origin:
                run.drop()

    async def renew_claims(self) -> None:
        """Extend the claims on what runs here, and leave what another process has claimed since."""
        runs = list(self._runs.values())
        lost = await self._claims.renew(run.turn for run in runs)
        for run in runs:
            if run.turn.id in lost:
                log.warning("Another process goes on with an answer: this one had stood still.", turn=run.turn.id)
                run.drop()

    async def _run(self, run: _Run) -> None:
        turn = run.turn
        async with run.live:
            if turn.state != "waiting":
                outcome = Outcome(turn.answer, turn.notice, thought=turn.thought)
                run.live.write((quoted(turn.thought) if turn.thought else "") + turn.answer)
                versions = await self._store.versions.whole(turn.id)
            else:
                outcome = self._too_old(turn) or await self._answer(run)
                versions = await self._store.turns.settle(turn, outcome)
            await self._finish(run, outcome, versions)

    async def _finish(self, run: _Run, outcome: Outcome, versions: tuple[int, ...]) -> None:
        """Show the outcome with its buttons, and record the turn as shown."""
        turn, live = run.turn, run.live
        shown, answer = turn.id, outcome.answer
        if not answer and versions:  # a new version that failed: the one before stays
            shown = versions[-1]
            answer = (await self._store.turns.get(shown)).answer
            live.write(answer)
        if outcome.notice:
            live.write_below(f"⚠️ {outcome.notice}" if outcome.answer or versions else outcome.notice)
        if versions and shown not in versions:  # a new version that was stopped: the way back stays
            versions = (*versions, shown)
        left = bool(outcome.notice) and outcome.notice == translated(sentences.LEFT, turn.author.language)
        asked = turn.state == "waiting" or bool(outcome.answer) or left
        controls = Controls(shown, versions=versions, left=left) if asked and self._policy.buttons else None
        pictures = await self._pictures(answer) if "![" in answer and live.takes_pictures else ()
        await live.finish(controls=controls, pictures=pictures)
        if live.refused:
            await self._tell(turn)
        await self._store.turns.finish(turn, live.messages)
        if shown != turn.id:
            await self._store.versions.hand_over(turn.id, shown)

    async def _tell(self, turn: Turn) -> None:
        """Tell a person in private that there is no writing where they asked, if the platform lets the bot."""
        if adapter := self._adapters.get(turn.key.platform):
            with suppress(ShowError):
                await adapter.tell(turn.author.id, translated(sentences.NOT_WRITTEN, turn.author.language))

    async def _pictures(self, answer: str) -> list[Illustration]:
        """Fetch the pictures that the backend made for an answer, as many as can be had."""
        named = pictures_in(answer)[:MOST_PICTURES]
        files = await asyncio.gather(*(self._backend.picture(picture.url) for picture in named))
        shown = [(picture.description, file) for picture, file in zip(named, files, strict=True) if file]
        if len(shown) < len(named):
            missing = len(named) - len(shown)
            log.info("Pictures could not be fetched; their addresses stand in the text.", missing=missing)
        return shown

    def _too_old(self, turn: Turn) -> Outcome | None:
        """Return the notice for a question that was too old, by the operator's policy, when this process started."""
        resume_seconds = self._policy.resume_seconds
        left = turn.id <= self.newest_left  # whatever the clock says, what came since is not old
        if not (left and resume_seconds) or turn.asked_at >= self._started_at - resume_seconds:
            return None
        return Outcome("", translated(sentences.LEFT, turn.author.language))

    async def _answer(self, run: _Run) -> Outcome:
        """Ask the backend and return the outcome. Never raises BridgeError: the error's sentence becomes the notice."""
        language = run.turn.author.language
        writer = AnswerWriter(run.live, thought=self._policy.options.thought, language=language)
        run.asking = asyncio.create_task(self._asker.ask(run.turn, writer))
        try:
            return await run.asking
        except BridgeError as error:
            log.warning("Qwen did not answer.", why=type(error).__name__, remedy=error.remedy or None)
            return Outcome("", error.said(language))
        except asyncio.CancelledError:
            if run.stopped:
                writer.end()
                return writer.outcome(translated(sentences.STOPPED, language))
            if not (run.dropped or writer.held):
                await self._interrupt(run)
            raise

    async def _interrupt(self, run: _Run) -> None:
        sentence = sentences.INTERRUPTED if self._store.kept else sentences.ENDED
        run.live.write_below(translated(sentence, run.turn.author.language))
        with suppress(Exception):  # whatever keeps the word from being shown, the bridge is leaving
            await asyncio.wait_for(run.live.finish(complete=False), self.interrupt_seconds)
