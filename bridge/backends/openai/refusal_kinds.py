"""The kinds of refusals of OpenAI-compatible servers, by their words: no two servers use the same."""

import re
from collections.abc import Callable, Mapping
from typing import NamedTuple

from bridge.backends.openai import wire
from bridge.backends.openai.lengths import too_long
from bridge.errors import Busy, KeyRefused, ModelUnknown, Moderated, NoFunds, NoPictures, QwenError, Refused

LOADING = "wait: the API has too much to do, or loads its model"
INVALID = "the API refuses a question as invalid; if it refuses all, check QWEN_API_URL and QWEN_API_MODEL"
WRONG_MODEL = "choose QWEN_API_MODEL from the list that `qwen-bridge models` prints"


class Misunderstood(Refused):
    """Says that the server does not take a `parameter` or its value: another dialect may help. Empty: it named none."""

    def __init__(self, parameter: str = "") -> None:
        self.parameter = parameter
        super().__init__(remedy=INVALID)


def _any(*phrases: str) -> re.Pattern[str]:
    return re.compile("|".join(phrases), re.DOTALL)


NOT = r"(?:not?|n[o']t|cannot|never) (?:currently )?"
THE = r"(?:(?:the|this|that|an?|any|such|valid|requested|specified|given) ){0,3}"
WITHIN = r"(?:[^.]|\.\S){0,80}?"
"""Matches up to 80 characters of one sentence; the names of models have dots."""

PICTURES = r"\b(?:images?|image_urls?|pictures?|photos?|vision|visual|multi-?modal)(?:[ _](?:inputs?|content|urls?))*\b"
OF_MODEL = r"(?! ?(?:\w+ )?(?:format|type|size|file|mime|extension|encoding|data))"
"""Keeps away what is said of one picture that is no good."""

BLIND = _any(
    rf"{PICTURES}{OF_MODEL}[^.]{{0,25}}?\b(?:{NOT}|un)(?:supported|allowed|accepted|enabled|available)",
    rf"{NOT}(?:support|accept|allow|handle|understand|have|take|see)\w*"
    rf"(?: [\w']+){{0,3}} '?{PICTURES}{OF_MODEL}",
    rf"{NOT}(?:an? )?(?:multi-?modal|vision|visual|vlm)",
    rf"{PICTURES}[^.]{{0,30}}\bonly supported",
    rf"no (?:endpoints?|providers?|models?)\b[^.]{{0,40}}{PICTURES}",
    r"at most 0 image|mmproj|required for image|text-only model|only\W+(?:\w+\W+){0,3}text\b",
    r"(?:unknown variant|invalid value|unexpected)[^a-z]{1,5}image",
    r"(?:unexpected item|(?:unknown|unsupported|invalid) (?:content|part))[ _]?(?:part )?type",
    r"\bcontent\b.*?(?:should|must) be (?:an? )?(?:valid )?(?:string|'?text)|content.{0,60}expected an? string",
    r"(?:should|must) be (?:an? )?(?:valid )?(?:string|'?text)\b.*?\bcontent\b",
    r"不支持.{0,8}(?:图|视觉|多模态)|图.{0,8}不支持",
)
"""Recognises a model that sees no pictures, and a server that takes a message only as text."""

MODERATION = _any(
    r"data.?inspection|inappropriate|moderation|harmful|responsible.?ai",
    r"content.?(?:filter|polic|check|moderat|management|safety|violation)",
    r"(?:prompt|input|request|question|message|content|text)\w*[^.]{0,30}\bflagged|flagged (?:for|as|by)\b",
    r"safety (?:system|filter|setting|polic|check)|sensitive (?:content|information|words?)|prohibited (?:content|use)",
    r"violat\w+[^.]{0,40}(?:polic|guideline|terms|usage)",
    r"内容安全|违规|敏感|不当内容|不合规",
)

RATE = _any(
    r"rate.?limit|too many requests|throttl|overload|at capacity|capacity exceeded|server is busy",
    r"(?:per|/) ?(?:second|minute|min|hour|day)\b|\b[rt]p[md]\b|(?:try|retry)(?: again)? (?:in|after) \d",
    r"loading (?:the )?model",
)

MODEL = _any(
    rf"\bmodel\b{WITHIN}\bnot (?:found|exist|available|offered|active|deployed|loaded|accessible|allowed|permitted)",
    rf"\bmodel\b{WITHIN}\b(?:n[o']t exist|not (?:valid|a valid|recogni[sz]ed|registered))",
    rf"\bmodel\b{WITHIN}\bnot supported\b(?! (?:for|in|with))",
    rf"\bmodel\b{WITHIN}\b(?:(?:no|n[o']t have) access|denied|unpurchased|unavailable)",
    rf"\bmodel\b{WITHIN}\b(?:is|was|been) (?:\w+ )?(?:deprecated|retired|removed|discontinued|decommissioned)",
    rf"\b(?:unknown|invalid|no such|not?|unsupported|(?:access|allowed)(?: to)?(?: access)?) {THE}model\b",
    rf"(?:could|can) ?not (?:find|load|access) {THE}model|deployment{WITHIN}(?:not found|n.t exist|not exist)",
    r"no (?:endpoints?|providers?) (?:found|available)|no available channel|模型.{0,20}(?:不存在|无可用|无权|未开通)",
)

COSTS = _any(
    r"\bmodel\b.{0,100}\b(?:paid|subscri|upgrade|purchas|eligib|premium|plan\b|tier\b)",
    r"\b(?:paid|subscri|upgrade|purchas|premium)\w*\b.{0,80}\bmodel",
)
"""Recognises a model that costs more than this account pays for."""

