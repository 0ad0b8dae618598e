"""Know the time at Discord, whatever this machine's clock says: by it people's messages are old or new."""

import time
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime


class Clock:
    """Goes by the newest answer of Discord's API; until there is one, this machine's clock has to do.

    `told`: the header Date of that answer, and when it came, by time.monotonic().
    """

    told = ("", 0.0)

    def now(self) -> datetime:
        """Return the time at Discord."""
        date, came_at = self.told
        try:
            told = parsedate_to_datetime(date)
        except ValueError:
            return datetime.now(UTC)
        return told.replace(tzinfo=told.tzinfo or UTC) + timedelta(seconds=time.monotonic() - came_at)
