"""The log of formatting that a platform refuses: once for each kind of error, without a word of the answer."""

import hashlib

import structlog

log = structlog.get_logger(__name__)


class Refusals:
    """Logs the refusals of one answer: each of its edits may be refused for the same reason, which is logged once."""

    def __init__(self, platform: str) -> None:
        self._platform = platform
        self._known: set[str | int] = set()

    def log(self, kind: str | int, markdown: str) -> None:
        """Log a warning that `markdown` is sent without formatting, unless this `kind` of error was logged already.

        `piece` in the log, the beginning of its SHA-256, tells whether two texts are the same without showing them.
        """
        if kind not in self._known:
            self._known.add(kind)
            piece = hashlib.sha256(markdown.encode("utf-8", "surrogatepass")).hexdigest()[:12]
            log.warning(f"{self._platform} refused the formatting of a piece; sent plain.", kind=kind, piece=piece)
