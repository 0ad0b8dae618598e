"""The REST side of the pretended Discord against the real discord.py: what it takes, and what it refuses."""

import discord
import pytest
from discord import app_commands

from adapters.sandbox.discord import FakeDiscord, Permission
from tests.adapters.sandbox.discord.recorder import Join, hear, post


async def test_the_bot_replies_edits_types_reacts_and_deletes(server: FakeDiscord, join: Join) -> None:
    channel, ada = server.guild().channel("general"), server.user("ada")
    client = await join()
    question = await server.say(channel, ada, f"{server.bot.mention} hi")
    heard = (await hear(server, client))[0]
    async with heard.channel.typing():
        reply = await heard.reply("  one  ", suppress_embeds=True)
    await reply.edit(content="two https://example.org", suppress=True)
    await heard.add_reaction("👀")
    await heard.remove_reaction("👀", discord.Object(int(server.bot.id)))
    (answer,) = server.answers(channel)
    assert answer.reference == question.id
    assert answer.history == ["one", "two https://example.org"]
    assert answer.flags == 4
    previews = [answer.shows_previews]
    assert answer.pinged == []
    assert [place for place, _ in server.typing] == [channel.id]
    await reply.edit(content="three https://example.org")
    previews.append(answer.shows_previews)
    assert previews == [False, True], "discord.py 2.7.1 clears the flag unless it is told otherwise"
    await reply.delete()
    assert server.answers(channel) == []
    await server.until(lambda: client.deletions)
    assert server.unknown_routes == []


async def test_whom_an_answer_pings(server: FakeDiscord, join: Join) -> None:
    guild = server.guild()
    channel, ada, bob = guild.channel("general"), server.user("ada"), server.user("bob")
    guild.join(ada)
    team = guild.role("team", bob)
    server.limit(sends=(100, 1.0))
    client = await join()
    await server.say(channel, ada, f"{server.bot.mention} hi")
    heard = (await hear(server, client))[0]
    every = discord.AllowedMentions.all()
    await heard.reply("@everyone", mention_author=True)
    await heard.reply(bob.mention, allowed_mentions=every, mention_author=False)
    await heard.channel.send(f"{team.mention} `{ada.mention}`", allowed_mentions=every)
    await heard.channel.send("@here", allowed_mentions=every)
    sent = await heard.channel.send("quiet")
    await sent.edit(content=ada.mention, allowed_mentions=every)
    assert [m.pinged for m in server.answers(channel)] == [[ada.id], [bob.id], [bob.id], [ada.id, bob.id], [ada.id]]
    first = server.answers(channel)[0]
    assert (first.mention_everyone, first.allowed_mentions) == (False, {"parse": [], "replied_user": True})


async def test_refusals_have_the_shape_of_the_real_ones(server: FakeDiscord) -> None:
    channel = server.guild().channel("general")
    server.limit(sends=(100, 1.0))
    assert (await post(server, channel.id, {"content": "é" * 2000, "unheard": 1}))[0] == 200
    status, body = await post(server, channel.id, {"content": "é" * 2001})
    too_long = {"code": "BASE_TYPE_MAX_LENGTH", "message": "Must be 2000 or fewer in length."}
    assert (status, body["code"], body["errors"]) == (400, 50035, {"content": {"_errors": [too_long]}})
    assert (await post(server, channel.id, {"content": " \n "}))[1]["code"] == 50006
    assert (await post(server, "12345", {"content": "x"}))[1] == {"message": "Unknown Channel", "code": 10003}
    assert (await post(server, channel.id, {"content": "x", "nonce": "n" * 26}))[1]["code"] == 50035
    reference = {"message_id": "1", "channel_id": channel.id}
    status, body = await post(server, channel.id, {"content": "x", "message_reference": reference})
    assert (status, body["code"]) == (400, 50035)
    lenient = reference | {"fail_if_not_exists": False}
    status, body = await post(server, channel.id, {"content": "x", "message_reference": lenient})
    assert (status, body["type"], "message_reference" in body) == (200, 0, False)
    both = {"parse": ["users"], "users": ["1"]}
    assert (await post(server, channel.id, {"content": "x", "allowed_mentions": both}))[0] == 400
    assert (await post(server, channel.id, [1]))[1]["code"] == 50109


async def test_refusals_as_the_client_sees_them(server: FakeDiscord, join: Join) -> None:
    channel, ada = server.guild().channel("general"), server.user("ada")
    foreign = await server.say(channel, ada, "mine")
    client = await join()
    here = client.get_partial_messageable(int(channel.id), guild_id=client.guilds[0].id)
    with pytest.raises(discord.NotFound):
        await here.get_partial_message(1).edit(content="x")
    with pytest.raises(discord.Forbidden, match="50005"):
        await here.get_partial_message(int(foreign.id)).edit(content="x")
    with pytest.raises(discord.Forbidden, match="50013"):
        await here.get_partial_message(int(foreign.id)).delete()
    channel.forbidden = True
    with pytest.raises(discord.Forbidden, match="50013"):
        await here.send("x")
    channel.forbidden = False
    channel.hidden = True
    with pytest.raises(discord.Forbidden, match="50001"):
        await here.send("x")
    await server.say(channel, ada, f"{server.bot.mention} unseen")
    channel.hidden = False
    channel.deny(Permission.ATTACH_FILES)
    with pytest.raises(discord.Forbidden, match="50013"):
        await here.send(file=discord.File(__file__))
    private = server.dm(ada)
    private.forbidden = True
    with pytest.raises(discord.Forbidden, match="50007"):
        await client.get_partial_messageable(int(private.id)).send("x")
    await server.say(channel, ada, f"{server.bot.mention} seen")
    assert [message.content for message in await hear(server, client)] == [f"{server.bot.mention} seen"]


