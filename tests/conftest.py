"""What every test gets: an environment of its own, a stand-in Qwen, a store."""

import asyncio
import logging
import os
import shutil
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import stamina.instrumentation
import structlog
from hypothesis import settings

from adapters.cli.settings import Settings
from adapters.sandbox.qwen import StandIn
from bridge.backends.http import retries
from bridge.backends.qwen import Credentials, QwenClient
from bridge.store import Store

# The suite tries the same examples in each run; `make fuzz` searches for new ones, and keeps those that fail.
settings.register_profile("suite", max_examples=100, deadline=None, derandomize=True, database=None)
settings.register_profile("search", max_examples=2000, deadline=None)
settings.load_profile("suite")

GUEST = Credentials(umidtoken="guest-device")


@pytest.fixture(scope="session")
def empty_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("empty")


@pytest.fixture(autouse=True)
def clean_environment(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, empty_folder: Path
) -> Iterator[None]:
    """No setting of this machine reaches a test; the working directory and the home are `tmp_path`, or stay empty."""
    ours = {name.upper() for name in Settings.model_fields}
    for name in list(os.environ):
        if name in ours or name.startswith(Settings.prefixes()):
            monkeypatch.delenv(name)
    folder = request.getfixturevalue("tmp_path") if "tmp_path" in request.fixturenames else empty_folder
    monkeypatch.setenv("HOME", str(folder))
    monkeypatch.delenv("XDG_DATA_HOME", raising=False)
    monkeypatch.chdir(folder)
    structlog.reset_defaults()
    yield
    assert not os.listdir(empty_folder), "a test that writes files takes tmp_path"


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Questions are asked again as often as ever, but at once and without a word."""
    stamina.instrumentation.set_on_retry_hooks([])
    monkeypatch.setattr(retries, "FIRST_SECONDS", 0.01)
    monkeypatch.setattr(retries, "LONGEST_SECONDS", 0.01)


@pytest.fixture
def logging_as_before() -> Iterator[None]:
    """The root logger gets back what it had."""
    root = logging.getLogger()
    handlers, level, complaints = root.handlers, root.level, logging.raiseExceptions
    yield
    root.handlers, logging.raiseExceptions = handlers, complaints
    root.setLevel(level)


@pytest.fixture
async def standin() -> AsyncIterator[StandIn]:
    async with StandIn(settle=0) as server:
        yield server


@pytest.fixture
async def qwen(standin: StandIn) -> AsyncIterator[QwenClient]:
    async with QwenClient(standin.url, GUEST) as client:
        yield client


@pytest.fixture(scope="session")
def empty_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database of this version with nothing in it: to make one takes four times as long as to copy it."""
    path = tmp_path_factory.mktemp("database") / "bridge.db"

    async def make() -> None:
        async with await Store.open(f"sqlite:///{path}"):
            pass

    with ThreadPoolExecutor() as threads:  # the event loop of this one is that of the test
        threads.submit(asyncio.run, make()).result()
    return path


@pytest.fixture
def database(tmp_path: Path, empty_database: Path) -> str:
    return f"sqlite:///{shutil.copy(empty_database, tmp_path / 'bridge.db')}"


@pytest.fixture
async def store(database: str) -> AsyncIterator[Store]:
    async with await Store.open(database) as opened:
        yield opened
