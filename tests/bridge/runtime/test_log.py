"""Logs: plain lines on standard error, without secrets and without what people say."""

import logging
from collections.abc import Iterator

import pytest
import structlog

from bridge.runtime import log

TOKEN = "123456789:" + "A" * 35


@pytest.fixture(autouse=True)
def logging_as_before() -> Iterator[None]:
    """The root logger gets back what it had."""
    root = logging.getLogger()
    handlers, level, complaints = root.handlers, root.level, logging.raiseExceptions
    yield
    root.handlers, logging.raiseExceptions = handlers, complaints
    root.setLevel(level)


def test_secrets_and_what_looks_like_one_are_struck_out(capsys: pytest.CaptureFixture[str]) -> None:
    log.configure("DEBUG", ["hunter2secret"])
    url = f"https://api.telegram.org/bot{TOKEN}/getMe"
    structlog.get_logger("test").info("pasted hunter2secret", url=url, header="Bearer abc.def")
    logging.getLogger("anything").warning("Bot %s and x5secdata=%s", "MTAw.abc", "xyz")
    said = capsys.readouterr().err
    for secret in ("hunter2secret", TOKEN, "abc.def", "MTAw.abc", "xyz"):
        assert secret not in said
    assert said.count("***") == 5


def test_a_library_s_error_leaves_its_kind_and_place_only(capsys: pytest.CaptureFixture[str]) -> None:
    log.configure("DEBUG", [])
    try:
        int("what somebody wrote")
    except ValueError:
        logging.getLogger("library").exception("It failed")
    said = capsys.readouterr().err
    assert "It failed" in said
    assert "error=ValueError" in said
    assert "what somebody wrote" not in said
    assert "Traceback" not in said


@pytest.mark.parametrize("name", ["discord.gateway", "telegram.Bot", "httpx", "aiosqlite"])
def test_libraries_that_log_what_people_say_are_silent(capsys: pytest.CaptureFixture[str], name: str) -> None:
    log.configure("DEBUG", [])
    logging.getLogger(name).debug("what somebody wrote")
    logging.getLogger(name).info("what somebody wrote")
    assert capsys.readouterr().err == ""


def test_the_level_is_heeded(capsys: pytest.CaptureFixture[str]) -> None:
    log.configure("ERROR", [])
    structlog.get_logger("test").warning("unheard")
    structlog.get_logger("test").error("heard")
    assert "unheard" not in (said := capsys.readouterr().err)
    assert "heard" in said
