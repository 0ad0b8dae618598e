"""What all parts print with: headings, lines in columns, and whether targets are reached."""

import statistics
from collections.abc import Sequence

WIDTH = 98
NAME = 34


class Report:
    """Prints as it goes; `missed` are the figures that have a target and do not reach it."""

    def __init__(self) -> None:
        self.missed: list[str] = []
        self._part = ""

    def part(self, title: str) -> None:
        """A heading."""
        self._part = title.partition(":")[0]
        print(f"\n{title} ".ljust(WIDTH + 1, "─"), flush=True)

    def note(self, text: str) -> None:
        """A line that is no figure."""
        print(f"  {text}", flush=True)

    def line(self, name: str, cells: Sequence[str], target: str = "", *, reached: bool = True) -> None:
        """A figure: its name, what was measured, and the target with whether it is reached."""
        columns = "".join(f"{cell:>9}" for cell in cells)
        verdict = f"{target:>10} {'✓ reached' if reached else '✗ MISSED'}" if target else ""
        print(f"  {name:<{NAME}}{columns:<36}  {verdict}".rstrip(), flush=True)
        if target and not reached:
            self.missed.append(f"{self._part}: {name}")

    def figure(self, name: str, value: str, target: str = "", *, reached: bool = True) -> None:
        """A figure that is one text."""
        self.line(name, [f"{value:>36}"], target, reached=reached)

    def end(self) -> int:
        """The last lines; the exit code."""
        print("\n" + "─" * WIDTH)
        if not self.missed:
            print("Every target is reached.")
            return 0
        print(f"{len(self.missed)} figures do not reach their target:")
        for name in self.missed:
            print(f"  ✗ {name}")
        return 1


def median(values: Sequence[float]) -> float:
    return statistics.median(values)


def p95(values: Sequence[float]) -> float:
    """The value that 95 of 100 do not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * 0.95))]


def milliseconds(seconds: float) -> str:
    return f"{seconds * 1000:.1f}"
