"""What people may try with buttons on the real platforms, and what must not be left behind by it."""

from collections.abc import AsyncIterator

import pytest

from bridge.standin import StandIn
from tests.adapters.stages import DiscordStage, TelegramStage
from tests.fakes.telegram import FakeTelegram
from tests.waiting import eventually


@pytest.fixture
async def group(standin: StandIn, database: str, telegram: FakeTelegram) -> AsyncIterator[TelegramStage]:
    telegram.privacy_mode = False
    async with TelegramStage(standin, database, telegram, "group") as opened:
        yield opened


async def test_a_short_version_leaves_no_file_of_the_long_one_before(channel: DiscordStage) -> None:
    await channel.say("lorem 30000")
    await eventually(lambda: any("Regenerate" in label for label in channel.buttons()) if channel.shown() else False)
    (answer,) = channel.discord.answers(channel.here)
    assert [file.filename for file in answer.attachments] == ["answer.md"]
    channel.standin.reply = lambda prompt, earlier: "short words"
    await channel.press("🔄")
    await channel.hears("short words")
    await eventually(lambda: any("2/2" in label for label in channel.buttons()))
    assert answer.attachments == []
