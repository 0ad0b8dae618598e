"""Defines why nobody gets answers until the operator renews the access."""

from bridge.errors.qwen import QwenError
from bridge.i18n.language import Plural


class OperatorNeeded(QwenError):
    """No question is answered until the operator acts; `remedy` says how.

    `certain`: False where only a number says so, which some servers also send for one question or one model.
    """

    sentence = "Qwen isn't letting me in right now. Whoever runs this bot has to renew its access."

    def __init__(
        self, sentence: str | Plural = "", *, remedy: str = "", certain: bool = True, **values: object
    ) -> None:
        self.certain = certain
        super().__init__(sentence, remedy=remedy, **values)


class HumanCheck(OperatorNeeded):
    """Qwen demands a check in a browser that a human is there."""

    remedy = (
        "Qwen asks for a human check: open chat.qwen.ai in your browser, solve it, "
        "and paste fresh QWEN_UMIDTOKEN, QWEN_BX_UA and QWEN_COOKIE"
    )


class Stale(OperatorNeeded):
    """The copied headers or cookies are out of date or incomplete."""

    remedy = (
        "Qwen refuses the pasted headers as stale or incomplete: paste fresh QWEN_UMIDTOKEN, QWEN_COOKIE, QWEN_BX_UA, "
        "QWEN_BX_V and QWEN_VERSION from your browser"
    )


class SignedOut(OperatorNeeded):
    """There is no login, or it has expired."""

    remedy = (
        "Qwen does not know this login: paste a fresh QWEN_TOKEN, or for a guest QWEN_UMIDTOKEN and QWEN_COOKIE, "
        "from your browser"
    )


class Flagged(OperatorNeeded):
    """Qwen has blocked this account or visitor."""

    remedy = (
        "Qwen has blocked this account or visitor: look at chat.qwen.ai in your browser, and paste fresh values once "
        "it answers you there"
    )


class KeyRefused(OperatorNeeded):
    """The API does not accept the key, or not for this region."""

    remedy = (
        "the API refuses QWEN_API_KEY: check the key, its permissions, and with Model Studio "
        "that QWEN_API_URL is of the same region"
    )


class NoFunds(OperatorNeeded):
    """The API's account has no credit left."""

    remedy = "the API's account is out of funds or overdue: pay there, and answers resume by themselves"
