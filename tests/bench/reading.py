"""What reading an answer costs, beside the least that anybody could do with the same lines."""

import json
import time
from collections.abc import Callable, Iterable, Mapping, Sequence

import orjson

from bridge.answer_events import Event, Text
from bridge.backends.http.sse import Decoder
from bridge.backends.openai.stream import OpenAIStream
from bridge.backends.openai.think_tags import ThinkTagSplitter
from bridge.backends.qwen.stream import QwenStream
from tests.bench.report import Report, median

LINES = 20_000
ROUNDS = 7
MOST = 3.0
"""Reading a delta costs at most so many times json.loads of the same line."""


def web_delta(number: int) -> bytes:
    """A line as chat.qwen.ai sends it while an answer grows."""
    text = {"role": "assistant", "content": f"word{number} ", "phase": "answer", "status": "typing"}
    usage = {"input_tokens": 542, "output_tokens": number, "output_tokens_details": {"reasoning_tokens": 51}}
    frame = {"choices": [{"delta": text}], "response_id": "0" * 36, "usage": usage, "timestamp": 1772726061}
    return orjson.dumps(frame)


def api_delta(number: int) -> bytes:
    """The same as an API sends it."""
    choice = {"index": 0, "delta": {"content": f"word{number} "}, "logprobs": None, "finish_reason": None}
    frame = {"id": f"chatcmpl-{'0' * 36}", "object": "chat.completion.chunk", "created": 1772726061, "model": "qwen"}
    return orjson.dumps(frame | {"choices": [choice]})


Read = Callable[[Mapping[str, object]], Iterable[Event]]

DOORS: Sequence[tuple[str, Callable[[int], bytes], Callable[[], Read]]] = (
    ("chat.qwen.ai", web_delta, lambda: QwenStream("chat").events),
    ("an API", api_delta, lambda: OpenAIStream(ThinkTagSplitter()).events),
)


def seconds(action: Callable[[], object]) -> float:
    """CPU seconds of an action."""
    started = time.process_time()
    action()
    return time.process_time() - started


def run(report: Report, *, quick: bool) -> None:
    """Print the figures."""
    report.part("reading: what a delta of an answer costs")
    for name, delta, reader in DOORS:
        _read(report, name, [delta(number) for number in range(LINES)], reader, 3 if quick else ROUNDS)


def _read(report: Report, name: str, lines: Sequence[bytes], reader: Callable[[], Read], rounds: int) -> None:
    stream = b"".join(b"data: " + line + b"\n\n" for line in lines)
    chunks = [stream[start : start + 1400] for start in range(0, len(stream), 1400)]

    def least() -> None:
        for line in lines:
            json.loads(line)

    def ours() -> None:
        decoder, read, count = Decoder(), reader(), 0
        for chunk in chunks:
            for data in decoder.feed(chunk):
                count += sum(isinstance(event, Text) for event in read(orjson.loads(data)))
        assert count == LINES

    pairs = [(seconds(ours), seconds(least)) for _ in range(rounds)]
    ratio = median([mine / theirs for mine, theirs in pairs])
    micro = median([mine for mine, _ in pairs]) / LINES * 1e6
    value = f"{micro:.1f} µs, {ratio:.2f}× json.loads"
    report.figure(f"reading a delta of {name}", value, f"≤ {MOST}×", reached=ratio <= MOST)
