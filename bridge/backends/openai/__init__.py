"""The API: any server that speaks the OpenAI-compatible protocol (qwen wire, official and self-hosted alternatives)."""

from bridge.backends.openai.client import OpenAIClient

__all__ = ["OpenAIClient"]
