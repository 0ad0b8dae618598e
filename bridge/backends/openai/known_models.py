"""Holds what is known of each model of one server, and keeps what was learnt across restarts."""

import asyncio
import hashlib
import time
from collections.abc import Callable
from urllib.parse import urlsplit

from bridge.backends.base import Lessons
from bridge.backends.openai.capabilities import Capabilities

PLAIN_PATHS = ("", "/v1")
"""Lists the paths of an address that need not be told apart from others of the same server."""


class KnownModels:
    """Holds the Capabilities of the models of the server at `url`.

    `context`: see Capabilities. `lessons`: keeps what is learnt; None: nothing is kept. `clock` returns seconds.
    """

    def __init__(self, url: str, context: int, clock: Callable[[], float], lessons: Lessons | None = None) -> None:
        self._server = server_name(url)
        self._context = context
        self._clock = clock
        self._lessons = lessons
        self._known: dict[str, Capabilities] = {}
        self._kept: dict[str, dict[str, str]] = {}
        self._recalling = asyncio.Lock()
        self._recalled = lessons is None

    def of(self, model: str) -> Capabilities:
        """Return what is known of a model; of one that was not asked before, what the operator says."""
        return self._known.setdefault(model, Capabilities(self._context, self._clock))

    async def recall(self) -> None:
        """Take up what earlier processes have learnt, before the first question."""
        async with self._recalling:
            if self._recalled or self._lessons is None:
                return
            ages: dict[str, dict[str, float]] = {}
            now = time.time()
            for lesson in await self._lessons.recall(self._server):
                self._kept.setdefault(lesson.model, {})[lesson.name] = lesson.value
                ages.setdefault(lesson.model, {})[lesson.name] = max(0.0, now - lesson.at)
            for model, kept in self._kept.items():
                self.of(model).recall(kept, ages[model])
            self._recalled = True

    async def keep(self, model: str) -> None:
        """Keep what was learnt of a model since the last time, and forget what does not hold any more."""
        if self._lessons is None:
            return
        now, kept = self.of(model).lessons(), self._kept.get(model, {})
        self._kept[model] = now
        for name in sorted(now.keys() | kept.keys()):
            if (value := now.get(name, "")) != kept.get(name, ""):
                await self._lessons.learn(self._server, model, name, value)


def server_name(url: str) -> str:
    """Return a name for the server at an address: host and port; of the path, which may hold a secret, only a digest.

    Logins and queries are left out.
    """
    parts = urlsplit(url)
    port = parts.port or (443 if parts.scheme == "https" else 80)
    path = parts.path.rstrip("/")
    digest = "" if path in PLAIN_PATHS else f"/{hashlib.sha256(path.encode()).hexdigest()[:8]}"
    return f"{parts.hostname}:{port}{digest}"
