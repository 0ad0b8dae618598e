"""A pretend OpenAI-compatible server on loopback, with the delivery and the faults of the other stand-in.

    async with ApiStandIn() as standin:
        ...  # let the client talk to standin.url

faults   what can go wrong, in the words of Model Studio, vLLM, Ollama and llama.cpp
wire     what is taken, what is refused, and the frames of an answer
server   its routes and its switches
"""

from adapters.sandbox.qwen.api.faults import MENU
from adapters.sandbox.qwen.api.server import ApiStandIn, ApiSwitches
from adapters.sandbox.qwen.api.wire import MODEL

__all__ = ["MENU", "MODEL", "ApiStandIn", "ApiSwitches"]
