"""Telegram: direct messages, groups and topics, by long polling."""

import os

# The library gives waits as timedelta when asked so, and warns where it is not.
os.environ.setdefault("PTB_TIMEDELTA", "1")

from adapters.telegram.adapter import TelegramAdapter
from adapters.telegram.reply import Forms

__all__ = ["Forms", "TelegramAdapter"]
