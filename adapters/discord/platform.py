"""Declare Discord to the program: see adapters.common.platform."""

from adapters.common.platform import Platform
from adapters.discord import sentences
from adapters.discord.settings import DiscordSettings
from bridge import Adapter, Kinds


def _adapter(settings: DiscordSettings, proxy: str | None) -> Adapter | None:
    if settings.discord_bot_token is None:
        return None
    from adapters.discord.adapter import DiscordAdapter  # noqa: PLC0415  with the library, which takes its time

    return DiscordAdapter(
        settings.discord_bot_token.get_secret_value(),
        settings.discord_api_url,
        settings.discord_gateway_url,
        proxy=proxy,
        rates=settings.discord_rates,
        channels=settings.discord_channels,
    )


DISCORD = Platform(
    name="discord",
    token="discord_bot_token",  # noqa: S106  the name of the setting
    settings=DiscordSettings,
    adapter=_adapter,
    kinds=Kinds(("user", "guild", "role", "channel")),
    log_levels={
        "discord": "WARNING",
        "discord.client": "CRITICAL",  # it warns of missing voice and of reconnects; the adapter logs outages
    },
    secrets=(r"\bBot \S+", r"[\w-]{20,}\.[\w-]{6,}\.[\w-]{25,}"),
    sentences={name: sentence for name, sentence in vars(sentences).items() if name.isupper()},
)
