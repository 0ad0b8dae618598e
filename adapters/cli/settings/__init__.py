"""The settings: read once at the start from the environment and `.env`, with all mistakes reported together."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar, Literal, Self

import platformdirs
from pydantic import Field, PrivateAttr, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import SettingsConfigDict
from yarl import URL

from adapters.cli.platforms import PLATFORMS
from adapters.cli.settings import validation
from adapters.cli.settings.qwen import QwenSettings
from adapters.cli.settings.types import Count, Database
from adapters.cli.settings.validation import ENV_FILE
from adapters.common.platform import Platform
from adapters.common.settings import Http
from bridge.access import Access, Kinds, Limits, words
from bridge.core.policy import Policy
from bridge.errors import CannotStart


# The documents list the fields of the last base first. mypy does not follow bases that are computed.
class Settings(QwenSettings, *(platform.settings for platform in reversed(PLATFORMS))):  # type: ignore[misc]
    """All settings, a field for each environment variable of the same name in capitals; an empty one counts as unset.

    `platforms`: those whose settings are among its fields. A subclass may add one.
    """

    platforms: ClassVar[Sequence[Platform[Any]]] = PLATFORMS
    _doubts: list[str] = PrivateAttr(default_factory=list)

    model_config = SettingsConfigDict(
        env_file=ENV_FILE, env_ignore_empty=True, extra="ignore", hide_input_in_errors=True, frozen=True
    )

    allow: str = Field(
        default="",
        description="Who may talk to the bot; empty: everybody.",
        examples=["discord:guild:456 telegram:user:5"],
    )
    deny: str = Field(
        default="",
        description="Who may not, even where ALLOW names them.",
        examples=["discord:user:123 telegram:chat:-100987"],
    )
    admins: str = Field(
        default="",
        description="Who is an admin everywhere: may always talk, without a budget.",
        examples=["discord:role:789 telegram:user:5"],
    )
    questions_per_hour: Count = Field(
        default=0, description="How many questions a person may ask in an hour; 0: no limit.", examples=["20"]
    )
    questions_per_day: Count = Field(
        default=0, description="How many questions a person may ask in 24 hours.", examples=["100"]
    )
    chat_questions_per_hour: Count = Field(
        default=0, description="How many questions one chat or channel may ask in an hour.", examples=["60"]
    )
    chat_questions_per_day: Count = Field(
        default=0, description="How many questions one chat or channel may ask in 24 hours.", examples=["300"]
    )
    group_options: Literal["admins", "all"] = Field(
        default="admins",
        description="Who may change the options where several people talk: admins or all.",
        examples=["all"],
    )
    notice: str = Field(
        default="",
        max_length=300,
        description="What people should know, in up to 300 characters; /start and /help say it.",
        examples=["Run by the chess club. Questions? Ask Ann."],
    )
    buttons: bool = Field(default=True, description="0: no buttons below the answers.", examples=["0"])
    proxy_url: Http | None = Field(
        default=None, description="A proxy for Qwen, Discord and Telegram alike.", examples=["http://127.0.0.1:8080"]
    )
    drain_seconds: float = Field(
        default=5.0,
        ge=0,
        le=600,
        description="How many seconds running answers may take to finish after Ctrl-C or SIGTERM.",
        examples=["5"],
    )
    hold_hours: float = Field(
        default=24.0,
        ge=0,
        le=720,
        description="How long questions are kept until you have renewed the access to Qwen; 0: they are refused.",
        examples=["24"],
    )
    resume_hours: float = Field(
        default=24.0,
        ge=0,
        le=720,
        description="Questions that waited longer while the bot was away are answered once somebody presses Continue; "
        "0: always answered.",
        examples=["24"],
    )
    keep_days: int = Field(
        default=0,
        ge=0,
        description="After how many days questions and answers are deleted from the database; 0: never.",
        examples=["30"],
    )
    database_url: Database = Field(
        default="sqlite:///" + str(Path(platformdirs.user_data_dir("qwen-bridge", appauthor=False)) / "bridge.db"),
        description="Where conversations are kept; by default a file in your data folder.",
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

    @field_validator("allow", "deny", "admins")
    @classmethod
    def _known_words(cls, value: str) -> str:
        words(value, cls.kinds())
        return value

    @classmethod
    def read(cls, file: str | None = None) -> Self:
        """Read the environment and `file`, by default ENV_FILE. Raises CannotStart with a line for each mistake."""
        file = file or ENV_FILE
        validation.check_file(file)
        old_names, doubts = validation.renamed(file)
        doubts += cls.misspelt(file)
        try:
            settings = cls(_env_file=file, **old_names)
        except ValidationError as error:
            wrong = [validation.mistake(details, cls.model_fields) for details in error.errors()]
            raise CannotStart("\n".join(wrong + doubts)) from None
        settings._doubts = doubts + validation.exposed(file, cls.model_fields)
        return settings

    @classmethod
    def misspelt(cls, file: str = ENV_FILE) -> list[str]:
        """Return a message for each variable that looks like a setting and is none; see validation.misspelt()."""
        return validation.misspelt(file, cls.model_fields, cls.prefixes())

    @property
    def doubts(self) -> Sequence[str]:
        """Return the warnings: of old names and misspelt settings, and of secrets that others can read."""
        return self._doubts

    @classmethod
    def prefixes(cls) -> tuple[str, ...]:
        """Return the prefixes of variables that nobody else uses: with one of them, a variable must be a setting."""
        return ("QWEN_", *(f"{platform.name.upper()}_" for platform in cls.platforms))

    @classmethod
    def kinds(cls) -> Mapping[str, Kinds]:
        """Return the kinds of ids that ALLOW, DENY and ADMINS may hold, by the platform's name."""
        return {platform.name: platform.kinds for platform in cls.platforms}

    @classmethod
    def tokens(cls) -> list[str]:
        """Return the variables of the platforms' bot tokens."""
        return [platform.token.upper() for platform in cls.platforms]

    @property
    def access(self) -> Access:
        """Return ALLOW, DENY and ADMINS, parsed."""
        return Access(*(words(value, self.kinds()) for value in (self.allow, self.deny, self.admins)))

    @property
    def limits(self) -> Limits:
        """Return how many questions a person and a chat may ask."""
        return Limits(
            self.questions_per_hour, self.questions_per_day, self.chat_questions_per_hour, self.chat_questions_per_day
        )

    @property
    def policy(self) -> Policy:
        """Return the settings that the core of the bridge needs."""
        return Policy(
            options=self.options,
            buttons=self.buttons,
            access=self.access,
            limits=self.limits,
            everybody_chooses=self.group_options == "all",
            hold_seconds=self.hold_hours * 3600,
            resume_seconds=self.resume_hours * 3600,
            keep_days=self.keep_days,
            notice=self.notice,
        )

    @property
    def has_platform(self) -> bool:
        """Tell whether the token of any platform is set; without one, the terminal is served."""
        return any(getattr(self, platform.token) for platform in self.platforms)

    def secrets(self) -> Iterator[str]:
        """Yield every secret among the values, which no log may hold."""
        for value in self.__dict__.values():
            if isinstance(value, SecretStr):
                yield value.get_secret_value()
        yield from self.credentials.secrets()
        if self.proxy_url and (password := URL(self.proxy_url).password):
            yield password


def _upper(value: Any) -> Any:
    return value.upper() if isinstance(value, str) else value
