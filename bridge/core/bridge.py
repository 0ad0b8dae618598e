"""Receive messages as turns, run each turn once, and stop without losing any."""

import asyncio
import time
import unicodedata
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace

import structlog
from structlog.contextvars import bound_contextvars

from bridge.backends.base import Backend
from bridge.controls import Invocation, Press, Said
from bridge.core.actions import Actions
from bridge.core.admission import Admission
from bridge.core.claims import Claims
from bridge.core.command_handlers import CommandHandlers
from bridge.core.lanes import Lanes
from bridge.core.policy import Policy
from bridge.core.queue_marks import QueueMarks
from bridge.core.turn_runner import TurnRunner
from bridge.errors import BridgeError, StoreTrouble, TakenOver
from bridge.i18n import sentences
from bridge.i18n.language import translated
from bridge.incoming import Incoming
from bridge.model import Author, ConversationKey, Outcome, Turn
from bridge.ports import Adapter, Complete
from bridge.runtime.log import fingerprint
from bridge.store import Store

log = structlog.get_logger(__name__)

INTERRUPT_SECONDS = 1.5
"""The most seconds at the end of the shutdown for showing that an answer was interrupted."""

QUICK_SECONDS = 0.3
"""The longest shutdown, in seconds, that is not logged."""

DAY_SECONDS = 86_400

DEFAULTS = Policy()

NOTHING = Said("")
"""The reply to a command that is declined quietly."""


