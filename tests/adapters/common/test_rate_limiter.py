"""The rate limiter of a platform: what is counted, who goes first, and what a refusal stops."""

import asyncio
import time
from itertools import pairwise

import pytest

from adapters.common.rate_limiter import FINAL, GROWING, Kind, Rate, RateLimiter, Rates, Waiters, chat_allowance
from tests.waiting import eventually

CHAT = Rate(5, 0.25)
ALL = Rate(12, 0.25)


def in_any(moments: list[float], seconds: float) -> int:
    """The most moments that lie within so many seconds."""
    moments = sorted(moments)
    return max(sum(start <= moment < start + seconds for moment in moments[at:]) for at, start in enumerate(moments))


async def once(limiter: RateLimiter, chat: str, kind: Kind = "edit", *, final: bool = False) -> float:
    """Make one request; the moment at which it is under way."""
    async with limiter.permit(chat, kind, final=final):
        await asyncio.sleep(0)
        return time.monotonic()


@pytest.mark.parametrize(
    ("text", "rates"),
    [
        ("0", ()),
        ("5/5", (Rate(5, 5.0),)),
        ("3/3 20/60", (Rate(3, 3.0), Rate(20, 60.0))),
        ("1/0.5", (Rate(1, 0.5),)),
    ],
)
def test_rates_are_written_as_counts_and_seconds(text: str, rates: tuple[Rate, ...]) -> None:
    assert Rate.parse(text) == rates


@pytest.mark.parametrize("text", ["", "5", "5/", "/5", "0/5", "5/0", "-1/5", "5/-5", "five/5", "5/inf", "5/nan"])
def test_what_is_no_rate_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r".*"):
        Rate.parse(text)


async def test_no_window_ever_holds_more_than_its_rate() -> None:
    limiter = RateLimiter(Rates(edit=(CHAT,), overall=(ALL,)))
    made: dict[str, list[float]] = {chat: [] for chat in "abcd"}
    until = time.monotonic() + 1.2

    async def grow(chat: str) -> None:
        while time.monotonic() < until:
            made[chat].append(await once(limiter, chat))
        made[chat].append(await once(limiter, chat, final=True))

    await asyncio.gather(*[grow(chat) for chat in made for _ in range(2)])
    assert all(in_any(moments, CHAT.seconds) <= CHAT.count for moments in made.values())
    together = [moment for moments in made.values() for moment in moments]
    assert in_any(together, ALL.seconds) <= ALL.count
    assert len(together) > ALL.count, "and what is allowed is used"


async def test_a_growing_text_keeps_an_even_pace_and_leaves_room_for_the_final_one() -> None:
    limiter = RateLimiter(Rates(edit=(CHAT,)))
    moments = [await once(limiter, "a") for _ in range(5)]
    gaps = [after - before for before, after in pairwise(moments)]
    assert min(gaps) > 0.9 * CHAT.seconds / (CHAT.count - 1)
    before = time.monotonic()
    await once(limiter, "a", final=True)
    assert time.monotonic() - before < 0.05, "a permit is in reserve"


async def test_final_texts_go_before_those_that_wait_longer() -> None:
    limiter = RateLimiter(Rates(edit=(Rate(2, 0.2),)))
    order: list[str] = []

    async def ask(name: str, *, final: bool) -> None:
        await once(limiter, "a", final=final)
        order.append(name)

    await once(limiter, "a", final=True)
    await once(limiter, "a", final=True)
    growing = [asyncio.create_task(ask(f"growing {number}", final=False)) for number in range(3)]
    await asyncio.sleep(0)
    await asyncio.gather(ask("final", final=True), *growing)
    assert order[0] == "final"


async def test_notices_go_after_everything_else_and_leave_room() -> None:
    limiter = RateLimiter(Rates(send=(Rate(4, 0.3),)))
    order: list[str] = []

    async def ask(name: str, *, final: bool, notice: bool = False) -> None:
        async with limiter.permit("a", "send", final=final, notice=notice):
            order.append(name)

    notices = [asyncio.create_task(ask(f"notice {number}", final=True, notice=True)) for number in range(6)]
    await eventually(lambda: len(order) == 2)
    await asyncio.wait_for(ask("first", final=False), 0.1)
    await asyncio.wait_for(ask("final", final=True), 0.1)
    waiting = [asyncio.create_task(ask(f"first {number}", final=False)) for number in range(2)]
    await asyncio.gather(*notices, *waiting)
    assert order[:6] == ["notice 0", "notice 1", "first", "final", "first 0", "first 1"]


