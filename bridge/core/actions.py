"""What people do to answers by hand: stop, regenerate, flip through versions, edit and delete the question."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

import structlog

from bridge.controls import Press, Said
from bridge.core.admission import Admission
from bridge.core.turn_runner import TurnRunner
from bridge.errors import ShowError
from bridge.i18n import sentences
from bridge.i18n.language import translated
from bridge.model import Author, ConversationKey, Incoming, Turn
from bridge.ports import Adapter
from bridge.store import Store

log = structlog.get_logger(__name__)

NOTHING = Said("")


class Actions:
    """Changes turns, and wakes the lane that shows the change."""

    def __init__(
        self,
        store: Store,
        runner: TurnRunner,
        wake: Callable[[int], None],
        adapters: Mapping[str, Adapter],
        admission: Admission,
    ) -> None:
        self._store = store
        self._runner = runner
        self._wake = wake
        self._adapters = adapters
        self._admission = admission

    async def press(self, press: Press) -> Said:
        """See Intake.press."""
        said = await self._press(press)
        return replace(said, text=translated(said.text, press.author.language))

    async def _press(self, press: Press) -> Said:
        """What is said to it, in English."""
        turn = await self._pressed(press)
        if turn is None:
            return Said(sentences.NOT_HERE)
        if not may(press.author, turn):
            return Said(sentences.NOT_YOURS)
        match press.action:
            case "stop":
                return self._stop(turn)
            case "again":
                return await self.again(turn, press.author)
            case "show":
                return await self._flip(turn)

    async def again(self, turn: Turn, author: Author) -> Said:
        """Another version of an answer, in its place; it counts as a question of who wants it.

        What is said to it is in English, or already in their language.
        """
        if not (turn.prompt or turn.answer or turn.notice):
            return Said(sentences.NOT_HERE)  # its words are not kept any more
        if not await self._at_rest(turn):
            return Said(sentences.STILL_RUNNING)
        if refusal := await self._admission.spent(author, turn.key):
            return Said(refusal)
        if await self._store.versions.redo(turn.id) is None:
            return Said(sentences.STILL_RUNNING)
        self._wake(turn.conversation)
        return NOTHING

    async def stop(self, conversation: int) -> bool:
        """Stop the answer that runs in a conversation; False where none does."""
        stopped = [self._runner.stop(turn) for turn in await self._store.turns.running(conversation)]
        return any(stopped)

    async def give_up(self, conversation: int) -> None:
        """Stop what runs in a conversation, and take the marks off the questions that wait: it is forgotten."""
        await self.stop(conversation)
        for number in await self._store.turns.queued(conversation):
            turn = await self._store.turns.get(number)
            if turn.key.platform in self._adapters:
                await self._adapters[turn.key.platform].open(turn).waiting(on=False)

    async def edited(self, incoming: Incoming) -> None:
        """See Intake.edited."""
        found = await self._store.versions.find(incoming.key, incoming.message)
        if found is None or found.is_answer:
            return
        newest = await self._store.versions.newest(found.turn)
        turn = await self._store.turns.get(newest)
        if not await self._is_edit(turn, incoming):
            return
        if not await self._store.versions.is_last(turn.id):
            log.info("An older question was edited; its answer stays.", turn=turn.id)
            await self._hint(incoming, sentences.OLDER_EDITED)
            return
        if refusal := await self._admission.spent(incoming.author, incoming.key):
            await self._hint(incoming, refusal)
            return
        await self._store.versions.redo(turn.id, incoming.text)
        self._runner.drop(turn.origin)
        self._wake(turn.conversation)

    async def _is_edit(self, turn: Turn, incoming: Incoming) -> bool:
        """Whether the asker changed the words of a question that stands in one message, here."""
        same = turn.prompt == incoming.text or not incoming.text.strip()
        mine = turn.author.id == incoming.author.id and turn.key == incoming.key
        return mine and not same and await self._store.versions.question_messages(turn.id) == 1

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

    async def _hint(self, incoming: Incoming, sentence: str) -> None:
        """Said once for each edited message, below everything, by the way that all is shown."""
        hint = Incoming(
            incoming.key,
            f"{incoming.message}/edited",
            incoming.author,
            "",
            translated(sentence, incoming.author.language),
            shared=incoming.shared,
        )
        if recorded := await self._store.arrivals.record(hint):
            self._wake(recorded.conversation)

    async def _pressed(self, press: Press) -> Turn | None:
        """The turn that a button means; None where the message does not show it, whatever the button says."""
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
        return NOTHING if self._runner.stop(turn.id) else Said(sentences.NOT_RUNNING)

    async def _at_rest(self, turn: Turn) -> bool:
        """Whether the answer is shown whole; one that is just being confirmed is waited for."""
        if turn.state == "settled":
            await self._runner.ended(turn.id)
            turn = await self._store.turns.get(turn.id)
        return turn.state == "shown"

    async def _flip(self, turn: Turn) -> Said:
        newest = await self._store.turns.get(await self._store.versions.newest(turn.id))
        if not await self._at_rest(newest):
            return Said(sentences.STILL_RUNNING)
        if not await self._store.versions.flip(turn.id):
            return Said(sentences.STILL_RUNNING)
        self._wake(turn.conversation)
        return NOTHING


def may(author: Author, turn: Turn) -> bool:
    """Whether somebody may do something to the answer of a turn: who asked, and admins."""
    return author.admin or author.id == turn.author.id
