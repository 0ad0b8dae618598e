"""What the real adapters send of the difficult document, to the stand-ins of Discord and Telegram."""

from pathlib import Path

from adapters.sandbox.telegram import Message
from bridge.streaming.chunks import MORE
from tests.adapters.stages import DiscordStage, TelegramStage
from tests.waiting import eventually

FOLDER = Path(__file__).parents[2] / "docs" / "gallery"

DOCUMENT = (Path(__file__).parent / "difficult.md").read_text()

LAST_WORDS = "A blue sky"


async def sent_to_discord(stage: DiscordStage) -> list[str]:
    """The messages that stand in the channel when the answer is whole, as Markdown."""
    await _answered(stage)
    return stage.shown()


async def sent_to_telegram(stage: TelegramStage) -> list[Message]:
    """The messages that stand in the chat when the answer is whole, with their entities."""
    await _answered(stage)
    return stage.telegram.answers(stage.here, topic=stage.topic)


async def _answered(stage: DiscordStage | TelegramStage) -> None:
    await stage.say(f"echo {DOCUMENT}")
    await eventually(lambda: LAST_WORDS in "".join(stage.shown()) and MORE.strip() not in "".join(stage.shown()))
