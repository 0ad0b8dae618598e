"""Decodes server-sent events: bytes in, the data of each event out. No input or output of its own."""

from collections.abc import Iterator

MAX_EVENT_BYTES = 1 << 20
"""Limits one event: more bytes without an end are no event of an answer."""


class Overflow(ValueError):
    """Says that an event grew beyond MAX_EVENT_BYTES."""


class Decoder:
    """Decodes the bytes of a stream, however they are cut, to the data of each event that is complete.

    Lines end in LF or CRLF; several `data:` lines of one event are joined by LF; other fields and comments are ignored
    (Qwen sends none: qwen wire, SSE framing). A line that is a JSON object without a frame around it counts as one: so
    does a server in front of Qwen answer.
    """

    def __init__(self) -> None:
        self._rest = bytearray()
        self._data: list[bytes] = []
        self._size = 0

    def feed(self, chunk: bytes) -> Iterator[str]:
        """Yield the data of the events that `chunk` completes. Raises Overflow."""
        searched = len(self._rest)
        self._rest += chunk
        start = 0
        while (end := self._rest.find(b"\n", max(start, searched))) >= 0:
            line = bytes(self._rest[start:end]).removesuffix(b"\r")
            start = end + 1
            yield from self._line(line)
        del self._rest[:start]
        if len(self._rest) + self._size > MAX_EVENT_BYTES:
            raise Overflow

    def end(self) -> Iterator[str]:
        """Yield the data of the last event, where the stream closed without the blank line after it."""
        if self._rest:
            yield from self._line(bytes(self._rest).removesuffix(b"\r"))
            self._rest.clear()
        yield from self._line(b"")

    def _line(self, line: bytes) -> Iterator[str]:
        if line.startswith(b"data:"):
            data = line[5:].removeprefix(b" ")
            self._data.append(data)
            self._size += len(data)
        elif not line and self._data:
            event = b"\n".join(self._data)
            self._data.clear()
            self._size = 0
            yield event.decode("utf-8", "replace")
        elif line.startswith(b"{"):
            yield line.decode("utf-8", "replace")
