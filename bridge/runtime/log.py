"""Configure logging: one plain line per event, without anybody's messages and without secrets."""

import logging
import re
import sys
import traceback
from collections.abc import Iterable, Mapping
from contextlib import suppress
from types import MappingProxyType
from typing import TextIO

import stamina.instrumentation
import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

LIBRARIES = {
    "aiohttp": "WARNING",
    "aiosqlite": "WARNING",
    "asyncio": "WARNING",
}
"""The lowest level to log of each library: INFO and DEBUG lines hold addresses with tokens, and people's messages."""

SHAPES = (r"\bBearer \S+", r"[\w-]{20,}\.[\w-]{6,}\.[\w-]{25,}", r"x5secdata=[^&\s]+")
"""Matches what looks like a secret: a header of HTTP, a JSON Web Token, and what Qwen's firewall hands out."""


class Redaction:
    """Replaces known secrets, and texts of the form of a token, in all values of a log line; a structlog processor.

    `shapes`: regular expressions for secrets, besides SHAPES.
    """

    def __init__(self, secrets: Iterable[str], shapes: Iterable[str] = ()) -> None:
        self._shapes = re.compile("|".join([*shapes, *SHAPES]))
        self._secrets = sorted({secret for secret in secrets if len(secret) >= 4}, key=len, reverse=True)

    def text(self, text: str) -> str:
        """Return the text with each secret of at least 4 characters, and each token, replaced by ***."""
        for secret in self._secrets:
            text = text.replace(secret, "***")
        return self._shapes.sub("***", text)

    def __call__(self, _logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
        return {
            key: self.text(str(value)) if not isinstance(value, int | float) else value for key, value in event.items()
        }


def _foreign_errors(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Replace a library's traceback by its fingerprint: the message may hold what somebody wrote."""
    info = event.pop("exc_info", None)
    error = info[1] if isinstance(info, tuple) else info
    if isinstance(error, BaseException):
        event.update(fingerprint(error))
    return event


def _without_empty(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    return {key: value for key, value in event.items() if value not in (None, "")}


def fingerprint(error: BaseException) -> dict[str, str]:
    """Return what may be logged of an unexpected error: its type and the innermost four frames, without its message."""
    frames = traceback.extract_tb(error.__traceback__)[-4:]
    where = " < ".join(f"{frame.name}:{frame.lineno}" for frame in reversed(frames))
    return {"error": type(error).__name__, "where": where}


def configure(
    level: str,
    secrets: Iterable[str],
    *,
    stamped: bool = True,
    libraries: Mapping[str, str] = MappingProxyType({}),
    shapes: Iterable[str] = (),
) -> None:
    """Send all logs, our own and the libraries', to standard error through the redaction; `stamped` with their time.

    `libraries`: the least level of other loggers by their names, as in LIBRARIES. `shapes`: see Redaction.
    """
    shared: list[Processor] = [*_shared(stamped=stamped), Redaction(secrets, shapes)]
    renderer = structlog.dev.ConsoleRenderer(
        colors=sys.stderr.isatty(), pad_event_to=0, pad_level=False, sort_keys=False, exception_formatter=_no_exception
    )
    handler = _StandardError()
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared, processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer]
        )
    )
    stamina.instrumentation.set_on_retry_hooks([])  # what is asked again is no news; what fails in the end is
    logging.raiseExceptions = False  # a log that cannot be written would print its arguments instead
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level)
    for name, least in {**LIBRARIES, **libraries}.items():
        logging.getLogger(name).setLevel(max(logging.getLevelNamesMapping()[least], root.level))
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.stdlib.BoundLogger,
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=False,
    )


def _shared(*, stamped: bool) -> list[Processor]:
    """Return the steps that our own lines and the libraries' pass through alike."""
    stamps: list[Processor] = [
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="%Y-%m-%d %H:%M:%S", utc=False),
    ]
    merge = structlog.contextvars.merge_contextvars
    return [merge, *(stamps if stamped else []), _foreign_errors, _without_empty]


class _StandardError(logging.Handler):
    """Writes to the current `sys.stderr`: the terminal adapter replaces it to keep lines out of its live region."""

    def emit(self, record: logging.LogRecord) -> None:
        """Write a line; one that cannot be written is dropped, as there is nowhere to report it."""
        if sys.stderr is not None:
            with suppress(OSError, ValueError):
                print(self.format(record), file=sys.stderr, flush=True)  # noqa: T201  this is the log


def _no_exception(_stream: TextIO, _info: object) -> None:
    """Write no traceback: errors are logged by their fingerprint."""
