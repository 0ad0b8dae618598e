"""The pretended Telegram with the real python-telegram-bot, a person and a private chat."""

from collections.abc import AsyncIterator

import pytest
from telegram import Bot

from adapters.sandbox.telegram import Chat, FakeTelegram, User


@pytest.fixture
async def telegram(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[FakeTelegram]:
    monkeypatch.setenv("PTB_TIMEDELTA", "1")
    async with FakeTelegram() as server:
        server.limits = None
        server.updates.hurry_seconds = 0.05
        yield server


@pytest.fixture
async def bot(telegram: FakeTelegram) -> AsyncIterator[Bot]:
    async with Bot(telegram.token, telegram.base_url, telegram.base_file_url) as client:
        yield client


@pytest.fixture
def ada(telegram: FakeTelegram) -> User:
    return telegram.user("Ada", username="ada_lovelace")


@pytest.fixture
def chat(telegram: FakeTelegram, ada: User) -> Chat:
    return telegram.private(ada)
