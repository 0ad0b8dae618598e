"""Asking Qwen the question of one turn: where it hangs, what stands above it, and where to go on if that is lost."""

from collections.abc import Awaitable
from contextlib import aclosing
from dataclasses import replace

import structlog

from bridge.backends.base import OURS, Backend, Earlier, Look
from bridge.core.prompts import above, asked, carried_over
from bridge.errors import BridgeError, ChatGone, CutOff, Empty, ModelUnknown, OperatorNeeded, QwenError
from bridge.firmly import Firmly
from bridge.i18n import sentences
from bridge.i18n.language import translated
from bridge.model import Finished, Head, Options, Outcome, Started, Turn
from bridge.store import Store
from bridge.streaming.answer_writer import AnswerWriter

log = structlog.get_logger(__name__)


class Asker:
    """Asks for turns; `options` are how, where people did not choose otherwise."""

    def __init__(self, store: Store, qwen: Backend, options: Options, firmly: Firmly) -> None:
        self._store = store
        self._qwen = qwen
        self._options = options
        self._firmly = firmly

    async def ask(self, turn: Turn, writer: AnswerWriter) -> Outcome:
        """Ask, and write what Qwen says; of the usual model where the chosen one is not offered any more.

        Raises BridgeError where no word came.
        """
        try:
            return await self._somewhere(turn, writer)
        except ModelUnknown:
            if not turn.choices.model:
                raise
        usual = replace(turn.choices, model="")
        outcome = await self._somewhere(replace(turn, choices=usual), writer)
        # Only now: where the usual one is refused too, the choice was not what was wrong.
        log.info("The model that was chosen is not offered any more: the usual one answers from now on.")
        await self._firmly(lambda: self._store.choose(turn.key, usual))
        notices = (translated(sentences.MODEL_GONE, turn.author.language), outcome.notice)
        return replace(outcome, notice=" ".join(filter(None, notices)))

    async def _somewhere(self, turn: Turn, writer: AnswerWriter) -> Outcome:
        """In the chat that the turn hangs in; where that is lost, in a new one.

        What Qwen wrote for an earlier process is not asked again.
        """
        if turn.begun and (kept := await self._kept(turn.begun, writer)):
            return kept
        prompt = asked(turn)
        if turn.head or turn.parent is None:
            try:
                return await self._ask(turn, prompt, turn.head, writer, lambda size: self._above(turn, size, prompt))
            except (ChatGone, Empty) as error:
                # A chat that only gives empty answers is as good as lost (qwen wire, silent failures).
                if turn.head is None or (isinstance(error, Empty) and turn.head.chat_id.startswith(OURS)):
                    raise
                log.info("Going on in a new chat.", why=type(error).__name__)
        chain = await self._firmly(lambda: self._store.chain(turn.parent))
        conversation = await self._firmly(lambda: self._store.conversation(turn.key))
        carried, left_out = carried_over(chain, asked(replace(turn, system=conversation.system)))

        def look(size: int) -> Awaitable[Earlier]:
            return self._above(turn, size, prompt)

        return await self._ask(turn, carried, None, writer, look, left_out=left_out)

    async def _kept(self, begun: Head, writer: AnswerWriter) -> Outcome | None:
        """The whole answer that Qwen keeps, of an account; None where there is none."""
        try:
            events = await self._qwen.written(begun)
        except OperatorNeeded:
            raise
        except QwenError as error:
            log.info("Asking again what an earlier process asked.", why=type(error).__name__)
            return None
        for event in events:
            writer.take(event)
        writer.end()
        return Outcome(writer.answer, head=begun, thought=writer.thought)

    async def _above(self, turn: Turn, size: int, prompt: str) -> Earlier:
        """What stands above a question, where nobody else keeps the tree. An instruction in it is not doubled."""
        chain = await self._firmly(lambda: self._store.chain(turn.parent, size))
        conversation = await self._firmly(lambda: self._store.conversation(turn.key))
        return Earlier("" if turn.system else conversation.system, above(chain), prompt)

    async def _ask(
        self,
        turn: Turn,
        prompt: str,
        head: Head | None,
        writer: AnswerWriter,
        look: Look | None = None,
        *,
        left_out: bool = False,
    ) -> Outcome:
        try:
            async with aclosing(self._qwen.ask(prompt, head, self._how(turn), turn.files, look)) as events:
                async for event in events:
                    if isinstance(event, Finished):
                        writer.end()
                        carried = left_out and not event.head.chat_id.startswith(OURS)
                        notice = await self._about(turn, event, left_out=carried)
                        return Outcome(writer.answer, notice, event.head, writer.thought)
                    if isinstance(event, Started) and not self._qwen.guest:
                        await self._began(turn, event)
                    writer.take(event)
        except BridgeError as error:
            writer.end()
            if not writer.answer.strip():
                raise
            log.warning("Qwen broke off.", why=type(error).__name__, remedy=error.remedy or None)
            return Outcome(writer.answer, error.said(turn.author.language), thought=writer.thought)
        raise CutOff

    async def _about(self, turn: Turn, finished: Finished, *, left_out: bool) -> str:
        """What is said below a whole answer: that it could go on; that the oldest turns had no room, if that is new."""
        notices = [sentences.CUT_SHORT] if finished.cut_short else []
        if (left_out or finished.left_out) and await self._firmly(lambda: self._store.tell_left_out(turn.conversation)):
            log.info("A conversation is longer than Qwen reads at once: its oldest turns are left out from now on.")
            notices.append(sentences.LEFT_OUT)
        return " ".join(translated(notice, turn.author.language) for notice in notices)

    async def _began(self, turn: Turn, started: Started) -> None:
        """A process that is killed from now on finds the answer again."""
        await self._firmly(lambda: self._store.began(turn, Head(started.chat_id, started.response_id)))

    def _how(self, turn: Turn) -> Options:
        """What people chose for the conversation, and else what the operator did."""
        chosen, usual = turn.choices, self._options
        return replace(
            usual,
            model=chosen.model or usual.model,
            thinking=usual.thinking if chosen.thinking is None else chosen.thinking,
            search=usual.search if chosen.search is None else chosen.search,
        )
