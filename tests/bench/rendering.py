"""What rendering 4,000 characters of Markdown costs on each platform, beside the bare libraries."""

import importlib
from collections.abc import Callable

import pyromark
from telegramify_markdown import convert

from adapters.sandbox.qwen import reply
from tests.bench.reading import seconds
from tests.bench.report import Report, median

CHARACTERS = 4000


def run(report: Report, *, quick: bool) -> None:
    """Print the figures."""
    report.part(f"rendering: what {CHARACTERS:,} characters of Markdown cost")
    text = reply(f"lorem {CHARACTERS}", [])
    rounds = 15 if quick else 50
    bare = {
        "pyromark": _cost(lambda each: sum(1 for _ in pyromark.events(each)), text, rounds),
        "telegramify": _cost(convert, text, rounds),
    }
    for platform, library in (("discord", "pyromark"), ("telegram", "telegramify")):
        name = f"{platform.capitalize()}, beside {library} bare"
        try:
            render: Callable[[str], object] = importlib.import_module(f"adapters.{platform}.render").render
        except ImportError:
            report.figure(name, "not rendered yet")
            continue
        cost = _cost(render, text, rounds)
        report.figure(name, f"{cost * 1000:.2f} ms, {cost / bare[library]:.2f}× of {bare[library] * 1000:.2f} ms")


def _cost(action: Callable[[str], object], text: str, rounds: int) -> float:
    """CPU seconds for one text; each is another one, for what was rendered may be remembered."""
    action(text)
    texts = [f"{text} {number}" for number in range(rounds)]
    return median([seconds(lambda: action(each)) for each in texts])  # noqa: B023  it is called at once
