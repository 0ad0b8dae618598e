"""A pretend Qwen on loopback that speaks the wire of chat.qwen.ai, for the first run and for tests.

    async with StandIn() as standin:
        ...  # let the client talk to standin.url

It is an independent reading of the wire and strict about it, so that it finds the mistakes of a client: it imports
nothing else of the bridge. Where to read on:

answer_text, web_search   what it answers, and the commands in a question: `echo`, `lorem`, `slow`, `search`
state, delivery           the switches; options makes command line options of them
faults, scheduled_faults  all that can go wrong, and how it is ordered; fault_kinds: the kinds of it
stream                    one stream on its way: its pace, and what befalls it
control_routes            the addresses under /standin/ that switch it while it runs
api                       another stand-in, which pretends to be an OpenAI-compatible server
"""

from adapters.sandbox.qwen.answer_text import reply
from adapters.sandbox.qwen.api import ApiStandIn
from adapters.sandbox.qwen.fault_kinds import Fault
from adapters.sandbox.qwen.faults import FAULTS
from adapters.sandbox.qwen.message_tree import Chat, Message
from adapters.sandbox.qwen.options import FAULTS_HELP, GROUPS, OPTIONS, Option, configured, configured_api, foreign
from adapters.sandbox.qwen.server import StandIn
from adapters.sandbox.qwen.state import Received
from adapters.sandbox.qwen.wire import PIECE

__all__ = [
    "FAULTS",
    "FAULTS_HELP",
    "GROUPS",
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
