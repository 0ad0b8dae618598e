"""Logs: plain lines on standard error, without secrets and without what people say."""

import logging

import pytest
import structlog

from bridge.runtime import log

pytestmark = pytest.mark.usefixtures("logging_as_before")

TOKEN = f"{'A' * 20}.{'B' * 6}.{'C' * 25}"


def test_secrets_and_what_looks_like_one_are_struck_out(capsys: pytest.CaptureFixture[str]) -> None:
    log.configure("DEBUG", ["hunter2secret"], shapes=[r"hunter\d\w+"])
    structlog.get_logger("test").info("pasted hunter2secret", token=TOKEN, header="Bearer abc.def")
    logging.getLogger("anything").warning("%s and x5secdata=%s", "hunter3secret", "xyz")
    said = capsys.readouterr().err
    for secret in ("hunter2secret", TOKEN, "abc.def", "hunter3secret", "xyz"):
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


@pytest.mark.parametrize("name", ["library.part", "aiohttp.access", "aiosqlite"])
def test_libraries_that_log_what_people_say_are_silent(capsys: pytest.CaptureFixture[str], name: str) -> None:
    log.configure("DEBUG", [], libraries={"library": "WARNING"})
    logging.getLogger(name).debug("what somebody wrote")
    logging.getLogger(name).info("what somebody wrote")
    assert capsys.readouterr().err == ""


def test_the_level_is_heeded(capsys: pytest.CaptureFixture[str]) -> None:
    log.configure("ERROR", [])
    structlog.get_logger("test").warning("unheard")
    structlog.get_logger("test").error("heard")
    assert "unheard" not in (said := capsys.readouterr().err)
    assert "heard" in said
