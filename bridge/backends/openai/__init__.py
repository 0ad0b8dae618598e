"""The API backend: any OpenAI-compatible server (qwen wire, official and self-hosted alternatives)."""

from bridge.backends.openai.client import OpenAIClient

__all__ = ["OpenAIClient"]
