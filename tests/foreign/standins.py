"""Independent clients at `qwen-bridge standin` and `qwen-bridge standin --api`: each has a script in clients/.

All that is given to them is the address, and a key or a login of the stand-in.
"""

import asyncio
import tempfile
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp

from tests.foreign import venvs
from tests.process import environment, started

API = ("openai==3.57.0", "llm==0.36", "litellm==1.110.2")
QWEN = ("g4f==8.8.6", "qwen-chat==1.0.8", "qwen-webapi==0.1.2")
"""Clients of the API and of chat.qwen.ai, in the versions that were tried. Either share an environment."""

CLIENTS = [pinned.partition("==")[0] for pinned in (*API, *QWEN)]

KEY = "sk-of-this-trial"
ROOT = Path(__file__).parents[2]
SECONDS = 300.0


async def judge(folder: Path, wanted: Sequence[str]) -> int:
    """Let the clients `wanted` ask, installed below `folder`; return how many of them failed."""
    failed = 0
    async with _standin("--settle", "0", "--whole-answers") as url:
        token = await _sign_in(url)
        for client in _those(QWEN, wanted):
            failed += await _ask(client, venvs.python(folder / "qwen", QWEN), url, token)
    async with _standin("--api", "--api-key", KEY) as url:
        for client in _those(API, wanted):
            failed += await _ask(client, venvs.python(folder / "api", API), url, KEY)
    return failed


def script(package: str) -> str:
    """Return the name of the module in clients/ by which a package, pinned or not, asks."""
    return f"ask_{package.partition('==')[0].replace('-', '_')}"


def _those(pinned: Sequence[str], wanted: Sequence[str]) -> list[str]:
    return [package for package in pinned if package.partition("==")[0] in wanted]


@asynccontextmanager
async def _standin(*options: str) -> AsyncIterator[str]:
    with tempfile.TemporaryDirectory(prefix="foreign-") as home:
        async with started("standin", "--port", "0", *options, home=Path(home)) as process:
            if process.stdout is None:
                raise RuntimeError
            line = await asyncio.wait_for(process.stdout.readline(), SECONDS)
            yield line.decode().partition(" at ")[2].partition(";")[0]


async def _sign_in(url: str) -> str:
    async with aiohttp.ClientSession() as session, session.post(f"{url}/standin/sign-in") as response:
        return str((await response.json())["token"])


async def _ask(package: str, python: Path, *arguments: str) -> bool:
    """Run the script of a client in an empty folder; its lines go to standard output. Return whether it failed."""
    print(f"\n{package}", flush=True)
    with tempfile.TemporaryDirectory(prefix="foreign-") as home:
        process = await asyncio.create_subprocess_exec(
            python,
            "-m",
            f"tests.foreign.clients.{script(package)}",
            *arguments,
            cwd=home,
            env=environment(Path(home), PYTHONPATH=str(ROOT)),
        )
        try:
            return bool(await asyncio.wait_for(process.wait(), SECONDS))
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
