"""The composition root: makes the store, the backend, the bridge and the adapters from the settings."""

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import structlog
from yarl import URL

from adapters.cli.settings import Settings
from bridge import Adapter, CannotStart
from bridge.access import Access
from bridge.backends.base import Backend, Lessons
from bridge.backends.fallback import Fallback
from bridge.backends.http.limiter import GUEST_PARALLEL, GUEST_PER_MINUTE, Limiter
from bridge.backends.qwen import Credentials, QwenClient
from bridge.backends.qwen.credentials_file import NOTHING, CredentialsFile
from bridge.backends.qwen.session import QWEN_URL
from bridge.core.bridge import Bridge
from bridge.core.policy import Policy
from bridge.errors import QwenError
from bridge.runtime import log as runtime_log
from bridge.runtime.backoff import Backoff
from bridge.store import Store
from bridge.store.connection import MEMORY, path_of

if TYPE_CHECKING:
    from adapters.terminal import TerminalAdapter

log = structlog.get_logger(__name__)

NO_QWEN = (
    "QWEN_UMIDTOKEN is missing, and Qwen doesn't answer without it. Open chat.qwen.ai in your browser and copy the "
    "request header bx-umidtoken from the network panel (the README shows where), or paste the whole request into "
    "`qwen-bridge login`; to try it with pretended answers, set QWEN_STANDIN=1. "
    "Example: QWEN_UMIDTOKEN=T2gA...from-your-browser"
)
NO_API_URL = (
    "QWEN_API_URL is missing: QWEN_BACKEND={backend} asks an OpenAI-compatible server. "
    "Example: QWEN_API_URL=http://127.0.0.1:8000/v1"
)
LOGIN_IN_URL = (
    "QWEN_API_URL holds a name or a password, which doesn't go together with a key: put the key into QWEN_API_KEY. "
    "Example: QWEN_API_URL=http://127.0.0.1:8000/v1"
)
STANDIN_ASKED = "QWEN_STANDIN=1: a stand-in answers, which only pretends to be Qwen."
STANDIN_UNASKED = "No Qwen credential (QWEN_UMIDTOKEN): a stand-in answers, nothing is kept."

OPEN = (
    "Anyone who finds the bot can talk to it, with your access to Qwen. ALLOW says who may, "
    "QUESTIONS_PER_DAY how much they may ask (README, Who may talk). Example: ALLOW=discord:guild:456 telegram:user:5"
)

OPERATOR = Access(admins=frozenset({"terminal:user:me"}))
"""Lets whoever sits at the terminal see what an admin sees; see adapters.terminal."""

STANDIN_PACE_SECONDS = 0.02
"""The time between two pieces of a pretended answer: long enough to see the answer grow."""


def credentials_file(settings: Settings) -> Path | None:
    """Return the path of the credentials file, beside the database; None where that is in memory.

    Credentials for another address than Qwen's have a file of their own.
    """
    path = path_of(settings.database_url)
    url = URL(settings.qwen_url)
    name = "credentials.json" if settings.qwen_url == QWEN_URL else f"credentials-{url.host}-{url.port}.json"
    return Path(path).with_name(name) if path else None


def credentials(settings: Settings) -> Credentials:
    """Load the credentials for Qwen: those of the settings, or newer ones from the credentials file."""
    return CredentialsFile(credentials_file(settings), settings.credentials).load()


def uses_standin(settings: Settings, *, trial: bool = True) -> bool:
    """Tell whether the stand-in answers instead of Qwen: where that is set, or where there are no credentials.

    Raises CannotStart where there are none and this is no `trial`: a platform is served, or a script asks, and its
    people would take the answers for Qwen's.
    """
    if settings.qwen_standin:
        return True
    if credentials(settings) != NOTHING or settings.qwen_url != QWEN_URL:
        return False
    if settings.has_platform or not trial:
        raise CannotStart(NO_QWEN)
    return True


@asynccontextmanager
async def backend(settings: Settings, lessons: Lessons | None = None, *, trial: bool = True) -> AsyncIterator[Backend]:
    """Open the backend of QWEN_BACKEND: the web, the API, or the web with the API as its fallback.

    `lessons`: keeps what is learnt of the API; without it nothing of that is kept. `trial`: see uses_standin(). Raises
    CannotStart where the settings for it are missing or do not fit together.
    """
    if settings.qwen_backend == "web":
        async with qwen(settings, trial=trial) as web:
            yield web
        return
    from bridge.backends.openai import OpenAIClient  # noqa: PLC0415  not every bridge needs it

    if settings.qwen_api_url is None:
        raise CannotStart(NO_API_URL.format(backend=settings.qwen_backend))
    if URL(settings.qwen_api_url).user is not None:
        raise CannotStart(LOGIN_IN_URL)
    key = settings.qwen_api_key.get_secret_value() if settings.qwen_api_key else ""
    async with OpenAIClient(
        settings.qwen_api_url,
        key,
        wanted=settings.qwen_api_model,
        context=settings.qwen_api_context,
        proxy=settings.proxy_url,
        limiter=Limiter(settings.qwen_max_parallel or 0, settings.qwen_requests_per_minute or 0),
        lessons=lessons,
    ) as api:
        if settings.qwen_backend == "api":
            yield api
            return
        async with qwen(settings, alone=False, trial=trial) as web:
            yield Fallback(web, api)


