"""What a platform refuses of an answer is logged once for each kind, without a word of it."""

import hashlib

import structlog

log = structlog.get_logger(__name__)


class Refusals:
    """Those of one answer, of which every growing piece may be refused for the same reason."""

    def __init__(self, platform: str) -> None:
        self._platform = platform
        self._known: set[str | int] = set()

    def log(self, kind: str | int, markdown: str) -> None:
        """Say that a piece is sent plain. `piece` in the log tells whether two pieces are the same."""
        if kind not in self._known:
            self._known.add(kind)
            piece = hashlib.sha256(markdown.encode("utf-8", "surrogatepass")).hexdigest()[:12]
            log.warning(f"{self._platform} refused the formatting of a piece; sent plain.", kind=kind, piece=piece)
