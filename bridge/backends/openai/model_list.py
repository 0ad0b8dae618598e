"""Reads the list of a server's models, and tells which of them can chat."""

import re
from collections.abc import Mapping

from bridge.backends.http.sse import json_of
from bridge.errors import ApiMisled
from bridge.model import Model

Item = Mapping[str, object]

_OTHER_ID = re.compile(
    r"embed|rerank|moderation|whisper|transcri|text-to-|speech|dall-?e|diffusion|paraformer|cosyvoice|sambert|"
    r"(?<![a-z])(?:bge|gte|e5|minilm|colbert|clip|tts|asr|stt|image|imagen|sdxl|flux|wanx?|sora|veo|video|guard|[a-z]*guard)"
    r"(?![a-z])"
)
"""Matches the id, in lower case, of a model that embeds, ranks, listens, speaks, paints or checks."""

_OTHER_KIND = re.compile(
    r"embed|rank|moderat|transcri|speech|audio|asr|tts|image|video|paint|feature-extraction|classif"
)
"""Matches a type or capability of such a model."""

_CHATS = re.compile(r"chat|complet|llm|vlm|language|generat|instruct|conversation|assistant|code|vision|tool|^text$")
"""Matches a type or capability of a model that can chat."""

KINDS = ("type", "model_type", "task", "pipeline_tag")
"""Lists the fields that name the kind of a model; each server has another one."""


def listed(body: bytes) -> list[Model]:
    """Return the models of a list that can chat, or all of them where none seems to; in the server's order.

    The list stands under "data" or "models", or is bare. Raises ApiMisled for any other body.
    """
    value = json_of(body)
    items = value.get("data", value.get("models")) if isinstance(value, Mapping) else value
    if items is None and isinstance(value, Mapping) and "data" in value:
        return []  # as one says that has none yet (Ollama)
    if not isinstance(items, list):
        raise ApiMisled
    named = [(name, item) for item in items if (name := _name(item))]
    names = [name for name, item in named if _chats(name, item)] or [name for name, _ in named]
    return [Model(name, name, active=True, guests=True) for name in dict.fromkeys(names)]


def _name(item: object) -> str:
    if isinstance(item, Mapping):
        item = item.get("id") or item.get("name")
    return item if isinstance(item, str) else ""


def _chats(name: str, item: object) -> bool:
    """Tell whether a model can chat, by what the server says of it, else by its id."""
    said = list(_said(item)) if isinstance(item, Mapping) else []
    if any(_CHATS.search(word) for word in said):
        return True
    if any(_OTHER_KIND.search(word) for word in said):
        return False
    return not _OTHER_ID.search(name.lower())


def _said(item: Item) -> list[str]:
    """Return the words, in lower case, that a server says of what a model can do."""
    able = item.get("capabilities")
    words = [item.get(name) for name in KINDS]
    if isinstance(able, Mapping):
        words += [name if on is True else on for name, on in able.items() if on]
    elif isinstance(able, list):
        words += able
    shape = item.get("architecture")
    puts_out = shape.get("output_modalities") if isinstance(shape, Mapping) else None
    words += puts_out if isinstance(puts_out, list) else []
    return [word.lower() for word in words if isinstance(word, str)]
