"""Make and read the keys of conversations on Discord."""

from bridge import ConversationKey

PLATFORM = "discord"

_PRIVATE_USE = "user:"
"""Begins ConversationKey.thread of a private-use key, before a person's id. Stored in databases: it must not change.

In every other key of Discord the thread is empty, or names the question that began a conversation in a channel.
"""


def channel_key(channel: int) -> ConversationKey:
    """Return the key of a channel, a direct message or a thread, which is a channel with an id of its own."""
    return ConversationKey(PLATFORM, str(channel))


def thread_key(message: int) -> ConversationKey:
    """Return the key of the thread on a message: both have the same id."""
    return channel_key(message)


def private_use_key(channel: int, user: int) -> ConversationKey:
    """Return the key of one person's conversation by interactions in a channel where the bot is no member."""
    return ConversationKey(PLATFORM, str(channel), f"{_PRIVATE_USE}{user}")


def is_private_use(key: ConversationKey) -> bool:
    """Tell whether the key is from private_use_key: answers go through the interaction that asked."""
    return key.thread.startswith(_PRIVATE_USE)
