"""`python -m tests.sweep`: stop the program at many moments of its start, and see that it ends in time and in order.

For Discord, Telegram and both, SIGTERM is sent after each of many delays; then the process has DRAIN_SECONDS and a
moment. Exit code 1 where one takes longer, dies of anything but the signal, or logs something unexpected.
"""

import argparse
import asyncio
import signal
import sys
import tempfile
import time
from pathlib import Path

from adapters.sandbox.discord import FakeDiscord
from adapters.sandbox.qwen import StandIn
from adapters.sandbox.telegram import FakeTelegram
from tests.process import SECONDS, started

DRAIN_SECONDS = 1.0
MARGIN_SECONDS = 1.0
"""What is not the drain: the interpreter's own end, on a machine that is busy."""

UNEXPECTED = ("Traceback", "Something failed", "Something went wrong", "never retrieved", "was never awaited")


async def stopped_after(delay: float, home: Path, variables: dict[str, str]) -> tuple[float, str]:
    """Start the program, send SIGTERM after `delay` seconds; return how long it took to end, and what was wrong."""
    async with started(home=home, **variables) as process:
        await asyncio.sleep(delay)
        began = time.monotonic()
        process.send_signal(signal.SIGTERM)
        try:
            _, said = await asyncio.wait_for(process.communicate(), SECONDS)
        except TimeoutError:
            return SECONDS, "did not end"
        seconds = time.monotonic() - began
    wrong = [word for word in UNEXPECTED if word in said.decode()]
    if process.returncode not in (0, -signal.SIGTERM):
        wrong.append(f"exit code {process.returncode}")
    if seconds > DRAIN_SECONDS + MARGIN_SECONDS:
        wrong.append(f"took {seconds:.1f} s")
    return seconds, ", ".join(wrong) + (f"\n{said.decode()}" if wrong else "")


async def sweep(name: str, points: int, longest: float, at_once: int) -> int:
    """Stop it at so many moments up to `longest` seconds after its start; return how often something was wrong."""
    async with StandIn() as standin, FakeDiscord() as discord, FakeTelegram() as telegram:
        variables = {"QWEN_URL": standin.url, "QWEN_UMIDTOKEN": "umid", "DRAIN_SECONDS": str(DRAIN_SECONDS)}
        if name in ("discord", "both"):
            variables |= {"DISCORD_BOT_TOKEN": discord.token, "DISCORD_API_URL": discord.api_url}
            variables |= {"DISCORD_GATEWAY_URL": discord.gateway_url}
        if name in ("telegram", "both"):
            variables |= {"TELEGRAM_BOT_TOKEN": telegram.token, "TELEGRAM_API_URL": telegram.url}
        free, found = asyncio.Semaphore(at_once), []

        async def one(delay: float) -> None:
            async with free:
                with tempfile.TemporaryDirectory(prefix="sweep-") as home:
                    seconds, wrong = await stopped_after(delay, Path(home), variables)
            found.append((seconds, wrong))
            if wrong:
                print(f"{name} after {delay:.3f} s: {wrong}", flush=True)

        async with asyncio.TaskGroup() as group:
            for number in range(points):
                group.create_task(one(longest * (number + 0.5) / points))
    bad = sum(bool(wrong) for _, wrong in found)
    slowest = max(seconds for seconds, _ in found)
    print(f"{name}: {points} points, {bad} wrong, the slowest end took {slowest:.2f} s", flush=True)
    return bad


async def main() -> int:
    """Run all sweeps; return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tests.sweep", description=__doc__)
    parser.add_argument("--points", type=int, default=100, help="moments for each of Discord, Telegram and both")
    parser.add_argument("--longest", type=float, default=4.0, help="the last moment, in seconds after the start")
    parser.add_argument("--at-once", type=int, default=2, help="processes at the same time")
    parser.add_argument("--only", default="", help="one of discord, telegram, both")
    given = parser.parse_args()
    names = [given.only] if given.only else ["discord", "telegram", "both"]
    return int(any([await sweep(name, given.points, given.longest, given.at_once) for name in names]))


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
