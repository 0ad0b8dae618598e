"""Defines the base of all expected errors, and those that are neither of Qwen nor of a platform."""

from bridge.i18n.language import Plural, translated


class BridgeError(Exception):
    """Base of all expected errors; carries the sentence for the person and the remedy for the operator.

    `sentence` is in English, with the values in it; `said` gives it in any language. `remedy` says what the operator
    can do about it, for the log; empty where there is nothing to say.
    """

    sentence = "Something went wrong on my end. Please ask again."
    remedy = ""

    def __init__(self, sentence: str | Plural = "", *, remedy: str = "", **values: object) -> None:
        self._template = sentence or self.sentence
        self._values = values
        self.sentence = self.said("")
        self.remedy = remedy or self.remedy
        super().__init__(self.sentence)

    def said(self, language: str) -> str:
        """Return the sentence in a language as a platform names it ("de", "zh-CN"), or in English."""
        return translated(self._template, language, **self._values)


class CannotStart(BridgeError):
    """The bridge cannot run with these settings or files; the sentence names the cause and what to change."""


class TakenOver(Exception):
    """Another process has claimed the turn meanwhile, and goes on with it; this one leaves it at once.

    `stray`: the message that was to be recorded shows an answer of which the other process does not know.
    """

    def __init__(self, *, stray: bool = False) -> None:
        self.stray = stray
        super().__init__()


class StoreTrouble(BridgeError):
    """The database is locked, full or gone. `reason`: SQLite's own message, for the log."""

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__()
