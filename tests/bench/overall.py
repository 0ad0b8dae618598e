"""Many conversations under the platform-wide limit: how late final texts are, beside the best schedule there can be."""

import asyncio
from collections.abc import Sequence

from tests.bench.crowd import CROWDS
from tests.bench.load import Figures, Load, Plan
from tests.bench.loads import right
from tests.bench.program import BRIDGE
from tests.bench.report import Report, median, p95

MOST = 1.5
"""Final texts come at most so many times as late, on average, as they would by the best schedule."""

SPREAD, SECONDS, PATIENCE = 1.0, 3.3, 40.0


def best(due: Sequence[float], rate: int) -> list[float]:
    """How late each is where only final texts are served, as soon as they are due, `rate` in any second."""
    served: list[float] = []
    for moment in sorted(due):
        served.append(max(moment, served[-rate] + 1.0) if len(served) >= rate else moment)
    return [at - moment for at, moment in zip(served, sorted(due), strict=True)]


def run(report: Report, *, quick: bool) -> None:
    """Print the figures."""
    for crowd in CROWDS:
        chats = crowd.rate * (3 if quick else 7)
        report.part(f"overall, {crowd.name}: {chats} conversations at once, {crowd.rate} requests a second in all")
        plan = Plan(chats, chats, SPREAD, SECONDS, warm=False, limited=True, patience=PATIENCE)
        compare(report, crowd.rate, asyncio.run(Load(crowd, plan).run(BRIDGE)))


def compare(report: Report, rate: int, figures: Figures) -> None:
    """One table."""
    report.line("", ["mean", "median", "p95", "latest"])
    bound = best([course.last_token for course in figures.courses if course.over.is_set()], rate) or [0.0]
    lag = figures.last or [float("inf")]
    for name, late in (("whole text too late, s", lag), ("by the best schedule, s", bound)):
        values = (sum(late) / len(late), median(late), p95(late), max(late))
        report.line(name, [f"{value:.2f}" for value in values])
    ratio = sum(lag) / len(lag) / max(sum(bound) / len(bound), 0.001)
    report.line("ratio of the means", [f"{ratio:.2f}×"], f"≤ {MOST}×", reached=ratio <= MOST)
    right(report, figures)
    report.note(f"harness: {figures.busy:.0%} of a core")
