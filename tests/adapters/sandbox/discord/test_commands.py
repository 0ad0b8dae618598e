"""The pretended Discord's application commands: what is kept, what is refused, and whom they are offered to."""

from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest

from adapters.sandbox.discord import FakeDiscord, Permission
from tests.adapters.sandbox.discord.bot import Bot, meeting


@pytest.fixture
async def server() -> AsyncIterator[FakeDiscord]:
    async with FakeDiscord() as fake:
        fake.guild("lab").channel("general")
        yield fake


@pytest.fixture
async def bot(server: FakeDiscord) -> AsyncIterator[Bot]:
    async with meeting(server) as client:
        yield client


async def call(server: FakeDiscord, method: str, path: str, body: object = None) -> tuple[int, Any]:
    """A request about the bot's commands, without any client in between."""
    headers = {"Authorization": f"Bot {server.token}"}
    url = f"{server.api_url}/applications/{server.bot.id}{path}"
    async with aiohttp.ClientSession(headers=headers) as session, session.request(method, url, json=body) as answer:
        return answer.status, await answer.json() if answer.status != 204 else None


def command(**fields: object) -> dict[str, Any]:
    """A form of a command."""
    return {"name": "ask", "description": "Ask Qwen"} | fields


def option(**fields: object) -> dict[str, Any]:
    """A form of an option."""
    return {"type": 3, "name": "name", "description": "A name"} | fields


def choices(count: int) -> list[dict[str, str]]:
    """So many choices."""
    return [{"name": str(n), "value": str(n)} for n in range(count)]


def long_choices() -> list[dict[str, str]]:
    """As much text as an option's choices can hold."""
    return [{"name": f"{n:>3}" + "n" * 97, "value": "v" * 100} for n in range(25)]


async def test_what_the_real_client_registers(server: FakeDiscord, bot: Bot) -> None:
    assert [(one["name"], one["type"]) for one in server.commands] == [("ask", 1), ("model", 1), ("Ask Qwen", 3)]
    assert server.command_writes == 1
    ask = server.commands[0]
    assert (ask["contexts"], ask["integration_types"], ask["nsfw"]) == ([0, 1, 2], [0, 1], False)
    again = await bot.tree.sync()
    assert [str(one.id) for one in again] == [one["id"] for one in server.commands]
    assert server.command_writes == 2
    fetched = await bot.tree.fetch_commands()
    assert {one.name for one in fetched} == {"ask", "model", "Ask Qwen"}
    assert server.command_writes == 2


@pytest.mark.parametrize(
    ("form", "field"),
    [
        (command(name="Ask"), "name"),
        (command(name="ask me"), "name"),
        (command(name="a" * 33), "name"),
        (command(name=None), "name"),
        (command(description=""), "description"),
        (command(description="d" * 101), "description"),
        (command(name_localizations={"de": "Frage"}), "name_localizations.de"),
        (command(description_localizations={"de": "d" * 101}), "description_localizations.de"),
        (command(name_localizations={"xx": "frage"}), "name_localizations.xx"),
        (command(name_localizations={"en": "frage"}), "name_localizations.en"),
        (command(contexts=[3]), "contexts.0"),
        (command(contexts=[]), "contexts"),
        (command(integration_types=[0, 0]), "integration_types"),
        (command(default_member_permissions="all"), "default_member_permissions"),
        (command(type=3), "description"),
        (command(type=9), "type"),
        (command(options=[option(name=str(n)) for n in range(26)]), "options"),
        (command(options=[option(), option()]), "options"),
        (command(options=[option(name="Name")]), "options.0.name"),
        (command(options=[option(description="")]), "options.0.description"),
        (command(options=[option(type=12)]), "options.0.type"),
        (command(options=[option(), option(name="b", required=True)]), "options.1"),
        (command(options=[option(choices=choices(26))]), "options.0.choices"),
        (command(options=[option(choices=choices(1), autocomplete=True)]), "options.0.autocomplete"),
        (command(options=[option(choices=[{"name": "n" * 101, "value": "v"}])]), "options.0.choices.0.name"),
        (command(options=[option(choices=[{"name": "n", "value": 1}])]), "options.0.choices.0.value"),
        (command(options=[option(choices=choices(1) * 2)]), "options.0.choices"),
        (command(options=[option(type=5, autocomplete=True)]), "options.0.type"),
        (command(options=[option(max_length=6001)]), "options.0.max_length"),
        (command(options=[option(type=1), option(name="b")]), "options"),
        (command(options=[option(type=2, options=[option()])]), "options.0.options.0.type"),
        (command(options=[option(type=1, options=[option(type=1)])]), "options.0.options.0.type"),
        (command(options=[option(name=f"o{n}", choices=long_choices()) for n in range(3)]), ""),
    ],
)
async def test_refused_commands(server: FakeDiscord, form: dict[str, Any], field: str) -> None:
    status, found = await call(server, "PUT", "/commands", [command(name="fine"), form])
    assert (status, found["code"]) == (400, 50035)
    errors = found["errors"]["1"]
    for name in filter(None, field.split(".")):
        errors = errors[name]
    assert list(errors) == ["_errors"]
    assert (server.commands, server.command_writes) == ([], 0)


