"""Who may talk with the bot, and how often: pure values and what follows from them."""

import re
from dataclasses import dataclass

from bridge.model import Author, ConversationKey

KINDS = {"discord": ("user", "guild", "role", "channel"), "telegram": ("user", "chat")}
"""What may be named on each platform; the adapters mint the same words (Author.groups)."""

Words = frozenset[str]
"""Each is platform:kind:id, like discord:guild:456."""


@dataclass(frozen=True, slots=True)
class Limits:
    """How many questions one person, and all people of one chat, may ask in an hour and in a day; 0: no limit."""

    hour: int = 0
    day: int = 0
    chat_hour: int = 0
    chat_day: int = 0


@dataclass(frozen=True, slots=True)
class Access:
    """Who may talk. Nobody allowed by name means everybody; `deny` wins over `allow`, and `admins` over both."""

    allow: Words = frozenset()
    deny: Words = frozenset()
    admins: Words = frozenset()

    def may_talk(self, author: Author, key: ConversationKey) -> bool:
        """Tell whether somebody may talk with the bot in this place."""
        words = _words(author, key)
        if words & self.admins:
            return True
        return not words & self.deny and (not self.allow or bool(words & self.allow))

    def is_admin(self, author: Author, key: ConversationKey) -> bool:
        """Tell whether the operator named somebody an admin."""
        return bool(_words(author, key) & self.admins)

    def admin_users(self, platform: str) -> list[str]:
        """List the people whom the operator named admins on a platform, by their ids."""
        prefix = f"{platform.partition(':')[0]}:user:"
        return sorted(word.removeprefix(prefix) for word in self.admins if word.startswith(prefix))


def words(value: str) -> Words:
    """The words of a list, divided by commas or blanks. Without a kind a number is a person, a negative one a chat.

    Raises ValueError, saying which word is none.
    """
    return frozenset(_word(word) for word in re.split(r"[\s,]+", value) if word)


def _word(word: str) -> str:
    if not (found := re.fullmatch(r"(discord|telegram):(?:([a-z]+):)?(-?[0-9]+)", word.lower())):
        raise _wrong(word)
    platform, kind, number = found.groups()
    is_chat = platform == "telegram" and number.startswith("-")
    kind = kind or ("chat" if is_chat else "user")
    if kind not in KINDS[platform] or (number.startswith("-") and not is_chat):
        raise _wrong(word)
    return f"{platform}:{kind}:{number}"


def _wrong(word: str) -> ValueError:
    known = ", ".join(f"{platform}:{kind}:ID" for platform, kinds in KINDS.items() for kind in kinds)
    return ValueError(f"holds “{word}”, which is none of {known}; an ID is a number")


def _words(author: Author, key: ConversationKey) -> Words:
    platform = key.platform.partition(":")[0]
    return frozenset(f"{platform}:{word}" for word in (f"user:{author.id}", *author.groups))
