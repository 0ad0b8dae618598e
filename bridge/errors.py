"""Define all expected errors, named by what happens next.

BridgeError
├── CannotStart          the operator corrects something and starts again; the process ends with exit code 2
├── QwenError            the answer did not come
│   ├── Refused          the person asks differently
│   │   ├── TooLong          … in fewer words
│   │   ├── NoPictures       … without pictures, or another model
│   │   ├── Moderated        … about something else
│   │   └── Unexplained      … differently: nobody says why
│   ├── AskLater         a transient failure: the same question may succeed later
│   │   ├── Unreachable      no connection to Qwen
│   │   ├── Busy             Qwen is overloaded
│   │   ├── Fault            Qwen failed internally
│   │   ├── QuotaSpent       … after some hours, and nothing is asked until then
│   │   ├── Empty            the answer had no text
│   │   ├── Stalled          nothing came any more
│   │   ├── CutOff           the connection broke
│   │   ├── NotUnderstood    an answer that this version cannot read
│   │   └── ApiMisled        the server at QWEN_API_URL speaks another protocol
│   ├── OperatorNeeded   nobody gets answers until the operator renews the access
│   │   ├── HumanCheck       Qwen wants to see a human in the browser
│   │   ├── Stale            headers or cookies are out of date or incomplete
│   │   ├── SignedOut        no login, or one that ended
│   │   ├── Flagged          Qwen has blocked this account or visitor
│   │   ├── KeyRefused       the API does not know the key, or not here
│   │   └── NoFunds          the API's account is empty
│   ├── ModelUnknown     another model is asked, or chosen from the list
│   ├── ChatGone         a new chat is opened with the conversation carried over; nobody sees this
│   └── InProgress       the client waits and asks the same chat again; nobody sees this
├── StoreTrouble         the database does not work; the operation is tried again
└── ShowError            the platform did not accept a message
    ├── ShowLater            it may accept it after some seconds
    └── CannotShow           it never will: the channel is gone or closed to the bot

`sentence` is for the person, `remedy` for the operator, in the log. Neither ever holds a secret or the text of a
message.
"""

import math

from bridge.i18n import sentences
from bridge.i18n.language import Plural, translated


class BridgeError(Exception):
    """Base of all expected errors; carries the sentence for the person and the remedy for the operator.

    `sentence` is in English, with the values in it; `said` gives it in any language. `remedy` says what the operator
    can do about it, for the log; empty where there is nothing to say.
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
        """Return the sentence in a language as a platform names it ("de", "zh-CN"), or in English."""
        return translated(self._template, language, **self._values)


class CannotStart(BridgeError):
    """The bridge cannot run with these settings or files; the sentence names the cause and what to change."""


class QwenError(BridgeError):
    """Qwen did not answer. `tries`: how often a question is asked in all before the error is passed on."""

    tries = 1


class Refused(QwenError):
    """Qwen does not answer this question, but may answer another one."""

    sentence = "I cannot ask Qwen that. Please put it differently."


class TooLong(Refused):
    """The question is longer than Qwen accepts. `fits`: the share of it that would do, as Qwen says; 0.0: unknown."""

    sentence = "That is too long for one question. Please shorten it, or send it in parts."
    remedy = "nothing: the question is longer than Qwen takes"

    def __init__(self, sentence: str | Plural = "", *, remedy: str = "", fits: float = 0.0, **values: object) -> None:
        self.fits = fits
        super().__init__(sentence, remedy=remedy, **values)


class NoPictures(Refused):
    """The model sees no pictures; where the question has words too, these are asked without them."""

    sentence = "This model sees no pictures. Please choose another one with /model, or ask in words alone."
    remedy = "nothing, or set QWEN_API_MODEL to a model that sees pictures"


class Moderated(Refused):
    """Qwen's content check refused the question."""

    sentence = "Qwen's content check refused this question. Please put it differently."
    remedy = "nothing: Qwen's content check refused a question"


class Unexplained(Refused):
    """Qwen refuses this question without saying why, while it answers others, or as often as it was asked."""

    sentence = "Qwen refuses this question and does not say why. Please put it differently, or ask again later."
    remedy = "nothing, as long as other questions are answered: Qwen refuses this one without saying why"


class AskLater(QwenError):
    """A transient failure: the same question may succeed later.

    `after`: the seconds that the server asked to wait, 0 where it did not; they are in the sentence.
    """

    sentence = "Qwen could not answer just now. Please ask again in a moment."

    def __init__(self, sentence: str | Plural = "", *, remedy: str = "", after: float = 0.0, **values: object) -> None:
        self.after = after
        if after and not sentence:
            sentence, values = _wait(after)
        super().__init__(sentence, remedy=remedy, **values)


