"""A stand-in for the API."""

from collections.abc import AsyncIterator

import pytest

from adapters.sandbox.qwen import ApiStandIn


@pytest.fixture
async def server() -> AsyncIterator[ApiStandIn]:
    async with ApiStandIn(key="right") as standin:
        yield standin