async def test_a_direct_conversation_is_opened_and_files_are_sent(server: FakeDiscord, join: Join) -> None:
    ada = server.user("ada")
    client = await join()
    user = await client.fetch_user(int(ada.id))
    sent = await user.send("hello", file=discord.File(__file__, filename="answer.md", description="all of it"))
    (answer,) = server.answers(server.dm(ada))
    assert (answer.attachments[0].filename, answer.attachments[0].description) == ("answer.md", "all of it")
    assert b"stand-in" in await sent.attachments[0].read()
    edited = await sent.edit(content="shorter", attachments=[])
    assert (edited.attachments, answer.attachments) == ([], [])
    assert server.asked("POST", "/channels/*/messages")[0].files[0][0] == "answer.md"


async def test_one_nonce_makes_one_message(server: FakeDiscord) -> None:
    channel = server.guild().channel("general")
    body = {"content": "once", "nonce": "turn-1", "enforce_nonce": True}
    first, second = [await post(server, channel.id, body) for _ in range(2)]
    assert first == second
    await post(server, channel.id, body | {"enforce_nonce": False})
    server.rest.messages.nonce_seconds = 0.0
    await post(server, channel.id, body)
    assert len(server.answers(channel)) == 3


async def test_history_is_newest_first_and_bounded(server: FakeDiscord, join: Join) -> None:
    channel, ada = server.guild().channel("general"), server.user("ada")
    said = [await server.say(channel, ada, f"number {number}") for number in range(7)]
    await server.delete(said[6])
    client = await join()
    here = client.get_channel(int(channel.id))
    assert isinstance(here, discord.TextChannel)
    middle = discord.Object(int(said[3].id))
    ids = [int(message.id) for message in said]
    assert [m.id async for m in here.history(limit=2)] == [ids[5], ids[4]]
    assert [m.id async for m in here.history(limit=2, before=middle)] == [ids[2], ids[1]]
    assert [m.id async for m in here.history(limit=2, after=middle)] == [ids[4], ids[5]]
    assert [m.id async for m in here.history(limit=3, around=middle)] == [ids[4], ids[3], ids[2]]
    last = [message.content async for message in here.history(limit=1)]
    assert last == [""], "REST hides it too while the portal's switch is off"
    server.message_content = True
    assert [message.content async for message in here.history(limit=1)] == ["number 5"]


async def test_threads(server: FakeDiscord, join: Join) -> None:
    server.limit(sends=(100, 1.0))
    channel, ada = server.guild().channel("general"), server.user("ada")
    client = await join()
    await server.say(channel, ada, f"{server.bot.mention} long question")
    heard = (await hear(server, client))[0]
    thread = await heard.create_thread(name="A question")
    assert thread.id == heard.id
    with pytest.raises(discord.HTTPException, match="160004"):
        await heard.create_thread(name="again")
    await thread.send("in the thread")
    theirs = channel.thread("by ada", ada)
    await server.until(lambda: client.threads == ["A question", "by ada"])
    await server.say(theirs, ada, f"{server.bot.mention} here")
    await server.until(lambda: any(message.channel.id == int(theirs.id) for message in client.heard))
    inside = server.state.channels[str(thread.id)]
    inside.archive()
    with pytest.raises(discord.HTTPException, match="50083"):
        await thread.get_partial_message(int(server.answers(inside)[0].id)).edit(content="x")
    await thread.send("wakes it")
    assert not inside.archived
    inside.archive(locked=True)
    with pytest.raises(discord.Forbidden):
        await thread.send("too late")


async def test_commands_are_stored_and_given_back(server: FakeDiscord, join: Join) -> None:
    client = await join()
    tree = app_commands.CommandTree(client)

    @tree.command(description="Ask a question")
    async def ask(interaction: discord.Interaction, question: str) -> None: ...

    (first,) = await tree.sync()
    (second,) = await tree.sync()
    assert (first.name, first.id) == ("ask", second.id)
    assert [command.name for command in await tree.fetch_commands()] == ["ask"]
    assert server.commands[0]["description"] == "Ask a question"


async def test_what_is_unknown_is_noted(server: FakeDiscord, join: Join) -> None:
    client = await join()
    with pytest.raises(discord.NotFound):
        await client.fetch_guild(1)
    assert server.unknown_routes == ["GET /guilds/1"]


async def test_the_example_in_the_docstring(server: FakeDiscord, join: Join) -> None:
    channel, ada = server.guild().channel("general"), server.user("ada")
    client = await join()
    question = await server.say(channel, ada, f"{server.bot.mention} hello")
    await (await hear(server, client))[0].reply("hello")
    (answer,) = await server.until(lambda: server.answers(channel))
    assert (answer.reference, answer.pinged) == (question.id, [])
