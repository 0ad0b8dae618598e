"""The bridge itself: it receives messages as turns, runs each turn once, and stops without losing any."""

import asyncio
import unicodedata
import uuid
from collections.abc import Awaitable, Callable, Sequence
from contextlib import aclosing, suppress
from dataclasses import replace
from typing import TypeVar

import orjson
import structlog
from structlog.contextvars import bound_contextvars

from bridge import sentences
from bridge.errors import BridgeError, ChatGone, CutOff, Empty, StoreTrouble
from bridge.lanes import Lanes
from bridge.log import fingerprint
from bridge.model import ConversationKey, Exchange, Finished, Head, Incoming, Options, Outcome, Turn
from bridge.outage import Outage
from bridge.page import Page
from bridge.ports import Adapter
from bridge.qwen import Qwen
from bridge.store import Store
from bridge.writing import Writing, quoted

log = structlog.get_logger(__name__)

T = TypeVar("T")

CLAIM_SECONDS = 6.0
"""A killed process's turns are taken over after so long; a running one renews its claims three times as often."""

INTERRUPT_SECONDS = 1.5
"""At most this much of the drain is kept for saying that an answer was interrupted."""

QUICK_SECONDS = 0.3
"""Leaving that takes no longer needs no word."""

CARRIED_BYTES = 90_000
"""How large a question is at most with what is carried over from a lost chat: what Qwen takes, and some room."""

STORE_PAUSE_SECONDS = 5.0
"""The longest pause between two tries of a database that does not work."""


DEFAULTS = Options()


