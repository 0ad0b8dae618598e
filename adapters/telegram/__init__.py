"""Connect Telegram: direct messages, groups and topics, by long polling.

Imports nothing, so that the declaration of the platform and its settings come without its library.
"""

import os

# The library gives waits as timedelta when asked so, and warns where it is not.
os.environ.setdefault("PTB_TIMEDELTA", "1")
