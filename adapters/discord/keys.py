"""Make and read the keys of conversations on Discord."""

from bridge import ConversationKey

PLATFORM = "discord"

_PRIVATE_USE = "user:"
"""With a person's id in ConversationKey.thread, which databases of users hold; else that is empty here."""


def channel_key(channel: int) -> ConversationKey:
    """Make the key of a channel or a direct message; a thread is a channel with an id of its own."""
    return ConversationKey(PLATFORM, str(channel))


def thread_key(message: int) -> ConversationKey:
    """Make the key of the thread on a message: both have the same id."""
    return channel_key(message)


def private_use_key(channel: int, user: int) -> ConversationKey:
    """Make the key of what one person does, by interactions, in a place where the bot is no member."""
    return ConversationKey(PLATFORM, str(channel), f"{_PRIVATE_USE}{user}")


def is_private_use(key: ConversationKey) -> bool:
    """Tell whether the bot is no member there, and answers through the interaction that asked."""
    return key.thread.startswith(_PRIVATE_USE)
