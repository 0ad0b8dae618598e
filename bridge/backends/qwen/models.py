"""Picks the model that a question is asked of: the chosen one, else the operator's, else the first offered."""

import asyncio

import structlog

from bridge.backends.qwen import wire
from bridge.backends.qwen.session import Session
from bridge.errors import ModelUnknown, NotUnderstood
from bridge.model import Model

log = structlog.get_logger(__name__)


class Models:
    """Knows which models Qwen offers to guests, or to this account. `wanted`: the operator's model, or empty."""

    def __init__(self, session: Session, wanted: str) -> None:
        self._session = session
        self._wanted = wanted
        self._usual = ""
        self._offered: frozenset[str] | None = None
        self._choosing = asyncio.Lock()

    async def offered(self) -> list[Model]:
        """List the models that may be chosen, in Qwen's order. Raises QwenError."""
        guest = self._session.credentials.guest
        listed = wire.models(await self._session.json("GET", "/api/models"))
        return [model for model in listed if model.active and (model.guests or not guest)]

    async def pick(self, named: str = "") -> str:
        """Return the id of the named model, else of the usual one, which is chosen and logged once.

        Raises QwenError; ModelUnknown for a model that is not offered, since guests would get an empty answer from it.
        """
        async with self._choosing:
            if not self._usual:
                await self._choose()
        if named and self._offered is not None and named not in self._offered:
            raise ModelUnknown
        return named or self._usual

    async def _choose(self) -> None:
        """Choose the usual model. Where the list cannot be read, the operator's is asked without it."""
        try:
            offered = [model.id for model in await self.offered()]
        except NotUnderstood:
            if not self._wanted:
                raise
            log.warning(f"The list of models cannot be read: asking QWEN_MODEL={self._wanted} without it.")
            self._usual, self._offered = self._wanted, None
            return
        if not offered:
            raise ModelUnknown
        self._offered = frozenset(offered)
        self._usual = self._wanted if self._wanted in offered else offered[0]
        self._say_model()

    def forget(self) -> None:
        """Choose the usual model anew with the next question."""
        self._usual = ""

    def _say_model(self) -> None:
        guest = self._session.credentials.guest
        if self._wanted and self._usual != self._wanted:
            log.warning(
                f"QWEN_MODEL={self._wanted} is not offered to {'guests' if guest else 'this account'}; "
                f"using {self._usual}. `qwen-bridge models` lists what is."
            )
        else:
            log.info(f"Model: {self._usual}, as {'a guest' if guest else 'your account'}.")
