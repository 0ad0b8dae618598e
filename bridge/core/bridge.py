"""The bridge itself: it receives messages as turns, runs each turn once, and stops without losing any."""

import asyncio
import time
import unicodedata
import uuid
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from typing import TypeVar

import structlog
from structlog.contextvars import bound_contextvars

from bridge.access import Access, Limits
from bridge.backends.base import Backend
from bridge.controls import Invocation, Press, Said
from bridge.core.actions import Actions
from bridge.core.admin_alert import AdminAlert
from bridge.core.admission import Admission
from bridge.core.command_handlers import CommandHandlers
from bridge.core.lanes import Lanes
from bridge.core.queue_marks import QueueMarks
from bridge.core.turn_runner import TurnRunner
from bridge.errors import BridgeError, StoreTrouble
from bridge.firmly import Firmly
from bridge.i18n import sentences
from bridge.i18n.language import translated
from bridge.model import Author, ConversationKey, Incoming, Options, Outcome, Turn
from bridge.ports import Adapter
from bridge.runtime.log import fingerprint
from bridge.store import Store

log = structlog.get_logger(__name__)

T = TypeVar("T")

CLAIM_SECONDS = 6.0
"""A killed process's turns are taken over after so long; a running one renews its claims three times as often."""

INTERRUPT_SECONDS = 1.5
"""At most this much of the drain is kept for saying that an answer was interrupted."""

QUICK_SECONDS = 0.3
"""Leaving that takes no longer needs no word."""

DAY_SECONDS = 86_400

DEFAULTS, EVERYBODY, UNLIMITED = Options(), Access(), Limits()

MOST_WAITING = 20
"""More questions than this in one conversation nobody waits for."""


