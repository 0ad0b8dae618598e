"""Settings: read once, at the edge, from the environment and `.env`; every mistake is named at once."""

import difflib
import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Annotated, Any, Literal, Self

import platformdirs
from dotenv import dotenv_values
from dotenv.parser import parse_stream
from pydantic import AfterValidator, Field, SecretStr, ValidationError, model_validator
from pydantic_core import ErrorDetails
from pydantic_settings import BaseSettings, SettingsConfigDict
from yarl import URL

from bridge.access import Access, Limits, words
from bridge.errors import CannotStart
from bridge.model import Options
from bridge.pace import Rate, Rates
from bridge.qwen import Credentials
from bridge.qwen.session import QWEN_URL
from bridge.store.schema import MEMORY

DISCORD_API_URL = "https://discord.com/api/v10"
TELEGRAM_API_URL = "https://api.telegram.org"
ENV_FILE = ".env"
WORDS = {
    "bool_parsing": "is neither 1 nor 0",
    "float_parsing": "is not a number",
    "greater_than_equal": "is less than {ge:.0f}",
    "int_from_float": "is not a whole number",
    "int_parsing": "is not a whole number",
    "less_than_equal": "is not a number up to {le:.0f}",
}
"""What is wrong, in fewer words than the library's."""

PREFIXES = ("QWEN_", "DISCORD_", "TELEGRAM_")


def _secret(pattern: str, wrong: str) -> Callable[[SecretStr], SecretStr]:
    def check(value: SecretStr) -> SecretStr:
        if not re.fullmatch(pattern, value.get_secret_value()):
            raise ValueError(wrong)
        return value

    return check


def _url(*schemes: str) -> Callable[[str], str]:
    def check(value: str) -> str:
        try:
            url = URL(value)
            usable = url.scheme in schemes and bool(url.host) and bool(url.port)
        except ValueError:
            usable = False
        if not usable:
            raise ValueError(f"is not an address that starts with {' or '.join(f'{s}://' for s in schemes)}")
        return value.rstrip("/")

    return check


def _database(value: str) -> str:
    if value == MEMORY or (value.startswith("sqlite:///") and len(value) > len("sqlite:///")):
        return value
    raise ValueError("is not the address of a SQLite file")


def _rates(value: str) -> str:
    try:
        Rate.parse(value)
    except ValueError:
        raise ValueError("is no list of rates: count/seconds, or 0 for none") from None
    return value


def _words(value: str) -> str:
    words(value)
    return value


def _upper(value: Any) -> Any:
    return value.upper() if isinstance(value, str) else value


LINE = r"[^\x00-\x1f\x7f]+"
Pasted = Annotated[SecretStr, AfterValidator(_secret(LINE, "holds a line break or another control character"))]
Http = Annotated[str, AfterValidator(_url("http", "https"))]
DiscordToken = Annotated[
    SecretStr, AfterValidator(_secret(r"(?!Bot\b)[\x21-\x7e]+", "is not a bot token: it is one word, without “Bot ”"))
]
RateList = Annotated[str, AfterValidator(_rates)]
WordList = Annotated[str, AfterValidator(_words)]
Count = Annotated[int, Field(ge=0, le=1_000_000)]
TelegramToken = Annotated[
    SecretStr, AfterValidator(_secret(r"\d+:[\w-]+", "is not a bot token: digits, a colon, letters"))
]


