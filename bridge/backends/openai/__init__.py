"""Answers by any OpenAI-compatible server, the API (qwen wire, official and self-hosted alternatives)."""

from bridge.backends.openai.client import OpenAIClient

__all__ = ["OpenAIClient"]
