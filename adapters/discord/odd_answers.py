"""Take a success that says nothing for a lost connection: a proxy or a hotel network answers in Discord's place."""

import json
import re
from types import SimpleNamespace

import aiohttp
from discord.http import Route

_MESSAGES = re.compile(r"/messages(?:/(?:\d+|@original))?$")
"""Matches the addresses at which a message is sent or edited."""

LISTS = ("attachments", "components", "embeds", "mention_roles", "mentions", "reactions", "sticker_items")
"""Fields of a message that the library goes through."""

NOT_DISCORD = "an answer that is not Discord's"


async def refuse_odd_answers(
    _session: aiohttp.ClientSession, _: SimpleNamespace, ended: aiohttp.TraceRequestEndParams
) -> None:
    """Raise ClientOSError for an answer of Discord's API from which the library would make an error of Python's.

    That is one of status 200 or 201 which is no JSON, or empty; to a POST or PATCH it has to be an object, a message
    with what the library insists on; and an error as JSON that is none. A callback of aiohttp's trace: on_request_end.
    """
    response = ended.response
    is_json = response.headers.get("Content-Type") == "application/json"  # the library reads nothing else as JSON
    is_error = response.status >= 400 and is_json
    if not (response.status in (200, 201) or is_error) or not str(ended.url).startswith(Route.BASE):
        return
    try:
        answer = json.loads(await response.read())
    except (ValueError, RecursionError):
        answer = None
    if is_error:
        known = _is_error(response.status, answer)
    elif ended.method in ("POST", "PATCH"):
        known = isinstance(answer, dict) and bool(answer) and not _is_odd_message(str(ended.url.path), answer)
    else:
        known = bool(answer) or answer == []
    if not known or not is_json:
        raise aiohttp.ClientOSError(0, NOT_DISCORD)


def _is_error(status: int, answer: object) -> bool:
    """Tell whether a value is an error as the library reads it (developer documentation, Error Messages)."""
    return (
        isinstance(answer, dict)
        and isinstance(answer.get("code", 0), int)
        and isinstance(answer.get("message", ""), str)
        and isinstance(answer.get("errors", {}), dict)
        and (status != 429 or isinstance(answer.get("retry_after"), int | float))
    )


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
        and str(author["id"]).isdecimal()
        and all(isinstance(answer.get(name, []), list) for name in LISTS)
    )
