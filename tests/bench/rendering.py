"""What rendering 4,000 characters of Markdown costs on each platform, beside the bare libraries."""

import importlib
from collections.abc import Callable

import pyromark
from telegramify_markdown import convert

from bridge.standin import reply
from tests.bench.reading import seconds
from tests.bench.report import Report, median

CHARACTERS = 4000


def run(report: Report, *, quick: bool) -> None:
    """Print the figures."""
    report.part(f"rendering: what {CHARACTERS:,} characters of Markdown cost")
    text = reply(f"lorem {CHARACTERS}", [])
    rounds = 5 if quick else 15
    bare = {
        "pyromark": _cost(lambda: sum(1 for _ in pyromark.events(text)), rounds),
        "telegramify": _cost(lambda: convert(text), rounds),
    }
    for platform, library in (("discord", "pyromark"), ("telegram", "telegramify")):
        name = f"{platform.capitalize()}, beside {library} bare"
        try:
            render: Callable[[str], object] = importlib.import_module(f"adapters.{platform}.render").render
        except ImportError:
            report.figure(name, "not rendered yet")
            continue
        cost = _cost(lambda: render(text), rounds)  # noqa: B023  it is called at once
        report.figure(name, f"{cost * 1000:.2f} ms, {cost / bare[library]:.2f}× of {bare[library] * 1000:.2f} ms")


def _cost(action: Callable[[], object], rounds: int) -> float:
    action()
    return median([seconds(lambda: [action() for _ in range(5)]) / 5 for _ in range(rounds)])
