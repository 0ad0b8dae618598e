"""Declare Telegram to the program: see adapters.common.platform."""

from adapters.common.platform import Platform
from adapters.telegram import sentences
from adapters.telegram.settings import TelegramSettings
from bridge import Adapter, Kinds


def _adapter(settings: TelegramSettings, proxy: str | None) -> Adapter | None:
    if settings.telegram_bot_token is None:
        return None
    from adapters.telegram.adapter import TelegramAdapter  # noqa: PLC0415  with the library, which takes its time
    from adapters.telegram.forms import Forms  # noqa: PLC0415

    return TelegramAdapter(
        settings.telegram_bot_token.get_secret_value(),
        settings.telegram_api_url,
        proxy=proxy,
        rates=settings.telegram_rates,
        forms=Forms(settings.telegram_drafts, settings.telegram_rich),
    )


TELEGRAM = Platform(
    name="telegram",
    token="telegram_bot_token",  # noqa: S106  the name of the setting
    settings=TelegramSettings,
    adapter=_adapter,
    kinds=Kinds(("user", "chat"), negative="chat"),
    log_levels={
        "telegram": "CRITICAL",  # its errors quote whole bodies
        "httpx": "WARNING",
        "httpcore": "WARNING",
    },
    secrets=(r"\d{6,}:[\w-]{30,}",),
    sentences={name: sentence for name, sentence in vars(sentences).items() if name.isupper()},
)
