"""What the bot may read on the pretended Discord, with the message content intent and without it."""

import aiohttp
import discord

from adapters.sandbox.discord import FakeDiscord
from tests.adapters.sandbox.discord.recorder import READING, Join, hear


async def test_what_the_bot_may_read_without_the_content_intent(server: FakeDiscord, join: Join) -> None:
    guild = server.guild()
    channel, ada, bob = guild.channel("general"), server.user("ada"), server.user("bob")
    client = await join()
    destination = client.get_channel(int(channel.id))
    assert isinstance(destination, discord.TextChannel)
    answer = await destination.send("an answer")
    own = server.answers(channel)[0]
    role = next(role for role in guild.roles if role.bot_id)
    await server.say(channel, ada, "secret", attachments=[("a.txt", b"x")])
    await server.say(channel, ada, f"hello {server.bot.mention} and {bob.mention}")
    await server.say(channel, ada, f"hello <@!{server.bot.id}>")
    await server.say(channel, ada, f"hello {role.mention}")
    await server.say(channel, ada, f"`{server.bot.mention}` in code")
    await server.say(channel, ada, "with a ping", reply_to=own)
    await server.say(channel, ada, "without a ping", reply_to=own, ping=False)
    await server.say(server.dm(ada), ada, "in private")
    heard = await hear(server, client, 9)
    words = [message.content for message in heard]
    mention = server.bot.mention
    assert words[:3] == ["an answer", "", f"hello {mention} and {bob.mention}"]
    assert words[3:] == [f"hello <@!{server.bot.id}>", "", "", "with a ping", "", "in private"]
    assert heard[0].nonce == answer.nonce
    assert heard[1].attachments == []
    assert [user.id for user in heard[2].mentions] == [int(server.bot.id), int(bob.id)]
    assert heard[4].role_mentions == [heard[4].guild.self_role] if heard[4].guild else False
    replied = heard[7].reference.resolved if heard[7].reference else None
    assert isinstance(replied, discord.Message)
    assert replied.content == "an answer"
    assert isinstance(heard[1].author, discord.Member)
    assert heard[8].guild is None


async def test_with_the_intent_everything_is_readable(server: FakeDiscord, join: Join) -> None:
    server.message_content = True
    channel, ada = server.guild().channel("general"), server.user("ada")
    client = await join(READING)
    first = await server.say(channel, ada, "plain", attachments=[("notes of today.txt", b"file text")])
    await server.say(channel, ada, "pointing", reply_to=first)
    await server.paste(channel, ada, "long " * 900)
    await server.say(channel, ada, "", forward=first)
    await server.say(channel, server.user("hook"), "by hook", webhook=True)
    await server.say(channel, ada, "", attachments=[("voice-message.ogg", b"OggS")], voice_seconds=2.5)
    heard = await hear(server, client, 6)
    assert heard[0].attachments[0].filename == "notes_of_today.txt"
    assert heard[0].attachments[0].content_type == "text/plain; charset=utf-8"
    assert await heard[0].attachments[0].read() == b"file text"
    resolved = heard[1].reference.resolved if heard[1].reference else None
    assert isinstance(resolved, discord.Message)
    assert resolved.content == "plain"
    assert len(await heard[2].attachments[0].read()) == 4500
    assert heard[3].message_snapshots[0].content == "plain"
    assert heard[4].webhook_id is not None
    assert heard[5].attachments[0].is_voice_message()
    assert server.downloads[0].authorization == ""


async def test_a_link_to_a_file_is_signed(server: FakeDiscord) -> None:
    message = await server.say(server.guild().channel("c"), server.user("ada"), "", attachments=[("a.png", b"PNG")])
    url = message.attachments[0].url
    async with aiohttp.ClientSession() as session:
        async with session.get(url) as answer:
            assert (answer.status, answer.content_type) == (200, "image/png")
        async with session.get(url.split("?")[0]) as answer:
            assert answer.status == 404
        async with session.get(url.replace("hm=", "hm=0")) as answer:
            assert answer.status == 404


async def test_edits_and_deletions_by_people_arrive(server: FakeDiscord, join: Join) -> None:
    channel, ada = server.guild().channel("general"), server.user("ada")
    client = await join()
    message = await server.say(channel, ada, f"{server.bot.mention} helo")
    await server.edit(message, f"{server.bot.mention} hello")
    await server.edit(message, "never mind")
    await server.delete(message)
    await server.until(lambda: client.deletions)
    assert [event.message.content for event in client.edits] == [f"{server.bot.mention} hello", ""]
    assert client.deletions == [int(message.id)]
    assert message.history == [f"{server.bot.mention} helo", f"{server.bot.mention} hello", "never mind"]