class Bridge:
    """Turns come in by `receive`, wait in their conversation's lane, and are answered through their adapter's reply.

    `options` are how questions are asked.
    """

    def __init__(self, store: Store, qwen: Qwen, options: Options = DEFAULTS) -> None:
        self._store = store
        self._qwen = qwen
        self._options = options
        self._adapters: dict[str, Adapter] = {}
        self._lanes = Lanes(self._step)
        self._owner = uuid.uuid4().hex
        self._renewing: asyncio.Task[None] | None = None
        self._trouble = Outage("The database", "Check its disk, and whether another program holds it.")
        self._stopping = False
        self._interrupt_seconds = INTERRUPT_SECONDS

    async def receive(self, incoming: Incoming) -> bool:
        """See Intake.receive."""
        if not incoming.notice and not _says_something(incoming.text):
            look, ask = (sentences.LOOK, "") if incoming.files else ("", sentences.NOTHING_ASKED)
            incoming = replace(incoming, text=look, notice=ask)
        conversation = await self._firmly(lambda: self._store.record(incoming))
        if conversation is None:
            return False
        self._lanes.wake(conversation)
        return True

    async def knows(self, key: ConversationKey) -> bool:
        """See Intake.knows."""
        return await self._firmly(lambda: self._store.knows(key))

    async def begin_anew(self, key: ConversationKey) -> None:
        """See Intake.begin_anew."""
        await self._firmly(lambda: self._store.begin_anew(key))

    async def serve(self, adapter: Adapter) -> None:
        """Answer what comes by this adapter, which can show from now on; first what an earlier process left."""
        self._adapters[adapter.platform] = adapter
        self._renewing = self._renewing or asyncio.create_task(self._renew())
        left = await self._firmly(lambda: self._store.unfinished(adapter.platform))
        if left:
            log.info("Going on with what a restart interrupted.", platform=adapter.platform, conversations=len(left))
        for conversation in left:
            self._lanes.wake(conversation)

    async def stop(self, seconds: float) -> None:
        """End within `seconds`: what is not answered by then says so, and is answered by the next start."""
        self._interrupt_seconds = min(INTERRUPT_SECONDS, seconds / 3)
        quick = min(QUICK_SECONDS, seconds - self._interrupt_seconds)
        if not await self._lanes.idle(quick):
            log.info(f"Leaving: running answers have {seconds:.0f} s to end. A second signal ends it at once.")
        self._stopping = True
        await self._lanes.drain(seconds - self._interrupt_seconds - quick)
        if self._renewing:
            self._renewing.cancel()
            await asyncio.wait([self._renewing])
        with suppress(StoreTrouble):  # the claims then run out by themselves
            await self._store.release(self._owner)

    async def _renew(self) -> None:
        while True:
            await asyncio.sleep(CLAIM_SECONDS / 3)
            await self._firmly(lambda: self._store.renew(self._owner, CLAIM_SECONDS))

    async def _firmly(self, action: Callable[[], Awaitable[T]]) -> T:
        """Do something with the store, again and again until it works: nothing that is known may be lost."""
        while True:
            try:
                done = await action()
            except StoreTrouble as error:
                await asyncio.sleep(min(self._trouble.failed(error.reason), STORE_PAUSE_SECONDS))
            else:
                self._trouble.over()
                return done

    async def _step(self, conversation: int) -> bool:
        """Run the next turn of a conversation; False when none is left, or the bridge stops."""
        if self._stopping:
            return False
        turn = await self._firmly(lambda: self._store.claim(conversation, self._owner, CLAIM_SECONDS))
        if turn is None:
            return False
        if not isinstance(turn, Turn):
            await asyncio.sleep(turn)
            return True
        with bound_contextvars(platform=turn.key.platform, turn=turn.id):
            try:
                await self._run(turn)
            except Exception as error:  # noqa: BLE001  a fault of ours must not stop the conversation, nor come back
                log.error("A turn failed unexpectedly.", **fingerprint(error))  # noqa: TRY400  never its words
                await self._give_up(turn)
        return True

    async def _give_up(self, turn: Turn) -> None:
        """The person is told, by the way that everything is shown; where that fails too, the turn is over."""
        if turn.state == "waiting":
            await self._firmly(lambda: self._store.settle(turn, Outcome("", BridgeError.sentence)))
        else:
            await self._firmly(lambda: self._store.finish(turn, turn.shown))

    async def _run(self, turn: Turn) -> None:
        reply = self._adapters[turn.key.platform].open(turn)

        async def remember(place: int, message: str) -> None:
            await self._firmly(lambda: self._store.show(turn, place, message))

        async with Page(reply, turn.shown, remember) as page:
            if turn.state == "waiting":
                outcome = await self._answer(turn, page)
                await self._firmly(lambda: self._store.settle(turn, outcome))
            else:
                outcome = Outcome(turn.answer, turn.notice, thought=turn.thought)
                page.write((quoted(turn.thought) if turn.thought else "") + turn.answer)
            if outcome.notice:
                page.write_below(f"⚠️ {outcome.notice}" if outcome.answer else outcome.notice)
            await page.finish()
            await self._firmly(lambda: self._store.finish(turn, page.messages))

    async def _answer(self, turn: Turn, page: Page) -> Outcome:
        """Ask Qwen and write what it says. Never raises a BridgeError: what went wrong is part of the outcome."""
        try:
            try:
                return await self._ask(turn, turn.prompt, turn.head, page)
            except (ChatGone, Empty) as error:
                # A chat that only gives empty answers is as good as lost (qwen wire, silent failures).
                if turn.head is None:
                    raise
                log.info("Going on in a new chat.", why=type(error).__name__)
                chain = await self._firmly(lambda: self._store.chain(turn.parent))
                return await self._ask(turn, carried_over(chain, turn.prompt), None, page)
        except BridgeError as error:
            log.warning("Qwen did not answer.", why=type(error).__name__, remedy=error.remedy or None)
            return Outcome("", error.sentence)
        except asyncio.CancelledError:
            page.write_below(sentences.INTERRUPTED if self._store.kept else sentences.ENDED)
            with suppress(Exception):  # whatever keeps the word from being shown, the bridge is leaving
                await asyncio.wait_for(page.finish(complete=False), self._interrupt_seconds)
            raise

    async def _ask(self, turn: Turn, prompt: str, head: Head | None, page: Page) -> Outcome:
        writing = Writing(page, thought=self._options.thought)
        try:
            async with aclosing(self._qwen.ask(prompt, head, self._options, turn.files)) as events:
                async for event in events:
                    if isinstance(event, Finished):
                        writing.end()
                        return Outcome(writing.answer, head=event.head, thought=writing.thought)
                    writing.take(event)
        except BridgeError as error:
            writing.end()
            if not writing.answer.strip():
                raise
            log.warning("Qwen broke off.", why=type(error).__name__, remedy=error.remedy or None)
            return Outcome(writing.answer, error.sentence, thought=writing.thought)
        raise CutOff


def _says_something(text: str) -> bool:
    """Whether there is anything to see: not only blanks, control and formatting characters."""
    return any(unicodedata.category(character)[0] not in "ZC" for character in text)


def _size(text: str) -> int:
    """The bytes that a text takes in a request."""
    return len(orjson.dumps(text))


def carried_over(chain: Sequence[Exchange], prompt: str) -> str:
    """The question with the newest turns before it, as text: for a new chat in place of one that Qwen lost."""
    kept: list[str] = []
    room = CARRIED_BYTES - _size(prompt)
    for exchange in reversed(chain):
        text = f"User: {exchange.prompt}\n\nAssistant: {exchange.answer}"
        room -= _size(text)
        if room < 0:
            break
        kept.insert(0, text)
    if not kept:
        return prompt
    earlier = "\n\n".join(kept)
    return f"Earlier in this conversation:\n\n{earlier}\n\n(End of the earlier conversation.)\n\n{prompt}"
