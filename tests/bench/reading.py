"""What reading an answer costs, beside the least that anybody could do with the same lines."""

import json
import time
from collections.abc import Callable

import orjson

from bridge.qwen.reader import Reader
from bridge.qwen.sse import Decoder
from tests.bench.report import Report, median

LINES = 20_000
ROUNDS = 7
MOST = 3.0
"""Reading a delta costs at most so many times json.loads of the same line."""


def delta(number: int) -> bytes:
    """A line as Qwen sends it while an answer grows."""
    text = {"role": "assistant", "content": f"word{number} ", "phase": "answer", "status": "typing"}
    usage = {"input_tokens": 542, "output_tokens": number, "output_tokens_details": {"reasoning_tokens": 51}}
    frame = {"choices": [{"delta": text}], "response_id": "0" * 36, "usage": usage, "timestamp": 1772726061}
    return orjson.dumps(frame)


def seconds(action: Callable[[], object]) -> float:
    """CPU seconds of an action."""
    started = time.process_time()
    action()
    return time.process_time() - started


def run(report: Report, *, quick: bool) -> None:
    """Print the figures."""
    report.part("reading: what a delta of an answer costs")
    lines = [delta(number) for number in range(LINES)]
    stream = b"".join(b"data: " + line + b"\n\n" for line in lines)
    chunks = [stream[start : start + 1400] for start in range(0, len(stream), 1400)]

    def least() -> None:
        for line in lines:
            json.loads(line)

    def ours() -> None:
        decoder, reader, count = Decoder(), Reader("chat"), 0
        for chunk in chunks:
            for data in decoder.feed(chunk):
                count += sum(1 for _ in reader.events(orjson.loads(data)))
        assert count == LINES + 1

    pairs = [(seconds(ours), seconds(least)) for _ in range(3 if quick else ROUNDS)]
    ratio = median([mine / theirs for mine, theirs in pairs])
    micro = median([mine for mine, _ in pairs]) / LINES * 1e6
    value = f"{micro:.1f} µs, {ratio:.2f}× json.loads"
    report.figure("reading a delta", value, f"≤ {MOST}×", reached=ratio <= MOST)
