"""Serve Telegram by long polling: private chats, groups and topics.

This module imports no library of Telegram, so that the platform's declaration and settings come without it.
"""

import os

# The library gives waits as timedelta when asked so, and warns where it is not.
os.environ.setdefault("PTB_TIMEDELTA", "1")
