"""Malformed updates, gateway events and answers of Qwen: the program lives, and what comes next is answered.

FUZZ=10000 makes so many of each.
"""

import json
import os
import random
from contextlib import suppress
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from adapters.sandbox.qwen import catalog
from bridge.backends.http.limiter import Limiter
from bridge.backends.qwen import QwenClient
from bridge.errors import QwenError
from tests.bridge.backends.servers import CHAT, WHOLE, ask
from tests.conftest import GUEST
from tests.mutations import backends, platforms
from tests.mutations.odd import Json, garbled, malformed

COUNT = int(os.environ.get("FUZZ", "50"))


@pytest.mark.parametrize("name", sorted(platforms.WORLDS))
async def test_a_field_of_an_event_costs_itself_and_the_next_person_is_answered(name: str, tmp_path: Path) -> None:
    figure = await platforms.play(name, COUNT, 1, tmp_path)
    assert not figure.bad
    assert figure.asked


@pytest.mark.parametrize("name", sorted(backends.BACKENDS))
async def test_changed_answers_are_named_and_none_is_taken_for_whole(name: str) -> None:
    figure = await backends.play(name, COUNT, 3)
    assert not figure.bad
    assert figure.whole
    assert figure.damaged


async def test_malformed_bodies_of_qwen_are_named_and_stop_nothing() -> None:
    rng = random.Random(4)
    said: dict[str, bytes] = {}

    async def everything(request: web.Request) -> web.Response:
        kind = request.path.rpartition("/")[2]
        return web.Response(body=said[kind], content_type="application/json")

    real: dict[str, Json] = {"models": {"data": list(catalog.MODELS)}, "new": CHAT}
    good = {name: json.dumps(body).encode() for name, body in real.items()} | {"completions": WHOLE.encode()}
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", everything)
    async with TestServer(app) as server:
        url = str(server.make_url("")).rstrip("/")
        for number in range(COUNT):
            name = rng.choice(list(real))
            odd = json.dumps(malformed(rng, real[name])).encode()
            said |= good | {name: odd if number % 2 else garbled(rng, odd)}
            limiter = Limiter()
            async with QwenClient(url, GUEST, limiter=limiter) as qwen:
                with suppress(QwenError):
                    async for _ in qwen.ask("hello", None):
                        pass
                said |= good
                limiter.breaker.renewed()
                assert (await ask(qwen, "hello"))[0] == "half"
