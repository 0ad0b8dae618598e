"""The terminal adapter: the contract, through a pipe."""

import io
import os
import threading
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from adapters.sandbox.qwen import StandIn
from adapters.terminal import TerminalAdapter
from bridge.i18n import sentences
from tests.contract import Contract
from tests.stage import Stage
from tests.waiting import eventually


class Paper(io.StringIO):
    """What was printed, answer by answer: the adapter prints each in one go."""

    def __init__(self) -> None:
        super().__init__()
        self.answers: list[str] = []

    def flush(self) -> None:
        if printed := self.getvalue():
            self.answers.append(printed.removesuffix("\n"))
            self.seek(0)
            self.truncate()


class TerminalStage(Stage):
    """Somebody types lines."""

    def __init__(self, standin: StandIn, database: str) -> None:
        super().__init__(standin, database)
        self.paper = Paper()
        self.keyboard = -1

    def adapter(self) -> TerminalAdapter:
        wire, self.keyboard = os.pipe()
        self._wire = os.fdopen(wire)
        return TerminalAdapter(self._wire, self.paper)

    async def listening(self) -> None:
        await eventually(lambda: self.keyboard >= 0)

    async def say(self, text: str) -> None:
        os.write(self.keyboard, text.encode() + b"\n")

    def shown(self) -> list[str]:
        return self.paper.answers

    async def stop(self) -> None:
        keyboard, self.keyboard = self.keyboard, -1
        await super().stop()
        os.close(keyboard)
        self._wire.close()


@pytest.fixture
async def stage(standin: StandIn, database: str) -> AsyncIterator[TerminalStage]:
    async with TerminalStage(standin, database) as opened:
        yield opened


class TestContract(Contract):
    """The contract, in the terminal."""


async def test_blank_lines_ask_nothing(stage: TerminalStage) -> None:
    await stage.say("")
    await stage.say("  ")
    await stage.say("echo hello")
    assert await stage.hears("hello") == ["hello"]


async def test_who_was_told_that_nothing_was_asked_can_go_on(stage: TerminalStage) -> None:
    for text in ("\u200b", "\u200b", "echo hello"):
        await stage.say(text)
    await stage.hears(sentences.NOTHING_ASKED, "hello")


async def test_new_begins_a_new_conversation(stage: TerminalStage) -> None:
    await stage.say("one")
    await stage.hears("no earlier turns")
    await stage.say("/new")
    await stage.say("two")
    await stage.hears("", sentences.BEGUN, "no earlier turns")
    await stage.say("three")
    await stage.hears("", "", "", "I see 1 earlier turn; your last question was “two”")


async def test_a_very_long_line_is_answered(stage: TerminalStage) -> None:
    line = "echo " + "x" * 100_000
    writing = threading.Thread(target=os.write, args=(stage.keyboard, line.encode() + b"\n"))
    writing.start()
    await eventually(lambda: stage.shown() and len(stage.shown()[0]) == 100_000)
    writing.join()


async def test_a_conversation_is_exported_beside_files_of_the_same_name(
    stage: TerminalStage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "conversation.md").write_text("mine")
    await stage.say("echo hello")
    await stage.hears("hello")
    await stage.say("/export")
    await eventually((tmp_path / "conversation.json").exists)
    assert (tmp_path / "conversation.md").read_text() == "mine"
    assert "hello" in (tmp_path / "conversation-2.md").read_text()
    await eventually(lambda: str(tmp_path.resolve() / "conversation-2.md") in "\n".join(stage.shown()))


async def test_ask_without_a_question_asks_for_one(stage: TerminalStage) -> None:
    await stage.say("/ask")
    await stage.hears(sentences.NOTHING_ASKED)
