"""The list of supported platforms: a new one needs its adapter, and a line here."""

from typing import Any

from adapters.common.platform import Platform
from adapters.discord.platform import DISCORD
from adapters.telegram.platform import TELEGRAM

PLATFORMS: tuple[Platform[Any], ...] = (DISCORD, TELEGRAM)
