"""A bare HTTP client of the pretended Qwen, which keeps nothing, and what it sends and hears."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from typing import Any
from uuid import uuid4

import aiohttp

from adapters.sandbox.qwen import PIECE, StandIn

Json = dict[str, Any]

GUEST = {"bx-umidtoken": "device-1"}

OTHER = {"bx-umidtoken": "device-2"}

ACCOUNT = {"Authorization": "Bearer login-1"}


TEXT = "x" * PIECE * 3


def body(chat_id: str, parent: str | None, text: str, **changes: Any) -> Json:
    """A completion as the web app sends it."""
    message = {
        "id": None,
        "fid": str(uuid4()),
        "parentId": parent,
        "parent_id": parent,
        "childrenIds": [str(uuid4())],
        "role": "user",
        "content": text,
        "user_action": "chat",
        "files": [],
        "timestamp": 1786000000,
        "models": ["qwen3.7-plus"],
        "model": "",
        "chat_type": "t2t",
        "sub_chat_type": "t2t",
        "feature_config": {"thinking_enabled": False, "output_schema": "phase"},
        "extra": {"meta": {"subChatType": "t2t"}},
    }
    top = {"stream": True, "version": "2.1", "incremental_output": True, "chat_id": chat_id, "chat_mode": "guest"}
    top |= {"model": "qwen3.7-plus", "parent_id": parent, "messages": [message], "timestamp": 1786000000}
    return top | changes


def changed(asked: Json, **changes: Any) -> Json:
    """The same with other values in its message."""
    return asked | {"messages": [asked["messages"][0] | changes]}


class Heard:
    """A whole stream."""

    def __init__(self, raw: bytes) -> None:
        self.raw = raw
        lines = [line for line in raw.decode().replace("\r\n", "\n").split("\n") if line]
        assert all(line.startswith("data: ") for line in lines)
        self.frames: list[Json] = [json.loads(line[6:]) for line in lines if line != "data: [DONE]"]

    @property
    def created(self) -> Json:
        found: Json = self.frames[0]["response.created"]
        return found

    @property
    def id(self) -> str:
        return str(self.created["response_id"])

    @property
    def deltas(self) -> list[Json]:
        return [frame["choices"][0]["delta"] for frame in self.frames if "choices" in frame]

    @property
    def text(self) -> str:
        return "".join(delta["content"] for delta in self.deltas if delta["phase"] == "answer")


class Client:
    """A bare client that keeps nothing."""

    def __init__(self, http: aiohttp.ClientSession, standin: StandIn) -> None:
        self.http = http
        self.standin = standin

    def post(self, path: str, sent: Json, headers: dict[str, str]) -> Any:
        return self.http.post(self.standin.url + path, json=sent, headers=headers)

    async def json(self, path: str, sent: Json, headers: dict[str, str] = GUEST) -> Json:
        async with self.post(path, sent, headers) as response:
            assert response.status == 200
            assert response.content_type == "application/json"
            found: Json = await response.json()
            return found

    async def chat(self, headers: dict[str, str] = GUEST) -> str:
        answer = await self.json("/api/v2/chats/new", {"chat_mode": "guest", "project_id": ""}, headers)
        return str(answer["data"]["id"])

    def stream(self, sent: Json, headers: dict[str, str] = GUEST) -> Any:
        return self.post(f"/api/v2/chat/completions?chat_id={sent['chat_id']}", sent, headers)

    async def hear(self, sent: Json, headers: dict[str, str] = GUEST) -> Heard:
        async with self.stream(sent, headers) as response:
            assert response.headers["Content-Type"] == "text/event-stream; charset=utf-8", await response.text()
            return Heard(await response.read())

    async def ask(self, chat_id: str, parent: str | None, text: str) -> Heard:
        return await self.hear(body(chat_id, parent, text))

    async def refusal(self, sent: Json, headers: dict[str, str] = GUEST, query: str = "?chat_id={chat_id}") -> Json:
        path = "/api/v2/chat/completions" + query.format(chat_id=sent.get("chat_id"))
        answer = await self.json(path, sent, headers)
        assert answer["success"] is False
        found: Json = answer["data"]
        return found


@asynccontextmanager
async def opened(standin: StandIn) -> AsyncIterator[Client]:
    """A client of this stand-in, without a jar for cookies, that sees the bytes as they are sent."""
    plain = {"Accept-Encoding": "identity"}
    async with aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar(), headers=plain) as http:
        yield Client(http, standin)


async def until(true: Callable[[], bool]) -> None:
    for _ in range(1000):
        if true():
            return
        await asyncio.sleep(0.005)
    raise TimeoutError


async def until_answered(ask: Callable[[], Awaitable[Heard]]) -> Heard:
    async with asyncio.timeout(5):
        while True:
            with suppress(AssertionError):
                return await ask()


async def raw(client: Client, chat_id: str, headers: dict[str, str] = GUEST) -> bytes:
    """The whole stream that answers `echo TEXT`, as it came."""
    async with client.stream(body(chat_id, None, f"echo {TEXT}"), headers) as response:
        assert response.status == 200
        found: bytes = await response.read()
        return found
