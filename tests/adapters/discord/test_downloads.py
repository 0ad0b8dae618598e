"""Files that Discord names: fetched from its own servers alone, and no more of them than is taken."""

from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from adapters.discord.download import fetch
from adapters.sandbox.discord import Event, FakeDiscord
from adapters.sandbox.qwen import StandIn
from bridge.i18n import sentences
from tests.adapters.stages import DiscordStage


@pytest.fixture
async def stage(standin: StandIn, database: str, discord: FakeDiscord) -> AsyncIterator[DiscordStage]:
    async with DiscordStage(standin, database, discord, "dm") as opened:
        yield opened


@pytest.fixture
async def stranger() -> AsyncIterator[tuple[str, list[str]]]:
    """The address of somebody's file, and who asked for it."""
    asked: list[str] = []

    async def give(request: web.Request) -> web.Response:
        asked.append(request.path)
        return web.Response(body=b"words")

    app = web.Application()
    app.router.add_get("/a.txt", give)
    async with TestServer(app) as server:
        yield str(server.make_url("/a.txt")), asked


def changed(stage: DiscordStage, change: Callable[[dict[str, Any]], None]) -> None:
    """Let what Discord says of a file be changed."""
    emit = stage.discord.state.emit

    def emit_changed(event: Event) -> None:
        for payload in (event.payload, event.open or {}):
            files: Any = payload.get("attachments", ())
            for file in files:
                change(file)
        emit(event)

    stage.discord.state.emit = emit_changed


async def test_no_file_is_fetched_from_a_stranger(stage: DiscordStage, stranger: tuple[str, list[str]]) -> None:
    url, asked = stranger
    changed(stage, lambda file: file.update(url=url, proxy_url=url))
    await stage.discord.say(stage.here, stage.ann, "look", attachments=[("a.txt", b"words")])
    await stage.hears(sentences.UNREADABLE)
    assert not asked


async def test_no_redirect_is_followed_to_a_stranger(stage: DiscordStage, stranger: tuple[str, list[str]]) -> None:
    url, asked = stranger
    stage.discord.fault("GET", "/attachments/**", status=302, body="", headers={"Location": url})
    await stage.discord.say(stage.here, stage.ann, "look", attachments=[("a.txt", b"words")])
    await stage.hears(sentences.UNREADABLE)
    assert not asked


async def test_a_file_that_is_larger_than_declared_is_read_up_to_the_limit(
    stage: DiscordStage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("adapters.discord.files.MAX_FILE_BYTES", 1000)
    changed(stage, lambda file: file.update(size=10))
    await stage.discord.say(stage.here, stage.ann, "look", attachments=[("a.txt", b"x" * 5000)])
    await stage.hears(sentences.TOO_LARGE)


@pytest.mark.parametrize(
    "url",
    [
        "http://cdn.discordapp.com/a",
        "https://cdn.discordapp.com.evil.example/a",
        "https://evil.example/cdn.discordapp.com",
        "https://cdn.discordapp.com@evil.example/a",
        "https://[::1/a",
        "file:///etc/passwd",
    ],
)
async def test_an_address_of_somebody_else_is_none_of_discord_s(url: str) -> None:
    with pytest.raises(OSError, match="somebody else"):
        await fetch(None, url, 10)
