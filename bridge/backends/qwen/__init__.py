"""Answers by the web API of chat.qwen.ai, as its own web page uses it."""

from bridge.backends.qwen.client import QwenClient
from bridge.backends.qwen.credentials import Credentials

__all__ = ["Credentials", "QwenClient"]
