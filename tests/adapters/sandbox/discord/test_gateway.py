"""The pretended gateway against the real discord.py: log-in, intents, lost connections."""

import aiohttp
import discord
import pytest

from adapters.sandbox.discord import FakeDiscord
from tests.adapters.sandbox.discord.recorder import PLAIN, READING, Join, Recorder, hear


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


async def test_intents_filter_events(server: FakeDiscord, join: Join) -> None:
    channel, ada = server.guild().channel("general"), server.user("ada")
    private_only = await join(discord.Intents(guilds=True, dm_messages=True))
    everything = await join(PLAIN)
    await server.say(channel, ada, f"{server.bot.mention} in public")
    await server.say(server.dm(ada), ada, "in private")
    assert (await hear(server, private_only))[0].content == "in private"
    assert len(await hear(server, everything, 2)) == 2
    assert len(private_only.heard) == 1