FUNDS = _any(
    r"billing|credit balance|arrear|overdue|payment(?! required)|pay your|top.?up|recharge|\bafford|欠费|余额",
    r"(?:insufficient|not enough|no|out of|more|low|negative) (?:account )?(?:credits?|balance|funds?|money)",
    r"balance (?:is )?(?:too low|insufficient|not enough|negative|exhausted)",
    r"budget (?:has been |is )?exceed|exceed\w*.{0,20}budget|(?:spend(?:ing)?|key|credit) (?:limit|cap)\b",
)

KEY = _any(
    r"api.?key|credential|authenticat|unauthori[sz]ed|not authori[sz]ed|allow.?list|whitelist",
    r"permissions?\b(?! (?:error|denied))",
    r"(?:invalid|incorrect|expired|missing|wrong|bad) (?:\w+ )?(?:token|key)\b",
    r"\bregion\b|territory|\bip (?:address )?(?:is )?not",
)

CLEARLY_KEY = _any(
    r"(?:invalid|incorrect|wrong|missing|expired|no) (?:\w+ )?(?:api.?key|credentials?)",
    r"(?:invalid|incorrect|wrong|missing|expired|no) (?:access|auth\w*|bearer) token",
    r"api.?key[^.]{0,30}(?:invalid|incorrect|not valid|expired|missing|not found|required)",
    r"unauthori[sz]ed|authentication error",
)
"""Recognises a refused key where no status says that it is about one."""

ACCOUNT = _any(
    r"\b(?:account|organi[sz]ation|api.?key|project)\b[^.]{0,60}"
    r"\b(?:suspend|deactivat|disabled|banned|blocked|terminat|flagged|restricted)"
)

MEANT: Mapping[str, str] = {"include_usage": "stream_options", "budget": "thinking_budget", "search": "enable_search"}
"""Maps a word of a refusal to the optional parameter that it means."""

UNKNOWN_PARAMETER = _any(
    r"extra (?:inputs?|fields?|forbidden)|additional propert|unrecogni[sz]ed|not permitted|requested parameters",
    r"unknown (?:field|parameter|argument|name|key|property)|unsupported (?:parameter|value|field|argument)",
    r"unexpected (?:keyword|field|argument|property)|thinking|reasoning|template",
    *MEANT,
)

NAMED = _any(*(rf"\b{name}\b" for name in wire.PARAMETERS))


def _misunderstood(words: str, status: int) -> QwenError:
    named = NAMED.search(words)
    return Misunderstood(named[0] if named else next((MEANT[word] for word in MEANT if word in words), ""))


def _too_long(words: str, status: int) -> QwenError | None:
    return too_long(words, hurried=status == 429 or RATE.search(words) is not None)


def _busy(words: str, status: int) -> QwenError:
    return Busy(remedy=LOADING) if status >= 500 else Busy()


def _model_unknown(words: str, status: int) -> QwenError:
    return ModelUnknown(remedy=WRONG_MODEL)


def _no_funds(words: str, status: int) -> QwenError:
    return NoFunds(certain=not re.search("model|afford", words))  # these may be about one model, or one long question


def _key_refused(words: str, status: int) -> QwenError:
    return KeyRefused()


class Kind(NamedTuple):
    """Is a kind of refusals: by one of these statuses (0: none is stated), and by its words.

    `make` is given the words and the status, and returns the error; None where it is of another kind after all.
    """

    make: Callable[[str, int], QwenError | None]
    words: re.Pattern[str]
    statuses: tuple[int, ...]

    def error(self, words: str, status: int) -> QwenError | None:
        """Return the error for a refusal of this kind; None for one of another kind."""
        return self.make(words, status) if status in self.statuses and self.words.search(words) else None


BUSY = (408, 425, 429, 498, 499, 502, 503, 504, *range(520, 531))
"""Lists the HTTP statuses of a server that has too much to do, or of one before it that waits in vain for it."""

CLIENT = (0, 400, 402, 403, 404, 410, 415, 422, 451)

KINDS = (
    Kind(_misunderstood, NAMED, (0, 400, 404, 422, 500, 501)),
    Kind(_key_refused, ACCOUNT, (0, 400, 401, 403)),
    Kind(lambda *_: Moderated(), MODERATION, CLIENT),
    Kind(_too_long, _any(""), (0, 400, 402, 413, 422, 429, 500)),
    Kind(lambda *_: NoPictures(), BLIND, (*CLIENT, 500, 501)),
    Kind(_misunderstood, _any("requested parameters"), (404,)),
    Kind(_busy, RATE, (0, 400, 403, 500, *BUSY)),
    Kind(_model_unknown, MODEL, (401, *CLIENT)),
    Kind(_model_unknown, COSTS, (402, 403)),
    Kind(_model_unknown, _any(r"\bmodel\b"), (404,)),
    Kind(_model_unknown, _any("model not found|no available channel|无可用渠道"), (500, 503)),
    Kind(_no_funds, FUNDS, (0, 400, 401, 402, 403, 429)),
    Kind(_key_refused, KEY, (401, 403)),
    Kind(_key_refused, CLEARLY_KEY, (0, 400)),
    Kind(_busy, _any("quota"), (0,)),
    Kind(_misunderstood, UNKNOWN_PARAMETER, (0, 400, 422)),
)
"""Lists the kinds in the order in which they are looked for."""
