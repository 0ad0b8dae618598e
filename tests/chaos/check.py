"""What is seen at the end in one place, against what was asked there and in which order it arrived."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import NamedTuple

from bridge.i18n import sentences
from bridge.streaming.chunks import MORE, SHORT
from tests.chaos import texts

NOTICE = "⚠️"

LEFT_OUT = sentences.LEFT_OUT[:40]
"""Stands below a whole answer: no more of the conversation has room."""


class Seen(NamedTuple):
    """A message of the bot as people see it."""

    id: str
    text: str


@dataclass
class Findings:
    """How many questions were answered whole, as far as Qwen came, and by a sentence; and what must not be.

    `stubs`: beginnings in messages of which nobody can know that they were sent. `details` names what is wrong.
    """

    whole: int = 0
    noticed: int = 0
    sentences: int = 0
    stubs: int = 0
    lost: int = 0
    doubled: int = 0
    wrong: int = 0
    details: list[str] = field(default_factory=list)

    def add(self, other: "Findings") -> None:
        """Add what was found in another place."""
        for each in fields(self):
            setattr(self, each.name, getattr(self, each.name) + getattr(other, each.name))


def check(
    place: str,
    asked: Sequence[int],
    seen: Sequence[Seen],
    ambiguous: Collection[str],
    stored: Mapping[int, str],
    people: int = 1,
    *,
    told: bool = False,
) -> Findings:
    """Hold what is seen against the questions in the order in which they arrived, and against the answers `stored`.

    `ambiguous`: the ids of sends of which the program was never told, being killed or cut off. `people`: how many ask
    in turn: each one's questions are answered in their order, and nobody knows beforehand who comes next. `told`: the
    server is told of answers with a hole.
    """
    checking = _Checking(place, asked, stored, people, told=told)
    for message in seen:
        if message.id in ambiguous:
            checking.stub(message)
    for number, text in _grouped([message for message in seen if message.id not in ambiguous]):
        checking.take(number, text)
    checking.end()
    return checking.found


def _grouped(seen: Sequence[Seen]) -> list[tuple[int | None, str]]:
    """The messages of one answer together: whose it is (None: a sentence of the bridge) and its text."""
    groups: list[tuple[int | None, str]] = []
    for message in seen:
        numbers = texts.answered(message.text)
        number = numbers[0] if numbers else None
        goes_on = number is None and message.text.startswith(NOTICE)
        if groups and (number == groups[-1][0] is not None or goes_on):
            groups[-1] = groups[-1][0], f"{groups[-1][1]} {message.text}"
        else:
            groups.append((number, message.text))
    return groups


class _Checking:
    """One place. `_next`: how many questions of each person have been seen answered or are known to have no answer."""

    def __init__(self, place: str, asked: Sequence[int], stored: Mapping[int, str], people: int, *, told: bool) -> None:
        self.found = Findings()
        self._told = told
        self._stored = stored
        self._place = place
        self._asked = [[number for number in asked if number % people == person] for person in range(people)]
        self._next = [0] * people
        self._missing: list[int] = []
        self._sentences: list[str] = []
        self._chain: list[int] = []

    def stub(self, message: Seen) -> None:
        whole = any(f"q{number}end" in message.text for number in texts.answered(message.text))
        if whole and len(message.text) > SHORT:
            self._bad("doubled", f"a stub {message.id} that is the whole answer to {texts.answered(message.text)}")
        self.found.stubs += 1

    def take(self, number: int | None, text: str) -> None:
        if number is None:
            self._sentence(text)
            return
        person = number % len(self._asked)
        own = self._asked[person]
        if number not in own:
            self._bad("wrong", f"an answer to {number}, which was not asked here")
            return
        place = own.index(number)
        if place < self._next[person]:
            self._bad("doubled", f"a second answer to {number}")
            return
        self._missing += own[self._next[person] : place]
        self._next[person] = place + 1
        self._compare(number, " ".join(text.split()))

    def end(self) -> None:
        for own, seen in zip(self._asked, self._next, strict=True):
            self._missing += own[seen:]
        said = len(self._sentences)
        self.found.sentences = min(said, len(self._missing))
        for number in self._missing[said:]:
            self._bad("lost", f"no answer to {number} in its order")
        for text in self._sentences[len(self._missing) :]:
            self._bad("doubled", f"a sentence to nobody: {text[:60]!r}")

    def _sentence(self, text: str) -> None:
        if text.strip() == sentences.INTERRUPTED.strip("*"):
            self._bad("wrong", "it stays interrupted")
        self._sentences.append(text)

    def _compare(self, number: int, text: str) -> None:
        whole = " ".join(texts.answer(number, self._chain))
        shown, _, notice = (part.strip() for part in text.partition(NOTICE))
        if (stored := " ".join(self._stored.get(number, "").split())) != shown:
            self._bad("wrong", f"the database holds another answer to {number}{_difference(shown, stored)}")
        whole_all_the_same = shown == whole and notice.startswith((LEFT_OUT, sentences.DAMAGED))
        if notice and whole.startswith(shown) and not whole_all_the_same:
            self.found.noticed += 1
        elif shown == whole:
            self.found.whole += 1
            if self._told or sentences.DAMAGED not in notice:  # else nobody goes on from it
                self._chain.append(number)
        else:
            self._bad("wrong", f"the answer to {number}{_difference(shown, whole)}")
            self._chain.append(number)

    def _bad(self, kind: str, what: str) -> None:
        setattr(self.found, kind, getattr(self.found, kind) + 1)
        self.found.details.append(f"{kind} in {self._place}: {what}")


def _difference(shown: str, whole: str) -> str:
    if shown.endswith(MORE.strip()):
        return " goes on for ever"
    got, due = shown.split(), whole.split()
    same = (one == other for one, other in zip(got, due, strict=False))
    at = next((number for number, equal in enumerate(same) if not equal), min(len(got), len(due)))
    return f": at word {at} of {len(due)} stands {got[at : at + 3]} instead of {due[at : at + 3]}"
