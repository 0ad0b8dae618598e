"""How often people asked: counted for a day, across restarts."""

from dataclasses import replace

from bridge.access import Limits
from bridge.model import ConversationKey
from bridge.store import Store
from bridge.store.usage import Refusal
from tests.harness import Clock, rows

DISCORD = ConversationKey("discord", "1")
HOUR, DAY = 3600.0, 86400.0


async def test_a_budget_opens_again_when_its_oldest_question_is_old_enough(counted: Store, clock: Clock) -> None:
    limits = Limits(hour=2)
    assert await counted.usage.count(DISCORD, "a", limits) is None
    clock.now += 600
    assert await counted.usage.count(DISCORD, "a", limits) is None
    clock.now += 600
    assert await counted.usage.count(DISCORD, "a", limits) == Refusal(HOUR - 1200, chat=False)
    assert await counted.usage.count(DISCORD, "b", limits) is None, "each person has their own"
    assert await counted.usage.count(replace(DISCORD, platform="telegram:77"), "a", limits) is None, (
        "ids are a platform's"
    )
    assert await counted.usage.count(replace(DISCORD, channel="2"), "a", limits) == Refusal(HOUR - 1200, chat=False)
    clock.now += HOUR - 1200
    assert await counted.usage.count(DISCORD, "a", limits) is None
    assert await counted.usage.count(DISCORD, "a", limits) == Refusal(600, chat=False), "what was refused did not count"


async def test_the_chat_has_a_budget_for_all_and_the_longest_wait_is_told(counted: Store, clock: Clock) -> None:
    limits = Limits(hour=1, chat_hour=2, chat_day=2)
    assert await counted.usage.count(DISCORD, "a", limits) is None
    assert await counted.usage.count(replace(DISCORD, thread="t"), "b", limits) is None
    assert await counted.usage.count(DISCORD, "c", limits) == Refusal(DAY, chat=True)
    assert await counted.usage.count(DISCORD, "a", limits) == Refusal(DAY, chat=True)
    assert await counted.usage.count(replace(DISCORD, channel="2"), "c", limits) is None
    clock.now += DAY
    assert await counted.usage.count(DISCORD, "a", limits) is None


async def test_the_count_survives_restarts_and_forgetting_and_ends_after_a_day(database: str, clock: Clock) -> None:
    async with await Store.open(database, clock) as store:
        await store.usage.count(DISCORD, "a", Limits(day=1))
        await store.transcripts.forget(DISCORD)
    async with await Store.open(database, clock) as store:
        assert await store.usage.count(DISCORD, "a", Limits(day=1)) == Refusal(DAY, chat=False)
        clock.now += DAY + 1
        assert await store.usage.count(DISCORD, "b", Limits(day=1)) is None
        assert [author for (author,) in rows(database, "SELECT author FROM visits")] == ["b"]


async def test_a_clock_that_ran_ahead_costs_nobody_a_budget(counted: Store, clock: Clock) -> None:
    limits = Limits(hour=1)
    clock.now += 2 * DAY
    assert await counted.usage.count(DISCORD, "a", limits) is None
    clock.now -= 2 * DAY
    assert await counted.usage.count(DISCORD, "a", limits) is None
    (budget,) = await counted.usage.budgets(DISCORD, "a", limits)
    assert (budget.asked, budget.seconds) == (1, HOUR)
    assert await counted.usage.count(DISCORD, "a", limits) == Refusal(HOUR, chat=False)
