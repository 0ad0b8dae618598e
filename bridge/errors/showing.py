"""Defines why a platform did not accept a message."""

from bridge.errors.base import BridgeError


class ShowError(BridgeError):
    """The platform did not accept a message or a deletion."""


class ShowLater(ShowError):
    """The platform may accept the request after `seconds`."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        super().__init__()


class CannotShow(ShowError):
    """The channel is gone, or closed to the bot. `reason`: the platform's own message, for the log."""

    sentence = "The rest of this answer is missing: I cannot write here any more."

    def __init__(self, reason: str, platform: str = "") -> None:
        self.reason = reason
        super().__init__(platform=platform)


class WordsRefused(CannotShow):
    """This text is refused; another one is shown in its place, with the sentence below it."""

    sentence = "Part of this answer is missing: {platform} does not take it."


class LinkRefused(WordsRefused):
    """Like WordsRefused; the platform says that it is a link."""

    sentence = "Part of this answer is missing: {platform} says that a link in it is harmful."


class RuleRefused(WordsRefused):
    """Like WordsRefused; the platform says that it is a rule which the people here have made."""

    sentence = "Part of this answer is missing: a rule that was made here for messages blocks it."


class TextTooLong(CannotShow):
    """The platform counts more than was measured; the text is shown in smaller parts."""


class FileRefused(CannotShow):
    """The platform takes no file here, or not this one; the text is shown without it."""