class Bridge:
    """Answers the messages that adapters pass to `receive`.

    Each waits in its conversation's lane, and is shown through the reply that its adapter opens. The Intake of every
    adapter that `serve` was called with.
    """

    def __init__(self, store: Store, backend: Backend, policy: Policy = DEFAULTS) -> None:
        self._store = store
        self._backend = backend
        self._policy = policy
        self._adapters: dict[str, Adapter] = {}
        self._claims = Claims(store)
        self._stopping = False
        self._background: list[asyncio.Task[None]] = []
        self._lanes = Lanes(self._step)
        self._notices = Lanes(self._show_notice)
        self._queue_marks = QueueMarks(store, self._adapters)
        self._admission = Admission(store, policy)
        self._runner = TurnRunner(
            store, backend, policy, self._adapters, claims=self._claims, arrival=self._lanes.arrival
        )
        self._actions = Actions(
            store, self._runner, self._lanes.wake, self._notices.wake, self._adapters, self._admission
        )
        self._handlers = CommandHandlers(store, backend, policy, self._actions, self._admission)

    @property
    def idle(self) -> bool:
        """Tell whether no turn is running or about to run, and no notice is being shown."""
        return not (self._lanes.busy or self._notices.busy)

    async def receive(self, incoming: Incoming, complete: Complete | None = None) -> bool:
        """See Intake.receive."""
        asks = complete is None or await self._may_ask(incoming)
        if complete and asks:
            incoming = await complete()
        if asks and not incoming.notice and not _has_words(incoming.text):
            begun = incoming.begun_on and incoming.begun_on.quote
            about = incoming.files or incoming.group or incoming.quotes or begun
            incoming = replace(incoming, text="", notice="" if about else sentences.NOTHING_ASKED)
        if incoming.notice:
            incoming = replace(incoming, notice=translated(incoming.notice, incoming.author.language))
        arrival = await self._store.arrivals.look_up(incoming)
        admitted = await self._admission.admit(incoming, arrival)
        if not isinstance(admitted, Incoming):
            if admitted:
                self._queue_marks.declined(incoming.key, incoming.message, admitted)
            return False
        recorded = await self._store.arrivals.record(admitted)
        if recorded is None:
            return False
        if admitted.notice:
            self._notices.wake(recorded.conversation)
        else:
            self._queue_marks.recorded(recorded)
            self._lanes.wake(recorded.conversation)
        return True

    async def _may_ask(self, incoming: Incoming) -> bool:
        """Tell whether a message will be asked, as far as that is known before what belongs to it is fetched."""
        arrival = await self._store.arrivals.look_up(incoming)
        free = arrival.known or not self._admission.line_full(incoming, arrival)
        return free and await self._admission.may_ask(incoming, counted=arrival.known)

    async def knows(self, key: ConversationKey) -> bool:
        """See Intake.knows."""
        return await self._store.conversations.knows(key)

    async def conversation_of(self, key: ConversationKey, message: str) -> ConversationKey | None:
        """See Intake.conversation_of."""
        return await self._store.conversations.of_message(key, message)

    async def begins(self, key: ConversationKey) -> bool:
        """See Intake.begins."""
        return await self._store.conversations.begins(key)

    async def admits(self, key: ConversationKey, author: Author) -> bool:
        """See Intake.admits."""
        return not self._admission.barred(author, key)

    async def seen(self, platform: str, channel: str = "") -> int | None:
        """See Intake.seen."""
        return await self._store.cursors.seen(platform, channel)

    async def saw(self, platform: str, message: int) -> None:
        """See Intake.saw."""
        await self._store.cursors.saw(platform, message)

    async def places(self, platform: str, most: int) -> list[ConversationKey]:
        """See Intake.places."""
        return await self._store.cursors.channels(platform, most)

    async def expects(self, key: ConversationKey, author: Author, group: str) -> bool:
        """See Intake.expects."""
        return await self._store.arrivals.expects(key, author.id, group)

    async def edited(self, incoming: Incoming, complete: Complete | None = None) -> None:
        """See Intake.edited."""
        if self._admission.barred(incoming.author, incoming.key):
            return
        if declined := await self._actions.edited(incoming, complete):
            self._queue_marks.declined(incoming.key, incoming.message, declined)

    async def deleted(self, key: ConversationKey, messages: Sequence[str]) -> None:
        """See Intake.deleted."""
        await self._actions.deleted(key, messages)

    async def said_again(self, key: ConversationKey, message: str, new: str) -> None:
        """See Intake.said_again."""
        await self._store.versions.say_again(key, message, new)

    async def renamed(self, platform: str, channel: str, new: str) -> None:
        """See Intake.renamed."""
        await self._store.conversations.rename(platform, channel, new)

    async def passed_over(self, platform: str, channel: str, kind: str, error: str) -> None:
        """See Intake.passed_over."""
        with suppress(StoreTrouble):  # the process leaves: what could not be kept then is sent again
            await self._store.passed_over.add(platform, channel, kind, error)

    async def press(self, press: Press) -> Said:
        """See Intake.press."""
        if barred := self._admission.barred(press.author, press.key):
            return Said(barred)
        return await self._actions.press(replace(press, author=self._admission.with_rights(press.author, press.key)))

    async def command(self, invocation: Invocation) -> Said:
        """See Intake.command."""
        if barred := self._admission.barred(invocation.author, invocation.key):
            if invocation.message and self._admission.told(invocation.author, invocation.key, "denied"):
                self._queue_marks.declined(invocation.key, invocation.message, "denied")
                return NOTHING
            return Said(barred)
        author = self._admission.with_rights(invocation.author, invocation.key)
        return await self._handlers.run(replace(invocation, author=author))

    async def models(self, words: str = "") -> list[str]:
        """See Intake.models."""
        return await self._handlers.models(words)

    async def serve(self, adapter: Adapter) -> None:
        """Answer messages of this adapter, which was entered; begin with the turns that an earlier process left."""
        self._adapters[adapter.platform] = adapter
        if not self._background:
            self._background = [
                asyncio.create_task(work()) for work in (self._claims.watch, self._renew_claims, self._forget_words)
            ]
            self._runner.newest_left = await self._store.turns.newest()
        unfinished = await self._store.turns.unfinished(adapter.platform)
        if unfinished:
            log.info(
                "Going on with what a restart interrupted.", platform=adapter.platform, conversations=len(unfinished)
            )
        for conversation in unfinished:
            self._lanes.wake(conversation)
            self._notices.wake(conversation)

    async def stop(self, seconds: float) -> None:
        """Stop, and let running answers go on for `seconds`.

        One that is not finished by then says so, which takes INTERRUPT_SECONDS at most, and is written by the next
        process.
        """
        interrupt_seconds = self._runner.interrupt_seconds = min(INTERRUPT_SECONDS, seconds / 3)
        quick_seconds = min(QUICK_SECONDS, seconds)
        if not await self._lanes.idle(quick_seconds):
            log.info(f"Leaving: running answers have {seconds:.0f} s to end. A second signal ends it at once.")
        self._stopping = True
        self._backend.leave()
        await self._lanes.drain(seconds - quick_seconds)
        await self._notices.drain(interrupt_seconds)
        await self._queue_marks.end(quick_seconds)
        for task in self._background:
            task.cancel()
        await asyncio.gather(*self._background, return_exceptions=True)
        self._store.stop_retrying()
        with suppress(StoreTrouble):  # the claims then run out by themselves
            await self._claims.release()

    async def _renew_claims(self) -> None:
        while True:
            await self._claims.due()
            await self._runner.renew_claims()

    async def _forget_words(self) -> None:
        """Delete once a day the texts that are older than the operator's limit."""
        while keep_seconds := self._policy.keep_days * DAY_SECONDS:
            if count := await self._store.transcripts.forget_words(time.time() - keep_seconds):
                log.info("Words that are old enough are deleted.", questions=count)
            await asyncio.sleep(DAY_SECONDS)

    async def _step(self, conversation: int) -> bool:
        """Run the next turn of a conversation; return False if there is none, or the bridge stops."""
        if self._stopping:
            return False
        turn = await self._claims.claim(conversation)
        if turn is None:
            return False
        if not isinstance(turn, Turn):
            await self._lanes.rest(conversation, turn)
            return True
        self._queue_marks.claimed(turn)
        if turn.empty:
            await self._decline_empty(turn)
        else:
            await self._answer(turn)
        return True

    async def _decline_empty(self, turn: Turn) -> None:
        """Say that nothing was asked in a message to which no words or files came, or mark it."""
        notice = translated(sentences.NOTHING_ASKED, turn.author.language)
        with suppress(TakenOver):
            told = self._admission.told(turn.author, turn.key, notice)
            await self._store.turns.decline(turn, notice, shown=told)
            if told:
                self._queue_marks.declined(turn.key, turn.question, "unasked")
            else:
                self._notices.wake(turn.conversation)

    async def _show_notice(self, conversation: int) -> bool:
        """Show the next notice of a conversation, beside its line; return like _step()."""
        notice = None if self._stopping else await self._claims.claim(conversation, beside=True)
        if isinstance(notice, Turn):
            await self._answer(notice)
        elif notice is not None:
            await self._notices.rest(conversation, notice)
        return notice is not None

    async def _answer(self, turn: Turn) -> None:
        with bound_contextvars(platform=turn.key.platform, turn=turn.id):
            try:
                await self._runner.run(turn, self._adapters[turn.key.platform].open(turn))
            except TakenOver:
                log.warning("Another process goes on with an answer: this one had stood still.")
            except Exception as error:  # noqa: BLE001  a fault of ours must not stop the conversation, nor come back
                log.error("A turn failed unexpectedly.", **fingerprint(error))  # noqa: TRY400  never its words
                await self._give_up(turn)

    async def _give_up(self, turn: Turn) -> None:
        """Show an unexpected error as the turn's outcome; end the turn where even that cannot be shown."""
        with suppress(TakenOver):
            if turn.state == "waiting":
                await self._store.turns.settle(turn, Outcome("", BridgeError().said(turn.author.language)))
            else:
                await self._store.turns.finish(turn, turn.shown)


def _has_words(text: str) -> bool:
    """Tell whether the text has anything visible: not only blanks, control and formatting characters."""
    return any(unicodedata.category(character)[0] not in "ZC" for character in text)
