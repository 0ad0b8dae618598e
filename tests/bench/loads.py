"""The bridge beside the reference with 1, 50, 200 and 500 conversations at once, on each platform."""

import asyncio
from collections.abc import Callable, Sequence

from tests.bench.crowd import CROWDS
from tests.bench.load import Figures, Load, Plan
from tests.bench.program import BRIDGE, REFERENCE
from tests.bench.report import Report, median, milliseconds, p95

AT_ONCE = (1, 50, 200, 500)
QUICK = (1, 50)

CPU = 2.0
"""At most so many times the reference's."""

MEMORY = {200: 120.0}
"""MiB at most."""

ADDED = {1: (median, 0.005), 200: (p95, 0.050)}
"""Seconds that the bridge may add, in the median or the 95th percentile."""

Delays = Callable[[Figures], list[float]]
DELAYS: Sequence[tuple[str, Delays]] = (
    ("question → request at Qwen", lambda figures: figures.question),
    ("first token → first text", lambda figures: figures.first),
    ("last token → whole text", lambda figures: figures.last),
)


def plan(conversations: int, *, quick: bool) -> Plan:
    """One after another, in a few chats in turn, so that no chat's own limit counts; else one answer in each chat."""
    if conversations == 1:
        questions = 2 if quick else 8
        return Plan(chats=4, questions=questions, spread=questions * 1.9, seconds=1.6)
    return Plan(chats=conversations, questions=conversations, spread=2.2 if quick else 3.3, seconds=3.3)


def run(report: Report, *, quick: bool) -> None:
    """Print the figures."""
    for crowd in CROWDS:
        for conversations in QUICK if quick else AT_ONCE:
            many = "conversations" if conversations > 1 else "conversation"
            report.part(f"load, {crowd.name}, {conversations} at once: {conversations} {many}, answers of 200 tokens")
            wanted = plan(conversations, quick=quick)
            reference, bridge = (asyncio.run(Load(crowd, wanted).run(it)) for it in (REFERENCE, BRIDGE))
            compare(report, conversations, bridge, reference)
    report.note("")
    report.note("ref. is the reference. A short question in each chat goes before and is not measured. 200 tokens are")
    report.note("800 characters in 50 frames. The harness plays the people, the platform and Qwen.")


def compare(report: Report, conversations: int, bridge: Figures, reference: Figures) -> None:
    """One table."""
    report.line("", ["bridge", "p95", "ref.", "p95"])
    for name, delays in DELAYS:
        ours, theirs = delays(bridge) or [float("inf")], delays(reference) or [float("inf")]
        cells = [milliseconds(value) for value in (median(ours), p95(ours), median(theirs), p95(theirs))]
        target, reached = "", True
        if conversations in ADDED:
            middle, most = ADDED[conversations]
            added = middle(ours) - middle(theirs)
            target, reached = f"{added * 1000:+.1f} ≤ {most * 1000:.0f}", added <= most
        report.line(f"{name}, ms", cells, target, reached=reached)
    ratio = bridge.cpu / reference.cpu if reference.cpu else float("inf")
    cells = [f"{bridge.cpu:.1f}", "", f"{reference.cpu:.1f}", ""]
    report.line("CPU for 1,000 answers, s", cells, f"{ratio:.1f}× ≤ {CPU:.0f}×", reached=ratio <= CPU)
    cells = [f"{bridge.memory:.0f}", "", f"{reference.memory:.0f}", ""]
    room = MEMORY.get(conversations)
    report.line("peak memory, MiB", cells, f"≤ {room:.0f}" if room else "", reached=bridge.memory <= (room or 1e9))
    right(report, bridge)
    refused = f"; the reference was refused {reference.refused} times" if reference.refused else ""
    report.note(
        f"harness: {bridge.busy:.0%} of a core beside the bridge, {reference.busy:.0%} beside the reference{refused}"
    )


def right(report: Report, figures: Figures) -> None:
    """Whether every answer came once, in its place, and nothing was asked too often."""
    wrong = (figures.lost, figures.doubled, figures.disordered)
    report.line("lost, doubled, out of order", [str(number) for number in wrong], "0 0 0", reached=not any(wrong))
    report.line("refused with 429", [str(figures.refused)], "0", reached=not figures.refused)
