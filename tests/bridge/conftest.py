"""What tests of the core get: a bridge on a platform that exists only in memory."""

from collections.abc import AsyncIterator

import pytest

from adapters.sandbox.qwen import StandIn
from bridge.backends.qwen import QwenClient
from bridge.core.policy import Policy
from bridge.store import Store
from tests.harness import Clock, Harness


@pytest.fixture
def policy() -> Policy:
    """How the operator wants the bridge; a module may want it otherwise."""
    return Policy()


@pytest.fixture
async def harness(store: Store, qwen: QwenClient, standin: StandIn, policy: Policy) -> AsyncIterator[Harness]:
    harness = Harness(store, qwen, standin)
    await harness.begin(policy)
    yield harness
    await harness.bridge.stop(1)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def counted(database: str, clock: Clock) -> AsyncIterator[Store]:
    """A store whose time is moved by hand."""
    async with await Store.open(database, clock) as store:
        yield store
