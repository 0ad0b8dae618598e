"""Logs of the program: what the platforms' libraries and tokens would give away is kept out of them."""

import logging

import pytest
import structlog

from adapters.cli import composition
from adapters.cli.settings import Settings

TOKENS = ("123456789:" + "A" * 35, "MTAwMDAwMDAwMDAwMDAwMDAw.GAbCdE.aBcDeFgHiJkLmNoPqRsTuVwXyZ", "MTAw.abc")


@pytest.fixture(autouse=True)
def logging_of_the_program(logging_as_before: None) -> None:
    composition.configure_log(Settings.read(), "DEBUG", stamped=False)


def test_what_looks_like_a_platform_s_token_is_struck_out(capsys: pytest.CaptureFixture[str]) -> None:
    numbered, dotted, short = TOKENS
    structlog.get_logger("test").info("asked", url=f"https://api.telegram.org/bot{numbered}/getMe", token=dotted)
    logging.getLogger("anything").warning("Bot %s", short)
    said = capsys.readouterr().err
    assert not [token for token in TOKENS if token in said]
    assert said.count("***") == 3


@pytest.mark.parametrize("name", ["discord.gateway", "telegram.Bot", "httpx"])
def test_libraries_that_log_what_people_say_are_silent(capsys: pytest.CaptureFixture[str], name: str) -> None:
    logging.getLogger(name).debug("what somebody wrote")
    logging.getLogger(name).info("what somebody wrote")
    assert capsys.readouterr().err == ""
