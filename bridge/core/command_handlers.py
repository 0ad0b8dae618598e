"""Handle each command of the table, and return the reply to it."""

import asyncio
import hashlib
import secrets
import time
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime

import orjson

from bridge.backends.base import Backend
from bridge.commands import COMMANDS, TABLE
from bridge.controls import Choice, Invocation, Said
from bridge.core.actions import Actions, may
from bridge.core.policy import Policy
from bridge.errors import QuotaSpent, QwenError
from bridge.i18n import sentences
from bridge.i18n.language import Plural, translated
from bridge.model import Attachment, Choices, ConversationKey, Exchange
from bridge.store import Store

MOVE_SECONDS = 600.0
"""How long a code of /move is valid, in seconds."""
MOST_SYSTEM = 4000
"""The longest standing instruction, in code points."""
MOST_CHOICES = 20
"""The most models that are offered as buttons."""

LISTED_SECONDS = 60.0
"""How long the list of models is cached, in seconds: completion asks for it with every letter that somebody types."""


class CommandHandlers:
    """Performs commands and returns the replies to them."""

    def __init__(self, store: Store, backend: Backend, policy: Policy, actions: Actions) -> None:
        self._store = store
        self._backend = backend
        self._policy = policy
        self._options = policy.options
        self._actions = actions
        self._listing = asyncio.Lock()
        self._listed: list[str] = []
        self._listed_until = 0.0
        self._functions: dict[str, Callable[[Invocation], Awaitable[Said]]] = {
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
        function = self._functions.get(invocation.name)
        if function is None:
            return Said(_words(invocation, sentences.UNKNOWN_COMMAND))
        if (
            COMMANDS[invocation.name].option
            and invocation.shared
            and not (self._policy.everybody_chooses or invocation.author.admin)
        ):
            return Said(_words(invocation, sentences.ADMINS_ONLY))
        return await function(replace(invocation, argument=invocation.argument.strip()))

    async def models(self) -> list[str]:
        """See Intake.models; cached for LISTED_SECONDS."""
        async with self._listing:
            if self._listed_until < time.monotonic():
                try:
                    self._listed = [model.id for model in await self._backend.models()]
                except QwenError:
                    return []
                self._listed_until = time.monotonic() + LISTED_SECONDS
        return self._listed

    async def _new(self, said: Invocation) -> Said:
        await self._store.conversations.begin_anew(said.key)
        return Said(_words(said, sentences.BEGUN), private=False)

    async def _stop(self, said: Invocation) -> Said:
        conversation = await self._store.conversations.get(said.key)
        for turn in await self._store.turns.running(conversation.id):
            if not may(said.author, await self._store.turns.get(turn)):
                return Said(_words(said, sentences.NOT_YOURS))
        stopped = await self._actions.stop(conversation.id)
        return Said(_words(said, sentences.STOPPING if stopped else sentences.NOTHING_RUNS))

    async def _retry(self, said: Invocation) -> Said:
        conversation = await self._store.conversations.get(said.key)
        last = await self._store.versions.last_turn(conversation.id)
        if last is None:
            return Said(_words(said, sentences.NOTHING_ASKED_YET))
        turn = await self._store.turns.get(last)
        if not may(said.author, turn):
            return Said(_words(said, sentences.NOT_YOURS))
        return Said(_words(said, (await self._actions.again(turn, said.author)).text or sentences.AGAIN))

    async def _model(self, said: Invocation) -> Said:
        offered = await self.models()
        if not said.argument:
            now = await self._model_of(said.key)
            choices = tuple(Choice(name, "model", name) for name in offered[:MOST_CHOICES])
            return Said(_words(said, sentences.WHICH_MODEL, model=now), choices=choices)
        if said.argument not in offered:
            return Said(_words(said, sentences.NO_SUCH_MODEL, models=", ".join(f"`{name}`" for name in offered) or "–"))
        chosen = (await self._store.conversations.get(said.key)).choices
        await self._store.conversations.choose(said.key, replace(chosen, model=said.argument))
        return Said(_words(said, sentences.MODEL_CHOSEN, model=said.argument), private=False)

    async def _model_of(self, key: ConversationKey) -> str:
        chosen = (await self._store.conversations.get(key)).choices.model or self._options.model
        try:
            return chosen or await self._backend.model()
        except QwenError:
            return "–"

    async def _think(self, said: Invocation) -> Said:
        return await self._switch(said, sentences.THINKING, lambda chosen, on: replace(chosen, thinking=on))

    async def _search(self, said: Invocation) -> Said:
        return await self._switch(said, sentences.WEB_SEARCH, lambda chosen, on: replace(chosen, search=on))

    async def _switch(self, said: Invocation, what: str, change: Callable[[Choices, bool], Choices]) -> Said:
        what = _words(said, what)
        labels = {"on": _words(said, sentences.ON), "off": _words(said, sentences.OFF)}
        word = next((word for word, label in labels.items() if said.argument.lower() in (word, label)), "")
        if not word:
            choices = tuple(Choice(label, said.name, word) for word, label in labels.items())
            return Said(_words(said, sentences.ON_OR_OFF, what=what), choices=choices)
        on = word == "on"
        await self._store.conversations.choose(
            said.key, change((await self._store.conversations.get(said.key)).choices, on)
        )
        switched = sentences.SWITCHED_ON if on else sentences.SWITCHED_OFF
        return Said(_words(said, switched, what=what), private=False)

    async def _system(self, said: Invocation) -> Said:
        if len(said.argument) > MOST_SYSTEM:
            return Said(_words(said, sentences.SYSTEM_TOO_LONG, most=MOST_SYSTEM))
        await self._store.conversations.instruct(said.key, said.argument)
        known = sentences.SYSTEM_SET if said.argument else sentences.SYSTEM_REMOVED
        return Said(_words(said, known), private=False)

    async def _status(self, said: Invocation) -> Said:
        now = await self._store.conversations.get(said.key)
        thinking = self._options.thinking if now.choices.thinking is None else now.choices.thinking
        search = self._options.search if now.choices.search is None else now.choices.search
        lines = [
            (sentences.ANSWERS_FROM, self._answers_from(said)),
            (sentences.MODEL, f"`{await self._model_of(said.key)}`"),
            (sentences.THINKING, _words(said, sentences.ON if thinking else sentences.OFF)),
            (sentences.WEB_SEARCH, _words(said, sentences.ON if search else sentences.OFF)),
            (sentences.INSTRUCTION, now.system or "–"),
            (sentences.WAITING, await self._line(said, now.waiting)),
            (sentences.QUOTA, self._quota(said)),
            (sentences.LAST_TROUBLE, self._trouble(said) or now.trouble or "–"),
        ]
        return Said("\n".join(f"**{_words(said, name)}:** {value}" for name, value in lines))

    async def _line(self, said: Invocation, waiting: int) -> str:
        """Return how many questions wait, and the position of the asker's own."""
        place = await self._store.turns.place_in_line(said.key, said.author.id)
        if place is None:
            return str(waiting)
        return _words(said, sentences.IN_LINE).format(count=waiting, place=place + 1)

    def _answers_from(self, said: Invocation) -> str:
        return _words(said, sentences.THE_API) if self._backend.label == sentences.AS_API else "chat.qwen.ai"

    def _quota(self, said: Invocation) -> str:
        """Return when a spent quota is available again; otherwise whose quota is used."""
        if isinstance(self._backend.trouble, QuotaSpent):
            return self._trouble(said)
        return _words(said, self._backend.label)

    def _trouble(self, said: Invocation) -> str:
        """Return the error that keeps the backend from being asked at the moment, or ""."""
        return self._backend.trouble.said(said.author.language) if self._backend.trouble else ""

    async def _export(self, said: Invocation) -> Said:
        exchanges = await self._store.transcripts.transcript(said.key)
        if not exchanges:
            return Said(_words(said, sentences.NOTHING_ASKED_YET))
        files = (
            Attachment("conversation.md", "text/markdown", as_markdown(exchanges).encode()),
            Attachment("conversation.json", "application/json", as_json(exchanges)),
        )
        return Said(_words(said, sentences.EXPORTED, count=len(exchanges)), files=files)

    async def _forget(self, said: Invocation) -> Said:
        if said.argument != "yes":
            yes = Choice(_words(said, sentences.FORGET_YES), "forget", "yes")
            return Said(_words(said, sentences.FORGET), choices=(yes,))
        conversation = await self._store.conversations.get(said.key)
        await self._actions.give_up(conversation.id)
        kept = False
        for chat in await self._store.transcripts.forget(said.key):
            try:
                kept = not await self._backend.delete(chat) or kept
            except QwenError:
                kept = True
        return Said(_words(said, sentences.FORGOTTEN_HERE if kept else sentences.FORGOTTEN), private=False)

    async def _move(self, said: Invocation) -> Said:
        if said.argument:
            moved = await self._store.transcripts.move(_hashed(said.argument), said.key)
            return Said(_words(said, sentences.MOVED if moved else sentences.NO_SUCH_CODE), private=not moved)
        code = secrets.token_hex(4)
        await self._store.transcripts.offer_move(said.key, _hashed(code), MOVE_SECONDS)
        return Said(_words(said, sentences.MOVE, code=code, minutes=int(MOVE_SECONDS / 60)), secret=True)

    async def _help(self, said: Invocation) -> Said:
        lines = "\n".join(f"/{command.name} – {command.help_in(said.author.language)}" for command in TABLE)
        greeting = sentences.GREETING_ALL if said.shared else sentences.GREETING
        return Said(f"{_words(said, greeting)}\n\n{lines}")


def _words(said: Invocation, sentence: str | Plural, **values: object) -> str:
    return translated(sentence, said.author.language, **values)


def as_markdown(exchanges: list[Exchange]) -> str:
    """Return a conversation as Markdown for people to read; times in ISO 8601, UTC."""
    parts = [
        f"## {exchange.author}, {_moment(exchange.asked_at)}\n\n{exchange.prompt}\n\n### Qwen\n\n{exchange.answer}\n"
        for exchange in exchanges
    ]
    return "\n".join(parts)


def as_json(exchanges: list[Exchange]) -> bytes:
    """Return a conversation as JSON for programs to read, in UTF-8; times in ISO 8601, UTC."""
    turns = [
        {"author": each.author, "asked_at": _moment(each.asked_at), "question": each.prompt, "answer": each.answer}
        for each in exchanges
    ]
    return orjson.dumps(turns, option=orjson.OPT_INDENT_2)


def _moment(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="seconds")


def _hashed(code: str) -> str:
    return hashlib.sha256(code.strip().lower().encode()).hexdigest()
