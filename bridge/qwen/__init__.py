"""Qwen: one shared session with chat.qwen.ai."""

from bridge.qwen.client import Qwen
from bridge.qwen.credentials import Credentials

__all__ = ["Credentials", "Qwen"]
