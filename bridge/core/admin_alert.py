"""Tell the operator's admins, once, that Qwen needs them; the circuit breaker tells the log."""

import asyncio
from collections.abc import Mapping

import structlog

from bridge.access import Access
from bridge.errors import OperatorNeeded, ShowError
from bridge.i18n import sentences
from bridge.ports import Adapter

log = structlog.get_logger(__name__)


class AdminAlert:
    """Sends one private message per incident to each person whom the operator named an admin, on every platform."""

    def __init__(self, access: Access, adapters: Mapping[str, Adapter]) -> None:
        self._access = access
        self._adapters = adapters
        self._telling: asyncio.Task[None] | None = None

    def update(self, need: OperatorNeeded | None) -> None:
        """Tell the admins what Qwen needs of the operator, once until it needs nothing (None). Returns at once."""
        if need is None:
            self._telling = None
        elif self._telling is None:
            self._telling = asyncio.create_task(self._tell(need.remedy))

    async def _tell(self, remedy: str) -> None:
        for platform, adapter in self._adapters.items():
            for user in self._access.admin_users(platform):
                try:
                    await adapter.tell(user, sentences.ADMIN_NEEDED.format(remedy=remedy))
                except ShowError as error:
                    log.warning("An admin could not be told.", platform=platform, why=type(error).__name__)
