"""A pretended Telegram for trials and tests: the Bot API and its files on 127.0.0.1, as strict as the real one."""

from adapters.sandbox.telegram.callbacks import Press
from adapters.sandbox.telegram.drafts import Draft
from adapters.sandbox.telegram.entities import Entity, stretch
from adapters.sandbox.telegram.faults import Fault
from adapters.sandbox.telegram.flood_control import Limits
from adapters.sandbox.telegram.keyboards import Button
from adapters.sandbox.telegram.model import Chat, Message, User
from adapters.sandbox.telegram.params import Params
from adapters.sandbox.telegram.server import FakeTelegram, Request
from adapters.sandbox.telegram.state import Action

__all__ = [
    "Action",
    "Button",
    "Chat",
    "Draft",
    "Entity",
    "FakeTelegram",
    "Fault",
    "Limits",
    "Message",
    "Params",
    "Press",
    "Request",
    "User",
    "stretch",
]
