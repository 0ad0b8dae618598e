"""The declaration of a platform, from which the program makes its settings and its adapter."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from pydantic_settings import BaseSettings

from bridge import Adapter, Kinds

S = TypeVar("S", bound=BaseSettings)


@dataclass(frozen=True)
class Platform(Generic[S]):
    """Declares a platform; importing the declaration imports no library of the platform.

    `name`: in lower case, as the operator writes it in ALLOW and as its variables begin. `token`: the field of
    `settings` that holds the bot's token; the platform is served where it is given. `adapter`: makes the adapter from
    the settings and the address of a proxy or None; None without a token. `kinds`: see bridge.Kinds. `log_levels`: the
    least level of its libraries' loggers, by name. `secrets`: regular expressions for what looks like one of its
    secrets. `sentences`: what only this adapter says to people, by name, to be translated.
    """

    name: str
    token: str
    settings: type[S]
    adapter: Callable[[S, str | None], Adapter | None]
    kinds: Kinds
    log_levels: Mapping[str, str] = field(default_factory=dict)
    secrets: tuple[str, ...] = ()
    sentences: Mapping[str, str] = field(default_factory=dict)
