"""`make chaos`: the program is killed many times; exit code 1 where an answer is lost, doubled or wrong."""

import argparse
import asyncio
import logging
import sys
from pathlib import Path

from tests.chaos.play import Plan, play


def main() -> None:
    """Print the figure."""
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description=__doc__)
    parser.add_argument("--kills", type=int, default=300, help="how often it is killed")
    parser.add_argument("--questions", type=int, default=5000, help="how much is asked")
    parser.add_argument("--seed", type=int, default=1, help="what chance decides")
    parser.add_argument("--places", type=int, default=40, help="in how many chats and channels")
    parser.add_argument("--pauses", type=int, default=60, help="how often it is suspended, for 1 to 20 seconds")
    parser.add_argument("--backend", choices=("guest", "account", "api"), default="guest", help="how Qwen is asked")
    parser.add_argument("--home", type=Path, help="an empty folder for the database and the log, to look at them")
    logging.getLogger("aiohttp.server").setLevel(logging.CRITICAL)  # the stand-ins' clients are killed
    given = parser.parse_args()
    words = [f"--{name}" if value is True else f"--{name} {value}" for name, value in vars(given).items() if value]
    print(f"python -m tests.chaos {' '.join(words)}")
    plan = Plan(
        given.kills,
        given.questions,
        given.seed,
        given.places,
        given.pauses,
        backend=given.backend,
        home=given.home,
    )
    figure = asyncio.run(play(plan))
    print("\n".join([*figure.bad, str(figure)]))
    sys.exit(bool(figure.bad))


if __name__ == "__main__":
    main()
