"""g4f asks the pretended Qwen, as a guest and with a login: `python -m tests.foreign.clients.ask_g4f URL TOKEN`."""

import asyncio
import sys
from typing import Any

import aiohttp
from g4f.errors import CloudflareError, MissingAuthError, RateLimitError, ResponseError
from g4f.Provider import Qwen
from g4f.Provider.qwen.session import CHAT_URL, QwenAuth
from g4f.providers.response import Reasoning

from tests.foreign.report import Report

report = Report()
url, token = sys.argv[1:]
MODEL = "qwen3.7-plus"
DEVICE = {"bx-umidtoken": "a-device"}
"""Given, as g4f would fetch one from the network."""

Qwen.url = url
headers_for = QwenAuth.request_headers


def request_headers(self: QwenAuth, headers: Any, target: str = CHAT_URL, authorization: bool = True) -> Any:
    """Give the stand-in the credentials that g4f sends to chat.qwen.ai alone."""
    return headers_for(self, headers, target.replace(url, CHAT_URL), authorization)


QwenAuth.request_headers = request_headers


async def ask(words: str, **more: Any) -> tuple[str, dict[str, Any]]:
    """Return the text of an answer, and what else came of it by its kind; `conversation` goes on."""
    text, other = "", {}
    said = [{"role": "user", "content": words}]
    async for part in Qwen.create_async_generator(MODEL, said, headers=DEVICE, **more):
        if isinstance(part, str) and not isinstance(part, Reasoning):
            text += part
        else:
            other[type(part).__name__] = part
    return text, other


async def order(fault: str) -> None:
    """Let a fault befall the next completion."""
    async with (
        aiohttp.ClientSession() as session,
        session.post(f"{url}/standin/faults", json={"name": fault}) as response,
    ):
        response.raise_for_status()


async def main() -> None:
    """Ask two turns as each, and one whole answer; then meet what goes wrong."""
    for who, credentials in (("a guest", {"cookies": {}}), ("a login", {"token": token})):
        text, other = await ask("hello", **credentials)
        report.check(f"{who}, in a stream", text, well="no earlier turns" in text)
        report.check("its usage", dict(other["Usage"].__dict__), well=other["Usage"].total_tokens > 1)
        text, other = await ask("and then?", conversation=other["JsonConversation"], **credentials)
        report.check("the next turn", text, well="1 earlier turn" in text)
        text, other = await ask("hello", stream=False, **credentials)
        report.check("a whole answer", text, well="no earlier turns" in text)
        text, other = await ask("hello", reasoning_effort="high", **credentials)
        report.check("with thoughts", other.get("Reasoning"), well="no earlier turns" in text and "Reasoning" in other)

    for fault, kind in (
        ("quota", RateLimitError),
        ("human_check", CloudflareError),
        ("expired", MissingAuthError),
        ("moderation_frame", ResponseError),
    ):
        await order(fault)
        came: object = "an answer"
        try:
            await ask("hello", token=token)
        except (CloudflareError, MissingAuthError, RateLimitError, ResponseError) as error:
            came = error
        report.check(fault, f"{type(came).__name__}: {came}", well=isinstance(came, kind))


asyncio.run(main())
report.finish()
