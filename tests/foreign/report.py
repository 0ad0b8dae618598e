"""Prints what was tried and what came of it, and counts what did not work, for an exit code.

The scripts of clients/ import it, too, in environments that have nothing else of ours.
"""

import sys

LONGEST = 110
"""Characters of what came that are shown."""


class Report:
    """One run's lines. `failed` counts those that did not work."""

    def __init__(self) -> None:
        self.failed = 0

    def check(self, what: str, came: object, *, well: object) -> None:
        """Print one line: what was tried, and what came of it, on one line; it worked where `well` is true."""
        line = " ".join(str(came).split())
        print(f"{'✓' if well else '✗'} {what}: {line[:LONGEST]}{'…' * (len(line) > LONGEST)}", flush=True)
        self.failed += not well

    def finish(self) -> None:
        """End the process: exit code 1 where something did not work."""
        sys.exit(min(1, self.failed))
