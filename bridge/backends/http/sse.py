"""Server-sent events: bytes in, the text of each event out. No input or output of its own."""

from collections.abc import Iterator

MAX_EVENT_BYTES = 1 << 20
"""More than this without an end is no event of an answer."""


class Overflow(ValueError):
    """An event grew beyond MAX_EVENT_BYTES."""


class Decoder:
    """Takes the bytes of a stream however they are cut, and gives the data of each event that is complete.

    Lines end in LF or CRLF; several `data:` lines of one event are joined by LF; other fields and comments are ignored
    (Qwen sends none: qwen wire, SSE framing). A line that is a JSON object without a frame around it counts as one: so
    comes what stands before Qwen.
    """

    def __init__(self) -> None:
        self._rest = bytearray()
        self._data: list[bytes] = []
        self._size = 0

    def feed(self, chunk: bytes) -> Iterator[str]:
        """The events that `chunk` completes. Raises Overflow."""
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
        """The last event, when the stream closed without the blank line after it."""
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
