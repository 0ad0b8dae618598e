"""Recognises that a request was too long for a model, in whatever words, and how much of it would not be."""

import re

from bridge.errors import TooLong

LEAST_NUMBER, MOST_NUMBER = 16, 10**8
"""Bound the numbers that count tokens; others are indices, versions, or times."""

LEAST_SHARE = 0.02
"""Bounds what is believed of the share that fits: less means that the numbers count something else."""

_PLAIN = re.compile(
    r"(?:context|input|prompt|sequence)[ _]?length|context (?:size|shift|window|limit)|maximum context|token limit"
    r"|max(?:imum)?[ _](?:model[ _]|seq\w*[ _])len|too many (?:input |prompt )?tokens|max_tokens must be at least"
    r"|\b(?:prompt|input|request|messages?|context|conversation|question|text|content|string|array|payload|body|entity)\b"
    r"[^.]{0,40}\btoo (?:long|large|big)\b"
    r"|(?:reduce|decrease|shorten) (?:the |your )?(?:length|size|number|prompt|input|messages?|context)\b"
    r"|shorter (?:input|prompt|messages?)|inputs?` tokens"
    r"|exceed\w*[^.]{0,40}\b(?:context|tokens|token count|input limit)\b"
    r"|(?:输入|上下文|请求|内容|长度|token|prompt).{0,12}(?:过长|太长|超长|超过|超出|超限)"
    r"|(?:超过|超出).{0,16}(?:长度|上下文|token)"
)
_OF_TEXT = re.compile(r"token|context|length|prompt|input|\bseq|character|too long")
_OVER = re.compile(
    r"exceed|too (?:long|large|many|big)|greater|longer|larger|more than|max|limit|allowed|at most|above|(?:<=|≤|>) ?\d"
)
_TOO_LARGE = re.compile(
    r"too large|must be reduced|(?:reduce|decrease) (?:the |your )?(?:length|size|prompt|input|messages?)\b"
)
_FOR_ANSWER = re.compile(r"max_\w*tokens(?! must be at least)")
_WITH_CONTEXT = re.compile(r"context (?:length|size)|\bprompt\b|\binputs?\b")
_PICTURE = re.compile(r"image|picture|pixel|data.?ur[il]|\bfiles?\b")
_AFFORDED = re.compile(r"\bafford|\bcredits?\b")
_NUMBER = re.compile(r"(?<![\w.-])(?<!\+ )\d(?:[\d,_]*\d)?(?!\w|[.,-]\w| (?:output|completion|new|generated) )")
"""Matches a number that is not part of a name, and not one of tokens of the answer."""


def too_long(words: str, *, hurried: bool) -> TooLong | None:
    """Return the error where the words of a refusal, in lower case, say that the request was too long; else None.

    `hurried`: the refusal is about a rate of requests or tokens: then it only counts where this request alone is over.
    """
    if hurried and not _TOO_LARGE.search(words):
        return None
    if _FOR_ANSWER.search(words) and not _WITH_CONTEXT.search(words):
        return None  # how long the answer may be
    if _AFFORDED.search(words):
        return None  # how much the account can pay for
    if _PICTURE.search(words) and not re.search("token|context|prompt", words):
        return None  # how large a picture or a file may be
    numbers = _numbers(words)
    if not _PLAIN.search(words) and not (numbers and _OF_TEXT.search(words) and _OVER.search(words)):
        return None
    return TooLong(fits=_share(numbers))


def _numbers(words: str) -> list[int]:
    found = [int(re.sub("[,_]", "", number)) for number in _NUMBER.findall(words)]
    return [number for number in found if LEAST_NUMBER <= number <= MOST_NUMBER]


def _share(numbers: list[int]) -> float:
    """Return the share of the request that fits, by the limit and the length that are named first; 0.0 without both."""
    different = list(dict.fromkeys(numbers))[:2]
    share = min(different) / max(different) if len(different) == 2 else 0.0
    return share if share >= LEAST_SHARE else 0.0