class Bridge:
    """Turns come in by `receive`, wait in their conversation's lane, and are answered through their adapter's reply.

    `options` are how questions are asked where nobody chose otherwise; `most_waiting` how many may wait in one
    conversation. `access` and `limits`: who may talk, and how often; `everybody`: all may change the options of a
    conversation, not admins alone.
    """

    def __init__(
        self,
        store: Store,
        qwen: Backend,
        options: Options = DEFAULTS,
        *,
        buttons: bool = True,
        most_waiting: int = MOST_WAITING,
        access: Access = EVERYBODY,
        limits: Limits = UNLIMITED,
        everybody: bool = False,
        hold_seconds: float = 0.0,
        resume_seconds: float = 0.0,
        keep_days: int = 0,
    ) -> None:
        self._keep_seconds = keep_days * DAY_SECONDS
        self._store = store
        self._adapters: dict[str, Adapter] = {}
        self._lanes = Lanes(self._step)
        self._owner = uuid.uuid4().hex
        self._chores: list[asyncio.Task[None]] = []
        self._firmly = Firmly()
        self._stopping = False
        self._admin_alert = AdminAlert(access, self._adapters)
        self._qwen = qwen
        self._runner = TurnRunner(
            store,
            qwen,
            options,
            self._firmly,
            buttons=buttons,
            hold_seconds=hold_seconds,
            resume_seconds=resume_seconds,
            admin_alert=self._admin_alert,
        )
        self._queue_marks = QueueMarks(store, self._adapters)
        self._most_waiting = most_waiting
        self._saying: dict[int, asyncio.Task[None]] = {}
        self._admission = Admission(store, access, limits)
        self._actions = Actions(store, self._runner, self._lanes.wake, self._adapters, self._admission)
        self._command_handlers = CommandHandlers(store, qwen, options, self._actions, everybody=everybody)

    async def receive(self, incoming: Incoming) -> bool:
        """See Intake.receive."""
        if not incoming.notice and not _says_something(incoming.text):
            about = incoming.files or incoming.group or incoming.quote
            incoming = replace(incoming, text="", notice="" if about else sentences.NOTHING_ASKED)
        incoming = replace(incoming, notice=translated(incoming.notice, incoming.author.language))
        full = await self._firmly(lambda: self._store.waiting(incoming.key)) >= self._most_waiting
        if full and not incoming.notice:
            notice = translated(sentences.LINE_FULL, incoming.author.language, count=self._most_waiting)
            incoming = replace(incoming, notice=notice)
        admitted = await self._firmly(lambda: self._admission.admitted(incoming))
        recorded = await self._firmly(lambda: self._store.record(admitted)) if admitted else None
        if recorded is None:
            return False
        if full:
            self._say_now(recorded.turn)
        else:
            self._queue_marks.recorded(recorded)
        self._lanes.wake(recorded.conversation)
        return True

    async def knows(self, key: ConversationKey) -> bool:
        """See Intake.knows."""
        return await self._firmly(lambda: self._store.knows(key))

    async def admits(self, key: ConversationKey, author: Author) -> bool:
        """See Intake.admits."""
        return not self._admission.barred(author, key)

    async def seen(self, platform: str, channel: str = "") -> int | None:
        """See Intake.seen."""
        return await self._firmly(lambda: self._store.seen(platform, channel))

    async def saw(self, platform: str, message: int) -> None:
        """See Intake.saw."""
        await self._firmly(lambda: self._store.saw(platform, message))

    async def places(self, platform: str, most: int) -> list[ConversationKey]:
        """See Intake.places."""
        return await self._firmly(lambda: self._store.places(platform, most))

    async def expects(self, key: ConversationKey, author: Author, group: str) -> bool:
        """See Intake.expects."""
        return await self._firmly(lambda: self._store.expects(key, author.id, group))

    async def edited(self, incoming: Incoming) -> None:
        """See Intake.edited."""
        if not self._admission.barred(incoming.author, incoming.key):
            await self._firmly(lambda: self._actions.edited(incoming))

    async def deleted(self, key: ConversationKey, messages: Sequence[str]) -> None:
        """See Intake.deleted."""
        await self._firmly(lambda: self._actions.deleted(key, messages))

    async def renamed(self, platform: str, channel: str, new: str) -> None:
        """See Intake.renamed."""
        await self._firmly(lambda: self._store.rename(platform, channel, new))

    async def press(self, press: Press) -> Said:
        """See Intake.press."""
        if barred := self._admission.barred(press.author, press.key):
            return Said(barred)
        known = replace(press, author=self._admission.known(press.author, press.key))
        return await self._firmly(lambda: self._actions.press(known))

    async def command(self, invocation: Invocation) -> Said:
        """See Intake.command."""
        if barred := self._admission.barred(invocation.author, invocation.key):
            return Said(barred)
        known = replace(invocation, author=self._admission.known(invocation.author, invocation.key))
        return await self._firmly(lambda: self._command_handlers.run(known))

    async def models(self) -> list[str]:
        """See Intake.models."""
        return await self._command_handlers.models()

    async def serve(self, adapter: Adapter) -> None:
        """Answer what comes by this adapter, which can show from now on; first what an earlier process left."""
        self._adapters[adapter.platform] = adapter
        self._chores = self._chores or [asyncio.create_task(chore()) for chore in (self._renew, self._forget_words)]
        left = await self._firmly(lambda: self._store.unfinished(adapter.platform))
        if left:
            log.info("Going on with what a restart interrupted.", platform=adapter.platform, conversations=len(left))
        for conversation in left:
            self._lanes.wake(conversation)

    async def stop(self, seconds: float) -> None:
        """End within `seconds`: what is not answered by then says so, and is answered by the next start."""
        interrupt_seconds = self._runner.interrupt_seconds = min(INTERRUPT_SECONDS, seconds / 3)
        quick = min(QUICK_SECONDS, seconds - interrupt_seconds)
        if not await self._lanes.idle(quick):
            log.info(f"Leaving: running answers have {seconds:.0f} s to end. A second signal ends it at once.")
        self._stopping = True
        self._qwen.leave()
        await self._lanes.drain(seconds - interrupt_seconds - quick)
        await self._end_saying(interrupt_seconds)
        await self._queue_marks.end(quick)
        for chore in self._chores:
            chore.cancel()
        await asyncio.gather(*self._chores, return_exceptions=True)
        self._firmly.end()
        with suppress(StoreTrouble):  # the claims then run out by themselves
            await self._store.release(self._owner)

    async def _renew(self) -> None:
        while True:
            await asyncio.sleep(CLAIM_SECONDS / 3)
            await self._firmly(lambda: self._store.renew(self._owner, CLAIM_SECONDS))

    async def _forget_words(self) -> None:
        """Every day, what was said longer ago than the operator keeps it."""
        while self._keep_seconds:
            if count := await self._firmly(lambda: self._store.forget_words(time.time() - self._keep_seconds)):
                log.info("Words that are old enough are deleted.", questions=count)
            await asyncio.sleep(DAY_SECONDS)

    async def _step(self, conversation: int) -> bool:
        """Run the next turn of a conversation; False when none is left, or the bridge stops."""
        if self._stopping:
            return False
        turn = await self._firmly(lambda: self._store.claim(conversation, self._owner, CLAIM_SECONDS))
        if turn is None:
            return False
        if not isinstance(turn, Turn):
            await self._lanes.rest(conversation, turn)
            return True
        if saying := self._saying.get(turn.id):
            await asyncio.wait([saying])
            return True
        self._queue_marks.claimed(turn)
        await self._answer(turn)
        return True

    def _say_now(self, turn: int) -> None:
        """Show what is known of a turn out of its order."""
        saying = self._saying[turn] = asyncio.create_task(self._say(turn))
        saying.add_done_callback(lambda _: self._saying.pop(turn, None))

    async def _end_saying(self, seconds: float) -> None:
        if saying := list(self._saying.values()):
            await asyncio.wait(saying, timeout=seconds)
            for task in saying:
                task.cancel()
            await asyncio.wait(saying)

    async def _say(self, turn: int) -> None:
        claimed = await self._firmly(lambda: self._store.claim_turn(turn, self._owner, CLAIM_SECONDS))
        if claimed:
            await self._answer(claimed)

    async def _answer(self, turn: Turn) -> None:
        with bound_contextvars(platform=turn.key.platform, turn=turn.id):
            try:
                await self._runner.run(turn, self._adapters[turn.key.platform].open(turn))
            except Exception as error:  # noqa: BLE001  a fault of ours must not stop the conversation, nor come back
                log.error("A turn failed unexpectedly.", **fingerprint(error))  # noqa: TRY400  never its words
                await self._give_up(turn)

    async def _give_up(self, turn: Turn) -> None:
        """The person is told, by the way that everything is shown; where that fails too, the turn is over."""
        if turn.state == "waiting":
            await self._firmly(lambda: self._store.settle(turn, Outcome("", BridgeError().said(turn.author.language))))
        else:
            await self._firmly(lambda: self._store.finish(turn, turn.shown))


def _says_something(text: str) -> bool:
    """Whether there is anything to see: not only blanks, control and formatting characters."""
    return any(unicodedata.category(character)[0] not in "ZC" for character in text)
