"""Discord: mentions in servers, replies, threads and direct messages, by the gateway."""

from adapters.discord.adapter import DiscordAdapter

__all__ = ["DiscordAdapter"]
