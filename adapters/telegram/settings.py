"""Declare the settings of Telegram."""

from typing import Annotated, Literal

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings

from adapters.common.rate_limiter import Rate, Rates
from adapters.common.settings import Http, RateList, secret

API_URL = "https://api.telegram.org"

Token = Annotated[SecretStr, secret(r"\d+:[\w-]+", "is not a bot token: digits, a colon, letters")]


class TelegramSettings(BaseSettings):
    """Holds the settings of Telegram: the token, the address, the forms of answers and rate limits."""

    telegram_bot_token: Token | None = Field(
        default=None,
        description="The bot's token, from @BotFather.",
        examples=["123456789:AAExampleExampleExampleExample"],
    )
    telegram_api_url: Http = Field(
        default=API_URL,
        description="Telegram's Bot API, or your own Bot API server.",
        examples=[API_URL],
    )
    telegram_send_rate: RateList = Field(
        default="3/3", description="Messages in a chat (count/seconds); 0: no limit.", examples=["3/3"]
    )
    telegram_edit_rate: RateList = Field(
        default="3/3", description="The same for edits; a growing answer keeps one in reserve.", examples=["3/3"]
    )
    telegram_typing_rate: RateList = Field(
        default="20/5 40/30", description="The same for “typing …” and drafts.", examples=["20/5 40/30"]
    )
    telegram_group_rate: RateList = Field(
        default="20/60", description="A further limit for messages, and for edits, in groups.", examples=["20/60"]
    )
    telegram_overall_rate: RateList = Field(
        default="30/1", description="Everything in all chats together.", examples=["30/1"]
    )
    telegram_drafts: bool = Field(
        default=False,
        description="1: in private chats, growing answers are Telegram's own previews, which some apps don't show.",
        examples=["1"],
    )
    telegram_rich: Literal["off", "auto", "on"] = Field(
        default="off",
        description="Rich messages, which some apps don't show: off, auto (for tables and formulas) or on.",
        examples=["auto"],
    )

    @property
    def telegram_rates(self) -> Rates:
        """Return the rate limits to keep to."""
        return Rates(
            send=Rate.parse(self.telegram_send_rate),
            edit=Rate.parse(self.telegram_edit_rate),
            typing=Rate.parse(self.telegram_typing_rate),
            group=Rate.parse(self.telegram_group_rate),
            overall=Rate.parse(self.telegram_overall_rate),
        )
