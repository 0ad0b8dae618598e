"""A pretend Qwen on loopback that speaks the wire of chat.qwen.ai, for the first run and for tests.

    async with StandIn() as standin:
        ...  # let the client talk to standin.url

It is an independent reading of the wire and strict about it, so that it finds the mistakes of a client: it imports
nothing else of the bridge. Where to read on:

answer, searching   what it answers, and the commands in a question: `echo`, `lorem`, `slow`, `search`
state, delivery     the switches; options makes command line options of them
faults, orders      all that can go wrong, and how it is ordered; effects: the kinds of it
course              one stream on its way: its pace, and what befalls it
control             the addresses under /standin/ that switch it while it runs
api                 another stand-in, which pretends to be an OpenAI-compatible server
"""

from bridge.standin.answer import reply
from bridge.standin.api import ApiStandIn
from bridge.standin.effects import Fault
from bridge.standin.faults import FAULTS
from bridge.standin.options import FAULTS_HELP, OPTIONS, Option, configured, configured_api, foreign
from bridge.standin.server import StandIn
from bridge.standin.state import Received
from bridge.standin.tree import Chat, Message
from bridge.standin.wire import PIECE

__all__ = [
    "FAULTS",
    "FAULTS_HELP",
    "OPTIONS",
    "PIECE",
    "ApiStandIn",
    "Chat",
    "Fault",
    "Message",
    "Option",
    "Received",
    "StandIn",
    "configured",
    "configured_api",
    "foreign",
    "reply",
]
