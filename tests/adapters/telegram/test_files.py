"""Where a file on Telegram comes from: its server, and the disk only where the operator runs that server."""

import json
from pathlib import Path

import pytest

from adapters.telegram.files import TELEGRAM, is_fetched
from bridge.i18n import sentences
from tests.adapters.stages import TelegramStage

BASE = f"{TELEGRAM}file/bot1:x"


def test_telegram_s_own_server_names_no_file_of_this_machine() -> None:
    assert is_fetched(f"{BASE}/documents/a.txt", BASE)
    assert not is_fetched("/etc/hostname", BASE)
    assert not is_fetched("", BASE)


def test_a_server_of_the_operator_may_share_the_disk() -> None:
    assert is_fetched("/var/lib/telegram-bot-api/a.txt", "http://127.0.0.1:8081/file/bot1:x")


async def test_a_file_on_the_disk_is_not_read_for_telegram_s_own_server(
    private: TelegramStage, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("adapters.telegram.files.TELEGRAM", private.telegram.url)
    secret = tmp_path / "secret.txt"
    secret.write_text("of this machine")
    body = {"ok": True, "result": {"file_id": "x", "file_unique_id": "y", "file_path": str(secret)}}
    private.telegram.fault("getFile", body=json.dumps(body))
    await private.telegram.post(private.here, private.ann, "document", "look", name="a.txt")
    await private.hears(sentences.UNREADABLE)
