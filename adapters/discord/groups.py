"""Name the groups of a person as ALLOW, DENY and ADMINS name them."""

from typing import Any

import discord


def groups(user: discord.User | discord.Member, channel: Any) -> tuple[str, ...]:
    """Return Author.groups: "channel:ID" for the channel and a thread's parent, "guild:ID", "role:ID" for each role.

    Without a Member (in direct messages, or in a server that the library does not know) there are no roles.
    """
    words = [f"channel:{channel.id}"]
    if isinstance(channel, discord.Thread):
        words.append(f"channel:{channel.parent_id}")
    if isinstance(channel, discord.PartialMessageable) and channel.guild_id:
        words.append(f"guild:{channel.guild_id}")
    if isinstance(user, discord.Member):
        words += [f"guild:{user.guild.id}", *(f"role:{role.id}" for role in user.roles)]
    return tuple(words)
