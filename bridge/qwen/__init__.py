"""Qwen: one shared session with chat.qwen.ai."""

from bridge.qwen.client import Qwen
from bridge.qwen.credentials import Credentials
from bridge.qwen.wire import Model

__all__ = ["Credentials", "Model", "Qwen"]
