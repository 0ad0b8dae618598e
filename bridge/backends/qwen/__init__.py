"""Qwen: one shared session with chat.qwen.ai."""

from bridge.backends.qwen.client import QwenClient
from bridge.backends.qwen.credentials import Credentials

__all__ = ["Credentials", "QwenClient"]
