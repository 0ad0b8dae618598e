"""Who may talk with the bot, and how often: pure values and what follows from them."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from bridge.model import Author, ConversationKey

Words = frozenset[str]
"""Each is platform:kind:id, like discord:guild:456."""


@dataclass(frozen=True, slots=True)
class Kinds:
    """Names the kinds of ids that an operator may write of one platform; its adapter mints the same in Author.groups.

    `names`: every kind; "user" stands for a person. `bare`: the kind of a number without one. `negative`: the kind of a
    negative number without one; where it is empty, no id is negative.
    """

    names: tuple[str, ...]
    bare: str = "user"
    negative: str = ""


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


def words(value: str, platforms: Mapping[str, Kinds]) -> Words:
    """Read a list of words, divided by commas or blanks; `platforms` tells by name which kinds each platform has.

    Raises ValueError, saying which word is none.
    """
    return frozenset(_word(word, platforms) for word in re.split(r"[\s,]+", value) if word)


def _word(word: str, platforms: Mapping[str, Kinds]) -> str:
    found = re.fullmatch(r"([a-z]+):(?:([a-z]+):)?(-?[0-9]+)", word.lower())
    platform, kind, number = found.groups() if found else ("", "", "")
    if kinds := platforms.get(platform):
        negative = number.startswith("-")
        kind = kind or (kinds.negative if negative else kinds.bare)
        if kind in kinds.names and (kinds.negative or not negative):
            return f"{platform}:{kind}:{number}"
    known = ", ".join(f"{platform}:{kind}:ID" for platform, kinds in platforms.items() for kind in kinds.names)
    raise ValueError(f"holds “{word}”, which is none of {known}; an ID is a number")


def _words(author: Author, key: ConversationKey) -> Words:
    platform = key.platform.partition(":")[0]
    return frozenset(f"{platform}:{word}" for word in (f"user:{author.id}", *author.groups))
