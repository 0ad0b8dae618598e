"""The program as it is, which writes into a file how many tasks it has."""

import asyncio
import sys
from pathlib import Path
from typing import Any

from adapters.cli import main as program

EVERY_SECONDS = 1.0


def main() -> None:
    """Serve; the first argument is the file."""
    target = Path(sys.argv.pop(1))
    run = program.run_bridge

    async def run_and_count(*given: Any, **more: Any) -> None:
        counting = asyncio.create_task(_count(target))
        try:
            await run(*given, **more)
        finally:
            counting.cancel()

    program.run_bridge = run_and_count
    program.main()


async def _count(target: Path) -> None:
    while True:
        target.write_text(str(len(asyncio.all_tasks())))
        await asyncio.sleep(EVERY_SECONDS)


if __name__ == "__main__":
    main()
