"""`qwen-bridge ask`: what is the question, what is its context, and how it says that nothing can be asked."""

import asyncio
import os
from asyncio.subprocess import PIPE
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from adapters.cli.main import cli
from tests.process import PROGRAM, SECONDS, environment


@pytest.fixture(autouse=True)
def pretended(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("QWEN_STANDIN", "1")
    monkeypatch.setenv("DATABASE_URL", f"sqlite:///{tmp_path}/bridge.db")


def ask(*arguments: str, said: str | bytes = "") -> Result:
    return CliRunner().invoke(cli, ["ask", *arguments], input=said)


def test_what_is_piped_in_is_the_context() -> None:
    ran = ask("What is in this?", said="seven bridges\n")
    assert ran.exit_code == 0
    assert "“What is in this? seven bridges”" in ran.output


@pytest.mark.parametrize("arguments", [(), ("-",)])
def test_what_is_piped_in_may_be_the_question(arguments: tuple[str, ...]) -> None:
    ran = ask(*arguments, said="How many bridges?\n")
    assert ran.exit_code == 0
    assert "“How many bridges?”" in ran.output


def test_what_is_no_text_goes_along_as_a_file() -> None:
    ran = ask("What is it?", said=b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR")
    assert ran.exit_code == 0
    assert "standard-input" in ran.output


@pytest.mark.parametrize(("arguments", "said"), [((), ""), (("-",), " \n"), (("",), "context"), (("  ",), "")])
def test_an_empty_question_is_refused(arguments: tuple[str, ...], said: str) -> None:
    ran = ask(*arguments, said=said)
    assert (ran.exit_code, ran.stdout) == (2, "")
    assert ran.stderr.startswith("There is no question. Example:")


def test_a_mistyped_model_is_named_with_the_nearest() -> None:
    ran = ask("--model", "qwen3.7-pls", "hello")
    assert (ran.exit_code, ran.stdout) == (2, "")
    assert ran.stderr.startswith("Qwen doesn't offer a model called qwen3.7-pls. Did you mean qwen3.7-plus?")
    assert ask("--model", "zzz", "hello").stderr.startswith(
        "Qwen doesn't offer a model called zzz. `qwen-bridge models`"
    )


def test_without_a_credential_nothing_is_pretended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("QWEN_STANDIN")
    ran = ask("hello")
    assert (ran.exit_code, ran.stdout) == (2, "")
    assert ran.stderr.startswith("QWEN_UMIDTOKEN is missing")


@pytest.mark.parametrize("command", [("ask", "lorem 300"), ("models",)])
async def test_a_full_device_is_one_plain_line(tmp_path: Path, command: tuple[str, ...]) -> None:
    full = os.open("/dev/full", os.O_WRONLY)
    process = await asyncio.create_subprocess_exec(
        PROGRAM, *command, stdout=full, stderr=PIPE, cwd=tmp_path, env=environment(tmp_path, QWEN_STANDIN="1")
    )
    os.close(full)
    _, said = await asyncio.wait_for(process.communicate(), SECONDS)
    assert process.returncode == 1
    assert said.decode().splitlines()[-1] == "Can't write the output: No space left on device."
    assert b"Exception ignored" not in said
