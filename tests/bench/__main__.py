"""`make bench`: everything that is measured, or the parts that are named."""

import argparse
import sys

from tests.bench import backends, loads, overall, reading, rendering, starting, storing, streaming
from tests.bench.report import Report

PARTS = {
    "reading": reading.run,
    "rendering": rendering.run,
    "streaming": streaming.run,
    "storing": storing.run,
    "starting": starting.run,
    "load": loads.run,
    "backends": backends.run,
    "overall": overall.run,
}


def main() -> None:
    """Print the figures; exit code 1 where one with a target does not reach it."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"of {', '.join(PARTS)}; without one, all")
    parser.add_argument("--quick", action="store_true", help="a smaller selection, without overall unless it is named")
    given = parser.parse_args()
    if unknown := set(given.parts) - set(PARTS):
        parser.error(f"there is no part {', '.join(sorted(unknown))}")
    chosen = set(given.parts) or set(PARTS) - ({"overall"} if given.quick else set())
    report = Report()
    for name, run in PARTS.items():
        if name in chosen:
            run(report, quick=given.quick)
    sys.exit(report.end())


if __name__ == "__main__":
    main()
