"""The kinds of faults, as values: what befalls a request or a stream, whatever the wire."""

from dataclasses import dataclass, field
from typing import Literal

from adapters.sandbox.qwen.wire import Body

JSON = "application/json;charset=utf-8"


@dataclass(frozen=True, slots=True)
class Refusal:
    """An error as the wire says it: chat.qwen.ai in an envelope with HTTP status 200, an API with its true `status`."""

    code: str
    details: str
    status: int = 400
    more: Body = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Replacement:
    """This body in place of the answer. `status` is the true HTTP status."""

    text: str
    status: int = 200
    content_type: str = JSON


@dataclass(frozen=True, slots=True)
class ConnectionFault:
    """late: answers after the order's seconds; hang: never answers; drop: closes without a word."""

    then: Literal["late", "hang", "drop"]


@dataclass(frozen=True, slots=True)
class StreamFault:
    """Describe a fault of a stream: the `frames` are sent at a place of it, and then something.

    at      start: in place of the first frame; created: behind it; answer: after so many pieces of text, or as many as
            there are. `every` repeats it after each further piece
    then    end: the stream ends, the answer stays unfinished; close: it ends, but the answer is written on; drop: the
            same, and the connection breaks; stall: nothing more comes; wait: it goes on after the order's seconds;
            on: it goes on
    """

    then: Literal["end", "close", "drop", "stall", "wait", "on"]
    frames: tuple[str, ...] = ()
    at: Literal["start", "created", "answer"] = "answer"
    pieces: int = 0
    every: bool = False
    framed: bool = True
    thinking: bool = False
    content_type: str | None = None


@dataclass(frozen=True, slots=True)
class OtherAnswer:
    """A second answer to the same question, with its frames among those of the first."""


Effect = Refusal | Replacement | ConnectionFault | StreamFault | OtherAnswer


@dataclass(frozen=True, slots=True)
class Fault:
    """A fault with a line of help. A StreamFault or OtherAnswer only befalls completions."""

    name: str
    help: str
    effect: Effect


def page(status: int, words: str) -> Replacement:
    """Return the page by which what stands before a server says that it is not there."""
    text = f"<html><head><title>{status} {words}</title></head><body><h1>{status} {words}</h1></body></html>"
    return Replacement(text, status, "text/html")


BEFORE = (
    Fault("http_500", "true status 500, a page", page(500, "Internal Server Error")),
    Fault("http_502", "true status 502, a page", page(502, "Bad Gateway")),
    Fault("http_503", "true status 503, a page", page(503, "Service Temporarily Unavailable")),
    Fault("empty_body", "status 200 and nothing else", Replacement("")),
    Fault("late", "the response waits for so many seconds", ConnectionFault("late")),
    Fault("hang", "no response ever comes", ConnectionFault("hang")),
    Fault("drop", "the connection closes without a response", ConnectionFault("drop")),
)
"""What goes wrong before a server, whichever it is."""
