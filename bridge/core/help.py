"""Tell for /help how people talk with the bot in this place, where their words go, and which commands there are."""

from bridge.backends.base import QWEN_HOST, Backend
from bridge.commands import TABLE
from bridge.controls import Invocation
from bridge.core.policy import Policy
from bridge.i18n import sentences
from bridge.i18n.language import translated


def help_text(invocation: Invocation, backend: Backend, policy: Policy) -> str:
    """Return the help in Markdown, in the person's language; it begins with how to ask here."""
    language = invocation.author.language
    ask, *more = invocation.guide or [translated(sentences.GREETING, language)]
    if invocation.guide:
        known = (
            *([sentences.GUIDE_BUTTONS] if policy.buttons else []),
            *([sentences.GUIDE_DRAW] if backend.label != sentences.AS_API else []),
        )
        more += [translated(each, language) for each in known]
    parts = [
        ask,
        "\n".join(f"- {each}" for each in more),
        _where_words_go(backend, language),
        policy.notice,
        "\n".join(f"/{command.name} – {command.help_in(language)}" for command in TABLE),
    ]
    return "\n\n".join(filter(None, parts))


def _where_words_go(backend: Backend, language: str) -> str:
    """Return one sentence that names who reads what people write."""
    if not backend.hosts:
        return translated(sentences.WORDS_NOWHERE, language)
    others = ", ".join(sorted({host for host in backend.hosts if host != QWEN_HOST}))
    if QWEN_HOST not in backend.hosts:
        return translated(sentences.WORDS_TO_SERVER, language, host=others)
    return translated(sentences.WORDS_TO_BOTH if others else sentences.WORDS_TO_QWEN, language, host=others)
