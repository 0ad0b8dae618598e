"""What people do on the pretended Discord, as the real discord.py hears of it: previews, purges, farewells."""

from collections.abc import AsyncIterator

import discord
import pytest

from adapters.sandbox.discord import Channel, FakeDiscord, Guild
from tests.adapters.sandbox.discord.bot import Bot, meeting


@pytest.fixture
async def server() -> AsyncIterator[FakeDiscord]:
    async with FakeDiscord() as fake:
        fake.limit(sends=(1000, 1.0), edits=(1000, 1.0))
        fake.guild("lab").channel("general")
        yield fake


@pytest.fixture
async def bot(server: FakeDiscord) -> AsyncIterator[Bot]:
    async with meeting(server) as client:
        yield client


def lab(server: FakeDiscord) -> tuple[Guild, Channel]:
    """The guild that the bot found, and its channel."""
    guild = next(iter(server.state.guilds.values()))
    return guild, guild.channels[0]


async def test_a_preview_is_no_edit(server: FakeDiscord, bot: Bot) -> None:
    (_, channel), ada = lab(server), server.user("ada")
    message = await server.say(channel, ada, f"{server.bot.mention} https://example.org")
    await server.unfurl(message, "https://example.org")
    (event,) = await server.until(lambda: bot.edits)
    assert (event.message.content, event.message.edited_at) == (message.content, None)
    assert event.message.embeds[0].url == "https://example.org"
    assert len(message.history) == 1
    await server.edit(message, f"{server.bot.mention} changed")
    await server.until(lambda: len(bot.edits) == 2)
    assert bot.edits[1].message.edited_at


async def test_several_messages_go_at_once(server: FakeDiscord, bot: Bot) -> None:
    (_, channel), ada = lab(server), server.user("ada")
    messages = [await server.say(channel, ada, text) for text in "abc"]
    await server.purge(*messages[:2])
    await server.until(lambda: len(bot.events) == 2)
    assert bot.events == [("purged", int(message.id)) for message in messages[:2]]
    here = bot.get_partial_messageable(int(channel.id), guild_id=bot.guilds[0].id)
    assert [message.id async for message in here.history()] == [int(messages[2].id)]


async def test_threads_and_channels_go(server: FakeDiscord, bot: Bot) -> None:
    (_, channel), ada = lab(server), server.user("ada")
    first, second = channel.thread("one"), channel.thread("two")
    await server.say(first, ada, "hello")
    first.archive(locked=True)
    await server.remove(first)
    await server.remove(channel)
    await server.until(lambda: ("channel deleted", int(channel.id)) in bot.events)
    known = [("thread changed", int(first.id)), ("thread deleted", int(first.id)), ("channel deleted", int(channel.id))]
    await server.until(lambda: len(bot.events) == 4)
    assert bot.events == [*known, ("thread deleted", int(second.id))]
    for place in (first, second, channel):
        with pytest.raises(discord.NotFound, match="10003"):
            await bot.fetch_channel(int(place.id))


async def test_the_bot_is_thrown_out(server: FakeDiscord, bot: Bot) -> None:
    (guild, channel), ada = lab(server), server.user("ada")
    await server.outage(guild)
    await server.recover(guild)
    await server.expel(guild)
    await server.say(channel, ada, f"{server.bot.mention} still there?")
    await server.say(server.dm(ada), ada, "yes?")
    await server.until(lambda: bot.heard)
    assert bot.events == [("outage", int(guild.id)), ("expelled", int(guild.id))]
    assert [message.content for message in bot.heard] == ["yes?"]
    with pytest.raises(discord.Forbidden, match="50001"):
        await bot.fetch_channel(int(channel.id))
    assert list(bot.guilds) == []


async def test_a_permission_is_lost(server: FakeDiscord, bot: Bot) -> None:
    _, channel = lab(server)
    here = bot.get_channel(int(channel.id))
    assert isinstance(here, discord.TextChannel)
    await here.send("fine")
    channel.forbidden = True
    await server.until(lambda: not here.permissions_for(here.guild.me).send_messages)
    with pytest.raises(discord.Forbidden, match="50013"):
        await here.send("refused")


async def test_a_reaction_is_taken_back(server: FakeDiscord, bot: Bot) -> None:
    (_, channel), ada = lab(server), server.user("ada")
    message = await server.say(channel, ada, "hello")
    await server.react(message, ada, "👍")
    await server.unreact(message, ada, "👍")
    await server.until(lambda: bot.events)
    assert (bot.events, message.reactions) == ([("unreacted", int(message.id))], {})


async def test_the_last_message_of_a_place(server: FakeDiscord) -> None:
    (guild, channel), ada = lab(server), server.user("ada")
    thread = channel.thread("talk")
    last = [await server.say(place, ada, "hello") for place in (channel, thread, server.dm(ada))]
    async with meeting(server) as bot:
        found = bot.get_guild(int(guild.id))
        assert found
        known = [found.text_channels[0].last_message_id, found.threads[0].last_message_id]
        assert known == [int(last[0].id), int(last[1].id)]
        assert list(bot.private_channels) == []
        private = await (await bot.fetch_user(int(ada.id))).create_dm()
        opened = await bot.fetch_channel(private.id)
        assert isinstance(opened, discord.DMChannel)
        assert [message.id async for message in private.history(after=discord.Object(0))] == [int(last[2].id)]


async def test_history_from_every_side(server: FakeDiscord, bot: Bot) -> None:
    (_, channel), ada = lab(server), server.user("ada")
    messages = [await server.say(channel, ada, str(number)) for number in range(7)]
    here = bot.get_partial_messageable(int(channel.id), guild_id=bot.guilds[0].id)
    middle = discord.Object(int(messages[3].id))

    numbers = {int(message.id): number for number, message in enumerate(messages)}
    assert [numbers[one.id] async for one in here.history(limit=2)] == [6, 5]
    assert [numbers[one.id] async for one in here.history(before=middle)] == [2, 1, 0]
    assert [numbers[one.id] async for one in here.history(after=middle, limit=2)] == [4, 5]
    assert sorted([numbers[one.id] async for one in here.history(around=middle, limit=3)]) == [2, 3, 4]
