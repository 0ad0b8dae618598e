"""The pretended Discord's interactions against the real discord.py: who can use what, and what the bot may answer."""

from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import discord
import pytest

from adapters.sandbox.discord import Channel, FakeDiscord, Flag, Interaction
from adapters.sandbox.discord.interactions import COMMAND_USED
from tests.adapters.sandbox.discord.bot import Bot, meeting


@pytest.fixture
async def server() -> AsyncIterator[FakeDiscord]:
    async with FakeDiscord() as fake:
        yield fake


@pytest.fixture
async def bot(server: FakeDiscord) -> AsyncIterator[Bot]:
    server.guild("lab").channel("general")
    async with meeting(server) as client:
        yield client


def general(server: FakeDiscord) -> Channel:
    """The channel that the bot found."""
    return next(iter(server.state.channels.values()))


async def call(server: FakeDiscord, method: str, path: str, body: object = None) -> tuple[int, Any]:
    """A request without any client in between, and without authorization."""
    url = server.api_url + path
    async with aiohttp.ClientSession() as session, session.request(method, url, json=body) as answer:
        return answer.status, await answer.json() if answer.status != 204 else None


async def used_by_nobody(server: FakeDiscord) -> Interaction:
    """An interaction that no bot answers."""
    return server.interactions.begin(COMMAND_USED, server.user("ada"), server.guild().channel("c"), {"type": 1}, {})


async def test_a_slash_command_thinks_answers_and_adds(server: FakeDiscord, bot: Bot) -> None:
    channel, ada = general(server), server.user("ada")
    ada.locale = "de"
    asked = await server.command(channel, ada, "ask", {"question": "rain"})
    first, second = await server.until(lambda: server.answers(channel) if len(asked.messages) == 2 else [])
    assert (asked.acknowledged, asked.deferred, asked.thinking) == (5, True, False)
    assert asked.response is first
    assert (first.content, first.type, first.edited_timestamp, first.flags) == ("about rain", 20, None, 0)
    assert (second.content, second.type, second.reference) == ("and this", 19, first.id)
    (used,) = bot.used
    assert isinstance(used.user, discord.Member)
    assert isinstance(used.channel, discord.TextChannel)
    assert used.locale is discord.Locale.german
    assert used.permissions.send_messages
    assert used.app_permissions.send_messages
    assert channel.guild
    assert (used.guild_id, used.context.guild) == (int(channel.guild.id), True)
    assert used.is_guild_integration()
    assert not used.is_user_integration()
    heard = next(message for message in bot.heard if message.id == int(first.id))
    assert heard.type is discord.MessageType.chat_input_command
    assert heard.flags.loading
    assert (heard.webhook_id, heard.application_id) == (int(server.bot.id), int(server.bot.id))
    assert heard.interaction_metadata
    assert heard.interaction_metadata.user.id == int(ada.id)
    assert server.unknown_routes == []


async def test_what_only_one_person_sees(server: FakeDiscord, bot: Bot) -> None:
    ada = server.user("ada")
    private = server.dm(ada)
    asked = await server.command(private, ada, "model", {"name": "qwen-plus"})
    message = await server.answer(asked)
    assert (message.content, message.flags) == ("now qwen-plus", Flag.EPHEMERAL | Flag.SUPPRESS_EMBEDS)
    assert server.whispers(ada) == [message]
    assert server.whispers(server.user("bob")) == []
    assert private.messages == []
    await bot.used[0].edit_original_response(content="changed")
    assert (message.content, message.edited_timestamp is None) == ("changed", False)
    assert (bot.heard, bot.edits) == ([], [])
    await bot.used[0].delete_original_response()
    assert server.whispers(ada) == []
    with pytest.raises(discord.NotFound, match="10008"):
        await bot.used[0].edit_original_response(content="too late")
    assert isinstance(bot.used[0].channel, discord.DMChannel)
    assert bot.used[0].context.dm_channel


