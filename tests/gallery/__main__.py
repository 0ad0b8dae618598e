"""`python -m tests.gallery`: draws docs/gallery anew."""

import asyncio
import logging
from pathlib import Path
from tempfile import TemporaryDirectory

import structlog

from adapters.sandbox.discord import FakeDiscord
from adapters.sandbox.qwen import StandIn
from adapters.sandbox.telegram import FakeTelegram
from tests.adapters.stages import DiscordStage, TelegramStage
from tests.gallery import discord, telegram, terminal
from tests.gallery.sent import FOLDER, sent_to_discord, sent_to_telegram


async def drawn(database: str) -> dict[str, str]:
    """The pictures by file name."""
    async with (
        StandIn(settle=0) as standin,
        FakeDiscord() as at_discord,
        DiscordStage(standin, database, at_discord, "channel") as channel,
    ):
        on_discord = await sent_to_discord(channel)
    async with (
        StandIn(settle=0) as standin,
        FakeTelegram() as at_telegram,
        TelegramStage(standin, database, at_telegram, "private") as private,
    ):
        on_telegram = await sent_to_telegram(private)
    return {
        "discord.svg": discord.picture(on_discord),
        "telegram.svg": telegram.picture(on_telegram),
        "terminal.svg": terminal.picture(),
    }


def main() -> None:
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    with TemporaryDirectory() as folder:
        pictures = asyncio.run(drawn(f"sqlite:///{Path(folder) / 'bridge.db'}"))
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name, picture in pictures.items():
        (FOLDER / name).write_text(picture)
        print(f"{FOLDER / name}: {len(picture.encode())} bytes")


if __name__ == "__main__":
    main()
