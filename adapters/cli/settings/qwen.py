"""The settings of the backends: the addresses of Qwen, its credentials, and the options of a question."""

from typing import Literal

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings

from adapters.cli.settings.types import Pasted
from adapters.common.settings import Http
from bridge.backends.qwen import Credentials
from bridge.backends.qwen.session import QWEN_URL
from bridge.model import Options


class QwenSettings(BaseSettings):
    """The settings of chat.qwen.ai and of an OpenAI-compatible API."""

    qwen_backend: Literal["web", "api", "auto"] = Field(
        default="web",
        description="What answers: web (chat.qwen.ai), api (QWEN_API_URL), auto: the API while the web refuses.",
        examples=["auto"],
    )
    qwen_api_url: Http | None = Field(
        default=None,
        description="An OpenAI-compatible server, with its path.",
        examples=["https://dashscope-intl.aliyuncs.com/compatible-mode/v1"],
    )
    qwen_api_key: Pasted | None = Field(default=None, description="Its key, if it needs one.", examples=["sk-..."])
    qwen_api_model: str = Field(
        default="", description="Its model; by default the first one it lists.", examples=["qwen3.7-plus"]
    )
    qwen_api_context: int = Field(
        default=30_000,
        ge=4000,
        le=10_000_000,
        description="The most tokens of a conversation to send to the API; the oldest turns are left out first.",
        examples=["30000"],
    )
    qwen_url: Http = Field(default=QWEN_URL, description="The address of Qwen's web app.", examples=[QWEN_URL])
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
        description="The model, as `qwen-bridge models` lists it; by default the first one.",
        examples=["qwen3.8-max"],
    )
    qwen_thinking: bool = Field(default=False, description="1: Qwen thinks before it answers.", examples=["1"])
    qwen_thinking_budget: int = Field(
        default=0,
        ge=0,
        le=1_000_000,
        description="How many tokens Qwen may spend on thinking; 0: no limit. Not every server supports this.",
        examples=["4096"],
    )
    qwen_search: bool = Field(default=False, description="1: Qwen may search the web.", examples=["1"])
    show_thinking: bool = Field(
        default=False, description="1: Qwen's thinking is shown above its answer.", examples=["1"]
    )
    qwen_standin: bool = Field(
        default=False, description="1: answers come from a stand-in that only pretends to be Qwen.", examples=["1"]
    )
    qwen_max_parallel: int | None = Field(
        default=None,
        ge=0,
        le=1000,
        description="How many answers may be written at once; 0: no limit. By default 2 for guests, otherwise 0.",
        examples=["2"],
    )
    qwen_requests_per_minute: int | None = Field(
        default=None,
        ge=0,
        le=10_000,
        description="How many questions to ask Qwen in a minute; 0: no limit. By default 15 for guests, otherwise 0.",
        examples=["15"],
    )

    @property
    def credentials(self) -> Credentials:
        """Return the credentials for chat.qwen.ai; a value that is not set is ""."""
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
        """Return the options of a question for which nobody has chosen others."""
        return Options("", self.qwen_thinking, self.qwen_search, self.show_thinking, self.qwen_thinking_budget)


def _plain(secret: SecretStr | None) -> str:
    return secret.get_secret_value() if secret else ""
