"""Take a success that says nothing for a lost connection: a proxy or a hotel network answers in Discord's place."""

import json
import re
from types import SimpleNamespace

import aiohttp
from discord.http import Route

_MESSAGES = re.compile(r"/messages(?:/(?:\d+|@original))?$")
"""Matches the addresses at which a message is sent or edited."""

NOT_DISCORD = "an answer that is not Discord's"


async def refuse_odd_answers(
    _session: aiohttp.ClientSession, _: SimpleNamespace, ended: aiohttp.TraceRequestEndParams
) -> None:
    """Raise ClientOSError for an answer of Discord's API from which the library would make an error of Python's.

    That is one of status 200 or 201 which is no JSON, or empty; to a POST or PATCH it has to be an object, a message
    with what the library insists on. A callback of aiohttp's trace: on_request_end.
    """
    if ended.response.status not in (200, 201) or not str(ended.url).startswith(Route.BASE):
        return
    try:
        answer = json.loads(await ended.response.read())
    except (ValueError, RecursionError):
        answer = None
    if ended.method in ("POST", "PATCH"):
        known = isinstance(answer, dict) and bool(answer) and not _is_odd_message(str(ended.url.path), answer)
    else:
        known = bool(answer) or answer == []
    # The library reads nothing else as JSON (discord.http, json_or_text).
    if not known or ended.response.headers.get("Content-Type") != "application/json":
        raise aiohttp.ClientOSError(0, NOT_DISCORD)


def _is_odd_message(path: str, answer: dict[str, object]) -> bool:
    """Tell whether an object stands where a message belongs, and is none."""
    if not _MESSAGES.search(path):
        return False
    number, author = answer.get("id"), answer.get("author")
    return not (
        isinstance(number, str)
        and number.isdecimal()
        and isinstance(answer.get("type"), int)
        and isinstance(answer.get("content"), str)
        and isinstance(author, dict)
        and author.keys() >= {"id", "username", "discriminator", "avatar"}
    )