async def test_what_is_offered_while_a_person_types(server: FakeDiscord, bot: Bot) -> None:
    channel, ada = general(server), server.user("ada")
    offered = await server.type_option(channel, ada, "model", "name", "qwen3")
    assert [(choice["name"], choice["value"]) for choice in offered] == [
        ("QWEN3-MAX", "qwen3-max"),
        ("QWEN3-CODER", "qwen3-coder"),
    ]
    with pytest.raises(LookupError):
        await server.type_option(channel, ada, "ask", "question", "q")


async def test_the_menu_of_a_message_shows_its_text(server: FakeDiscord, bot: Bot) -> None:
    channel, ada = general(server), server.user("ada")
    message = await server.say(channel, ada, "secret words")
    asked = await server.menu(message, ada, "Ask Qwen")
    answer = await server.answer(asked)
    assert (answer.content, answer.type) == ("you said secret words", 23)
    assert [button.label for button in answer.buttons] == ["Whisper", "Gone", "Later"]
    with pytest.raises(LookupError):
        await server.menu(message, ada, "Ask another")


async def test_where_the_bot_is_no_member(server: FakeDiscord, bot: Bot) -> None:
    ada, bob = server.user("ada"), server.user("bob")
    channel = server.foreign_guild().channel("elsewhere")
    with pytest.raises(LookupError):
        await server.command(channel, ada, "ask", {"question": "rain"})
    server.install(ada)
    asked = await server.command(channel, ada, "ask", {"question": "rain"})
    await server.until(lambda: len(asked.messages) == 2)
    (session,) = server.gateway.live
    told = [frame["t"] for _, frame in session.sent if channel.id in str(frame)]
    assert told == ["INTERACTION_CREATE"], "the bot is not told what is said there, not even by itself"
    (used,) = bot.used
    assert (used.guild_id, used.is_user_integration(), used.is_guild_integration()) == (
        int(channel.guild.id if channel.guild else 0),
        True,
        False,
    )
    with pytest.raises(discord.Forbidden, match="50001"):
        await bot.http.send_message(int(channel.id), params=discord.http.handle_message_parameters("directly"))
    for number in range(2, 6):
        await used.followup.send(f"more {number}")
    with pytest.raises(discord.HTTPException, match="40094"):
        await used.followup.send("more 6")
    between = server.conversation(ada, bob)
    asked = await server.command(between, ada, "ask", {"question": "rain"})
    await server.until(lambda: len(asked.messages) == 2)
    assert bot.used[1].context.private_channel
    assert bot.used[1].user.id == int(ada.id)


@pytest.mark.parametrize("joined", [True, False])
async def test_in_a_thread(server: FakeDiscord, bot: Bot, joined: bool) -> None:
    ada, channel = server.user("ada"), general(server) if joined else server.foreign_guild().channel("elsewhere")
    server.install(ada)
    thread = channel.thread("talk", ada)
    asked = await server.command(thread, ada, "model", {"name": "qwen-plus"})
    await server.answer(asked)
    (used,) = bot.used
    assert isinstance(used.channel, discord.Thread)
    assert (used.channel.name, used.channel.parent_id) == ("talk", int(channel.id))
    assert (used.is_guild_integration(), used.is_user_integration()) == (joined, True)


async def test_anybody_presses_what_came_of_a_command_elsewhere(server: FakeDiscord, bot: Bot) -> None:
    ada, bob, channel = server.user("ada"), server.user("bob"), server.foreign_guild().channel("elsewhere")
    server.install(ada)
    asked = await server.menu(await server.say(channel, bob, "words"), ada, "Ask Qwen")
    pressed = await server.press(await server.answer(asked), bob, "Whisper")
    assert (await server.answer(pressed)).content == "between us"
    assert pressed.owners == {"1": ada.id}
    assert (len(server.whispers(bob)), len(server.whispers(ada))) == (1, 0)
    with pytest.raises(LookupError):
        await server.press(server.whispers(bob)[0], ada, "Whisper")


async def test_a_reply_to_such_an_answer_does_not_show_its_words(server: FakeDiscord, bot: Bot) -> None:
    channel, ada = general(server), server.user("ada")
    asked = await server.menu(await server.say(channel, ada, "words"), ada, "Ask Qwen")
    answer = await server.answer(asked)
    reply = await server.say(channel, ada, "and then?", reply_to=answer)
    heard = (await server.until(lambda: [one for one in bot.heard if one.id == int(reply.id)]))[0]
    assert (heard.content, heard.reference and heard.reference.message_id) == ("", int(answer.id))
    await heard.channel.get_partial_message(int(answer.id)).reply("that is all")  # type: ignore[union-attr]
    assert server.answers(channel)[-1].reference == answer.id


