"""The API: any server that speaks the OpenAI-compatible protocol (qwen wire, official and self-hosted alternatives)."""

from bridge.api.client import Api

__all__ = ["Api"]
