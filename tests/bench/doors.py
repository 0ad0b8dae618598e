"""The same load by the API as by the web: what each question's course and each answer cost behind either door."""

import asyncio
from collections.abc import Sequence

from tests.bench.crowd import CROWDS
from tests.bench.load import Figures, Load
from tests.bench.loads import DELAYS, plan, right
from tests.bench.program import BRIDGE
from tests.bench.report import Report, median, milliseconds, p95

AT_ONCE = (1, 50, 200)
QUICK = (50,)

CPU = 1.2
"""At most so many times what the web costs."""


def run(report: Report, *, quick: bool) -> None:
    """Print the figures."""
    for crowd in CROWDS:
        for conversations in QUICK if quick else AT_ONCE:
            wanted = plan(conversations, quick=quick)
            report.part(f"doors, {crowd.name}, {conversations} at once: by the API beside the web")
            web, api = (asyncio.run(Load(crowd, wanted, api=api).run(BRIDGE)) for api in (False, True))
            _compare(report, api, web)


def _compare(report: Report, api: Figures, web: Figures) -> None:
    report.line("", ["api", "p95", "web", "p95"])
    for name, delays in DELAYS:
        columns: Sequence[list[float]] = [delays(one) or [float("inf")] for one in (api, web)]
        report.line(f"{name}, ms", [milliseconds(of(column)) for column in columns for of in (median, p95)])
    ratio = api.cpu / web.cpu if web.cpu else float("inf")
    cells = [f"{api.cpu:.1f}", "", f"{web.cpu:.1f}", ""]
    report.line("CPU for 1,000 answers, s", cells, f"{ratio:.1f}× ≤ {CPU}×", reached=ratio <= CPU)
    report.line("peak memory, MiB", [f"{api.memory:.0f}", "", f"{web.memory:.0f}", ""])
    right(report, api)
