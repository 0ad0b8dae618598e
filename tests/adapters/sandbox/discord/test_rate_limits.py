"""The rate limits and the faults of the pretended Discord, as discord.py meets them."""

import time

import aiohttp
import discord
import pytest

from adapters.sandbox.discord import FakeDiscord
from tests.adapters.sandbox.discord.recorder import Join, post


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
