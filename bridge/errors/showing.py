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

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__()
