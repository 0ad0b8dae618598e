"""Decide who may talk to the bot and how often, as values that the operator configures."""

import re
from dataclasses import dataclass

from bridge.model import Author, ConversationKey

KINDS = {"discord": ("user", "guild", "role", "channel"), "telegram": ("user", "chat")}
"""The kinds that ALLOW, DENY and ADMINS may name on each platform; adapters use the same ones in Author.groups."""

Words = frozenset[str]
"""Entries of the form platform:kind:id, such as discord:guild:456."""


@dataclass(frozen=True, slots=True)
class Limits:
    """Limits the questions of one person, and of all people of one chat (`chat_…`), per hour and day; 0: no limit."""

    hour: int = 0
    day: int = 0
    chat_hour: int = 0
    chat_day: int = 0


@dataclass(frozen=True, slots=True)
class Access:
    """Holds the operator's lists of who may talk.

    allow: who may talk; everybody if it is empty.
    deny: who may not, even if allowed.
    admins: who may always talk, and manages every conversation.
    """

    allow: Words = frozenset()
    deny: Words = frozenset()
    admins: Words = frozenset()

    def may_talk(self, author: Author, key: ConversationKey) -> bool:
        """Tell whether this person may talk to the bot in this conversation."""
        words = _words_of(author, key)
        if words & self.admins:
            return True
        return not words & self.deny and (not self.allow or bool(words & self.allow))

    def is_admin(self, author: Author, key: ConversationKey) -> bool:
        """Tell whether the operator named this person, or a group of theirs, an admin."""
        return bool(_words_of(author, key) & self.admins)

    def admin_users(self, platform: str) -> list[str]:
        """List the platform's ids of the people whom the operator named as admins, without groups."""
        prefix = f"{platform.partition(':')[0]}:user:"
        return sorted(word.removeprefix(prefix) for word in self.admins if word.startswith(prefix))


def words(value: str) -> Words:
    """Parse a list of entries divided by commas or blanks.

    An entry without a kind is a user's id, or a chat's if negative (Telegram). Raises ValueError with the first entry
    that is not valid.
    """
    return frozenset(_parse_word(word) for word in re.split(r"[\s,]+", value) if word)


def _parse_word(word: str) -> str:
    if not (found := re.fullmatch(r"(discord|telegram):(?:([a-z]+):)?(-?[0-9]+)", word.lower())):
        raise _unknown_word(word)
    platform, kind, number = found.groups()
    is_chat = platform == "telegram" and number.startswith("-")
    kind = kind or ("chat" if is_chat else "user")
    if kind not in KINDS[platform] or (number.startswith("-") and not is_chat):
        raise _unknown_word(word)
    return f"{platform}:{kind}:{number}"


def _unknown_word(word: str) -> ValueError:
    known = ", ".join(f"{platform}:{kind}:ID" for platform, kinds in KINDS.items() for kind in kinds)
    return ValueError(f"holds “{word}”, which is none of {known}; an ID is a number")


def _words_of(author: Author, key: ConversationKey) -> Words:
    platform = key.platform.partition(":")[0]
    return frozenset(f"{platform}:{word}" for word in (f"user:{author.id}", *author.groups))
