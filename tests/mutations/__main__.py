"""`python -m tests.mutations`: every field of all that is read is gone or other; exit code 1 where that costs more.

    .venv/bin/python -m tests.mutations --platform telegram --count 20000 --seed 1
    .venv/bin/python -m tests.mutations --platform discord
    .venv/bin/python -m tests.mutations --backend guest       # the answers of chat.qwen.ai; api: those of an API
    .venv/bin/python -m tests.mutations                       # all of these

After every few of them the next person asks, and is answered.
"""

import argparse
import asyncio
import logging
import sys
import tempfile
from pathlib import Path

import structlog

from bridge.backends.http import retries
from tests.mutations import backends, platforms


def main() -> None:
    """Print the figure."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.mutations", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--platform", choices=sorted(platforms.WORLDS), action="append", help="whose events")
    parser.add_argument("--backend", choices=sorted(backends.BACKENDS), action="append", help="whose answers")
    parser.add_argument("--count", type=int, default=20_000, help="how many of each")
    parser.add_argument("--seed", type=int, default=1, help="what chance decides")
    logging.disable(logging.CRITICAL)
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    retries.FIRST_SECONDS = retries.LONGEST_SECONDS = 0.001
    given = parser.parse_args()
    bad = 0
    everything = not (given.platform or given.backend)
    for name in given.platform or (sorted(platforms.WORLDS) if everything else ()):
        with tempfile.TemporaryDirectory(prefix="mutations-") as home:
            figure = asyncio.run(platforms.play(name, given.count, given.seed, Path(home)))
        print("\n".join([*figure.bad, str(figure)]), flush=True)
        bad += len(figure.bad)
    for name in given.backend or (sorted(backends.BACKENDS) if everything else ()):
        tried = asyncio.run(backends.play(name, given.count, given.seed))
        print("\n".join([*tried.bad, str(tried)]), flush=True)
        bad += len(tried.bad)
    sys.exit(bool(bad))


if __name__ == "__main__":
    main()
