"""Read and set the backfill cursor in the database; helpers of the tests of the backfill."""

import sqlite3
from contextlib import closing
from pathlib import Path

from adapters.discord import backfill
from adapters.sandbox.discord import Channel, Message
from tests.adapters.stages import DiscordStage
from tests.waiting import eventually

HISTORY = "/channels/*/messages"


class Kept:
    """What the database keeps of how far the bot has looked."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def upto(self) -> int:
        """The newest message; -1 where nothing is kept."""
        with closing(sqlite3.connect(self._path)) as connection:
            row = connection.execute("SELECT message FROM cursors WHERE channel = ''").fetchone()
        return int(row[0]) if row else -1

    async def all_of(self, stage: DiscordStage) -> None:
        """Returns when the bot has looked at everything."""
        newest = max(int(message.id) for message in everything(stage))
        await eventually(lambda: self.upto() >= newest - (backfill.MARGIN_MILLISECONDS << 22))

    def set(self, message: int) -> None:
        with closing(sqlite3.connect(self._path)) as connection, connection:
            connection.execute("UPDATE cursors SET message = ? WHERE channel = ''", (message,))


def everything(stage: DiscordStage) -> list[Message]:
    return [message for channel in stage.discord.state.channels.values() for message in channel.messages]


def read(stage: DiscordStage, channel: Channel) -> int:
    """How often what was written in a channel was asked for."""
    return len(stage.discord.asked("GET", f"/channels/{channel.id}/messages"))
