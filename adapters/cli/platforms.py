"""The platforms that there are: a new one is a line here, and its adapter."""

from typing import Any

from adapters.common.platform import Platform
from adapters.discord.platform import DISCORD
from adapters.telegram.platform import TELEGRAM

PLATFORMS: tuple[Platform[Any], ...] = (DISCORD, TELEGRAM)
