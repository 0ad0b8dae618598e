"""Many conversations at once with one program: each question's course, and what all of it cost."""

import asyncio
import logging
import math
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.bench.crowd import Crowd
from tests.bench.program import Program, running
from tests.bench.qwen import TOKENS, ClockedApi, ClockedQwen, Course, answer, ending

PATIENCE_SECONDS = 20.0
"""After the last question's answer could have ended; what is not shown by then is lost."""

WARMING_SECONDS = 0.4
"""How long an answer of the first round lasts, which is not measured: it opens chats and connections."""

RESTING_SECONDS = 2.0
"""Between the two, so that the first round counts in no chat's limit any more."""


@dataclass(frozen=True)
class Plan:
    """`questions` in turn in `chats` of their own, one after another within `spread` seconds, each answer so long.

    `warm`: a short first round goes before, which is not measured. `limited`: the platform-wide limit holds.
    """

    chats: int
    questions: int
    spread: float
    seconds: float
    warm: bool = True
    limited: bool = False
    patience: float = PATIENCE_SECONDS


@dataclass(frozen=True)
class Figures:
    """What was measured. `cpu` in seconds for 1,000 answers, `memory` in MiB, `busy` the harness's share of a core."""

    courses: Sequence[Course]
    cpu: float
    memory: float
    busy: float
    lost: int
    doubled: int
    disordered: int
    refused: int

    @property
    def question(self) -> list[float]:
        """Seconds from a question's delivery to the request at Qwen."""
        return [course.reached - course.asked for course in self._whole]

    @property
    def first(self) -> list[float]:
        """Seconds from the first token at Qwen to the first text that is seen."""
        return [course.first_shown - course.first_token for course in self._whole]

    @property
    def last(self) -> list[float]:
        """Seconds from the last token at Qwen to the whole text."""
        return [course.last_shown - course.last_token for course in self._whole]

    @property
    def _whole(self) -> list[Course]:
        return [course for course in self.courses if course.over.is_set()]


class Load:
    """One program, one crowd, one Qwen: by the web, or by the API."""

    def __init__(self, crowd: type[Crowd], plan: Plan, *, api: bool = False) -> None:
        self._plan = plan
        self._crowd = crowd(plan.chats, self._seen, limited=plan.limited)
        self._qwen: ClockedQwen | ClockedApi = ClockedApi() if api else ClockedQwen(settle=0)
        self._asked: list[list[Course]] = [[] for _ in range(plan.chats)]

    async def run(self, command: tuple[str, ...]) -> Figures:
        """Play the plan with this program."""
        logging.getLogger("aiohttp.server").disabled = True  # that a program is killed is no news
        with tempfile.TemporaryDirectory() as folder:
            async with self._qwen, self._crowd, running(command, Path(folder), self._variables()) as program:
                await self._crowd.heard()
                return await self._measure(program)

    def _variables(self) -> dict[str, str]:
        return {
            **self._qwen.variables,
            "QWEN_MAX_PARALLEL": "0",
            "QWEN_REQUESTS_PER_MINUTE": "0",
            "DATABASE_URL": "sqlite:///bridge.db",
            **self._crowd.variables,
        }

    async def _measure(self, program: Program) -> Figures:
        plan = self._plan
        if plan.warm:
            self._qwen.tokens_per_second = TOKENS / WARMING_SECONDS
            await self._ask("warming", plan.chats, plan.chats * 0.01)
            await asyncio.sleep(RESTING_SECONDS)
        self._qwen.tokens_per_second = TOKENS / plan.seconds
        cpu, own, began = program.cpu, time.process_time(), time.monotonic()
        courses = await self._ask("question", plan.questions, plan.spread)
        await asyncio.sleep(0.1)  # what is done after the last text belongs to it
        busy = (time.process_time() - own) / (time.monotonic() - began)
        used = (program.cpu - cpu) / len(courses) * 1000
        return Figures(courses, used, program.memory, busy, *self._wrong(), self._crowd.refused)

    async def _ask(self, kind: str, questions: int, spread: float) -> list[Course]:
        """Ask evenly, and wait until all is shown."""
        loop, courses = asyncio.get_running_loop(), []
        began = loop.time()
        for number in range(questions):
            await asyncio.sleep(began + spread * number / questions - loop.time())
            course = Course(f"{kind}{number}", number % self._plan.chats)
            self._qwen.courses[course.prompt] = course
            self._asked[course.chat].append(course)
            courses.append(course)
            course.asked = time.monotonic()
            await self._crowd.ask(course.chat, course.prompt)
        waiting = [asyncio.create_task(course.over.wait()) for course in courses]
        _, late = await asyncio.wait(waiting, timeout=self._plan.seconds + self._plan.patience)
        for task in late:
            task.cancel()
        return courses

    def _seen(self, chat: int, text: str, now: float) -> None:
        course = self._asked[chat][-1]
        if math.isnan(course.first_shown):
            course.first_shown = now
        if not course.over.is_set() and text.endswith(ending(course.prompt)):
            course.last_shown = now
            course.over.set()

    def _wrong(self) -> tuple[int, int, int]:
        """How many answers are lost, doubled, and not in their place."""
        lost = doubled = disordered = 0
        for chat, courses in enumerate(self._asked):
            expected = [_letters(answer(course.prompt)) for course in courses]
            shown = [_letters(text) for text in self._crowd.shown(chat)]
            lost += len(set(expected) - set(shown))
            doubled += len(shown) - len(set(shown))
            disordered += set(expected) == set(shown) and expected != shown and len(shown) == len(expected)
        return lost, doubled, disordered


def _letters(text: str) -> str:
    """What is left of a text whatever its markup."""
    return "".join(character for character in text if character.isalnum())