async def test_what_clients_do_not_offer(server: FakeDiscord, bot: Bot) -> None:
    guild = next(iter(server.state.guilds.values()))
    channel, ada = guild.channel("c"), server.user("ada")
    with pytest.raises(LookupError):
        await server.command(channel, ada, "unheard")
    with pytest.raises(ValueError, match="first"):
        await server.command(channel, ada, "ask")
    with pytest.raises(ValueError, match="no option"):
        await server.command(channel, ada, "ask", {"question": "q", "other": "x"})
    with pytest.raises(ValueError, match="kind"):
        await server.command(channel, ada, "ask", {"question": 1})
    assert bot.used == []


async def test_an_answer_is_given_once_and_in_time(server: FakeDiscord) -> None:
    used = await used_by_nobody(server)
    path, webhook = f"/interactions/{used.id}/{used.token}/callback", f"/webhooks/{server.bot.id}/{used.token}"
    say = {"type": 4, "data": {"content": "hello"}}
    status, body = await call(server, "POST", path, {"type": 4, "data": {"content": "x" * 2001}})
    assert (status, list(body["errors"]["data"])) == (400, ["content"])
    assert (await call(server, "POST", path, {"type": 4, "data": {}}))[1]["code"] == 50006
    assert (await call(server, "POST", path, {"type": 7, "data": {"content": "x"}}))[1]["code"] == 50035
    assert (await call(server, "POST", webhook, {"content": "before"}))[1]["code"] == 10015
    assert (await call(server, "POST", path.replace(used.id, "1"), say))[1]["code"] == 10062
    assert used.acknowledged is None
    assert (await call(server, "POST", path, say))[0] == 204
    assert (await call(server, "POST", path, say))[1]["code"] == 40060
    for kind, names in ((4, {"interaction", "resource"}), (5, {"interaction"})):
        other = await used_by_nobody(server)
        callback = f"/interactions/{other.id}/{other.token}/callback?with_response=true"
        status, body = await call(server, "POST", callback, say | {"type": kind})
        assert (status, set(body), body["interaction"]["response_message_loading"]) == (200, names, kind == 5)
    late = await used_by_nobody(server)
    server.interactions.ack_seconds = 0.0
    status, body = await call(server, "POST", f"/interactions/{late.id}/{late.token}/callback", say)
    assert (status, body) == (404, {"message": "Unknown interaction", "code": 10062})


async def test_a_token_ends(server: FakeDiscord) -> None:
    used = await used_by_nobody(server)
    await call(server, "POST", f"/interactions/{used.id}/{used.token}/callback", {"type": 5})
    assert (used.thinking, used.response) == (True, None)
    webhook = f"/webhooks/{server.bot.id}/{used.token}"
    status, body = await call(server, "POST", webhook, {"content": "takes the place", "flags": 64})
    assert (status, body["id"], body["flags"]) == (200, used.messages[0].id, 0)
    server.interactions.token_seconds = 0.0
    status, body = await call(server, "PATCH", f"{webhook}/messages/@original", {"content": "x"})
    assert (status, body) == (401, {"message": "Invalid Webhook Token", "code": 50027})
    assert (await call(server, "POST", f"/webhooks/{server.bot.id}/nonsense", {"content": "x"}))[1]["code"] == 50027


async def test_answers_do_not_count_in_the_limit_for_everything(server: FakeDiscord) -> None:
    server.limit(global_per_second=1)
    used = await used_by_nobody(server)
    await call(server, "POST", f"/interactions/{used.id}/{used.token}/callback", {"type": 5})
    for number in range(5):
        webhook = f"/webhooks/{server.bot.id}/{used.token}/messages/@original"
        assert (await call(server, "PATCH", webhook, {"content": str(number)}))[0] == 200
    assert server.rate_limited == 0
