"""The switches that all stand-ins have, whatever the wire: how answers are sent, and what is held."""

import asyncio
from dataclasses import dataclass, field

from adapters.sandbox.qwen import wire
from adapters.sandbox.qwen.scheduled_faults import FaultSchedule, ScheduledFault


def switch(text: str) -> dict[str, str]:
    """Return a field's metadata: its line of help."""
    return {"help": text}


@dataclass(kw_only=True, eq=False)
class Delivery:
    """The switches of delivery, and what was ordered."""

    port: int = field(default=0, metadata=switch("the port on loopback; 0 chooses one"))

    first_byte: float = field(
        default=0.0,
        metadata=switch(
            "seconds of silence between the headers and the first frame of an answer; of a longer wait than keep_alive "
            "the rest passes between the first frame and the first text, with keep-alive frames"
        ),
    )
    pace: float = field(default=0.0, metadata=switch("seconds between the pieces of text"))
    tokens_per_second: float | None = field(
        default=None, metadata=switch(f"in place of pace: tokens of {wire.TOKEN} characters in a second")
    )
    keep_alive: float = field(
        default=10.0, metadata=switch("seconds without text after which a keep-alive frame is sent")
    )
    chunk: int | None = field(
        default=None, metadata=switch("cuts what is written at every so many bytes, wherever that is")
    )
    batch: int = field(default=1, metadata=switch("frames in one write"))
    newline: str = field(default="\n", metadata=switch("the end of a line in the stream"))
    compress: bool = field(
        default=True, metadata=switch("streams come in brotli, as Qwen's do, or in gzip, for clients that take it")
    )

    flagged: str = field(default="", metadata=switch("words: a question with one of them is moderated"))

    hold_after: int | None = field(default=None, init=False)
    held: int = field(default=0, init=False)
    schedule: FaultSchedule = field(init=False)
    _gate: asyncio.Event = field(default_factory=asyncio.Event, init=False)

    @property
    def host(self) -> str:
        """Return the address and port; known once the server has started."""
        return f"127.0.0.1:{self.port}"

    def fault(
        self,
        name: str,
        on: str = "completions",
        *,
        times: int | None = 1,
        after: int = 0,
        pieces: int | None = None,
        seconds: float = 1.0,
        num: int | None = None,
        said: str = "",
    ) -> None:
        """Order a fault of the menu; `ScheduledFault` tells the rest. Raises ValueError for what there is not."""
        self.schedule.add(ScheduledFault(self.schedule.menu, name, on, times, after, pieces, seconds, num, said))

    @property
    def pending_faults(self) -> int:
        """Count how many ordered faults are still to come."""
        return len(self.schedule.describe())

    def clear_faults(self) -> None:
        """Order nothing any more."""
        self.schedule.clear()

    def flags(self, question: str) -> bool:
        """Tell whether a question has one of the words that are moderated."""
        return any(word in question for word in self.flagged.split())

    def release(self) -> None:
        """Let all answers go on that wait because of `hold_after`."""
        gate, self._gate = self._gate, asyncio.Event()
        gate.set()

    async def pass_gate(self, sent: int) -> None:
        """Wait here if an answer that has sent `sent` pieces is to be held."""
        if sent == self.hold_after:
            self.held += 1
            try:
                await self._gate.wait()
            finally:
                self.held -= 1
