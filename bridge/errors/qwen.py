"""Defines why an answer did not come, where the person, or time, can help."""

import math

from bridge.errors.base import BridgeError
from bridge.i18n import sentences
from bridge.i18n.language import Plural


class QwenError(BridgeError):
    """Qwen did not answer. `tries`: how often a question is asked in all before the error is passed on."""

    tries = 1


class Refused(QwenError):
    """Qwen does not answer this question, but may answer another one."""

    sentence = "I can't ask Qwen that. Please try rewording it."


class TooLong(Refused):
    """The question is longer than Qwen accepts. `fits`: the share of it that would do, as Qwen says; 0.0: unknown."""

    sentence = "That's too long for one question. Please shorten it, or send it in parts."
    remedy = "nothing: the question is longer than Qwen takes"

    def __init__(self, sentence: str | Plural = "", *, remedy: str = "", fits: float = 0.0, **values: object) -> None:
        self.fits = fits
        super().__init__(sentence, remedy=remedy, **values)


class NoPictures(Refused):
    """The model sees no pictures; where the question has words too, these are asked without them."""

    sentence = "This model can't see pictures. Please pick another one with /model, or ask in words alone."
    remedy = "nothing, or set QWEN_API_MODEL to a model that sees pictures"


class Moderated(Refused):
    """Qwen's content check refused the question."""

    sentence = "Qwen's content filter turned this question down. Please try rewording it."
    remedy = "nothing: Qwen's content check refused a question"


class Unexplained(Refused):
    """Qwen refuses this question without saying why, while it answers others, or as often as it was asked."""

    sentence = "Qwen refused this question without saying why. Please try rewording it, or ask again later."
    remedy = "nothing, as long as other questions are answered: Qwen refuses this one without saying why"


class AskLater(QwenError):
    """A transient failure: the same question may succeed later.

    `after`: the seconds that the server asked to wait, 0 where it did not; they are in the sentence.
    """

    sentence = "Qwen couldn't answer just now. Please ask again in a moment."

    def __init__(self, sentence: str | Plural = "", *, remedy: str = "", after: float = 0.0, **values: object) -> None:
        self.after = after
        if after and not sentence:
            sentence, values = _wait(after)
        super().__init__(sentence, remedy=remedy, **values)


class Unreachable(AskLater):
    """No connection to Qwen could be made."""

    sentence = "I can't reach Qwen right now. Please ask again in a few minutes."
    remedy = "check this machine's network, QWEN_URL and PROXY_URL"
    tries = 3


class Busy(AskLater):
    """Qwen is overloaded, or limits the rate of requests."""

    sentence = "Qwen is very busy right now. Please ask again in a minute."
    remedy = "wait; if it goes on, lower QWEN_MAX_PARALLEL and QWEN_REQUESTS_PER_MINUTE"
    tries = 3


class Fault(AskLater):
    """Qwen reported an internal error."""

    sentence = "Qwen ran into an error with this question. Please ask again in a moment."
    remedy = "wait: the fault is Qwen's"
    tries = 2


class QuotaSpent(AskLater):
    """The quota of the account or guest is used up. `hours`: until Qwen opens again, as Qwen reports it, or None."""

    sentence = "Qwen's limit for today has been reached. Please ask again later."
    remedy = "wait, or use an account: QWEN_TOKEN"

    def __init__(self, hours: int | None = None, *, after: float = 0.0) -> None:
        self.hours = hours
        if hours:
            super().__init__(sentences.QUOTA_SPENT, after=after, count=hours)
        else:
            super().__init__(after=after)


class Empty(AskLater):
    """The answer had no text."""

    sentence = "Qwen's answer came back empty. Please ask again."
    remedy = "if it goes on, paste fresh QWEN_* values from your browser, and check QWEN_MODEL"
    tries = 2


class Stalled(AskLater):
    """Qwen sent nothing for too long in the middle of an answer."""

    sentence = "Qwen went quiet in the middle of its answer. Please ask again."
    remedy = "wait; if it goes on, check the network"


class StoodStill(AskLater):
    """Qwen's answer did not begin or go on while other questions waited behind it; the next of them is asked."""

    sentence = "Qwen stood still while others were waiting here, so I moved on. Please ask again, or press Regenerate."
    remedy = "wait; if it goes on, check the network"


class CutOff(AskLater):
    """The connection broke in the middle of an answer."""

    sentence = "Qwen's answer broke off. Please ask again."
    remedy = "wait; if it goes on, check the network"


class NotUnderstood(AskLater):
    """Qwen's response has a form that this version cannot read."""

    sentence = "Qwen sent something I can't read. Please ask again later."
    remedy = "check QWEN_URL; the web API may have changed: look for a newer version of this program"


class ApiMisled(AskLater):
    """The server at QWEN_API_URL does not speak the OpenAI-compatible API."""

    sentence = (
        "I can't make sense of the server that answers for Qwen. Whoever runs this bot has to check its settings."
    )
    remedy = "check QWEN_API_URL: an OpenAI-compatible server, with its path, such as http://127.0.0.1:8000/v1"


def _wait(seconds: float) -> tuple[Plural, dict[str, object]]:
    """Return the sentence that says when to ask again, and its values."""
    if seconds < 100:
        return sentences.ASK_IN_SECONDS, {"count": math.ceil(seconds)}
    if seconds <= 3600:
        return sentences.ASK_IN_MINUTES, {"count": math.ceil(seconds / 60)}
    return sentences.QUOTA_SPENT, {"count": math.ceil(seconds / 3600)}


class ModelUnknown(QwenError):
    """Qwen does not offer the requested model; the usual one is asked instead."""

    sentence = "Qwen no longer offers this model. Please ask again."
    remedy = "choose QWEN_MODEL from the list that `qwen-bridge models` prints"


class ChatGone(QwenError):
    """Qwen does not know the chat any more; the question is asked in a new one, with the conversation carried over."""

    sentence = "Qwen lost track of this conversation. Please ask again."
    remedy = "nothing: a new chat is opened with the conversation carried over"


class InProgress(QwenError):
    """Qwen still writes an earlier answer in the same chat; the client waits and asks again."""

    sentence = "Qwen is still writing an earlier answer. Please ask again in a moment."
    remedy = "nothing: the bridge waits for it"
