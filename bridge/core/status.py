"""Tell for /status what holds in a conversation: what answers, the options, what waits, and one's own budget."""

from collections.abc import Iterator
from datetime import UTC, datetime

from bridge.backends.base import Backend
from bridge.controls import Invocation
from bridge.core.admission import Admission, duration
from bridge.core.model_menu import ModelMenu
from bridge.core.policy import Policy
from bridge.errors import QuotaSpent
from bridge.i18n import sentences
from bridge.i18n.language import translated
from bridge.store import Budget, Store

MOST_LESSONS = 20
"""The most lessons about servers that are shown to an admin."""

MOST_PASSED_OVER = 5
"""The most messages that could not be read which are shown to an admin."""


class Status:
    """Gathers what /status says."""

    def __init__(self, store: Store, backend: Backend, policy: Policy, menu: ModelMenu, admission: Admission) -> None:
        self._store = store
        self._backend = backend
        self._policy = policy
        self._menu = menu
        self._admission = admission

    async def of(self, invocation: Invocation) -> str:
        """Return the status in Markdown, a line each; what there is nothing to say about is left out."""
        language = invocation.author.language
        now = await self._store.conversations.get(invocation.key)
        options = now.choices.over(self._policy.options)
        budgets = await self._admission.budgets(invocation.author, invocation.key)
        lines = [
            (sentences.ANSWERS_FROM, self._answers_from(language)),
            (sentences.MODEL, f"`{await self._menu.current(options.model)}`"),
            (sentences.THINKING, translated(sentences.ON if options.thinking else sentences.OFF, language)),
            (sentences.WEB_SEARCH, translated(sentences.ON if options.search else sentences.OFF, language)),
            (sentences.INSTRUCTION, now.system),
            (sentences.WAITING, await self._queue_position(invocation, now.waiting)),
            *_budget_lines(budgets, language),
            (sentences.QUOTA, self._quota(language)),
            (sentences.LAST_TROUBLE, self._trouble(language) or now.trouble),
            (sentences.LEARNT, await self._lessons(invocation)),
            (sentences.PASSED_OVER, await self._passed_over(invocation)),
        ]
        return "\n".join(f"**{translated(name, language)}:** {value}" for name, value in lines if value)

    def _answers_from(self, language: str) -> str:
        return self._backend.hosts[0] if self._backend.label else translated(sentences.THE_STANDIN, language)

    def _quota(self, language: str) -> str:
        """Return when a spent quota is available again; otherwise whose quota is used."""
        if isinstance(self._backend.trouble, QuotaSpent):
            return self._trouble(language)
        return translated(self._backend.label, language)

    def _trouble(self, language: str) -> str:
        """Return the error that keeps the backend from being asked at the moment, or ""."""
        return self._backend.trouble.said(language) if self._backend.trouble else ""

    async def _queue_position(self, invocation: Invocation, waiting: int) -> str:
        """Return how many questions wait, and the position of the asker's own."""
        position = await self._store.turns.position_in_queue(invocation.key, invocation.author.id)
        if position is None:
            return str(waiting)
        return translated(sentences.IN_LINE, invocation.author.language, count=waiting, place=position + 1)

    async def _lessons(self, invocation: Invocation) -> str:
        """Return what was learnt of the servers, for the operator's admins alone."""
        if not self._is_operator(invocation):
            return ""
        lessons = await self._store.learnt.newest(MOST_LESSONS)
        return "".join(
            f"\n- `{each.model}`, {each.server}: {each.name} `{each.value}`, {_time(each.at)}" for each in lessons
        )

    async def _passed_over(self, invocation: Invocation) -> str:
        """Return what could not be read or handled, for the operator's admins alone."""
        if not self._is_operator(invocation):
            return ""
        unread = await self._store.passed_over.newest(MOST_PASSED_OVER)
        return "".join(
            f"\n- `{each.platform}` `{each.channel or '?'}`: {each.kind}, `{each.error}`, {_time(each.at)}"
            for each in unread
        )

    def _is_operator(self, invocation: Invocation) -> bool:
        return self._policy.access.standing(invocation.author, invocation.key) == "admin"


def _budget_lines(budgets: list[Budget], language: str) -> Iterator[tuple[str, str]]:
    """Yield how much was asked of how much, and when the next question may be asked."""
    for chat, name in ((False, sentences.OWN_QUESTIONS), (True, sentences.CHAT_QUESTIONS)):
        yield name, ", ".join(_used(each, language) for each in budgets if each.chat == chat)
    if budgets:
        seconds = max(each.seconds for each in budgets)
        in_time = translated(sentences.IN_TIME, language, time=duration(seconds, language))
        yield sentences.NEXT_QUESTION, in_time if seconds else translated(sentences.NOW, language)


def _used(budget: Budget, language: str) -> str:
    window = sentences.IN_LAST_HOUR if budget.hour else sentences.IN_LAST_DAY
    return translated(window, language, asked=budget.asked, most=budget.most)


def _time(at: float) -> str:
    """Return a time, in seconds since 1970, to the second in UTC."""
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="seconds")
