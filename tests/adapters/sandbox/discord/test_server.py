"""The stand-in Discord against the real discord.py: what it says, what it hides, what it refuses."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager

import aiohttp
import discord
import pytest
import yarl
from discord import app_commands

from adapters.sandbox.discord import FakeDiscord, Permission

PLAIN = discord.Intents(guilds=True, guild_messages=True, dm_messages=True)
READING = discord.Intents(guilds=True, guild_messages=True, dm_messages=True, message_content=True)


class Recorder(discord.Client):
    """A bot that only remembers what it was told."""

    def __init__(self, intents: discord.Intents, *, shards: int | None = None) -> None:
        super().__init__(
            intents=intents,
            guild_ready_timeout=0.05,
            max_messages=None,
            chunk_guilds_at_startup=False,
            member_cache_flags=discord.MemberCacheFlags.none(),
            allowed_mentions=discord.AllowedMentions.none(),
            shard_count=shards,
            shard_id=0 if shards else None,
        )
        self.heard: list[discord.Message] = []
        self.edits: list[discord.RawMessageUpdateEvent] = []
        self.deletions: list[int] = []
        self.threads: list[str] = []
        self.resumptions = 0

    async def before_identify_hook(self, shard_id: int | None, *, initial: bool = False) -> None:
        """No five seconds before a second IDENTIFY."""

    async def on_message(self, message: discord.Message) -> None:
        self.heard.append(message)

    async def on_raw_message_edit(self, event: discord.RawMessageUpdateEvent) -> None:
        self.edits.append(event)

    async def on_raw_message_delete(self, event: discord.RawMessageDeleteEvent) -> None:
        self.deletions.append(event.message_id)

    async def on_thread_create(self, thread: discord.Thread) -> None:
        self.threads.append(thread.name)

    async def on_resumed(self) -> None:
        self.resumptions += 1


Join = Callable[..., Awaitable[Recorder]]


@pytest.fixture
async def server(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[FakeDiscord]:
    async with FakeDiscord() as fake:
        monkeypatch.setattr("discord.http.Route.BASE", fake.api_url)
        monkeypatch.setattr("discord.gateway.DiscordWebSocket.DEFAULT_GATEWAY", yarl.URL(fake.gateway_url))
        yield fake


@asynccontextmanager
async def running(server: FakeDiscord, intents: discord.Intents, shards: int | None = None) -> AsyncIterator[Recorder]:
    client, others = Recorder(intents, shards=shards), len(server.gateway.live)
    task = asyncio.create_task(client.start(server.token))
    try:
        await server.connected(others + 1)
        await client.wait_until_ready()
        yield client
    finally:
        await client.close()
        await task


@pytest.fixture
async def join(server: FakeDiscord) -> AsyncIterator[Join]:
    async with AsyncExitStack() as stack:

        async def start(intents: discord.Intents = PLAIN, shards: int | None = None) -> Recorder:
            return await stack.enter_async_context(running(server, intents, shards))

        yield start


async def hear(server: FakeDiscord, client: Recorder, count: int = 1) -> list[discord.Message]:
    """Wait until the bot has heard so many messages."""
    await server.until(lambda: len(client.heard) >= count)
    return client.heard


async def test_the_bot_logs_in_and_knows_its_guild(server: FakeDiscord, join: Join) -> None:
    guild = server.guild("lab")
    channel = guild.channel("general")
    channel.thread("old thread")
    client = await join()
    assert client.user is not None
    assert str(client.user.id) == server.bot.id
    (known,) = client.guilds
    assert (known.name, known.me.id) == ("lab", client.user.id)
    assert known.self_role is not None
    assert [c.name for c in known.text_channels] == ["general"]
    assert [t.name for t in known.threads] == ["old thread"]
    assert known.text_channels[0].permissions_for(known.me).send_messages
    await server.until(lambda: client.latency < 10)
    info = await client.application_info()
    assert not info.flags.gateway_message_content_limited
    assert server.unknown_routes == []


async def test_a_wrong_token_is_refused_by_both_sides(server: FakeDiscord) -> None:
    client = Recorder(PLAIN)
    with pytest.raises(discord.LoginFailure):
        await client.start("MTAw.WRONG.token")
    await client.close()
    async with aiohttp.ClientSession() as session, session.ws_connect(server.gateway_url) as socket:
        assert (await socket.receive_json())["op"] == 10
        await socket.send_json({"op": 2, "d": {"token": "wrong", "intents": 1, "properties": {}}})
        assert (await socket.receive()).data == 4004


async def test_the_content_intent_must_be_switched_on(server: FakeDiscord) -> None:
    client = Recorder(READING)
    with pytest.raises(discord.PrivilegedIntentsRequired):
        await client.start(server.token)
    await client.close()
    assert server.gateway.close_codes == [4014]


@pytest.mark.parametrize(
    ("frame", "code"),
    [
        ("no json", 4002),
        ('{"op": 99}', 4001),
        ('{"op": 3, "d": {}}', 4003),
        ('{"op": 2, "d": {"token": "TOKEN", "properties": {}}}', 4013),
        ('{"op": 2, "d": {"token": "TOKEN", "properties": {}, "intents": 1, "shard": [1, 1]}}', 4010),
    ],
)
async def test_the_gateway_closes_on_nonsense(server: FakeDiscord, frame: str, code: int) -> None:
    async with aiohttp.ClientSession() as session, session.ws_connect(server.gateway_url) as socket:
        await socket.receive_json()
        await socket.send_str(frame.replace("TOKEN", server.token))
        assert (await socket.receive()).data == code


async def test_a_client_may_do_without_compression(server: FakeDiscord) -> None:
    async with aiohttp.ClientSession() as session, session.ws_connect(server.gateway_url) as socket:
        assert (await socket.receive()).type is aiohttp.WSMsgType.TEXT


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


async def post(server: FakeDiscord, channel_id: str, body: object) -> tuple[int, dict[str, object]]:
    """POST a message without any client in between."""
    headers = {"Authorization": f"Bot {server.token}"}
    url = f"{server.api_url}/channels/{channel_id}/messages"
    async with aiohttp.ClientSession(headers=headers) as session, session.post(url, json=body) as answer:
        assert answer.headers["Content-Type"] == "application/json"
        found: dict[str, object] = await answer.json()
        return answer.status, found


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


async def test_rate_limits_are_announced_and_enforced(server: FakeDiscord, join: Join) -> None:
    server.limit(sends=(2, 0.3), edits=(100, 1.0))
    channel = server.guild().channel("general")
    client = await join()
    here = client.get_channel(int(channel.id))
    assert isinstance(here, discord.TextChannel)
    begun = time.monotonic()
    for number in range(4):
        await here.send(str(number))
    assert time.monotonic() - begun > 0.25
    assert server.rate_limited == 0, "discord.py waits by the headers"
    for _ in range(2):
        await post(server, channel.id, {"content": "x"})
    status, body = await post(server, channel.id, {"content": "x"})
    assert (status, body["global"], server.rate_limited) == (429, False, 1)
    assert isinstance(body["retry_after"], float)
    await here.send("after a 429")
    assert server.answers(channel)[-1].content == "after a 429"


async def test_the_global_limit(server: FakeDiscord) -> None:
    server.limit(global_per_second=1)
    channel = server.guild().channel("general")
    answers = [await post(server, channel.id, {"content": "x"}) for _ in range(2)]
    assert [status for status, _ in answers] == [200, 429]
    assert answers[1][1]["global"] is True


async def test_faults(server: FakeDiscord, join: Join) -> None:
    server.limit(sends=(100, 1.0))
    channel = server.guild().channel("general")
    client = await join()
    here = client.get_channel(int(channel.id))
    assert isinstance(here, discord.TextChannel)
    route = "/channels/*/messages"
    server.fault("POST", route, status=503, after=1)
    await here.send("first")
    with pytest.raises(discord.DiscordServerError):
        await here.send("lost")
    server.fault("POST", route, drop=True)
    with pytest.raises(aiohttp.ClientError):
        await here.send("cut before")
    server.fault("POST", route, drop=True, effect=True)
    with pytest.raises(aiohttp.ClientError):
        await here.send("cut after")
    server.fault("POST", route, status=403, times=2)
    for _ in range(2):
        with pytest.raises(discord.Forbidden):
            await here.send("refused")
    server.fault("POST", route, status=429, body={"message": "slow", "retry_after": 0.05, "global": False})
    server.fault("*", "**", delay=0.05)
    await here.send("late")
    assert [message.content for message in server.answers(channel)] == ["first", "cut after", "late"]
    assert [request.status for request in server.asked("POST", route)] == [200, 503, 0, 0, 403, 403, 429, 200]


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


@pytest.mark.parametrize("code", [None, 1000, 4000])
async def test_a_lost_connection_resumes(server: FakeDiscord, join: Join, code: int | None) -> None:
    channel, ada = server.guild().channel("general"), server.user("ada")
    client = await join()
    await server.drop_gateway(code=code)
    await server.say(channel, ada, f"{server.bot.mention} while away")
    await server.until(lambda: client.resumptions)
    await server.say(channel, ada, f"{server.bot.mention} back")
    heard = await hear(server, client, 2)
    assert [message.content.split()[-1] for message in heard] == ["away", "back"]
    assert (server.gateway.identifies, server.gateway.resumes) == (1, 1)


async def test_a_session_that_cannot_be_resumed_begins_anew(server: FakeDiscord, join: Join) -> None:
    channel, ada = server.guild().channel("general"), server.user("ada")
    client = await join()
    await server.drop_gateway(resumable=False)
    await server.say(channel, ada, f"{server.bot.mention} lost")
    await server.connected()
    await server.say(channel, ada, f"{server.bot.mention} new")
    heard = await hear(server, client)
    assert [message.content.split()[-1] for message in heard] == ["new"]
    assert (server.gateway.identifies, server.gateway.resumes) == (2, 0)


async def test_the_gateway_can_be_down(server: FakeDiscord) -> None:
    server.refuse_gateway(times=1)
    async with aiohttp.ClientSession() as session:
        with pytest.raises(aiohttp.WSServerHandshakeError):
            await session.ws_connect(server.gateway_url)
        async with session.ws_connect(server.gateway_url) as socket:
            assert (await socket.receive_json())["op"] == 10


async def test_discord_asks_to_reconnect(server: FakeDiscord, join: Join) -> None:
    client = await join()
    await server.ask_to_reconnect()
    await server.until(lambda: client.resumptions)


async def test_intents_and_shards_filter_events(server: FakeDiscord, join: Join) -> None:
    channel, ada = server.guild().channel("general"), server.user("ada")
    private_only = await join(discord.Intents(guilds=True, dm_messages=True))
    first_of_three = await join(PLAIN, shards=3)
    await server.say(channel, ada, f"{server.bot.mention} in public")
    await server.say(server.dm(ada), ada, "in private")
    assert (await hear(server, private_only))[0].content == "in private"
    mine = (int(channel.guild.id if channel.guild else 0) >> 22) % 3 == 0
    assert len(await hear(server, first_of_three, 2 if mine else 1)) == (2 if mine else 1)


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
