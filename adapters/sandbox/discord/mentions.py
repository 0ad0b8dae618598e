"""Finds whom a message mentions and whom it really pings, by Discord's rules for content and allowed_mentions."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field

from adapters.sandbox.discord.errors import Payload, invalid_form, too_long

KINDS = ("everyone", "roles", "users")
CODE = re.compile(r"```.*?```|``.*?``|`[^`]*`", re.DOTALL)
USER = re.compile(r"<@!?(\d+)>")
ROLE = re.compile(r"<@&(\d+)>")
EVERYONE = re.compile(r"@(everyone|here)\b")


@dataclass(frozen=True)
class Allowed:
    """A checked allowed_mentions: whole kinds, single ids, and the author of the message replied to."""

    kinds: frozenset[str] = frozenset(KINDS)
    users: frozenset[str] = frozenset()
    roles: frozenset[str] = frozenset()
    replied_user: bool = True

    def user(self, user_id: str) -> bool:
        """Tell whether this user may be mentioned."""
        return "users" in self.kinds or user_id in self.users

    def role(self, role_id: str) -> bool:
        """Tell whether this role may be mentioned."""
        return "roles" in self.kinds or role_id in self.roles


@dataclass(frozen=True)
class Mentions:
    """Ids found in a text, in order of appearance, that may be mentioned."""

    users: list[str] = field(default_factory=list)
    roles: list[str] = field(default_factory=list)
    everyone: bool = False


def read_allowed(value: object) -> Allowed:
    """Check the allowed_mentions of a request; without any, everything is allowed, as on Discord."""
    if value is None:
        return Allowed()
    if not isinstance(value, dict):
        raise invalid_form("allowed_mentions", "MODEL_TYPE_CONVERT", "Expected an object/dictionary.")
    kinds = _names(value, "parse")
    for kind in kinds:
        if kind not in KINDS:
            message = "Value must be one of {'everyone', 'roles', 'users'}."
            raise invalid_form("allowed_mentions.parse", "BASE_TYPE_CHOICES", message)
    users, roles = _names(value, "users"), _names(value, "roles")
    for kind, ids in (("users", users), ("roles", roles)):
        if kind in kinds and ids:
            message = f'parse:["{kind}"] and {kind}: [ids...] are mutually exclusive.'
            raise invalid_form("allowed_mentions", "MESSAGE_ALLOWED_MENTIONS_PARSE_EXCLUSIVE", message)
    return Allowed(kinds, users, roles, bool(value.get("replied_user")))


def _names(allowed: Payload, name: str) -> frozenset[str]:
    items = allowed.get(name) or []
    if not isinstance(items, list):
        raise invalid_form(f"allowed_mentions.{name}", "LIST_TYPE_CONVERT", "Only iterables may be used in a ListType")
    if len(items) > 100:
        raise too_long(f"allowed_mentions.{name}", 100)
    return frozenset(str(item) for item in items)


def find_mentions(text: str, allowed: Allowed) -> Mentions:
    """Return the mentions in a text that are allowed. What stands in code is no mention."""
    text = CODE.sub(" ", text)
    everyone = bool(EVERYONE.search(text)) and "everyone" in allowed.kinds
    return Mentions(_found(USER, text, allowed.user), _found(ROLE, text, allowed.role), everyone)


def _found(pattern: re.Pattern[str], text: str, permits: Callable[[str], bool]) -> list[str]:
    return [found for found in dict.fromkeys(pattern.findall(text)) if permits(found)]
