"""Everything that can go wrong, named by what happens next.

BridgeError
├── CannotStart          the operator mends something and starts again; the process ends with exit code 2
├── QwenError            the answer did not come
│   ├── Refused          the person asks differently
│   │   ├── TooLong          … in fewer words
│   │   └── Moderated        … about something else
│   ├── AskLater         a passing fault: the same question may work later
│   │   ├── Unreachable      no connection to Qwen
│   │   ├── Busy             Qwen has too much to do
│   │   ├── Fault            Qwen failed inside
│   │   ├── QuotaSpent       … after some hours, and nothing is asked until then
│   │   ├── Empty            the answer had no text
│   │   ├── Stalled          nothing came any more
│   │   ├── CutOff           the connection broke
│   │   ├── NotUnderstood    an answer that this version cannot read
│   │   └── ApiMisled        what stands at QWEN_API_URL speaks something else
│   ├── OperatorNeeded   nobody gets answers until the operator renews what they pasted
│   │   ├── HumanCheck       Qwen wants to see a human in the browser
│   │   ├── Stale            headers or cookies are out of date or incomplete
│   │   ├── SignedOut        no login, or one that ended
│   │   ├── Flagged          Qwen has closed itself to this account or visitor
│   │   ├── KeyRefused       the API does not know the key, or not here
│   │   └── NoFunds          the API's account is empty
│   ├── ModelUnknown     the model is chosen anew from the list
│   ├── ChatGone         a new chat is opened with the conversation carried over; nobody sees this
│   └── InProgress       the client waits and asks the same chat again; nobody sees this
├── StoreTrouble         the database does not work; what is to be written is tried again
└── ShowError            the platform did not take a message
    ├── ShowLater            it may take it after some seconds
    └── CannotShow           it never will: the place is gone or closed to the bot

`sentence` is what the person reads, `remedy` what the operator reads in the log. Neither ever holds a secret or what
somebody wrote.
"""

from bridge.i18n import sentences
from bridge.i18n.language import Plural, translated


class BridgeError(Exception):
    """Base of all errors that are expected; carries the sentence for the person, and `values` for the places in it.

    `sentence` is in English; `said` says it in any language.
    """

    sentence = "Something went wrong on my side. Please ask again."
    remedy = ""

    def __init__(self, sentence: str | Plural = "", *, remedy: str = "", **values: object) -> None:
        self._template = sentence or self.sentence
        self._values = values
        self.sentence = self.said("")
        self.remedy = remedy or self.remedy
        super().__init__(self.sentence)

    def said(self, language: str) -> str:
        """The sentence in a language as a platform names it ("de", "zh-CN")."""
        return translated(self._template, language, **self._values)


class CannotStart(BridgeError):
    """The bridge cannot run like this; the sentence names the thing and what mends it."""


class QwenError(BridgeError):
    """Qwen did not answer. `tries`: how often a question is asked in all before this is believed."""

    tries = 1


class Refused(QwenError):
    """This question gets no answer; another one may."""

    sentence = "I cannot ask Qwen that. Please put it differently."


class TooLong(Refused):
    sentence = "That is too long for one question. Please shorten it, or send it in parts."
    remedy = "nothing: the question is longer than Qwen takes"


class Moderated(Refused):
    sentence = "Qwen's content check refused this question. Please put it differently."
    remedy = "nothing: Qwen's content check refused a question"


class AskLater(QwenError):
    """A passing fault."""

    sentence = "Qwen could not answer just now. Please ask again in a moment."


class Unreachable(AskLater):
    sentence = "Qwen cannot be reached right now. Please ask again in a few minutes."
    remedy = "check this machine's network, QWEN_URL and PROXY_URL"
    tries = 3


class Busy(AskLater):
    sentence = "Qwen is very busy right now. Please ask again in a minute."
    remedy = "wait; if it goes on, lower QWEN_MAX_PARALLEL and QWEN_REQUESTS_PER_MINUTE"
    tries = 3