class Settings(BaseSettings):
    """One field a variable; its name in capitals is the variable's. Empty means not given."""

    model_config = SettingsConfigDict(
        env_file=ENV_FILE, env_ignore_empty=True, extra="ignore", hide_input_in_errors=True, frozen=True
    )

    discord_bot_token: DiscordToken | None = Field(
        default=None,
        description="The bot's token, from the Discord developer portal.",
        examples=["MTIzNDU2.GAbCdE.aBcDeFgHiJkLmN"],
    )
    discord_api_url: Http = Field(
        default=DISCORD_API_URL, description="Discord's API; another one only for tests.", examples=[DISCORD_API_URL]
    )
    discord_gateway_url: Annotated[str, AfterValidator(_url("ws", "wss"))] | None = Field(
        default=None,
        description="Discord's gateway; another one only for tests.",
        examples=["wss://gateway.discord.gg"],
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
    qwen_url: Http = Field(default=QWEN_URL, description="Where Qwen is.", examples=[QWEN_URL])
    qwen_umidtoken: Pasted | None = Field(
        default=None,
        description="Request header bx-umidtoken; all that a guest needs.",
        examples=["T2gA...from-your-browser"],
    )
    qwen_cookie: Pasted | None = Field(
        default=None, description="Request header Cookie, whole.", examples=["acw_tc=...; x-ap=..."]
    )
    qwen_token: Pasted | None = Field(
        default=None,
        description="The login of an account: what follows “Bearer” in the header Authorization.",
        examples=["eyJ..."],
    )
    qwen_bx_ua: Pasted | None = Field(default=None, description="Request header bx-ua.", examples=["231!..."])
    qwen_bx_v: Pasted | None = Field(default=None, description="Request header bx-v.", examples=["2.5.37"])
    qwen_version: Pasted | None = Field(default=None, description="Request header version.", examples=["0.3.12"])
    qwen_user_agent: Pasted | None = Field(
        default=None, description="Request header User-Agent of the same browser.", examples=["Mozilla/5.0 ..."]
    )
    qwen_model: str = Field(
        default="",
        description="The model, as `qwen-bridge models` lists it; without it the first one.",
        examples=["qwen3.8-max"],
    )
    qwen_thinking: bool = Field(default=False, description="1: Qwen thinks before it answers.", examples=["1"])
    qwen_search: bool = Field(default=False, description="1: Qwen may search the web.", examples=["1"])
    show_thinking: bool = Field(
        default=False, description="1: what Qwen thought is shown above its answer.", examples=["1"]
    )
    qwen_standin: bool = Field(
        default=False, description="1: answers come from a stand-in that only pretends to be Qwen.", examples=["1"]
    )
    qwen_max_parallel: int | None = Field(
        default=None,
        ge=0,
        le=1000,
        description="How many answers may be under way at once; 0: no limit. Without it 2 for guests, else 0.",
        examples=["2"],
    )
    qwen_requests_per_minute: int | None = Field(
        default=None,
        ge=0,
        le=10_000,
        description="How many questions a minute Qwen is asked; 0: no limit. Without it 15 for guests, else 0.",
        examples=["15"],
    )
    allow: WordList = Field(
        default="",
        description="Who may talk to the bot; empty: everybody.",
        examples=["discord:guild:456 telegram:user:5"],
    )
    deny: WordList = Field(
        default="", description="Who may not, though allowed.", examples=["discord:user:123 telegram:chat:-100987"]
    )
    admins: WordList = Field(
        default="",
        description="Who is an admin everywhere, may always talk, and has no budget.",
        examples=["discord:role:789 telegram:user:5"],
    )
    questions_per_hour: Count = Field(
        default=0, description="A person's questions in an hour; 0: no limit.", examples=["20"]
    )
    questions_per_day: Count = Field(default=0, description="A person's questions in 24 hours.", examples=["100"])
    chat_questions_per_hour: Count = Field(
        default=0, description="All questions in one chat or channel in an hour.", examples=["60"]
    )
    chat_questions_per_day: Count = Field(
        default=0, description="All questions in one chat or channel in 24 hours.", examples=["300"]
    )
    group_options: Literal["admins", "all"] = Field(
        default="admins",
        description="Who changes the options where several people talk: admins or all.",
        examples=["all"],
    )
    buttons: bool = Field(default=True, description="0: no buttons below the answers.", examples=["0"])
    proxy_url: Http | None = Field(
        default=None, description="A proxy for Qwen, Discord and Telegram alike.", examples=["http://127.0.0.1:8080"]
    )
    drain_seconds: float = Field(
        default=5.0,
        ge=0,
        le=600,
        description="How long running answers may go on after Ctrl-C or SIGTERM.",
        examples=["5"],
    )
    hold_hours: float = Field(
        default=24.0,
        ge=0,
        le=720,
        description="How long questions are kept while Qwen wants you to renew its access; 0: each is refused at once.",
        examples=["24"],
    )
    keep_days: int = Field(
        default=0,
        ge=0,
        description="After how many days questions and answers are deleted from the database; 0: never.",
        examples=["30"],
    )
    database_url: Annotated[str, AfterValidator(_database)] = Field(
        default="sqlite:///" + str(Path(platformdirs.user_data_dir("qwen-bridge", appauthor=False)) / "bridge.db"),
        description="Where conversations are kept; without it, a file in your data folder.",
        examples=["sqlite:///bridge.db"],
    )
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field(
        default="INFO", description="How much is logged: DEBUG, INFO, WARNING or ERROR.", examples=["INFO"]
    )

    @model_validator(mode="before")
    @classmethod
    def _any_case(cls, values: Any) -> Any:
        if isinstance(values, dict) and "log_level" in values:
            return {**values, "log_level": _upper(values["log_level"])}
        return values

    @classmethod
    def read(cls) -> Self:
        """The settings. Raises CannotStart, with one line for each mistake."""
        _check_file()
        try:
            return cls()
        except ValidationError as error:
            raise CannotStart("\n".join([*map(_mistake, error.errors()), *misspelt()])) from None

    @property
    def credentials(self) -> Credentials:
        """What was pasted for Qwen."""
        return Credentials(
            umidtoken=_plain(self.qwen_umidtoken),
            cookie=_plain(self.qwen_cookie),
            token=_plain(self.qwen_token),
            bx_ua=_plain(self.qwen_bx_ua),
            bx_v=_plain(self.qwen_bx_v),
            version=_plain(self.qwen_version),
            user_agent=_plain(self.qwen_user_agent),
        )

    @property
    def options(self) -> Options:
        """How questions are asked."""
        return Options("", self.qwen_thinking, self.qwen_search, self.show_thinking)

    @property
    def access(self) -> Access:
        """Who may talk."""
        return Access(words(self.allow), words(self.deny), words(self.admins))

    @property
    def limits(self) -> Limits:
        """How often people may ask."""
        return Limits(
            self.questions_per_hour, self.questions_per_day, self.chat_questions_per_hour, self.chat_questions_per_day
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

    @property
    def has_platform(self) -> bool:
        """Whether there is a bot to serve; else the terminal is."""
        return bool(self.discord_bot_token or self.telegram_bot_token)

    def secrets(self) -> Iterator[str]:
        """Every value that must never be seen."""
        for value in self.__dict__.values():
            if isinstance(value, SecretStr):
                yield value.get_secret_value()
        yield from self.credentials.secrets()
        if self.proxy_url and (password := URL(self.proxy_url).password):
            yield password


def misspelt() -> list[str]:
    """One line for each variable that looks like one of ours and is none."""
    known = {name.upper() for name in Settings.model_fields}
    file = set(dotenv_values(ENV_FILE))
    ours = {name for name in {*os.environ, *file} if name.startswith(PREFIXES)} | {n for n in file if _close(n, known)}
    return [_unknown(name, known) for name in sorted(ours - known)]


def _check_file() -> None:
    """Raises CannotStart for a `.env` that is no text of lines NAME=value."""
    try:
        with Path(ENV_FILE).open(encoding="utf-8") as file:
            wrong = [str(line.original.line) for line in parse_stream(file) if line.error]
    except FileNotFoundError:
        return
    except (OSError, UnicodeDecodeError):
        raise CannotStart(
            f"The file {ENV_FILE} cannot be read. Save it as plain text (UTF-8), readable by you."
        ) from None
    if wrong:
        raise CannotStart(f"The file {ENV_FILE} is wrong in line {', '.join(wrong)}: each line is NAME=value.")


def _unknown(name: str, known: set[str]) -> str:
    close = _close(name, known)
    return f"{name} is not a setting of Qwen Bridge" + (f": did you mean {close[0]}?" if close else ".")


def _close(name: str, known: set[str]) -> list[str]:
    return difflib.get_close_matches(name, known, n=1, cutoff=0.75)


def _plain(secret: SecretStr | None) -> str:
    return secret.get_secret_value() if secret else ""


def _mistake(details: ErrorDetails) -> str:
    name = str(details["loc"][0])
    field = Settings.model_fields[name]
    wanted = details.get("ctx", {})
    known = WORDS.get(details["type"], "")
    what = known.format_map(wanted) or details["msg"].removeprefix("Value error, ")
    if details["type"] == "literal_error":
        what = f"is none of {wanted.get('expected', '').replace(chr(39), '')}"
    example = (field.examples or [""])[0]
    return f"{name.upper()} {what}. Example: {name.upper()}={example}"
