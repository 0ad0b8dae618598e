"""Our client at servers of llama.cpp, with a tiny Qwen that is made on the spot.

    python3 -m venv .venv/llama
    .venv/llama/bin/pip install "llama-cpp-python[server]" gguf                      # compiles for some ten minutes
    .venv/bin/python -m tests.foreign llama .venv/llama/bin/python                   # llama.cpp behind llama-cpp-python
    .venv/bin/python -m tests.foreign llama .venv/llama/bin/python llama-server      # its own server, where that is

What the model says has no sense: its weights are drawn by lot. So its answers differ in length, and its context of
12,288 tokens, here one a byte, is soon full.
"""

import asyncio
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from bridge.i18n import sentences
from tests.foreign import servers
from tests.foreign.report import Report
from tests.process import Ended, started

KEY = "sk-of-this-trial"
LINES = 8
CONTEXT = "12288"
MOST_SECONDS = 300.0


class Trial:
    """Tell what was tried with the server at `url`, line by line."""

    def __init__(self, url: str, home: Path) -> None:
        self._variables = {"QWEN_BACKEND": "api", "QWEN_API_URL": url, "QWEN_API_KEY": KEY}
        self._home = home
        self.report = Report()

    async def run(self) -> None:
        """Try everything."""
        await self._streams()
        await self._goes_on()
        await self._names_what_is_wrong()

    async def _ask(self, *arguments: str, said: str = "", **other: str) -> Ended:
        async with started(*arguments, home=self._home, **{**self._variables, **other}) as process:
            out, err = await asyncio.wait_for(process.communicate(said.encode()), MOST_SECONDS)
            return Ended(process.returncode or 0, out.decode(), err.decode())

    async def _streams(self) -> None:
        models = await self._ask("models")
        self.report.check("qwen-bridge models", models.out.strip(), well="tiny-qwen" in models.out)
        async with started("ask", "hello", home=self._home, **self._variables) as process:
            if process.stdout is None:
                raise RuntimeError
            first = await asyncio.wait_for(process.stdout.read(1), MOST_SECONDS)
            began = time.monotonic()
            rest = await asyncio.wait_for(process.stdout.read(), MOST_SECONDS)
            came = f"{len(first + rest)} bytes, the last {1000 * (time.monotonic() - began):.0f} ms after the first"
            self.report.check('qwen-bridge ask "hello"', came, well=await process.wait() == 0 and len(rest) > 1)

    async def _goes_on(self) -> None:
        lines = "".join(f"line {number} of a conversation\n" for number in range(LINES))
        for what in ("qwen-bridge chat", "… and again, as another process"):
            ran = await self._ask("chat", said=lines)
            words = (sentences.CUT_SHORT, sentences.LEFT_OUT)
            refused = [line for line in ran.err.splitlines() if "did not answer" in line or "failed" in line]
            told = ", ".join(f"{ran.out.count(word)} × “{word[:34]}…”" for word in words)
            self.report.check(what, f"{LINES} lines, {len(ran.out)} bytes, {told}", well=ran.code == 0 and not refused)
        self.report.check("what has no room is said once", "in the first", well=sentences.LEFT_OUT not in ran.out)

    async def _names_what_is_wrong(self) -> None:
        url = self._variables["QWEN_API_URL"]
        for what, variable, value, word in (
            ("a wrong key", "QWEN_API_KEY", "sk-wrong", "QWEN_API_KEY"),
            ("a wrong path", "QWEN_API_URL", url.replace("/v1", "/nowhere"), "QWEN_API_URL"),
            ("nobody there", "QWEN_API_URL", "http://127.0.0.1:9/v1", "QWEN_API_URL"),
        ):
            ran = await self._ask("ask", "hello", **{variable: value})
            last = ran.err.strip().splitlines()[-1] if ran.err else ""
            self.report.check(what, last, well=ran.code == 2 and word in last)


@asynccontextmanager
async def serving(python: str, program: str, folder: Path) -> AsyncIterator[str]:
    """The address of the server while it runs; without a `program`, that of llama-cpp-python."""
    model = folder / "tiny.gguf"
    made = await asyncio.create_subprocess_exec(python, str(Path(__file__).with_name("model.py")), str(model))
    if await made.wait():
        sys.exit("The model could not be made: does this Python have gguf and numpy?")
    port = str(servers.free_port())
    behind = [python, "-m", "llama_cpp.server", "--model", str(model), "--model_alias", "tiny-qwen", "--n_ctx", CONTEXT]
    own = [program, "--model", str(model), "--alias", "tiny-qwen", "--ctx-size", CONTEXT, "--parallel", "1"]
    command = [*own, "--api-key", KEY] if program else [*behind, "--api_key", KEY]
    url = f"http://127.0.0.1:{port}/v1"
    async with servers.serving([*command, "--host", "127.0.0.1", "--port", port], url, KEY):
        yield url


async def judge(python: str, program: str) -> int:
    """Try everything with llama.cpp's server `program`, or with llama-cpp-python; return how much did not work."""
    with tempfile.TemporaryDirectory(prefix="foreign-") as folder:
        async with serving(python, program, Path(folder)) as url:
            trial = Trial(url, Path(folder))
            await trial.run()
    return trial.report.failed