class Fault(AskLater):
    sentence = "Qwen failed over this question. Please ask again in a moment."
    remedy = "wait: the fault is Qwen's"
    tries = 2


class QuotaSpent(AskLater):
    """`hours` is what Qwen names until it opens again, or None."""

    sentence = "Qwen's limit for today is used up. Please ask again later."
    remedy = "wait, or use an account: QWEN_TOKEN"

    def __init__(self, hours: int | None = None) -> None:
        self.hours = hours
        if hours:
            super().__init__(sentences.QUOTA_SPENT, count=hours)
        else:
            super().__init__()


class Empty(AskLater):
    sentence = "Qwen sent an empty answer. Please ask again."
    remedy = "if it goes on, paste fresh QWEN_* values from your browser, and check QWEN_MODEL"
    tries = 2


class Stalled(AskLater):
    sentence = "Qwen fell silent in the middle of this. Please ask again."
    remedy = "wait; if it goes on, check the network"


class CutOff(AskLater):
    sentence = "Qwen's answer broke off. Please ask again."
    remedy = "wait; if it goes on, check the network"


class NotUnderstood(AskLater):
    sentence = "Qwen sent something I cannot read. Please ask again later."
    remedy = "check QWEN_URL; the web API may have changed: look for a newer version of this program"


class ApiMisled(AskLater):
    sentence = "I cannot read what answers in Qwen's place. The operator of this bot has to look at its settings."
    remedy = "check QWEN_API_URL: an OpenAI-compatible server, with its path, such as http://127.0.0.1:8000/v1"


class OperatorNeeded(QwenError):
    """Nobody gets answers until the operator has done something."""

    sentence = "Qwen does not let me in at the moment. The operator of this bot has to renew its access."


class HumanCheck(OperatorNeeded):
    remedy = (
        "Qwen asks for a human check: open chat.qwen.ai in your browser, solve it, "
        "and paste fresh QWEN_UMIDTOKEN, QWEN_BX_UA and QWEN_COOKIE"
    )


class Stale(OperatorNeeded):
    remedy = (
        "Qwen refuses the pasted headers as stale or incomplete: paste fresh QWEN_UMIDTOKEN, QWEN_COOKIE, QWEN_BX_UA, "
        "QWEN_BX_V and QWEN_VERSION from your browser"
    )


class SignedOut(OperatorNeeded):
    remedy = (
        "Qwen does not know this login: paste a fresh QWEN_TOKEN, or for a guest QWEN_UMIDTOKEN and QWEN_COOKIE, "
        "from your browser"
    )


class Flagged(OperatorNeeded):
    remedy = (
        "Qwen has closed itself to this account or visitor: look at chat.qwen.ai in your browser, "
        "and paste anew when it answers you there"
    )


class KeyRefused(OperatorNeeded):
    remedy = (
        "the API refuses QWEN_API_KEY: check the key, its permissions, and with Model Studio "
        "that QWEN_API_URL is of the same region"
    )


class NoFunds(OperatorNeeded):
    remedy = "the API's account has no funds left, or is overdue: pay there, and it goes on by itself"


class ModelUnknown(QwenError):
    sentence = "Qwen does not offer this model any more. Please ask again."
    remedy = "choose QWEN_MODEL from the list that `qwen-bridge models` prints"


class ChatGone(QwenError):
    sentence = "Qwen lost this conversation. Please ask again."
    remedy = "nothing: a new chat is opened with the conversation carried over"


class InProgress(QwenError):
    sentence = "Qwen is still writing an earlier answer. Please ask again in a moment."
    remedy = "nothing: it is waited for"


class StoreTrouble(BridgeError):
    """The database is locked, full or gone. `reason` is for the log: SQLite's own words."""

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__()


class ShowError(BridgeError):
    """The platform did not take a message."""


class ShowLater(ShowError):
    """The platform may take it after `seconds`."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        super().__init__()


class CannotShow(ShowError):
    """The place is gone, or closed to the bot. `reason` is for the log: the platform's own words."""

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__()
