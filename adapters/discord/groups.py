"""List what a person is part of where they speak, in the operator's words (ALLOW, DENY, ADMINS)."""

from typing import Any

import discord


def groups(user: discord.User | discord.Member, channel: Any) -> tuple[str, ...]:
    """Name the channel, a thread's parent, the server, and the person's roles there: Author.groups."""
    words = [f"channel:{channel.id}"]
    if isinstance(channel, discord.Thread):
        words.append(f"channel:{channel.parent_id}")
    if isinstance(user, discord.Member):
        words += [f"guild:{user.guild.id}", *(f"role:{role.id}" for role in user.roles)]
    return tuple(words)
