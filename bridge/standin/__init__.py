"""A pretend Qwen on loopback that speaks the wire of chat.qwen.ai, for the first run and for tests.

    async with StandIn() as standin:
        ...  # let the client talk to standin.url

It is an independent reading of the wire and strict about it, so that it finds the mistakes of a client: it imports
nothing else of the bridge. What it answers, and the commands in a question (`echo`, `lorem`, `slow`), is told in
`answer`; the switches are told in `server.StandIn`.
"""

from bridge.standin.answer import reply
from bridge.standin.server import Received, StandIn
from bridge.standin.tree import Chat, Message
from bridge.standin.wire import PIECE

__all__ = ["PIECE", "Chat", "Message", "Received", "StandIn", "reply"]
