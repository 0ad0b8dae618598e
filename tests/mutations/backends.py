"""What Qwen and an API answer, with one field of a frame gone or other, or bytes garbled: named, or borne."""

import asyncio
import json
import random
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field

from aiohttp import ClientSession, web
from aiohttp.test_utils import TestServer

from adapters.sandbox.qwen import ApiStandIn, StandIn
from bridge.answer_events import Finished
from bridge.backends.base import Backend
from bridge.backends.http.limiter import Limiter
from bridge.backends.openai import OpenAIClient
from bridge.backends.qwen import Credentials, QwenClient, wire
from bridge.errors import QwenError
from bridge.model import Options
from tests.bridge.backends.servers import WHOLE, serving, text_of
from tests.mutations.odd import GONE, changed, garbled, ways

PATIENCE_SECONDS = 20.0
"""An answer that takes longer hangs."""

NEXT = 50
"""After so many the next question is asked."""

ORDERS = ("", "late", "busy", "moderation_frame", "odd_frames", "delta_error", "quota_bare", "keep_alives")
"""What goes wrong at the stand-in whose answers are changed."""

WORDS = ("content", "phase", "status", "text", "role", "type", "reasoning_content", "response_id", "finish_reason")
"""Fields that say what is an answer's text: another value makes another answer."""

GUEST = Credentials(umidtoken="mutations")

API_WHOLE = 'data: {"choices":[{"delta":{"content":"half"},"finish_reason":"stop"}]}\n\ndata: [DONE]\n\n'


@dataclass
class Figure:
    """Counts what came of the answers."""

    backend: str
    seed: int
    answers: int = 0
    named: Counter[str] = field(default_factory=Counter)
    whole: int = 0
    damaged: int = 0
    asked: int = 0
    seconds: float = 0.0
    bad: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        return (
            f"{self.backend}: {self.answers} answers changed (seed {self.seed}), in {self.seconds:.0f} s\n"
            f"whole: {self.whole}, said to be damaged: {self.damaged}, named: {dict(self.named.most_common())}\n"
            f"the next question, after every {NEXT}: answered {self.asked} of {self.asked}; odd: {len(self.bad)}"
        )


class Server:
    """Answers every question with the bytes that are set."""

    def __init__(self) -> None:
        self.body = b""

    async def complete(self, _: web.Request) -> web.Response:
        """Answer a question."""
        return web.Response(body=self.body, content_type="text/event-stream")


@asynccontextmanager
async def _guest(server: Server, limiter: Limiter) -> AsyncIterator[Backend]:
    async with serving(server.complete) as url, QwenClient(url, GUEST, limiter=limiter, alone=False) as qwen:
        yield qwen


@asynccontextmanager
async def _api(server: Server, limiter: Limiter) -> AsyncIterator[Backend]:
    app = web.Application()
    app.router.add_post("/v1/chat/completions", server.complete)
    async with (
        TestServer(app) as started,
        OpenAIClient(str(started.make_url("/v1")), wanted="m", limiter=limiter) as api,
    ):
        yield api


async def _guests_answers() -> list[bytes]:
    """Return what Qwen says to questions: text, thoughts, a search, refusals, failures inside a stream."""
    bodies = []
    async with StandIn(settle=0, compress=False) as standin, ClientSession(headers=GUEST.headers) as session:
        for order in ORDERS:
            async with session.post(f"{standin.url}/api/v2/chats/new", json=wire.new_chat("m", guest=True)) as response:
                chat = (await response.json())["data"]["id"]
            url = f"{standin.url}/api/v2/chat/completions?chat_id={chat}"
            options = Options(thinking=True, search=True)
            question = "search cats" if order else "echo You should never take both pills together."
            payload = wire.completion(chat, None, question, "qwen3.7-plus", options, guest=True)
            async with session.post(url, json=payload, headers={"x-standin-fault": order}) as response:
                bodies.append(await response.read())
    return bodies


async def _apis_answers() -> list[bytes]:
    """Return what an OpenAI-compatible server says: text, thoughts."""
    bodies = []
    async with ApiStandIn() as standin, ClientSession() as session:
        for thinking in (False, True):
            question = {"role": "user", "content": "echo You should never take both pills together."}
            asked = {"model": "qwen3-standin", "messages": [question], "stream": True}
            asked |= {"enable_thinking": thinking, "stream_options": {"include_usage": True}}
            async with session.post(f"{standin.url}/chat/completions", json=asked) as response:
                bodies.append(await response.read())
    return bodies


