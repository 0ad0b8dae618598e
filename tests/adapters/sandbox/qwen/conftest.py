"""A bare client of the pretended Qwen."""

from collections.abc import AsyncIterator

import pytest

from adapters.sandbox.qwen import StandIn
from tests.adapters.sandbox.qwen.client import Client, opened


@pytest.fixture
async def client(standin: StandIn) -> AsyncIterator[Client]:
    async with opened(standin) as found:
        yield found
