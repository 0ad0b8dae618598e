"""A person whose Discord or Telegram speaks German is refused in German, all the way to what is shown."""

from bridge import translated
from bridge.i18n import sentences
from tests.adapters.stages import DiscordStage, TelegramStage
from tests.waiting import eventually


async def test_a_german_who_asks_on_discord_is_refused_in_german(channel: DiscordStage) -> None:
    channel.ann.locale = "de"
    channel.standin.fault("quota", num=6)
    await eventually(lambda: channel.discord.commands)
    await channel.discord.command(channel.here, channel.ann, "ask", {"question": "hello"})
    said = "Das Limit von Qwen ist für heute erreicht. Bitte in etwa 6 Stunden noch einmal fragen."
    await eventually(lambda: any(said in text for text in channel.shown()))
    assert channel.buttons() == ["🔄 Neu schreiben"]


async def test_a_german_who_asks_on_telegram_is_refused_in_german(private: TelegramStage) -> None:
    uwe = private.telegram.user("Uwe", language="de")
    chat = private.telegram.private(uwe)
    private.standin.fault("quota", num=1)
    await private.telegram.say(chat, uwe, "hello")
    said = "Das Limit von Qwen ist für heute erreicht. Bitte in etwa 1 Stunde noch einmal fragen."
    await eventually(lambda: private.shown_in(chat) == [said])
    await private.telegram.say(chat, uwe, "/start")
    await eventually(lambda: translated(sentences.GREETING, "de") in "".join(private.shown_in(chat)[1:]))
