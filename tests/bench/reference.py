"""The least that answers at all, which the bridge is measured beside: bare aiohttp, no store, no Markdown, no care.

It listens as the bridge does, streams from Qwen, sends the first text, edits it at the bridge's intervals, and shows
the whole answer at the end. It reads the bridge's variables.
"""

import asyncio
import json
import os
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from typing import Any
from uuid import uuid4

import aiohttp

QWEN, HEADERS = os.environ["QWEN_URL"], {"bx-umidtoken": os.environ["QWEN_UMIDTOKEN"], "source": "web"}
DISCORD_SECONDS, TELEGRAM_SECONDS = 1.25, 1.5
MORE = " ▍"
INTENTS = 1 << 0 | 1 << 9 | 1 << 12

Json = dict[str, Any]
Headers = dict[str, str] | None
Put = Callable[[str, str], Awaitable[str]]
"""Shows a text in the message with this id, or in a new one (""); returns its id."""


class Conversation:
    """One chat at Qwen."""

    def __init__(self) -> None:
        self.chat = self.parent = ""


class Bot:
    """Answers what comes by either platform."""

    def __init__(self, session: aiohttp.ClientSession) -> None:
        self.session = session
        self.model = ""
        self.conversations: dict[str, Conversation] = {}
        self.tasks: set[asyncio.Task[None]] = set()

    def hear(self, place: str, question: str, put: Put, interval: float) -> None:
        task = asyncio.create_task(self.answer(place, question, put, interval))
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)

    async def answer(self, place: str, question: str, put: Put, interval: float) -> None:
        conversation = self.conversations.setdefault(place, Conversation())
        text, grown, ended = [""], asyncio.Event(), asyncio.Event()

        async def show() -> None:
            await grown.wait()
            message, due = await put(text[0] + MORE, ""), 0.0
            while not ended.is_set():
                grown.clear()
                with suppress(TimeoutError):
                    await asyncio.wait_for(ended.wait(), max(0.0, due - time.monotonic()))
                if not ended.is_set():
                    await grown.wait()
                    await put(text[0] + MORE, message)
                    due = time.monotonic() + interval
            await put(text[0], message)

        showing = asyncio.create_task(show())
        async for piece in self.stream(conversation, question):
            text[0] += piece
            grown.set()
        ended.set()
        grown.set()
        await showing

    async def stream(self, conversation: Conversation, question: str) -> AsyncIterator[str]:
        now, model = int(time.time()), self.model or await self.choose()
        if not conversation.chat:
            new: Json = {
                "title": "New Chat",
                "models": [model],
                "chat_mode": "guest",
                "chat_type": "t2t",
                "timestamp": now,
            }
            conversation.chat = (await self.json("POST", f"{QWEN}/api/v2/chats/new", new, HEADERS))["data"]["id"]
        parent = conversation.parent or None
        message: Json = {
            "fid": str(uuid4()),
            "parentId": parent,
            "parent_id": parent,
            "role": "user",
            "content": question,
        }
        message |= {"user_action": "chat", "files": [], "timestamp": now, "models": [model], "chat_type": "t2t"}
        message |= {"feature_config": {"thinking_enabled": False, "output_schema": "phase"}}
        body: Json = {"stream": True, "incremental_output": True, "chat_id": conversation.chat, "chat_mode": "guest"}
        body |= {"model": model, "parent_id": parent, "messages": [message], "timestamp": now}
        url = f"{QWEN}/api/v2/chat/completions?chat_id={conversation.chat}"
        async with self.session.post(url, json=body, headers=HEADERS) as response:
            async for line in response.content:
                if not line.startswith(b"data:"):
                    continue
                frame = json.loads(line[5:])
                conversation.parent = frame.get("response_id", conversation.parent)
                for choice in frame.get("choices", ()):
                    if choice["delta"]["content"]:
                        yield choice["delta"]["content"]

    async def choose(self) -> str:
        models = (await self.json("GET", f"{QWEN}/api/models"))["data"]
        self.model = next(model["id"] for model in models if model["info"].get("is_visitor_active", True))
        return self.model

    async def json(
        self, method: str, url: str, body: Json | None = None, headers: dict[str, str] | None = None
    ) -> Json:
        """What a server answers; asked again where it says that it was too much."""
        while True:
            async with self.session.request(method, url, json=body, headers=headers) as response:
                if response.status != 429:
                    return dict(await response.json())
                await asyncio.sleep(float(response.headers["Retry-After"]))

    async def discord(self, api: str, gateway: str, token: str) -> None:
        async with self.session.ws_connect(f"{gateway}?v=10&encoding=json", max_msg_size=0) as socket:
            beat = (await socket.receive_json())["d"]["heartbeat_interval"] / 1000
            identity = {"token": token, "intents": INTENTS, "properties": {"os": "linux"}}
            await socket.send_json({"op": 2, "d": identity})
            beating = asyncio.create_task(self.heartbeat(socket, beat))
            async for received in socket:
                event = json.loads(received.data)
                if event["t"] == "MESSAGE_CREATE" and not event["d"]["author"].get("bot"):
                    self.discord_message(event["d"], api, {"Authorization": f"Bot {token}"})
            beating.cancel()

    async def heartbeat(self, socket: aiohttp.ClientWebSocketResponse, seconds: float) -> None:
        while True:
            await asyncio.sleep(seconds)
            await socket.send_json({"op": 1, "d": None})

    def discord_message(self, asked: Json, api: str, headers: Headers) -> None:
        url = f"{api}/channels/{asked['channel_id']}/messages"
        reference = {"message_id": asked["id"], "fail_if_not_exists": False}

        async def put(text: str, message: str) -> str:
            body: Json = {"content": text, "allowed_mentions": {"parse": []}}
            if message:
                await self.json("PATCH", f"{url}/{message}", body, headers)
                return message
            body |= {"message_reference": reference, "flags": 4}
            return str((await self.json("POST", url, body, headers))["id"])

        self.hear(asked["channel_id"], asked["content"].partition("> ")[2], put, DISCORD_SECONDS)

    async def telegram(self, url: str) -> None:
        offset = 0
        while True:
            updates = await self.json("POST", f"{url}/getUpdates", {"timeout": 50, "offset": offset})
            for update in updates["result"]:
                offset = update["update_id"] + 1
                self.telegram_message(update["message"], url)

    def telegram_message(self, asked: Json, url: str) -> None:
        chat = asked["chat"]["id"]

        async def put(text: str, message: str) -> str:
            body: Json = {"chat_id": chat, "text": text, "link_preview_options": {"is_disabled": True}}
            method = "editMessageText" if message else "sendMessage"
            body |= {"message_id": int(message)} if message else {}
            return str((await self.json("POST", f"{url}/{method}", body))["result"]["message_id"])

        self.hear(str(chat), asked["text"], put, TELEGRAM_SECONDS)


async def main() -> None:
    """Serve each platform whose token is set."""
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as session:
        bot, env = Bot(session), os.environ
        if token := env.get("DISCORD_BOT_TOKEN"):
            await bot.discord(env["DISCORD_API_URL"], env["DISCORD_GATEWAY_URL"], token)
        if token := env.get("TELEGRAM_BOT_TOKEN"):
            await bot.telegram(f"{env['TELEGRAM_API_URL']}/bot{token}")


if __name__ == "__main__":
    asyncio.run(main())