async def test_busy_chats_do_not_hold_up_a_quiet_one() -> None:
    limiter = RateLimiter(Rates(edit=(CHAT,), overall=(Rate(1000, 1.0),)))

    async def grow(chat: str) -> None:
        while True:
            await once(limiter, chat)

    busy = [asyncio.create_task(grow(str(number))) for number in range(50)]
    await asyncio.sleep(0.05)
    before = time.monotonic()
    await once(limiter, "quiet")
    assert time.monotonic() - before < 0.1
    for task in busy:
        task.cancel()
    await asyncio.gather(*busy, return_exceptions=True)


async def test_kinds_are_counted_apart() -> None:
    limiter = RateLimiter(Rates(send=(Rate(1, 60.0),), edit=(Rate(1, 60.0),), typing=(Rate(1, 60.0),)))
    for kind in ("send", "edit", "typing"):
        async with asyncio.timeout(0.5):
            await once(limiter, "a", kind)
    assert not limiter.spare("a", "typing")
    assert limiter.spare("b", "typing")


async def test_a_refusal_stops_one_kind_in_one_chat_and_a_platform_wide_one_everything() -> None:
    limiter = RateLimiter(Rates(edit=(Rate(100, 1.0),)))
    limiter.freeze("a", "edit", 0.2)
    before = time.monotonic()
    await once(limiter, "b")
    await once(limiter, "a", "send")
    assert time.monotonic() - before < 0.1
    await once(limiter, "a", final=True)
    assert time.monotonic() - before >= 0.19
    limiter.freeze_all(0.2)
    before = time.monotonic()
    await once(limiter, "b", final=True)
    assert time.monotonic() - before >= 0.19


async def test_a_group_has_its_own_rate_besides() -> None:
    limiter = RateLimiter(Rates(edit=(Rate(100, 1.0),), group=(Rate(2, 60.0),)), lambda chat: chat == "group")
    for chat in ("one", "one", "one", "group", "group"):
        await once(limiter, chat, final=True)
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.05):
            await once(limiter, "group", final=True)


async def test_what_the_platform_says_replaces_what_was_thought() -> None:
    limiter = RateLimiter(Rates(edit=(Rate(1, 60.0),)))
    await once(limiter, "a", final=True)
    limiter.learn("a", "edit", Rate(1000, 1.0))
    async with asyncio.timeout(0.5):
        for _ in range(20):
            await once(limiter, "a")


async def test_who_gives_up_waiting_takes_no_permit() -> None:
    waiters = Waiters((Rate(2, 0.1),), chat_allowance)
    permits = [await waiters.acquire(FINAL), await waiters.acquire(FINAL)]
    waiting = [asyncio.create_task(waiters.acquire(GROWING)) for _ in range(5)]
    await asyncio.sleep(0)
    for task in waiting:
        task.cancel()
    await asyncio.gather(*waiting, return_exceptions=True)
    for permit in permits:
        waiters.end(permit)
    await eventually(lambda: waiters.wait(FINAL) <= 0)
    assert waiters.idle


async def test_who_is_cancelled_before_the_platform_wide_permit_gives_the_other_one_back() -> None:
    limiter = RateLimiter(Rates(edit=(Rate(1, 60.0),), overall=(Rate(1, 0.1),)))
    await once(limiter, "other", final=True)
    waiting = asyncio.create_task(once(limiter, "a", final=True))
    await asyncio.sleep(0)
    waiting.cancel()
    await asyncio.gather(waiting, return_exceptions=True)
    async with asyncio.timeout(1):
        await once(limiter, "a", final=True)


async def test_reading_counts_platform_wide_alone() -> None:
    limiter = RateLimiter(Rates(edit=(Rate(1, 60.0),), overall=(Rate(10, 0.2),)))
    begun = time.monotonic()
    for _ in range(3):
        await once(limiter, "a", "read")
    refused = asyncio.create_task(once(limiter, "a", "read"))
    await asyncio.sleep(0)
    refused.cancel()
    with pytest.raises(asyncio.CancelledError):
        await refused
    assert time.monotonic() - begun < 0.15
    await once(limiter, "a", "read")
    assert time.monotonic() - begun >= 0.2


async def test_chats_in_which_nothing_happens_are_forgotten() -> None:
    limiter = RateLimiter(Rates(edit=(Rate(1000, 0.001),)))
    for number in range(1500):
        await once(limiter, str(number), final=True)
    assert limiter.known < 1200


async def test_platform_wide_room_is_kept_for_answers_that_end_and_for_those_that_begin() -> None:
    limiter = RateLimiter(Rates(overall=(Rate(10, 0.3),)))
    started = time.monotonic()
    for number in range(3):
        await once(limiter, f"grows {number}")
    for number in range(2):
        await once(limiter, f"begins {number}", "send")
    for number in range(5):
        await once(limiter, f"ends {number}", final=True)
    assert time.monotonic() - started < 0.2
    await once(limiter, "one more grows")
    assert time.monotonic() - started >= 0.29