class Unreachable(AskLater):
    """No connection to Qwen could be made."""

    sentence = "Qwen cannot be reached right now. Please ask again in a few minutes."
    remedy = "check this machine's network, QWEN_URL and PROXY_URL"
    tries = 3


class Busy(AskLater):
    """Qwen is overloaded, or limits the rate of requests."""

    sentence = "Qwen is very busy right now. Please ask again in a minute."
    remedy = "wait; if it goes on, lower QWEN_MAX_PARALLEL and QWEN_REQUESTS_PER_MINUTE"
    tries = 3


class Fault(AskLater):
    """Qwen reported an internal error."""

    sentence = "Qwen failed over this question. Please ask again in a moment."
    remedy = "wait: the fault is Qwen's"
    tries = 2


class QuotaSpent(AskLater):
    """The quota of the account or guest is used up. `hours`: until Qwen opens again, as Qwen reports it, or None."""

    sentence = "Qwen's limit for today is used up. Please ask again later."
    remedy = "wait, or use an account: QWEN_TOKEN"

    def __init__(self, hours: int | None = None, *, after: float = 0.0) -> None:
        self.hours = hours
        if hours:
            super().__init__(sentences.QUOTA_SPENT, after=after, count=hours)
        else:
            super().__init__(after=after)


class Empty(AskLater):
    """The answer had no text."""

    sentence = "Qwen sent an empty answer. Please ask again."
    remedy = "if it goes on, paste fresh QWEN_* values from your browser, and check QWEN_MODEL"
    tries = 2


class Stalled(AskLater):
    """Qwen sent nothing for too long in the middle of an answer."""

    sentence = "Qwen fell silent in the middle of this. Please ask again."
    remedy = "wait; if it goes on, check the network"


class CutOff(AskLater):
    """The connection broke in the middle of an answer."""

    sentence = "Qwen's answer broke off. Please ask again."
    remedy = "wait; if it goes on, check the network"


class NotUnderstood(AskLater):
    """Qwen's response has a form that this version cannot read."""

    sentence = "Qwen sent something I cannot read. Please ask again later."
    remedy = "check QWEN_URL; the web API may have changed: look for a newer version of this program"


class ApiMisled(AskLater):
    """The server at QWEN_API_URL does not speak the OpenAI-compatible API."""

    sentence = "I cannot read what answers in Qwen's place. The operator of this bot has to look at its settings."
    remedy = "check QWEN_API_URL: an OpenAI-compatible server, with its path, such as http://127.0.0.1:8000/v1"


def _wait(seconds: float) -> tuple[Plural, dict[str, object]]:
    """Return the sentence that says when to ask again, and its values."""
    if seconds < 100:
        return sentences.ASK_IN_SECONDS, {"count": math.ceil(seconds)}
    if seconds <= 3600:
        return sentences.ASK_IN_MINUTES, {"count": math.ceil(seconds / 60)}
    return sentences.QUOTA_SPENT, {"count": math.ceil(seconds / 3600)}


class OperatorNeeded(QwenError):
    """No question is answered until the operator acts; `remedy` says how.

    `certain`: False where only a number says so, which some servers also send for one question or one model.
    """

    sentence = "Qwen does not let me in at the moment. The operator of this bot has to renew its access."

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
        "Qwen has closed itself to this account or visitor: look at chat.qwen.ai in your browser, "
        "and paste anew when it answers you there"
    )


class KeyRefused(OperatorNeeded):
    """The API does not accept the key, or not for this region."""

    remedy = (
        "the API refuses QWEN_API_KEY: check the key, its permissions, and with Model Studio "
        "that QWEN_API_URL is of the same region"
    )


class NoFunds(OperatorNeeded):
    """The API's account has no credit left."""

    remedy = "the API's account has no funds left, or is overdue: pay there, and it goes on by itself"


class ModelUnknown(QwenError):
    """Qwen does not offer the requested model; the usual one is asked instead."""

    sentence = "Qwen does not offer this model any more. Please ask again."
    remedy = "choose QWEN_MODEL from the list that `qwen-bridge models` prints"


class ChatGone(QwenError):
    """Qwen does not know the chat any more; the question is asked in a new one, with the conversation carried over."""

    sentence = "Qwen lost this conversation. Please ask again."
    remedy = "nothing: a new chat is opened with the conversation carried over"


class InProgress(QwenError):
    """Qwen still writes an earlier answer in the same chat; the client waits and asks again."""

    sentence = "Qwen is still writing an earlier answer. Please ask again in a moment."
    remedy = "nothing: it is waited for"


class StoreTrouble(BridgeError):
    """The database is locked, full or gone. `reason`: SQLite's own message, for the log."""

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__()


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
