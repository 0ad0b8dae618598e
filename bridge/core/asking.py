"""Ask the backend the question of one turn, and decide when, where and of which model to ask again."""

import asyncio
import time
from collections.abc import Awaitable, Coroutine
from contextlib import aclosing
from dataclasses import dataclass, replace

import structlog

from bridge.answer_events import Finished, Started
from bridge.backends.base import Backend, Earlier, is_local
from bridge.backends.http.file_kinds import is_picture
from bridge.core.admin_alert import AdminAlert
from bridge.core.confirmation import confirmed
from bridge.core.patience import Arrival, patience
from bridge.core.policy import Policy
from bridge.core.prompts import carried_over, prompt_of, with_quotes
from bridge.errors import (
    BridgeError,
    ChatGone,
    CutOff,
    Empty,
    ModelUnknown,
    NoPictures,
    OperatorNeeded,
    QwenError,
    StoodStill,
    Unexplained,
)
from bridge.i18n import sentences
from bridge.i18n.language import translated
from bridge.model import Head, Outcome, Turn
from bridge.store import Store
from bridge.streaming.answer_writer import AnswerWriter

log = structlog.get_logger(__name__)

YIELD_SECONDS = 0.5
"""Separates two looks whether others wait behind a question that is held."""

STUCK_SECONDS = 120.0
"""How long a chat is avoided in which an answer stood still that Qwen was not told to stop: nobody knows its id, or a
guest asked, and whether guests may stop is not known."""


@dataclass(frozen=True, slots=True)
class _Question:
    """The text for the backend; `left_out`: the oldest turns did not fit into what was carried over."""

    prompt: str
    head: Head | None
    left_out: bool = False


