"""The ids of the pretended Discord, which carry their time."""

import time
from datetime import UTC, datetime

EPOCH = 1_420_070_400_000


class Snowflakes:
    """Ids that carry their time (milliseconds since 2015, shifted by 22) and always rise."""

    def __init__(self) -> None:
        self._last = 0

    def new(self) -> str:
        """Make the next id."""
        now = (int(time.time() * 1000) - EPOCH) << 22
        self._last = max(now, self._last + 1)
        return str(self._last)


def timestamp(snowflake: str | None = None) -> str:
    """Return the ISO time at which an id was made, or now."""
    seconds = time.time() if snowflake is None else ((int(snowflake) >> 22) + EPOCH) / 1000
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="microseconds")
