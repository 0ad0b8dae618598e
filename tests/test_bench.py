"""The harness of the benchmarks, with two conversations and short answers: it must not rot between two runs."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest
from discord.gateway import DiscordWebSocket
from discord.http import Route

from adapters.sandbox.qwen import StandIn
from tests.bench import backends, hops, loads, overall, streaming
from tests.bench.crowd import DiscordCrowd, TelegramCrowd
from tests.bench.load import Load, Plan
from tests.bench.program import BRIDGE, REFERENCE
from tests.bench.report import Report

PLAN = Plan(chats=2, questions=4, spread=3.2, seconds=0.3, warm=False)


async def test_both_programs_are_measured_by_either_door(capsys: pytest.CaptureFixture[str]) -> None:
    bridge, reference, by_api = await asyncio.gather(
        Load(TelegramCrowd, PLAN).run(BRIDGE),
        Load(DiscordCrowd, PLAN).run(REFERENCE),
        Load(DiscordCrowd, PLAN, api=True).run(BRIDGE),
    )
    for figures in (bridge, reference, by_api):
        assert (figures.lost, figures.doubled, figures.disordered, figures.refused) == (0, 0, 0, 0)
        for delays in (figures.question, figures.first, figures.last):
            assert len(delays) == PLAN.questions
            assert all(0 <= delay < 5 for delay in delays)
        assert figures.cpu > 0
        assert figures.memory > 10
    report = Report()
    loads.compare(report, 200, bridge, reference)
    assert "lost, doubled, out of order" in capsys.readouterr().out
    assert report.end() == bool(report.missed)


async def test_a_question_is_measured_with_all_that_stands_above_it() -> None:
    costs = await backends.above((5, 50))
    assert all(cost > 0 for cost in costs)


async def test_streaming_shows_everything() -> None:
    assert await streaming.write("word " * 1000) > 0


@pytest.mark.parametrize(("ask", "most"), [(hops.on_discord, 63), (hops.on_telegram, 105)])
async def test_a_question_passes_through_few_functions_of_an_adapter(
    ask: Callable[[StandIn, str], Awaitable[hops.Hops]],
    most: int,
    standin: StandIn,
    database: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(Route, "BASE", Route.BASE)
    monkeypatch.setattr(DiscordWebSocket, "DEFAULT_GATEWAY", DiscordWebSocket.DEFAULT_GATEWAY)
    passed = await ask(standin, database)
    in_adapters = [name for name in passed.found if name.startswith("adapters/")]
    assert 20 < len(in_adapters) <= most, "\n".join(in_adapters)
    assert not [name for name in passed.found if name.startswith(hops.PRETENDED)]


def test_the_best_schedule_serves_no_more_than_the_rate() -> None:
    assert overall.best([0.0, 0.0, 0.0, 5.0], rate=2) == [0.0, 0.0, 1.0, 0.0]


def test_a_missed_target_is_told_at_the_end(capsys: pytest.CaptureFixture[str]) -> None:
    report = Report()
    report.part("part: what it is")
    report.figure("slow", "3×", "≤ 2×", reached=False)
    assert report.end() == 1
    assert "✗ part: slow" in capsys.readouterr().out
