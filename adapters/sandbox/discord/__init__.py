"""A pretended Discord for trials and tests: REST v10, gateway and CDN on 127.0.0.1, as strict as the real one."""

from adapters.sandbox.discord.channels import Channel, Guild
from adapters.sandbox.discord.components import Button
from adapters.sandbox.discord.interactions import Interaction
from adapters.sandbox.discord.message import Flag, Message
from adapters.sandbox.discord.requests import Request
from adapters.sandbox.discord.server import FakeDiscord
from adapters.sandbox.discord.users import Event, Permission, User

__all__ = [
    "Button",
    "Channel",
    "Event",
    "FakeDiscord",
    "Flag",
    "Guild",
    "Interaction",
    "Message",
    "Permission",
    "Request",
    "User",
]
