"""Declare the settings of Discord."""

from typing import Annotated, Literal

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings

from adapters.common.rate_limiter import Rate, Rates
from adapters.common.settings import Http, RateList, Websocket, secret

API_URL = "https://discord.com/api/v10"

Token = Annotated[SecretStr, secret(r"(?!Bot\b)[\x21-\x7e]+", "is not a bot token: it is one word, without “Bot ”")]


class DiscordSettings(BaseSettings):
    """Holds the settings of Discord: the token, the addresses, channels and rate limits."""

    discord_bot_token: Token | None = Field(
        default=None,
        description="The bot's token, from the Discord developer portal.",
        examples=["MTIzNDU2.GAbCdE.aBcDeFgHiJkLmN"],
    )
    discord_api_url: Http = Field(
        default=API_URL, description="Discord's API; change it only for tests.", examples=[API_URL]
    )
    discord_gateway_url: Websocket | None = Field(
        default=None,
        description="Discord's gateway; change it only for tests.",
        examples=["wss://gateway.discord.gg"],
    )
    discord_channels: Literal["shared", "replies", "threads"] = Field(
        default="shared",
        description="How mentions in a channel are answered: shared (all are one conversation, one after the other), "
        "replies (each begins a conversation beside the others, in which replies go on), threads (each in a thread on "
        "it, where the bot may begin one).",
        examples=["replies"],
    )
    discord_send_rate: RateList = Field(
        default="5/5",
        description="Messages in a channel (count/seconds), until Discord says otherwise; 0: no limit.",
        examples=["5/5"],
    )
    discord_edit_rate: RateList = Field(
        default="5/5", description="The same for edits; a growing answer keeps one in reserve.", examples=["5/5"]
    )
    discord_typing_rate: RateList = Field(default="5/5", description="The same for “is typing …”.", examples=["5/5"])
    discord_overall_rate: RateList = Field(
        default="50/1", description="Everything in all channels together.", examples=["50/1"]
    )

    @property
    def discord_rates(self) -> Rates:
        """Return the rate limits to begin with, until Discord's answers name others."""
        return Rates(
            send=Rate.parse(self.discord_send_rate),
            edit=Rate.parse(self.discord_edit_rate),
            typing=Rate.parse(self.discord_typing_rate),
            overall=Rate.parse(self.discord_overall_rate),
        )
