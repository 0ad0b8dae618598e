"""Snapshots: what each document of tests/gallery looks like on each platform, whole and cut in pieces.

They lie in __snapshots__/test_gallery. When a change of them is meant, write them anew with `pytest --snapshot-update`,
and read the difference.
"""

import io
import re

import pytest
from rich.console import Console
from syrupy.assertion import SnapshotAssertion
from syrupy.extensions.single_file import SingleFileSnapshotExtension, WriteMode
from telegram import MessageEntity

from adapters.discord import render as discord
from adapters.discord.reply import LIMIT
from adapters.telegram import render as telegram
from adapters.terminal.markdown import THEME, Markdown
from adapters.terminal.text import safe
from bridge.streaming.markdown import split
from tests.adapters.stages import DiscordStage, TelegramStage
from tests.gallery.discord import picture as picture_of_discord
from tests.gallery.sent import FOLDER, sent_to_discord, sent_to_telegram
from tests.gallery.telegram import picture as picture_of_telegram
from tests.gallery.terminal import picture as picture_of_terminal
from tests.nasty import GALLERY

SHORT = 500
"""No document of the gallery fills a message, so that they are cut in shorter ones."""

LINE = "═" * 40
"""Between pieces."""

HIDDEN = {
    "\u200b": "‹ZWSP›",
    "\u2060": "‹WJ›",
    "\u00a0": "‹NBSP›",
    "\u2003": "‹EM›",
    "\u200e": "‹LRM›",
    "\u200f": "‹RLM›",
}


class Readable(SingleFileSnapshotExtension):
    """A text file for each snapshot."""

    _write_mode = WriteMode.TEXT
    file_extension = "txt"


@pytest.fixture
def snapshot(snapshot: SnapshotAssertion) -> SnapshotAssertion:
    return snapshot.use_extension(Readable)


def readable(shown: str) -> str:
    """Text in which signs that nobody sees are named."""
    for sign, name in HIDDEN.items():
        shown = shown.replace(sign, name)
    return shown + "\n"


def on_discord(markdown: str) -> str:
    return readable(discord.render(markdown))


def on_telegram(markdown: str) -> str:
    """The text, and after it a line for each entity."""
    text, entities = telegram.render(markdown)
    return readable("\n".join([text, "─" * 40, *(told(entity, text) for entity in entities)]))


def told(entity: MessageEntity, text: str) -> str:
    """An entity in a line: type, offset+length in UTF-16 units, and the beginning of what it marks."""
    units = text.encode("utf-16-le")[2 * entity.offset : 2 * (entity.offset + entity.length)]
    marked = units.decode("utf-16-le").replace("\n", "⏎")
    more = entity.url or entity.language
    shortened = marked if len(marked) <= 60 else marked[:59] + "…"
    return f"{entity.type} {entity.offset}+{entity.length} “{shortened}”" + (f" {more}" if more else "")


@pytest.mark.parametrize("name", GALLERY)
def test_discord(name: str, snapshot: SnapshotAssertion) -> None:
    assert on_discord(GALLERY[name]) == snapshot


@pytest.mark.parametrize("name", GALLERY)
def test_telegram(name: str, snapshot: SnapshotAssertion) -> None:
    assert on_telegram(GALLERY[name]) == snapshot


@pytest.mark.parametrize("name", GALLERY)
def test_terminal(name: str, snapshot: SnapshotAssertion) -> None:
    file = io.StringIO()
    Console(file=file, width=80, color_system=None, theme=THEME).print(Markdown(safe(GALLERY[name])))
    assert readable("\n".join(line.rstrip() for line in file.getvalue().splitlines())) == snapshot


@pytest.mark.parametrize("name", GALLERY)
def test_discord_in_pieces(name: str, snapshot: SnapshotAssertion) -> None:
    pieces = split(GALLERY[name], SHORT, discord.measure)
    assert f"{LINE}\n".join(map(on_discord, pieces)) == snapshot


@pytest.mark.parametrize("name", GALLERY)
def test_telegram_in_pieces(name: str, snapshot: SnapshotAssertion) -> None:
    pieces = split(GALLERY[name], SHORT, telegram.measure)
    assert f"{LINE}\n".join(map(on_telegram, pieces)) == snapshot


def test_the_whole_gallery_in_messages_of_discord(snapshot: SnapshotAssertion) -> None:
    pieces = split("\n\n".join(GALLERY.values()), LIMIT, discord.measure)
    assert f"{LINE}\n".join(map(on_discord, pieces)) == snapshot


def test_the_whole_gallery_in_messages_of_telegram(snapshot: SnapshotAssertion) -> None:
    pieces = split("\n\n".join(GALLERY.values()), telegram.MAX_UNITS, telegram.measure)
    assert f"{LINE}\n".join(map(on_telegram, pieces)) == snapshot


async def test_the_picture_of_discord_is_what_is_sent(channel: DiscordStage) -> None:
    assert picture_of_discord(await sent_to_discord(channel)) == kept("discord.svg")


async def test_the_picture_of_telegram_is_what_is_sent(private: TelegramStage) -> None:
    assert picture_of_telegram(await sent_to_telegram(private)) == kept("telegram.svg")


def test_the_picture_of_the_terminal_is_what_is_printed() -> None:
    assert picture_of_terminal() == kept("terminal.svg")


def kept(name: str) -> str:
    """A picture of docs/gallery, which `make gallery` draws anew; GitHub shows it only when it fetches nothing."""
    picture = (FOLDER / name).read_text()
    assert len(picture.encode()) < 60_000
    assert not re.search(r"(href|src)=|@import|@font-face|<script|url\((?!#)", picture)
    return picture
