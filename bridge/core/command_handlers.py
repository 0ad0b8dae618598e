"""Handle each command of the table, and return the reply to it."""

import difflib
import hashlib
import secrets
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime

import orjson

from bridge.backends.base import Backend
from bridge.commands import COMMANDS
from bridge.controls import Choice, Invocation, Said
from bridge.core.actions import Actions, may_act_on
from bridge.core.admission import Admission
from bridge.core.help import help_text
from bridge.core.model_menu import PAGE, ModelMenu, Typed, choices, closest, fitting, named, page_of
from bridge.core.policy import Policy
from bridge.core.status import Status
from bridge.errors import QwenError
from bridge.i18n import sentences
from bridge.i18n.language import Plural, translated
from bridge.model import Attachment, Choices, Exchange
from bridge.store import Store

MOVE_SECONDS = 600.0
"""How long a code of /move is valid, in seconds."""
MOST_SYSTEM = 4000
"""The longest standing instruction, in code points."""


class CommandHandlers:
    """Performs commands and returns the replies to them."""

    def __init__(self, store: Store, backend: Backend, policy: Policy, actions: Actions, admission: Admission) -> None:
        self._store = store
        self._backend = backend
        self._policy = policy
        self._actions = actions
        self._menu = ModelMenu(backend)
        self._status_of = Status(store, backend, policy, self._menu, admission)
        self._handlers: dict[str, Callable[[Invocation], Awaitable[Said]]] = {
            "new": self._new,
            "stop": self._stop,
            "retry": self._retry,
            "model": self._model,
            "think": self._think,
            "search": self._search,
            "system": self._system,
            "status": self._status,
            "export": self._export,
            "forget": self._forget,
            "move": self._move,
            "help": self._help,
        }

    async def run(self, invocation: Invocation) -> Said:
        """See Intake.command."""
        handler = self._handlers.get(invocation.name)
        if handler is None:
            near = difflib.get_close_matches(invocation.name, COMMANDS, n=1)
            sentence = sentences.DID_YOU_MEAN if near else sentences.UNKNOWN_COMMAND
            return Said(_translate(invocation, sentence, near="".join(near)))
        # Everybody may read the list of models, which /model shows where its argument names none.
        if COMMANDS[invocation.name].option and invocation.name != "model" and self._is_for_admins(invocation):
            return Said(_translate(invocation, sentences.ADMINS_ONLY))
        return await handler(replace(invocation, argument=invocation.argument.strip()))

    def _is_for_admins(self, invocation: Invocation) -> bool:
        """Tell whether only admins may change options here, and this person is none."""
        return invocation.shared and not (self._policy.everybody_chooses or invocation.author.admin)

    async def models(self, words: str = "") -> list[str]:
        """See Intake.models."""
        return await self._menu.offered(words)

    async def _new(self, invocation: Invocation) -> Said:
        await self._store.conversations.begin_anew(invocation.key)
        return Said(_translate(invocation, sentences.BEGUN), private=False)

    async def _stop(self, invocation: Invocation) -> Said:
        running = [await self._store.turns.get(turn) for turn in await self._store.turns.running(invocation.key)]
        own = [turn for turn in running if turn.author.id == invocation.author.id]
        stoppable = own or [turn for turn in running if may_act_on(invocation.author, turn)]
        if running and not stoppable:
            return Said(_translate(invocation, sentences.NOT_YOURS))
        stopped = self._actions.stop(turn.id for turn in stoppable)
        return Said(_translate(invocation, sentences.STOPPING if stopped else sentences.NOTHING_RUNS))

    async def _retry(self, invocation: Invocation) -> Said:
        last = await self._store.versions.last_turn(invocation.key, invocation.author.id)
        if last is None:
            return Said(_translate(invocation, sentences.NOTHING_ASKED_YET))
        turn = await self._store.turns.get(last)
        if not may_act_on(invocation.author, turn):
            return Said(_translate(invocation, sentences.NOT_YOURS))
        refused = await self._actions.regenerate(turn, invocation.author)
        return Said(_translate(invocation, refused.text or sentences.AGAIN))

    async def _model(self, invocation: Invocation) -> Said:
        offered = await self.models()
        model = named(offered, invocation.argument)
        if not model:
            return await self._which_model(invocation, offered)
        if self._is_for_admins(invocation):
            return Said(_translate(invocation, sentences.ADMINS_ONLY))
        chosen = (await self._store.conversations.get(invocation.key)).choices
        await self._store.conversations.choose(invocation.key, replace(chosen, model=model))
        return Said(_translate(invocation, sentences.MODEL_CHOSEN, model=model), private=False)

    async def _which_model(self, invocation: Invocation, offered: list[str]) -> Said:
        """Offer a page of the models that fit what was typed, or the closest ones where none does."""
        typed, count = Typed.read(invocation.argument), len(offered)
        found = fitting(offered, typed.words)
        if not offered:
            return Said(_translate(invocation, sentences.NO_MODELS))
        if not found:
            said = _translate(invocation, sentences.NO_SUCH_MODEL, count=count)
            return Said(said, choices=choices(closest(offered, typed.words)))
        chosen = (await self._store.conversations.get(invocation.key)).choices.over(self._policy.options)
        current = await self._menu.current(chosen.model)
        said = _translate(invocation, sentences.WHICH_MODEL, model=current)
        if typed.words:
            said = _translate(invocation, sentences.MODELS_FOUND, found=len(found), count=count)
        elif count > PAGE:
            said = f"{said}\n{_translate(invocation, sentences.FIND_MODEL, count=count)}"
        return Said(said, choices=page_of(found, typed, current))

    async def _think(self, invocation: Invocation) -> Said:
        return await self._switch(invocation, sentences.THINKING, lambda chosen, on: replace(chosen, thinking=on))

    async def _search(self, invocation: Invocation) -> Said:
        return await self._switch(invocation, sentences.WEB_SEARCH, lambda chosen, on: replace(chosen, search=on))

    async def _switch(self, invocation: Invocation, what: str, change: Callable[[Choices, bool], Choices]) -> Said:
        what = _translate(invocation, what)
        labels = {"on": _translate(invocation, sentences.ON), "off": _translate(invocation, sentences.OFF)}
        word = next((word for word, label in labels.items() if invocation.argument.lower() in (word, label)), "")
        if not word:
            choices = tuple(Choice(label, invocation.name, word) for word, label in labels.items())
            return Said(_translate(invocation, sentences.ON_OR_OFF, what=what), choices=choices)
        on = word == "on"
        await self._store.conversations.choose(
            invocation.key, change((await self._store.conversations.get(invocation.key)).choices, on)
        )
        switched = sentences.SWITCHED_ON if on else sentences.SWITCHED_OFF
        return Said(_translate(invocation, switched, what=what), private=False)

    async def _system(self, invocation: Invocation) -> Said:
        if len(invocation.argument) > MOST_SYSTEM:
            return Said(_translate(invocation, sentences.SYSTEM_TOO_LONG, most=MOST_SYSTEM))
        await self._store.conversations.instruct(invocation.key, invocation.argument)
        changed = sentences.SYSTEM_SET if invocation.argument else sentences.SYSTEM_REMOVED
        return Said(_translate(invocation, changed), private=False)

    async def _status(self, invocation: Invocation) -> Said:
        return Said(await self._status_of.of(invocation))

    async def _export(self, invocation: Invocation) -> Said:
        exchanges = await self._store.transcripts.transcript(invocation.key)
        if not exchanges:
            return Said(_translate(invocation, sentences.NOTHING_ASKED_YET))
        files = (
            Attachment("conversation.md", "text/markdown", as_markdown(exchanges).encode()),
            Attachment("conversation.json", "application/json", as_json(exchanges)),
        )
        return Said(_translate(invocation, sentences.EXPORTED, count=len(exchanges)), files=files)

    async def _forget(self, invocation: Invocation) -> Said:
        if invocation.argument != "yes":
            yes = Choice(_translate(invocation, sentences.FORGET_YES), "forget", "yes")
            return Said(_translate(invocation, sentences.FORGET), choices=(yes,))
        await self._actions.abandon(invocation.key)
        kept = False
        for chat in await self._store.transcripts.forget(invocation.key):
            try:
                kept = not await self._backend.delete(chat) or kept
            except QwenError:
                kept = True
        return Said(_translate(invocation, sentences.FORGOTTEN_HERE if kept else sentences.FORGOTTEN), private=False)

    async def _move(self, invocation: Invocation) -> Said:
        if invocation.argument:
            moved = await self._store.transcripts.move(_hash(invocation.argument), invocation.key)
            return Said(_translate(invocation, sentences.MOVED if moved else sentences.NO_SUCH_CODE), private=not moved)
        code = secrets.token_hex(4)
        await self._store.transcripts.offer_move(invocation.key, _hash(code), MOVE_SECONDS)
        return Said(_translate(invocation, sentences.MOVE, code=code, minutes=int(MOVE_SECONDS / 60)), secret=True)

    async def _help(self, invocation: Invocation) -> Said:
        return Said(help_text(invocation, self._backend, self._policy))


def _translate(invocation: Invocation, sentence: str | Plural, **values: object) -> str:
    return translated(sentence, invocation.author.language, **values)


def as_markdown(exchanges: list[Exchange]) -> str:
    """Return a conversation as Markdown for people to read; times in ISO 8601, UTC."""
    parts = [
        f"## {exchange.author}, {_iso(exchange.asked_at)}\n\n{exchange.prompt}\n\n### Qwen\n\n{exchange.answer}\n"
        for exchange in exchanges
    ]
    return "\n".join(parts)


def as_json(exchanges: list[Exchange]) -> bytes:
    """Return a conversation as JSON for programs to read, in UTF-8; times in ISO 8601, UTC."""
    turns = [
        {"author": each.author, "asked_at": _iso(each.asked_at), "question": each.prompt, "answer": each.answer}
        for each in exchanges
    ]
    return orjson.dumps(turns, option=orjson.OPT_INDENT_2)


def _iso(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="seconds")


def _hash(code: str) -> str:
    return hashlib.sha256(code.strip().lower().encode()).hexdigest()
