"""Configure logging: one plain line per event, without anybody's messages and without secrets."""

import logging
import re
import sys
import traceback
from collections.abc import Iterable
from contextlib import suppress
from typing import TextIO

import stamina.instrumentation
import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

LIBRARIES = {
    "discord": "WARNING",
    "discord.client": "CRITICAL",  # it has no voice, and reconnects: outages are said by their adapter
    "telegram": "CRITICAL",  # its errors quote whole bodies
    "httpx": "WARNING",
    "httpcore": "WARNING",
    "aiohttp": "WARNING",
    "aiosqlite": "WARNING",
    "asyncio": "WARNING",
}
"""The lowest level to log of each library: INFO and DEBUG lines hold addresses with tokens, and people's messages."""

_TOKENS = re.compile(r"\d{6,}:[\w-]{30,}|\b(?:Bot|Bearer) \S+|[\w-]{20,}\.[\w-]{6,}\.[\w-]{25,}|x5secdata=[^&\s]+")


class Redaction:
    """Replaces known secrets, and texts of the form of a token, in all values of a log line; a structlog processor."""

    def __init__(self, secrets: Iterable[str]) -> None:
        self._secrets = sorted({secret for secret in secrets if len(secret) >= 4}, key=len, reverse=True)

    def text(self, text: str) -> str:
        """Return the text with each secret of at least 4 characters, and each token, replaced by ***."""
        for secret in self._secrets:
            text = text.replace(secret, "***")
        return _TOKENS.sub("***", text)

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


def configure(level: str, secrets: Iterable[str], *, stamped: bool = True) -> None:
    """Send all logs, the libraries' too, through the redaction to standard error; `stamped`: with time and level."""
    stream = sys.stderr
    stamps: list[Processor] = [
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="%Y-%m-%d %H:%M:%S", utc=False),
    ]
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        *(stamps if stamped else []),
        _foreign_errors,
        _without_empty,
        Redaction(secrets),
    ]
    renderer = structlog.dev.ConsoleRenderer(
        colors=stream.isatty(), pad_event_to=0, pad_level=False, sort_keys=False, exception_formatter=_no_exception
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
    for name, least in LIBRARIES.items():
        logging.getLogger(name).setLevel(max(logging.getLevelNamesMapping()[least], root.level))
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.stdlib.BoundLogger,
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=False,
    )


class _StandardError(logging.Handler):
    """Writes to the current `sys.stderr`: the terminal adapter replaces it to keep lines out of its live region."""

    def emit(self, record: logging.LogRecord) -> None:
        """Write a line; one that cannot be written is dropped, as there is nowhere to report it."""
        if sys.stderr is not None:
            with suppress(OSError, ValueError):
                print(self.format(record), file=sys.stderr, flush=True)  # noqa: T201  this is the log


def _no_exception(_stream: TextIO, _info: object) -> None:
    """Write no traceback: errors are logged by their fingerprint."""
