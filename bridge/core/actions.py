"""Perform people's actions on answers: stop, regenerate, switch versions, edit and delete the question."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace

import structlog

from bridge.controls import Press, Said
from bridge.core.admission import Admission
from bridge.core.turn_runner import TurnRunner
from bridge.errors import ShowError
from bridge.i18n import sentences
from bridge.i18n.language import translated
from bridge.incoming import Incoming
from bridge.model import Author, ConversationKey, Turn
from bridge.ports import Adapter, Complete, Declined
from bridge.store import Store

log = structlog.get_logger(__name__)

NO_TEXT = Said("")
"""The reply to a press whose effect is visible by itself."""


class Actions:
    """Changes turns in the store as people ask for it, and lets the change be shown.

    `wake`: lets a conversation's lane look for work. `show_notice`: the same for what is shown beside it.
    """

    def __init__(
        self,
        store: Store,
        runner: TurnRunner,
        wake: Callable[[int], None],
        show_notice: Callable[[int], None],
        adapters: Mapping[str, Adapter],
        admission: Admission,
    ) -> None:
        self._store = store
        self._runner = runner
        self._wake = wake
        self._show_notice = show_notice
        self._adapters = adapters
        self._admission = admission

    async def press(self, press: Press) -> Said:
        """See Intake.press."""
        said = await self._press(press)
        return replace(said, text=translated(said.text, press.author.language))

    async def _press(self, press: Press) -> Said:
        """Return the reply in English, or already in the person's language."""
        turn = await self._find_turn(press)
        if turn is None:
            return Said(sentences.NOT_HERE)
        if not may_act_on(press.author, turn):
            return Said(sentences.NOT_YOURS)
        match press.action:
            case "stop":
                return self._stop(turn)
            case "again":
                return await self.regenerate(turn, press.author)
            case "show":
                return await self._show_version(turn)

    async def regenerate(self, turn: Turn, author: Author) -> Said:
        """Start another version of an answer, in the same messages; it counts as a question of `author`.

        Returns the reply, in English or already in their language; its text is empty if the version was started.
        """
        if not (turn.prompt or turn.answer or turn.notice):
            return Said(sentences.NOT_HERE)  # its words are not kept any more
        if not await self._is_shown(turn):
            return Said(sentences.STILL_RUNNING)
        asked_again = Incoming(turn.key, turn.question, turn.author, turn.prompt, shared=turn.shared)
        if full := self._admission.line_full(asked_again, await self._store.arrivals.look_up(asked_again)):
            return Said(full)
        if refusal := await self._admission.spent(author, turn.key):
            return Said(refusal)
        if await self._store.versions.redo(turn.id) is None:
            return Said(sentences.STILL_RUNNING)
        self._wake(turn.conversation)
        return NO_TEXT

    def stop(self, turns: Iterable[int]) -> bool:
        """Stop the answers to these turns; return False if none of them is being answered."""
        stopped = [self._runner.stop(turn) for turn in turns]
        return any(stopped)

    async def abandon(self, key: ConversationKey) -> None:
        """Stop what runs in a conversation that is being forgotten, and unmark its waiting questions."""
        self.stop(await self._store.turns.running(key))
        for number in await self._store.turns.queued_in(key):
            turn = await self._store.turns.get(number)
            if turn.marked and turn.key.platform in self._adapters:
                await self._adapters[turn.key.platform].open(turn).waiting(on=False)

    async def edited(self, incoming: Incoming, complete: Complete | None = None) -> Declined | None:
        """See Intake.edited. Returns a reason where the edit is declined, and its author was told the same before."""
        turn = await self._edited_turn(incoming)
        if turn is None:
            return None
        older = not await self._store.versions.is_last(turn.id)
        if complete and not older:
            if refusal := await self._admission.refusal(incoming.author, incoming.key):
                return await self._refuse(incoming, refusal)
            incoming = await complete()
            if incoming.notice:  # a part of the question could not be fetched
                await self._notify(incoming, incoming.notice)
                return None
        if incoming.text == turn.prompt or not incoming.text.strip():
            return None
        if older:
            log.info("An older question was edited; its answer stays.", turn=turn.id)
            await self._notify(incoming, sentences.OLDER_EDITED)
            return None
        if refusal := await self._admission.spent(incoming.author, incoming.key):
            return await self._refuse(incoming, refusal)
        await self._store.versions.redo(turn.id, incoming.text)
        self._runner.drop(turn.origin)
        self._wake(turn.conversation)
        return None

    async def _edited_turn(self, incoming: Incoming) -> Turn | None:
        """Return the turn whose question its asker has edited here; None if it is none, or has several messages."""
        found = await self._store.versions.find(incoming.key, incoming.message)
        if found is None or found.is_answer:
            return None
        turn = await self._store.turns.get(await self._store.versions.newest(found.turn))
        by_asker = turn.author.id == incoming.author.id and turn.key.place == incoming.key.place
        return turn if by_asker and await self._store.versions.question_messages(turn.id) == 1 else None

    async def _refuse(self, incoming: Incoming, refusal: str) -> Declined | None:
        return None if await self._notify(incoming, refusal, "spent") else "spent"

    async def deleted(self, key: ConversationKey, messages: Sequence[str]) -> None:
        """See Intake.deleted."""
        for message in messages:
            found = await self._store.versions.find(key, message)
            if found is None or found.is_answer:
                continue
            turn = await self._store.turns.get(await self._store.versions.newest(found.turn))
            await self._store.versions.remove(turn.id)
            self._runner.drop(turn.origin)
            await self._runner.ended(turn.id)
            await self._drop_answer(turn)

    async def _drop_answer(self, turn: Turn) -> None:
        shown = await self._store.versions.take_answer(turn.key, turn.id)
        if not shown:
            return
        try:
            await self._adapters[turn.key.platform].open(turn).drop(shown)
        except ShowError as error:
            log.warning("An answer to a deleted question stays.", why=type(error).__name__)

    async def _notify(self, incoming: Incoming, sentence: str, why: str = "") -> bool:
        """Reply to an edited message with a notice, once; recorded as a turn, so that a restart shows it as well.

        Returns False for who was told so before: see Told; `why` names what was told, if it is not the sentence.
        """
        if self._admission.told(incoming.author, incoming.key, why or sentence):
            return False
        notice = Incoming(
            incoming.key,
            f"{incoming.message}/edited",
            incoming.author,
            "",
            translated(sentence, incoming.author.language),
            shared=incoming.shared,
        )
        if recorded := await self._store.arrivals.record(notice):
            self._show_notice(recorded.conversation)
        return True

    async def _find_turn(self, press: Press) -> Turn | None:
        """Return the turn that a press refers to.

        The button's data may be forged: None unless the message really shows that answer.
        """
        found = await self._store.versions.find(press.key, press.message)
        if found is None or not found.is_answer:
            return None
        shown = await self._store.turns.get(found.turn)
        if shown.key.platform != press.key.platform or shown.key.channel != press.key.channel:
            return None  # the conversation went on elsewhere
        if press.action == "show":
            return (
                await self._store.turns.get(press.turn)
                if press.turn in await self._store.versions.whole(shown.id)
                else None
            )
        return shown if await self._store.versions.same_answer(press.turn, shown.id) else None

    def _stop(self, turn: Turn) -> Said:
        return NO_TEXT if self._runner.stop(turn.id) else Said(sentences.NOT_RUNNING)

    async def _is_shown(self, turn: Turn) -> bool:
        """Tell whether the answer is shown whole. Waits for one whose last edit is being confirmed."""
        if turn.state == "settled":
            await self._runner.ended(turn.id)
            turn = await self._store.turns.get(turn.id)
        return turn.state == "shown"

    async def _show_version(self, turn: Turn) -> Said:
        newest = await self._store.turns.get(await self._store.versions.newest(turn.id))
        if not await self._is_shown(newest):
            return Said(sentences.STILL_RUNNING)
        if not await self._store.versions.flip(turn.id):
            return Said(sentences.STILL_RUNNING)
        self._wake(turn.conversation)
        return NO_TEXT


def may_act_on(author: Author, turn: Turn) -> bool:
    """Tell whether this person may act on the answer of a turn: the one who asked, and admins."""
    return author.admin or author.id == turn.author.id
