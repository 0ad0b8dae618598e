"""Finds the pictures that Qwen makes in a chat among the frames of an answer."""

import re
from collections.abc import Iterator, Mapping
from urllib.parse import quote

import orjson

from bridge.answer_events import Picture

Json = Mapping[str, object]

PICTURE_PHASES = ("image_gen", "image_edit", "image", "image_gen_tool", "image_edit_tool", "generate_image")
"""Lists the phases in which pictures come (qwen wire, delta fields)."""

TOOLS = ("image_gen", "image_edit", "generate_image")
"""Names the tools that make pictures, where the phase only says `tool_call`."""

_ADDRESSES = ("image", "url", "image_url", "file_path")
_LISTS = ("images", "results", "data")
"""Name the fields in which a tool's result holds addresses, or further results."""


_WEB = ("https://", "http://")
_PATH = re.compile(r"[^\s:<>{}\[\]\\]{1,500}")
"""Match the beginnings of addresses, and a path in the chat (qwen wire, search results)."""

MOST_DEPTH = 5
"""Limits how deep addresses are looked for in lists and objects."""


class Pictures:
    """Knows which pictures of one answer were seen already, and what was to be drawn.

    `base`: the address below which files of the chat lie, without a slash at its end.
    """

    def __init__(self, base: str) -> None:
        self._base = base
        self._seen: set[str] = set()
        self._description = ""

    def in_delta(self, delta: Json) -> Iterator[Picture]:
        """Yield the pictures that a delta brings, each address once; its content may be an address or JSON."""
        call, extra = delta.get("function_call"), delta.get("extra")
        self._description = _prompt(call) or self._description
        found = extra if isinstance(extra, Mapping) else {}
        # The list has the addresses for display; the tool may name others of the same pictures.
        urls = _urls(found.get("image_list")) or _urls(found.get("tool_result")) or _urls(delta.get("content"))
        for named in urls:
            url = named if named.startswith(_WEB) else f"{self._base}/{quote(named.lstrip('/'), safe='/%?=&')}"
            if url not in self._seen:
                self._seen.add(url)
                yield Picture(url, self._description)


def makes_pictures(delta: Json) -> bool:
    """Tell whether a delta belongs to the making of a picture."""
    phase, call = delta.get("phase"), delta.get("function_call")
    if phase == "tool_call":
        return delta.get("name") in TOOLS or (isinstance(call, Mapping) and call.get("name") in TOOLS)
    return phase in PICTURE_PHASES


def _urls(value: object, depth: int = MOST_DEPTH) -> list[str]:
    """Return the addresses that a field holds, as one, as a list, as objects, or as JSON of those."""
    if isinstance(value, str):
        if value.startswith(_WEB):
            return [value]
        value = _json(value)
    if isinstance(value, Mapping):
        inside = next((value[name] for name in (*_ADDRESSES, *_LISTS) if value.get(name)), None)
        if isinstance(inside, str) and _PATH.fullmatch(inside):
            return [inside]
        return _urls(inside, depth - 1) if depth else []
    return [url for each in value for url in _urls(each, depth - 1)] if depth and isinstance(value, list) else []


def _prompt(call: object) -> str:
    """Return what a call tells the tool to draw; "" while its arguments, which grow frame by frame, are no JSON."""
    arguments = call.get("arguments") if isinstance(call, Mapping) else None
    asked = _json(arguments) if isinstance(arguments, str) else None
    prompt = asked.get("prompt") if isinstance(asked, Mapping) else None
    return prompt if isinstance(prompt, str) else ""


def _json(text: str) -> object:
    """Return the list or object in a text; None for anything else, so that no text is read twice."""
    try:
        value = orjson.loads(text)
    except orjson.JSONDecodeError:
        return None
    return value if isinstance(value, list | dict) else None
