"""The pretended Discord's buttons and files against the real discord.py, and the forms that it refuses."""

import io
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import discord
import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.sandbox.discord import Button, Channel, FakeDiscord, Message
from adapters.sandbox.discord.components import check_components
from adapters.sandbox.discord.errors import ApiError
from tests.adapters.sandbox.discord.bot import Bot, Panel, Stop, meeting

EDIT_LIMIT = (1000, 1.0)


@pytest.fixture
async def server() -> AsyncIterator[FakeDiscord]:
    async with FakeDiscord() as fake:
        fake.limit(sends=EDIT_LIMIT, edits=EDIT_LIMIT)
        fake.guild("lab").channel("general")
        yield fake


@pytest.fixture
async def bot(server: FakeDiscord) -> AsyncIterator[Bot]:
    async with meeting(server) as client:
        yield client


def general(server: FakeDiscord) -> Channel:
    """The channel that the bot found."""
    return next(iter(server.state.channels.values()))


def here(server: FakeDiscord, bot: Bot) -> discord.TextChannel:
    """The same channel as the bot knows it."""
    channel = bot.get_channel(int(general(server).id))
    assert isinstance(channel, discord.TextChannel)
    return channel


async def said(server: FakeDiscord, count: int = 1) -> Message:
    """The bot's latest message, once there are so many."""
    return (await server.until(lambda: server.answers(general(server))[count - 1 :]))[-1]


async def test_a_button_that_outlives_its_process(server: FakeDiscord, bot: Bot) -> None:
    view = discord.ui.View(timeout=None)
    view.add_item(Stop(7))
    sent = await here(server, bot).send("working", view=view)
    message, ada = await said(server), server.user("ada")
    assert message.buttons == [Button("Stop", "stop:7", emoji="🛑", style=2)]
    await sent.edit(content="still working")
    assert len(message.buttons) == 1
    used = await server.press(message, ada, "Stop")
    await server.until(lambda: message.content == "stopped 7")
    assert (message.buttons, used.acknowledged, used.messages) == ([], 7, [])
    with pytest.raises(LookupError):
        await server.press(message, ada, "stop:7")
    assert server.unknown_routes == []


async def test_a_persistent_view(server: FakeDiscord, bot: Bot) -> None:
    await here(server, bot).send("panel", view=Panel())
    message, ada = await said(server), server.user("ada")
    used = await server.press(message, ada, "panel:whisper")
    whisper = await server.answer(used)
    assert (whisper.content, whisper.type, whisper.reference) == ("between us", 19, message.id)
    assert server.whispers(ada) == [whisper]
    with pytest.raises(LookupError, match="Gone"):
        await server.press(message, ada, "Gone")
    used = await server.press(message, ada, "Later")
    await server.until(lambda: message.content == "said later")
    assert (used.deferred, used.thinking) == (True, False)
    (first, second) = bot.used
    assert first.message
    assert (first.message.content, first.type) == ("panel", discord.InteractionType.component)
    assert second.message
    assert len(second.message.components) == 1


async def test_buttons_go_with_an_edit(server: FakeDiscord, bot: Bot) -> None:
    sent = await here(server, bot).send("panel", view=Panel())
    message = await said(server)
    await sent.edit(view=None)
    assert (message.components, message.content) == ([], "panel")
    await server.until(lambda: bot.edits)
    assert bot.edits[-1].message.components == []


async def test_files_come_with_edits_and_stay_by_their_ids(server: FakeDiscord, bot: Bot) -> None:
    sent = await here(server, bot).send("a", file=discord.File(io.BytesIO(b"one"), "one.txt", description="first"))
    message = await said(server)
    assert [(file.filename, file.content, file.description) for file in message.attachments] == [
        ("one.txt", b"one", "first")
    ]
    assert await sent.attachments[0].read() == b"one"
    sent = await sent.add_files(discord.File(io.BytesIO(b"two"), "answer.md"))
    assert [file.filename for file in message.attachments] == ["one.txt", "answer.md"]
    sent = await sent.edit(attachments=sent.attachments[1:])
    assert [file.content for file in message.attachments] == [b"two"]
    assert await sent.attachments[0].read() == b"two"
    with pytest.raises(discord.HTTPException, match="40005"):
        await sent.add_files(discord.File(io.BytesIO(bytes(10 * 1024 * 1024 + 1)), "big.bin"))
    assert [file.filename for file in message.attachments] == ["answer.md"]


