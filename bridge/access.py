"""Decide who may talk to the bot and how often, as values that the operator configures."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from bridge.model import Author, ConversationKey

Standing = Literal["admin", "member", "barred"]
"""A person's rights: to talk always and manage every conversation, to talk, or neither."""

Words = frozenset[str]
"""Entries of the form platform:kind:id, such as discord:guild:456."""


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

    def standing(self, author: Author, key: ConversationKey) -> Standing:
        """Return what the operator lets this person do in this conversation."""
        platform = key.platform.partition(":")[0]
        words = {f"{platform}:{word}" for word in (f"user:{author.id}", *author.groups)}
        if words & self.admins:
            return "admin"
        return "barred" if words & self.deny or (self.allow and not words & self.allow) else "member"

    def admin_users(self, platform: str) -> list[str]:
        """List the platform's ids of the people whom the operator named as admins, without groups."""
        prefix = f"{platform.partition(':')[0]}:user:"
        return sorted(word.removeprefix(prefix) for word in self.admins if word.startswith(prefix))


def words(value: str, platforms: Mapping[str, Kinds]) -> Words:
    """Read a list of words, divided by commas or blanks; `platforms` tells by name which kinds each platform has.

    An entry without a kind is of the platform's `bare` kind, or of its `negative` one. Raises ValueError with the first
    entry that is not valid.
    """
    return frozenset(_parse_word(word, platforms) for word in re.split(r"[\s,]+", value) if word)


def _parse_word(word: str, platforms: Mapping[str, Kinds]) -> str:
    found = re.fullmatch(r"([a-z]+):(?:([a-z]+):)?(-?[0-9]+)", word.lower())
    platform, kind, number = found.groups() if found else ("", "", "")
    if kinds := platforms.get(platform):
        negative = number.startswith("-")
        kind = kind or (kinds.negative if negative else kinds.bare)
        if kind in kinds.names and (kinds.negative or not negative):
            return f"{platform}:{kind}:{number}"
    known = ", ".join(f"{platform}:{kind}:ID" for platform, kinds in platforms.items() for kind in kinds.names)
    raise ValueError(f"holds “{word}”, which is none of {known}; an ID is a number")
