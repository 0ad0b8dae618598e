"""The settings of Discord and of Telegram."""

from typing import Literal

from pydantic import Field
from pydantic_settings import BaseSettings

from adapters.cli.settings.types import DiscordToken, Http, RateList, TelegramToken, Websocket
from adapters.common.rate_limiter import Rate, Rates

DISCORD_API_URL = "https://discord.com/api/v10"
TELEGRAM_API_URL = "https://api.telegram.org"


class DiscordSettings(BaseSettings):
    """How Discord is reached, and how often."""

    discord_bot_token: DiscordToken | None = Field(
        default=None,
        description="The bot's token, from the Discord developer portal.",
        examples=["MTIzNDU2.GAbCdE.aBcDeFgHiJkLmN"],
    )
    discord_api_url: Http = Field(
        default=DISCORD_API_URL, description="Discord's API; another one only for tests.", examples=[DISCORD_API_URL]
    )
    discord_gateway_url: Websocket | None = Field(
        default=None,
        description="Discord's gateway; another one only for tests.",
        examples=["wss://gateway.discord.gg"],
    )
    discord_threads: Literal["off", "mention"] = Field(
        default="off",
        description="mention: a mention in a channel is answered in a thread on it, where the bot may begin one.",
        examples=["mention"],
    )
    discord_send_rate: RateList = Field(
        default="5/5",
        description="Messages in a channel, count/seconds, to begin with; then what Discord says. 0: no limit.",
        examples=["5/5"],
    )
    discord_edit_rate: RateList = Field(
        default="5/5", description="The same for edits; a growing answer leaves one of them free.", examples=["5/5"]
    )
    discord_typing_rate: RateList = Field(default="5/5", description="The same for “is typing …”.", examples=["5/5"])
    discord_overall_rate: RateList = Field(
        default="50/1", description="Everything in all channels together.", examples=["50/1"]
    )

    @property
    def discord_rates(self) -> Rates:
        """What Discord is thought to allow."""
        return Rates(
            send=Rate.parse(self.discord_send_rate),
            edit=Rate.parse(self.discord_edit_rate),
            typing=Rate.parse(self.discord_typing_rate),
            overall=Rate.parse(self.discord_overall_rate),
        )


class TelegramSettings(BaseSettings):
    """How Telegram is reached, how often, and in which forms."""

    telegram_bot_token: TelegramToken | None = Field(
        default=None,
        description="The bot's token, from @BotFather.",
        examples=["123456789:AAExampleExampleExampleExample"],
    )
    telegram_api_url: Http = Field(
        default=TELEGRAM_API_URL,
        description="Telegram's Bot API, or your own Bot API server.",
        examples=[TELEGRAM_API_URL],
    )
    telegram_send_rate: RateList = Field(
        default="3/3", description="Messages in a chat, count/seconds; 0: no limit.", examples=["3/3"]
    )
    telegram_edit_rate: RateList = Field(
        default="3/3", description="The same for edits; a growing answer leaves one of them free.", examples=["3/3"]
    )
    telegram_typing_rate: RateList = Field(
        default="20/5 40/30", description="The same for “typing …” and drafts.", examples=["20/5 40/30"]
    )
    telegram_group_rate: RateList = Field(
        default="20/60", description="What holds for messages and for edits in groups besides.", examples=["20/60"]
    )
    telegram_overall_rate: RateList = Field(
        default="30/1", description="Everything in all chats together.", examples=["30/1"]
    )
    telegram_drafts: bool = Field(
        default=False,
        description="1: in private chats growing answers are Telegram's own previews; some apps do not show them.",
        examples=["1"],
    )
    telegram_rich: Literal["off", "auto", "on"] = Field(
        default="off",
        description="Rich messages, which some apps do not show: off, auto (for tables and formulas) or on.",
        examples=["auto"],
    )

    @property
    def telegram_rates(self) -> Rates:
        """What Telegram is thought to allow."""
        return Rates(
            send=Rate.parse(self.telegram_send_rate),
            edit=Rate.parse(self.telegram_edit_rate),
            typing=Rate.parse(self.telegram_typing_rate),
            group=Rate.parse(self.telegram_group_rate),
            overall=Rate.parse(self.telegram_overall_rate),
        )
