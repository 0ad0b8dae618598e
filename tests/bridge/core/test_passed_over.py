"""What could not be read or handled is kept, without its words, and shown to the operator's admins alone."""

import pytest

from bridge.access import Access
from bridge.core.policy import Policy
from bridge.i18n import sentences
from bridge.store import Store
from bridge.store.passed_over import MOST_KEPT
from tests.harness import ANN, Harness


@pytest.mark.parametrize("admins", [frozenset[str](), frozenset({f"test:user:{ANN.id}"})], ids=["member", "admin"])
async def test_the_status_tells_admins_what_was_passed_over(harness: Harness, admins: frozenset[str]) -> None:
    await harness.begin(Policy(access=Access(admins=admins)))
    await harness.bridge.passed_over("test", "there", "message", "ValueError")
    await harness.bridge.passed_over("test", "", "poll", "KeyError")
    told = (await harness.command("status")).text
    assert (sentences.PASSED_OVER in told) == bool(admins)
    if admins:
        newest, oldest = told.partition(sentences.PASSED_OVER)[2].splitlines()[1:]
        assert newest.startswith("- `test` `?`: poll, `KeyError`, 20")
        assert oldest.startswith("- `test` `there`: message, `ValueError`, 20")


async def test_only_the_newest_ones_are_kept(store: Store) -> None:
    for number in range(MOST_KEPT + 3):
        await store.passed_over.add("test", str(number), "message", "ValueError")
    kept = [each.channel for each in await store.passed_over.newest(1000)]
    assert kept == [str(number) for number in range(MOST_KEPT + 2, 2, -1)]
