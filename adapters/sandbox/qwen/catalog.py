"""The models that the stand-in offers, as GET /api/models lists them; any of the `max_*` keys may be missing."""

from typing import Any

Item = dict[str, Any]
"""One entry of the list, as it is on the wire."""


def _item(name: str, *, guests: bool = True, active: bool = True, vision: bool = True, **limits: int) -> Item:
    model = name.lower()
    capabilities = {"vision": vision, "document": True, "thinking": True, "search": True, "citations": True}
    meta = {
        "profile_image_url": "/static/favicon.png",
        "description": f"A stand-in for {name}.",
        "short_description": "A stand-in.",
        "capabilities": capabilities,
        **limits,
        "abilities": {"vision": int(vision), "document": 1, "thinking": 3, "citations": 1, "parse_url": 2},
        "chat_type": ["t2t", "search", "artifacts", "web_dev", "deep_research", "learn"],
        "mcp": ["code-interpreter"],
        "modality": ["text", "image"] if vision else ["text"],
        "auto_thinking": True,
        "auto_search": True,
        "thinking_format": "summary",
        "think_skip": {"enable": True},
    }
    info = {
        "id": model,
        "user_id": "00000000-0000-4000-8000-000000000000",
        "base_model_id": None,
        "name": name,
        "meta": meta,
        "access_control": None,
        "is_active": active,
        "is_visitor_active": guests,
        "updated_at": 1786000000,
        "created_at": 1786000000,
    }
    item = {"id": model, "name": name, "object": "model", "owned_by": "qwen", "info": info}
    return item | {"preset": True, "action_ids": []}


MODELS = [
    _item("Qwen3.8-Max", guests=False, max_context_length=1048576, max_generation_length=65536),
    _item(
        "Qwen3.7-Plus",
        max_context_length=1048576,
        max_generation_length=65536,
        max_thinking_generation_length=81920,
        max_summary_generation_length=32768,
    ),
    _item("Qwen3.7-Max", vision=False, max_context_length=262144, max_summary_generation_length=32768),
    _item("Qwen3.6-Plus", max_context_length=1048576),
    _item("Qwen3.5-Plus", active=False, max_context_length=262144, max_generation_length=32768),
    _item("Qwen3.5-Omni-Plus", guests=False),
    _item("Qwen3-Max", max_context_length=262144, max_generation_length=32768),
    _item("Qwen3-Coder-Plus", vision=False, max_context_length=1048576, max_generation_length=65536),
]

FOR_ACCOUNTS = frozenset(item["id"] for item in MODELS if item["info"]["is_active"])
FOR_GUESTS = frozenset(
    item["id"] for item in MODELS if item["id"] in FOR_ACCOUNTS and item["info"]["is_visitor_active"]
)