@dataclass(frozen=True)
class Kind:
    """A backend: its client, what its server really says, and a whole answer of it."""

    client: Callable[[Server, Limiter], AbstractAsyncContextManager[Backend]]
    answers: Callable[[], Awaitable[list[bytes]]]
    whole: str


BACKENDS = {"guest": Kind(_guest, _guests_answers, WHOLE), "api": Kind(_api, _apis_answers, API_WHOLE)}


async def play(name: str, count: int, seed: int) -> Figure:
    """Play one backend to its end."""
    figure, rng, began, kind = Figure(name, seed), random.Random(seed), time.monotonic(), BACKENDS[name]
    real = await kind.answers()
    server, limiter = Server(), Limiter()
    async with AsyncExitStack() as stack:
        client = await stack.enter_async_context(kind.client(server, limiter))
        texts = {body: await _answer(client, server, body, limiter) for body in real}
        for (body, sent, where), number in zip(_mutants(rng, real), range(1, count + 1), strict=False):
            figure.answers += 1
            _note(figure, where, await _answer(client, server, sent, limiter), texts[body])
            if number % NEXT == 0 or number == count:
                said = await _answer(client, server, kind.whole.encode(), limiter)
                figure.asked += 1
                if said != ("half", False):
                    figure.bad.append(f"the next question was answered {said}")
    figure.seconds = time.monotonic() - began
    return figure


Said = tuple[str, bool] | str
"""A whole answer, and whether it is said to be damaged; or the name of an error."""


async def _answer(client: Backend, server: Server, body: bytes, limiter: Limiter) -> Said:
    server.body = body
    limiter.breaker.renewed()
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            events = [event async for event in client.ask("hello", None)]
    except QwenError as error:
        return type(error).__name__
    except Exception as error:  # noqa: BLE001  counted as bad
        return f"unexpected {type(error).__name__}"
    last = events[-1] if events else None
    return (text_of(events), last.damaged) if isinstance(last, Finished) else "no end"


def _note(figure: Figure, where: str, said: Said, real: Said) -> None:
    if isinstance(said, str):
        figure.named[said] += 1
        if said.startswith(("unexpected", "no end")):
            figure.bad.append(f"{said}: {where}")
    elif said[1]:
        figure.damaged += 1
    else:
        figure.whole += 1
        others = where.rpartition(".")[2] in WORDS or where.startswith("emptied")
        if isinstance(real, tuple) and len(said[0]) < len(real[0]) and not others:
            figure.bad.append(f"a hole that is not said: {where}")


def _mutants(rng: random.Random, real: list[bytes]) -> Iterator[tuple[bytes, bytes, str]]:
    """Yield for ever an answer, the same with something changed, and what: one field of a frame, or a frame cut."""
    endless = [(body, place, ways(rng, json.loads(text))) for body in real for place, text in _frames(body)]
    while True:
        rng.shuffle(endless)
        for body, place, every in endless:
            lines = body.split(b"\n")
            prefix, _, text = lines[place].rpartition(b"data: ")
            path, other = next(every)
            frame = json.dumps(changed(json.loads(text), path, other)).encode()
            new = other("x")
            # A frame without words lacks none; neither do fields that nobody knows, nor words that come twice.
            emptied = "emptied " if new is GONE or not new or isinstance(new, list | dict) else ""
            where = emptied + "." + ".".join(str(name) for name in path if not isinstance(name, int))
            if rng.random() < 0.1:
                frame, where = text[: rng.randrange(1, len(text))], "a cut frame"
            lines[place] = (prefix + b"data: " if lines[place].startswith(b"data: ") else prefix) + frame
            yield body, b"\n".join(lines), where
            if rng.random() < 0.1:
                yield body, garbled(rng, body), ".content"


def _frames(body: bytes) -> Iterator[tuple[int, bytes]]:
    for place, line in enumerate(body.split(b"\n")):
        text = line.removeprefix(b"data: ")
        if text.startswith(b"{"):
            yield place, text