@asynccontextmanager
async def qwen(settings: Settings, *, alone: bool = True, trial: bool = True) -> AsyncIterator[QwenClient]:
    """Open the client of chat.qwen.ai, or of a stand-in that runs as long.

    Which, and what is raised: see uses_standin(). `alone`: see QwenClient.
    """
    if not uses_standin(settings, trial=trial):
        kept = CredentialsFile(credentials_file(settings), settings.credentials)
        seen_as = kept.load()
        async with QwenClient(
            settings.qwen_url,
            seen_as,
            wanted=settings.qwen_model,
            proxy=settings.proxy_url,
            limiter=_limiter(settings, guest=seen_as.guest),
            credentials_file=kept,
            alone=alone,
        ) as client:
            yield client
        return
    from adapters.sandbox.qwen import StandIn  # noqa: PLC0415  a server, which most starts do not need

    log.info(STANDIN_ASKED if settings.qwen_standin else STANDIN_UNASKED)
    async with (
        StandIn(settle=0, pace=STANDIN_PACE_SECONDS) as pretended,
        QwenClient(
            pretended.url, Credentials(umidtoken="stand-in"), wanted=settings.qwen_model, pretended=True
        ) as client,
    ):
        yield client


@asynccontextmanager
async def naming_model(client: Backend) -> AsyncIterator[asyncio.Task[None]]:
    """Let the backend choose its model before the first question, in a task beside the block: nobody waits for it."""
    naming = asyncio.create_task(_name_model(client))
    try:
        yield naming
    finally:
        naming.cancel()
        await asyncio.wait([naming])


async def _name_model(client: Backend) -> None:
    """Choose the model; where that fails, only log a warning."""
    try:
        with Backoff("Qwen", "").waiting():
            await client.model()
    except QwenError as error:
        log.warning(f"Qwen does not answer now ({type(error).__name__}).", remedy=error.remedy)


def database(settings: Settings, *, terminal: bool) -> str:
    """Return the address of the database; in memory for a terminal that talks with the stand-in."""
    pretends = settings.qwen_backend != "api" and uses_standin(settings)
    return MEMORY if terminal and pretends else settings.database_url


def bridge(settings: Settings, store: Store, backend: Backend, *, terminal: bool) -> Bridge:
    """Make the bridge; in the terminal without access rules and budgets, for there the operator asks."""
    if terminal:
        return Bridge(store, backend, Policy(settings.options, access=OPERATOR))
    if not settings.allow:
        log.info(OPEN)
    return Bridge(store, backend, settings.policy)


def terminal() -> "TerminalAdapter":
    """Make the adapter of standard input and output. Raises CannotStart where one of them is closed.

    Its libraries are imported here, for the other commands to start faster.
    """
    from adapters.terminal import TerminalAdapter  # noqa: PLC0415

    if sys.stdin is None or sys.stdout is None:
        raise CannotStart("The terminal has no input or no output: it was started with one of them closed.")
    return TerminalAdapter(sys.stdin, sys.stdout)


def platforms(settings: Settings) -> list[Adapter]:
    """Make the adapter of each platform whose token is set; only then its library is imported."""
    made = (platform.adapter(settings, settings.proxy_url) for platform in settings.platforms)
    return [adapter for adapter in made if adapter]


def configure_log(settings: Settings, level: str, *, stamped: bool) -> None:
    """Log to standard error from `level` on, with secrets of the settings and of the platforms replaced.

    `stamped`: each line begins with the time.
    """
    runtime_log.configure(
        level,
        [*settings.secrets(), *credentials(settings).secrets()],
        stamped=stamped,
        libraries={name: least for platform in settings.platforms for name, least in platform.log_levels.items()},
        shapes=[shape for platform in settings.platforms for shape in platform.secrets],
    )


def _limiter(settings: Settings, *, guest: bool) -> Limiter:
    """Make the limiter of the settings; a limit that is not set is low for guests, and none for accounts."""
    parallel, per_minute = (GUEST_PARALLEL, GUEST_PER_MINUTE) if guest else (0, 0)
    if settings.qwen_max_parallel is not None:
        parallel = settings.qwen_max_parallel
    if settings.qwen_requests_per_minute is not None:
        per_minute = settings.qwen_requests_per_minute
    return Limiter(parallel, per_minute)
