"""List the models that may be chosen, and find one among hundreds: by a part of its name, by page, or by likeness."""

import asyncio
import difflib
import re
import time
from dataclasses import dataclass

from bridge.backends.base import Backend
from bridge.controls import Choice, shortened
from bridge.errors import QwenError

MODELS_SECONDS = 60.0
"""How long the list of models is cached, in seconds: completion asks for it with every letter that somebody types."""

PAGE = 10
"""The most models that are offered as buttons at once."""

CLOSEST = 5
"""How many models are offered in place of one that there is not."""

LONGEST_NAME = 100
"""Limits how much of what was typed is compared with the names, in code points."""

_TYPED = re.compile(r"#(\d{1,4})\s*(.*)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Typed:
    """Reads the argument of /model: `#2 WORDS` is page 2 of the models that contain the words."""

    words: str
    page: int = 1

    @classmethod
    def read(cls, argument: str) -> "Typed":
        """Read an argument; without a page it is the first."""
        found = _TYPED.fullmatch(argument)
        return cls(found[2], int(found[1])) if found else cls(argument)


class ModelMenu:
    """Knows the models that a backend offers."""

    def __init__(self, backend: Backend) -> None:
        self._backend = backend
        self._lock = asyncio.Lock()
        self._models: list[str] = []
        self._expires_at = 0.0

    async def current(self, chosen: str) -> str:
        """Return the model that answers where this one was chosen, or none (""); "–" where that is not known."""
        try:
            return chosen or await self._backend.model()
        except QwenError:
            return "–"

    async def offered(self, words: str = "") -> list[str]:
        """List the ids that contain all words, those that begin so first; cached for MODELS_SECONDS."""
        async with self._lock:
            if self._expires_at < time.monotonic():
                try:
                    self._models = [model.id for model in await self._backend.models()]
                except QwenError:
                    return []
                self._expires_at = time.monotonic() + MODELS_SECONDS
        return fitting(self._models, words)


def fitting(models: list[str], words: str) -> list[str]:
    """Return the ids that contain all words, in any case; those that begin with them come first."""
    words = words.lower()
    found = [model for model in models if all(word in model.lower() for word in words.split())]
    return sorted(found, key=lambda model: not model.lower().startswith(words))


def named(models: list[str], argument: str) -> str:
    """Return the model that an argument names, in any case or by `shortened`; "" where it names none."""
    wanted = argument.lower()
    exact = (model for model in models if model == argument)
    return next(exact, next((model for model in models if wanted in (model.lower(), shortened(model))), ""))


def closest(models: list[str], typed: str) -> list[str]:
    """Return the CLOSEST ids that are spelt most like what was typed, the likest first."""
    by_name = {model.lower(): model for model in models}
    found = difflib.get_close_matches(typed[:LONGEST_NAME].lower(), by_name, CLOSEST, cutoff=0.0)
    return [by_name[name] for name in found]


def page_of(models: list[str], typed: Typed, current: str = "") -> tuple[Choice, ...]:
    """Return the choices on one page of these models, and those that turn the page; `current` is marked."""
    pages = max(1, -(-len(models) // PAGE))
    number = min(max(typed.page, 1), pages)
    turns = [
        Choice(label, "model", f"#{to} {typed.words}".strip(), beside=beside)
        for label, to, beside in (
            (f"◀ {number - 1}/{pages}", number - 1, False),
            (f"{number + 1}/{pages} ▶", number + 1, number > 1),
        )
        if 1 <= to <= pages
    ]
    return (*choices(models[(number - 1) * PAGE : number * PAGE], current), *turns)


def choices(models: list[str], current: str = "") -> tuple[Choice, ...]:
    """Return a choice for each model; `current` is marked."""
    return tuple(Choice(model, "model", model, current=model == current) for model in models)