class Asker:
    """Asks the backend the questions of turns, as the operator's policy says. `arrival`: see Lanes.arrival."""

    def __init__(
        self, store: Store, backend: Backend, policy: Policy, admin_alert: AdminAlert, arrival: Arrival
    ) -> None:
        self._store = store
        self._backend = backend
        self._policy = policy
        self._admin_alert = admin_alert
        self._arrival = arrival
        self._stuck: set[str] = set()

    async def ask(self, turn: Turn, writer: AnswerWriter) -> Outcome:
        """Ask until there is an outcome; pass the events of the answer to `writer`.

        An answer that Qwen finished after an earlier process was killed is fetched instead of asked for again. If Qwen
        lost the chat, a new one is opened; if it does not offer the chosen model, the usual one is asked; if the model
        sees no pictures, the words are asked alone; where the answer stood still and there is another backend, that is
        asked; while the operator is needed, the question is held for as long as
        the policy says. Raises BridgeError if there was no text.
        """
        asked, deadline = turn, time.monotonic() + self._policy.hold_seconds
        has_chat = turn.parent is None or (turn.head is not None and turn.head.chat_id not in self._stuck)
        question = _Question(prompt_of(turn), turn.head) if has_chat else await self._carried_over(turn)
        while True:
            try:
                if turn.begun:
                    if finished := await self._fetch_finished(turn, turn.begun, writer):
                        return finished
                    turn = replace(turn, begun=None)
                outcome = await self._stream(turn, question, writer)
                break
            except (OperatorNeeded, StoodStill, Unexplained) as error:
                await self._hold(error, turn, question, writer, deadline - time.monotonic())
            except ModelUnknown:
                if not turn.choices.model:
                    raise
                turn = replace(turn, choices=replace(turn.choices, model=""))
            except NoPictures:
                turn = _without_pictures(turn)
            except (ChatGone, Empty) as error:
                # A chat that only gives empty answers is as good as lost (qwen wire, silent failures).
                if question.head is None or (
                    isinstance(error, Empty) and not self._backend.keeps(question.head.chat_id)
                ):
                    raise
                log.info("Going on in a new chat.", why=type(error).__name__)
                question = await self._carried_over(turn)
        self._admin_alert.update(self._backend.need)  # also where another backend answers meanwhile
        return await self._with_notices(asked, turn, outcome)

    async def _stream(self, turn: Turn, question: _Question, writer: AnswerWriter) -> Outcome:
        """Ask once. An answer that broke off, or stood still while others waited, is an outcome if it has any text."""
        options = turn.choices.over(self._policy.options)

        def look_up_earlier(size: int) -> Awaitable[Earlier]:
            return self._earlier(turn, size)

        begun: Head | None = None
        try:
            async with (
                patience(self._store, self._arrival, turn) as moves,
                aclosing(
                    self._backend.ask(question.prompt, question.head, options, turn.files, look_up_earlier, moves)
                ) as events,
            ):
                async for event in events:
                    moves()
                    if isinstance(event, Finished):
                        writer.end()
                        goes_on: Head | None = event.head
                        if event.damaged:
                            event, goes_on = await confirmed(self._backend, event, writer.said)
                        return writer.outcome(await self._notice(turn, event, question), goes_on)
                    if isinstance(event, Started):
                        begun = Head(event.chat_id, event.response_id)
                        if not self._backend.guest:  # a process that is killed from now on finds the answer again
                            await self._store.turns.begin(turn, begun)
                    writer.take(event)
        except BridgeError as error:
            writer.end()
            if isinstance(error, StoodStill) and question.head and (begun is None or self._backend.guest):
                self._avoid(question.head.chat_id)
            if not writer.answer.strip():
                raise
            log.warning("Qwen broke off.", why=type(error).__name__, remedy=error.remedy or None)
            # Where no server keeps the chat, the model is told later what the person has seen.
            said = begun if begun and is_local(begun.chat_id) else None
            return writer.outcome(error.said(turn.author.language), said)
        raise CutOff

    def _pass_on(self, error: StoodStill) -> None:
        """Leave the question to another backend, which is asked then; raise the error where there is none."""
        if not self._backend.stood_still():
            raise error

    def _avoid(self, chat_id: str) -> None:
        """Ask in new chats for STUCK_SECONDS: an answer that cannot be stopped blocks its own for those who wait."""
        if self._backend.keeps(chat_id):
            self._stuck.add(chat_id)
            asyncio.get_running_loop().call_later(STUCK_SECONDS, self._stuck.discard, chat_id)

    async def _carried_over(self, turn: Turn) -> _Question:
        """Return the question for a new chat, with the conversation as text above it."""
        chain = await self._store.transcripts.chain(turn.parent)
        conversation = await self._store.conversations.get(turn.key)
        prompt, left_out = carried_over(chain, prompt_of(replace(turn, system=conversation.system)))
        return _Question(prompt, None, left_out)

    async def _fetch_finished(self, turn: Turn, begun: Head, writer: AnswerWriter) -> Outcome | None:
        """Fetch the answer that an account's server finished after an earlier process was killed, or None."""
        try:
            async with patience(self._store, self._arrival, turn) as moves:
                moves()
                events = await self._backend.written(begun)
        except OperatorNeeded:
            raise
        except StoodStill as error:
            self._pass_on(error)
            return None
        except QwenError as error:
            log.info("Asking again what an earlier process asked.", why=type(error).__name__)
            return None
        for event in events:
            writer.take(event)
        writer.end()
        return writer.outcome("", begun)

    async def _earlier(self, turn: Turn, size: int) -> Earlier:
        """Return the earlier exchanges, for a backend without its own history.

        A standing instruction that the question holds itself is left out.
        """
        chain = await self._store.transcripts.chain(turn.parent, size)
        conversation = await self._store.conversations.get(turn.key)
        return Earlier("" if turn.system else conversation.system, with_quotes(chain), prompt_of(turn))

    async def _hold(
        self,
        error: OperatorNeeded | StoodStill | Unexplained,
        turn: Turn,
        question: _Question,
        writer: AnswerWriter,
        seconds: float,
    ) -> None:
        """Wait until Qwen lets this question in again, at most `seconds`; not where it stood still: see _pass_on.

        Raises the error that the person is told where that takes longer, and where waiting does not help. A question
        that may have been refused alone does not hold up those that wait behind it.
        """
        if isinstance(error, StoodStill):
            self._pass_on(error)
            return
        need = self._backend.need
        unclear = need is None and isinstance(error, OperatorNeeded) and not error.certain
        told = Unexplained(remedy=error.remedy) if unclear else error
        if not self._policy.hold_seconds:
            raise told
        if not unclear:
            self._admin_alert.update(error if isinstance(error, OperatorNeeded) else need)
        if isinstance(error, Unexplained):
            raise error
        writer.hold(translated(sentences.HELD_UNCLEAR if unclear else sentences.HELD, turn.author.language))
        letting_in = self._backend.let_in(question.prompt, turn.files, seconds)
        if not await (letting_in if error.certain else _first(letting_in, self._yield(error, turn.conversation))):
            raise told
        writer.held = False

    async def _yield(self, error: OperatorNeeded, conversation: int) -> bool:
        """Wait until other questions wait in this conversation. Raises Unexplained then."""
        while True:
            if await self._store.turns.queued(conversation):
                raise Unexplained(remedy=error.remedy)
            await asyncio.sleep(YIELD_SECONDS)

    async def _notice(self, turn: Turn, finished: Finished, question: _Question) -> str:
        """Return the notice below a complete answer: it could continue, or a part of it could not be read.

        Once in a conversation, also that the oldest turns were left out, and that nothing was thought.
        """
        notices = [sentences.CUT_SHORT] if finished.cut_short else []
        if finished.damaged:
            log.warning("A part of an answer could not be read.")
            notices.append(sentences.DAMAGED)
        left_out = finished.left_out or (question.left_out and self._backend.keeps(finished.head.chat_id))
        tell_once = self._store.conversations.tell_once
        if left_out and await tell_once(turn.conversation, "left_out"):
            log.info("A conversation is longer than Qwen reads at once: its oldest turns are left out from now on.")
            notices.append(sentences.LEFT_OUT)
        if finished.unthought and await tell_once(turn.conversation, "unthought"):
            notices.append(sentences.UNTHOUGHT)
        return " ".join(translated(notice, turn.author.language) for notice in notices)

    async def _with_notices(self, asked: Turn, answered: Turn, outcome: Outcome) -> Outcome:
        """Say in the outcome what of the question was left out or asked otherwise.

        Drops the model that people chose where another one answered, and only then: if the usual model is refused too,
        the choice was not the cause.
        """
        notices = []
        if answered.choices != asked.choices:
            log.info("The model that was chosen is not offered any more: the usual one answers from now on.")
            await self._store.conversations.choose(answered.key, answered.choices)
            notices.append(sentences.MODEL_GONE)
        if answered.files != asked.files:
            notices.append(sentences.PICTURES_UNSEEN)
        said = [translated(notice, asked.author.language) for notice in notices]
        return replace(outcome, notice=" ".join(filter(None, (*said, outcome.notice))))


def _without_pictures(turn: Turn) -> Turn:
    """Return the turn with its words alone. Raises NoPictures where it has none, or had no pictures."""
    files = tuple(file for file in turn.files if not is_picture(file))
    if not turn.prompt or files == turn.files:
        raise NoPictures
    return replace(turn, files=files)


async def _first(*coroutines: Coroutine[None, None, bool]) -> bool:
    """Return the result of the coroutine that ends first, the first of them where several do, and cancel the others."""
    tasks = [asyncio.create_task(coroutine) for coroutine in coroutines]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        return next(task.result() for task in tasks if task.done())
    finally:
        for task in tasks:
            task.cancel()
