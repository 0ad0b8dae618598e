"""Name the groups of a person as ALLOW, DENY and ADMINS name them."""

from typing import Any

import discord


def groups(user: discord.User | discord.Member, channel: Any) -> tuple[str, ...]:
    """Return Author.groups: "channel:ID" for the channel and a thread's parent, "guild:ID", "role:ID" for each role.

    Without a Member (in direct messages, or where the bot is not in the server) there are only channels.
    """
    words = [f"channel:{channel.id}"]
    if isinstance(channel, discord.Thread):
        words.append(f"channel:{channel.parent_id}")
    if isinstance(user, discord.Member):
        words += [f"guild:{user.guild.id}", *(f"role:{role.id}" for role in user.roles)]
    return tuple(words)
