"""llmock judges our client: a server that fails as it is told to, and then says how the client bore it.

Its verdict is not all: a client that retries nothing it has already shown, and says instead that the answer broke off,
counts as one that took half an answer for whole. So what a person was told counts, too.
"""

import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp

from bridge.i18n import sentences
from tests.foreign import servers, venvs
from tests.foreign.report import Report
from tests.process import Ended, environment, run

PACKAGES = ("llmock==0.2.2",)
QUESTION = "hello there, how are you doing today"
ANSWER = f"Hello! You said: {QUESTION}"
SENTENCES = [said for name, said in vars(sentences).items() if name.isupper() and isinstance(said, str)]
"""What may stand below an answer, to say that it is not whole."""

KEY, MODEL = "any", "gpt-4o-mini"
LINES, CONTEXT = 8, 400


@dataclass(frozen=True)
class Trial:
    """Faults, and what is to come of them: the whole answer, or else a sentence that says what is wrong.

    `bears`: findings of the verdict that stand for what our client does on purpose.
    """

    name: str
    faults: tuple[dict[str, Any], ...]
    whole: bool = True
    bears: frozenset[str] = frozenset()


def _fail(status: int, times: int | None = 1, **more: float) -> tuple[dict[str, Any], ...]:
    return ({"type": "fail", "status": status, "times": times, **more},)


def _breaks(kind: str, **more: float) -> tuple[dict[str, Any], ...]:
    return ({"type": "stream_fault", "kind": kind, "after_chunks": 3, **more},)


TRIALS = (
    Trial("no fault", ()),
    Trial("429 twice, with Retry-After", _fail(429, 2, retry_after=1.5)),
    Trial("503 once, with Retry-After", _fail(503, retry_after=1.5)),
    Trial("500 once", _fail(500)),
    Trial("503 for ever", _fail(503, None), whole=False),
    Trial("429 for an hour", _fail(429, None, retry_after=3600), whole=False, bears=frozenset({"gave_up"})),
    Trial("400", _fail(400), whole=False),
    Trial("401", _fail(401), whole=False),
    Trial("a stall of two seconds", _breaks("stall", stall_seconds=2), bears=frozenset({"no_read_timeout"})),
    Trial("a break in the middle", _breaks("disconnect"), whole=False, bears=frozenset({"gave_up"})),
    Trial("an early end", _breaks("truncate"), whole=False, bears=frozenset({"truncated_stream_accepted"})),
    Trial("a garbled chunk", _breaks("malformed"), whole=False, bears=frozenset({"malformed_chunk_ignored"})),
)


async def judge(folder: Path) -> int:
    """Try everything with an llmock that is installed below `folder`; return how many trials failed."""
    program = venvs.python(folder / "llmock", PACKAGES).with_name("llmock")
    report = Report()
    print(f"\n{PACKAGES[0]}", flush=True)
    async with _serving(program) as (url, session):
        for trial in TRIALS:
            await _try(trial, url, session, report)
    async with _serving(program, "--context-window", str(CONTEXT)) as (url, session):
        await _outgrow(url, session, report)
    return report.failed


@asynccontextmanager
async def _serving(program: Path, *options: str) -> AsyncIterator[tuple[str, aiohttp.ClientSession]]:
    port = servers.free_port()
    url = f"http://127.0.0.1:{port}"
    command = (str(program), "serve", "--port", str(port), "--response-style", "echo", "--tool-mode", "off", *options)
    async with (
        servers.serving(command, f"{url}/v1", KEY, environment(program.parent)),
        aiohttp.ClientSession() as http,
    ):
        yield url, http


async def _try(trial: Trial, url: str, session: aiohttp.ClientSession, report: Report) -> None:
    await _post(session, f"{url}/_llmock/reset", {})
    if trial.faults:
        await _post(session, f"{url}/_llmock/scenario", {"behaviors": trial.faults})
    ran = await _program(url, "ask", QUESTION)
    findings = await _findings(session, url)
    told = (ran.code in (1, 2) and ran.err.strip()) or any(said in ran.out + ran.err for said in SENTENCES)
    well = (ANSWER in ran.out and ran.code == 0) if trial.whole else told
    came = " ".join((*findings, f"exit code {ran.code}", ran.err))
    report.check(trial.name, came, well=well and findings <= trial.bears)


async def _outgrow(url: str, session: aiohttp.ClientSession, report: Report) -> None:
    """Say more than the context holds: the oldest turns are left out, and that is said once."""
    said = "".join(f"line {number}: {'word ' * 60}\n" for number in range(LINES))
    ran = await _program(url, "chat", said=said)
    answers, told = ran.out.count("Hello! You said: line"), ran.out.count(sentences.LEFT_OUT)
    came = f"{answers} answers, said {told} times"
    report.check("a conversation outgrows the context", came, well=(answers, told) == (LINES, 1))
    ran = await _program(url, "ask", "word " * 2 * CONTEXT)
    findings = await _findings(session, url)
    report.check("a question too long by itself", ran.err, well=ran.code == 2 and ran.err.strip())
    report.check("no refused question is asked again", " ".join(findings) or "none", well=not findings)


async def _program(url: str, *arguments: str, said: str = "") -> Ended:
    variables = {"QWEN_BACKEND": "api", "QWEN_API_URL": f"{url}/v1", "QWEN_API_KEY": KEY, "QWEN_API_MODEL": MODEL}
    with tempfile.TemporaryDirectory(prefix="foreign-") as home:
        return await run(*arguments, said=said, home=Path(home), **variables)


async def _findings(session: aiohttp.ClientSession, url: str) -> set[str]:
    async with session.get(f"{url}/_llmock/verdict") as response:
        return {finding["code"] for finding in (await response.json())["findings"]}


async def _post(session: aiohttp.ClientSession, url: str, sent: dict[str, Any]) -> None:
    async with session.post(url, json=sent) as response:
        response.raise_for_status()