async def test_localizations_are_shown_to_who_asks_for_them(server: FakeDiscord) -> None:
    status, (made,) = await call(server, "PUT", "/commands", [command(name_localizations={"de": "frage"})])
    assert (status, made["name_localizations"]) == (200, {"de": "frage"})
    assert "name_localizations" not in (await call(server, "GET", "/commands"))[1][0]
    assert (await call(server, "GET", "/commands?with_localizations=true"))[1] == [made]
    assert (await call(server, "PUT", "/commands", []))[1] == []


async def test_how_many_commands_there_may_be(server: FakeDiscord) -> None:
    slash = [command(name=f"c{n}") for n in range(100)]
    menus = [{"name": f"Menu {n}", "type": 3} for n in range(15)]
    assert (await call(server, "PUT", "/commands", slash + menus))[0] == 200
    for one in (command(name="more"), {"name": "More", "type": 3}):
        assert (await call(server, "PUT", "/commands", [*slash, *menus, one]))[1]["code"] == 30032
    twice = [command(), command()]
    assert (await call(server, "PUT", "/commands", twice))[1]["errors"]["1"]["name"]["_errors"]
    assert len(server.commands) == 115


async def test_sub_commands_and_other_values(server: FakeDiscord) -> None:
    path = [option(type=1, name="set", options=[option(required=True, choices=choices(2)), option(type=4, name="n")])]
    await call(
        server,
        "PUT",
        "/commands",
        [
            command(name="model", options=path),
            command(
                options=[
                    option(type=11, name="file"),
                    option(type=6, name="who"),
                    option(type=5, name="loud"),
                    option(type=10, name="heat", min_value=0, max_value=2),
                ]
            ),
        ],
    )
    channel, ada = next(iter(server.state.channels.values())), server.user("ada")
    asked = await server.command(channel, ada, "model set", {"name": "1", "n": 3})
    (inner,) = asked.data["options"] if isinstance(asked.data["options"], list) else []
    assert [(one["name"], one["type"], one["value"]) for one in inner["options"]] == [("name", 3, "1"), ("n", 4, 3)]
    for name in ("model", "model get"):
        with pytest.raises(LookupError):
            await server.command(channel, ada, name)
    with pytest.raises(ValueError, match="no choice"):
        await server.command(channel, ada, "model set", {"name": "9"})
    with pytest.raises(ValueError, match="bounds"):
        await server.command(channel, ada, "ask", {"heat": 2.5})
    asked = await server.command(channel, ada, "ask", {"file": ("a.txt", b"x"), "who": ada, "loud": True, "heat": 1})
    resolved = asked.data["resolved"]
    assert isinstance(resolved, dict)
    assert [sorted(resolved), [file["size"] for file in resolved["attachments"].values()]] == [
        ["attachments", "members", "users"],
        [1],
    ]


async def test_whom_a_command_is_offered(server: FakeDiscord) -> None:
    guild, ada = next(iter(server.state.guilds.values())), server.user("ada")
    channel, private = guild.channels[0], server.dm(ada)
    await call(
        server,
        "PUT",
        "/commands",
        [
            command(name="here", contexts=[0]),
            command(name="there", contexts=[1, 2], integration_types=[1]),
            command(name="mods", default_member_permissions=str(int(Permission.MANAGE_MESSAGES))),
        ],
    )
    await server.command(channel, ada, "here")
    for place, name in ((private, "here"), (channel, "there"), (private, "there"), (channel, "mods")):
        with pytest.raises(LookupError):
            await server.command(place, ada, name)
    server.install(ada)
    await server.command(private, ada, "there")
    guild.role("mods", ada).permissions |= Permission.MANAGE_MESSAGES
    await server.command(channel, ada, "mods")
