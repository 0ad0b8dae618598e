"""Tell for /help how people talk with the bot in the place where they ask for it."""

from telegram import Message, User

from adapters.telegram.sentences import IN_GROUP, PRIVACY_MODE, TOPIC
from bridge import sentences, translated


def guide(message: Message, me: User, language: str) -> tuple[str, ...]:
    """Return Invocation.guide for the chat of a message."""
    asking = [translated(each, language, name=me.username) for each in _asking(message, me)]
    more = (sentences.GUIDE_REPLY, sentences.GUIDE_EDIT, sentences.GUIDE_FILES)
    return (" ".join(asking), *(translated(each, language) for each in more))


def _asking(message: Message, me: User) -> list[str]:
    topic = [TOPIC] if message.is_topic_message else []
    if message.chat.type == message.chat.PRIVATE:
        return [sentences.GREETING, IN_GROUP, *topic]
    privacy = [] if me.can_read_all_group_messages else [PRIVACY_MODE]
    return [sentences.MENTION, *privacy, sentences.EVERYONE, *topic]
