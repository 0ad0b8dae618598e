"""A person whose Discord speaks German is refused in German, from the slash command to what is shown."""

from tests.adapters.stages import DiscordStage
from tests.waiting import eventually


async def test_a_german_who_asks_is_refused_in_german(channel: DiscordStage) -> None:
    channel.ann.locale = "de"
    channel.standin.fault("quota", num=6)
    await eventually(lambda: channel.discord.commands)
    await channel.discord.command(channel.here, channel.ann, "ask", {"question": "hello"})
    said = "Das Limit von Qwen ist für heute verbraucht. Bitte in etwa 6 Stunden noch einmal fragen."
    await eventually(lambda: any(said in text for text in channel.shown()))
    assert channel.buttons() == ["🔄 Neu schreiben"]