async def test_files_in_the_answer_to_a_command(server: FakeDiscord, bot: Bot) -> None:
    used = await server.command(general(server), server.user("ada"), "ask", {"question": "rain"})
    await server.until(lambda: len(used.messages) == 2)
    file = discord.File(io.BytesIO(b"long"), "answer.md")
    await bot.used[0].edit_original_response(content="see", attachments=[file])
    assert [kept.content for kept in used.messages[0].attachments] == [b"long"]
    with pytest.raises(discord.HTTPException, match="40005"):
        await bot.used[0].followup.send(file=discord.File(io.BytesIO(bytes(10 * 1024 * 1024 + 1)), "big.bin"))


def button(**fields: object) -> dict[str, Any]:
    """A form of a button."""
    return {"type": 2, "style": 1, "label": "Go", "custom_id": "go"} | fields


def row(*parts: object) -> dict[str, Any]:
    """A form of a row."""
    return {"type": 1, "components": list(parts)}


@pytest.mark.parametrize(
    ("components", "field"),
    [
        ([button()], "0"),
        ([row()], "0.components"),
        ([row(*(button(custom_id=str(n)) for n in range(6)))], "0.components"),
        ([row(button(custom_id=str(n))) for n in range(6)], ""),
        ([row(button(), button())], ""),
        ([row(button(custom_id="c" * 101))], "0.components.0.custom_id"),
        ([row(button(custom_id=None))], "0.components.0.custom_id"),
        ([row(button(label="l" * 81))], "0.components.0.label"),
        ([row(button(label=""))], "0.components.0.label"),
        ([row(button(style=9))], "0.components.0.style"),
        ([row(button(style=5))], "0.components.0.url"),
        ([row(button(style=5, url="https://x.org"))], "0.components.0.custom_id"),
        ([row(button(url="https://x.org"))], "0.components.0.url"),
        ([row(button(emoji={"name": "stop"}))], "0.components.0.emoji.name"),
        ([row({"type": 3, "custom_id": "m", "options": [{"label": "a", "value": "a"}]})], "0.components.0"),
    ],
)
async def test_refused_components(server: FakeDiscord, components: list[object], field: str) -> None:
    channel = general(server)
    own = await server.say(channel, server.bot, "already there")
    headers = {"Authorization": f"Bot {server.token}"}
    body, path = {"content": "x", "components": components}, f"{server.api_url}/channels/{channel.id}/messages"
    async with aiohttp.ClientSession(headers=headers) as session:
        for method, url in (("POST", path), ("PATCH", f"{path}/{own.id}")):
            async with session.request(method, url, json=body) as answer:
                found = await answer.json()
                assert (answer.status, found["code"]) == (400, 50035)
            errors = found["errors"]["components"]
            for name in filter(None, field.split(".")):
                errors = errors[name]
            assert list(errors) == ["_errors"]
    assert (own.content, own.components) == ("already there", [])


@given(st.lists(st.integers(1, 5), min_size=1, max_size=5))
def test_every_full_set_of_rows_is_kept(widths: list[int]) -> None:
    rows: list[object] = [row(*(button(custom_id=f"{n}.{m}") for m in range(width))) for n, width in enumerate(widths)]
    kept = check_components(rows, layout=False)
    assert [len(one["components"]) for one in kept if isinstance(one, dict)] == widths
    with pytest.raises(ApiError):
        check_components([*rows, row(button(custom_id="0.0"))], layout=False)
