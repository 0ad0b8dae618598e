"""The keys of Discord's conversations: databases of users hold them, so their form stays."""

from adapters.discord.keys import channel_key, is_private_use, private_use_key, thread_key
from bridge import ConversationKey


def test_a_channel_and_the_thread_on_a_message_are_known_by_their_ids() -> None:
    assert channel_key(12) == thread_key(12) == ConversationKey("discord", "12")
    assert not is_private_use(channel_key(12))


def test_what_one_person_does_where_the_bot_is_no_member_is_apart() -> None:
    assert private_use_key(12, 34) == ConversationKey("discord", "12", "user:34")
    assert is_private_use(private_use_key(12, 34))
