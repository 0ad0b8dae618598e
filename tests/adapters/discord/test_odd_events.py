"""Events of Discord with fields of another shape: a field costs itself, no message and no connection."""

import json
from collections.abc import AsyncIterator
from typing import Any

import pytest

from adapters.discord.sentences import UNREAD
from adapters.sandbox.discord import Event, FakeDiscord
from adapters.sandbox.qwen import StandIn
from bridge.access import Access
from tests.adapters.stages import DiscordStage
from tests.waiting import eventually


@pytest.fixture
async def dm(standin: StandIn, database: str, discord: FakeDiscord) -> AsyncIterator[DiscordStage]:
    async with DiscordStage(standin, database, discord, "dm") as opened:
        yield opened


GONE = "(gone)"


async def say_odd(stage: DiscordStage, odd: dict[str, Any], text: str = "echo odd", **more: Any) -> None:
    """Let Ann say something, of which some fields are others."""
    emit = stage.discord.state.emit
    kept: list[Event] = []
    stage.discord.state.emit = kept.append
    await stage.discord.say(stage.here, stage.ann, f"{stage.mention}{text}", **more)
    stage.discord.state.emit = emit
    body: Any = json.loads(json.dumps(kept[-1].open or kept[-1].payload))
    for name, value in odd.items():
        real = body.get(name)
        body[name] = real | value if isinstance(real, dict) and isinstance(value, dict) else value
        if isinstance(body[name], dict):
            body[name] = {key: inner for key, inner in body[name].items() if inner != GONE}
    (session,) = stage.discord.gateway.live
    session.dispatch("MESSAGE_CREATE", {name: value for name, value in body.items() if value != GONE})


COSTS_ITSELF: list[dict[str, Any]] = [
    {"author": {"avatar_decoration_data": [], "global_name": 5, "avatar": {}, "public_flags": "x"}},
    {"author": {"avatar": GONE}},
    {"timestamp": "now"},
    {"edited_timestamp": []},
    {"type": "0"},
    {"mentions": "nobody"},
    {"mention_roles": None},
    {"components": [{"type": []}, 5]},
    {"embeds": [{"type": "rich", "fields": 5, "title": ["x"]}]},
    {"attachments": {"id": "1"}},
    {"referenced_message": {"id": []}},
    {"poll": {"question": []}},
    {"sticker_items": 7},
    {"flags": None},
]


@pytest.mark.parametrize("odd", COSTS_ITSELF, ids=str)
async def test_a_field_of_another_shape_costs_no_message(dm: DiscordStage, odd: dict[str, Any]) -> None:
    await say_odd(dm, odd)
    await dm.hears("odd")


@pytest.mark.parametrize("odd", [{"mentions": [5]}, {"member": {"nick": 5, "joined_at": "x", "flags": []}}], ids=str)
async def test_a_mention_counts_where_its_object_makes_no_sense(channel: DiscordStage, odd: dict[str, Any]) -> None:
    await say_odd(channel, odd)
    await channel.hears("odd")


async def test_who_wrote_what_cannot_be_read_is_told_so_in_private(dm: DiscordStage) -> None:
    await say_odd(dm, {"content": ["x"]})
    await dm.say("echo sound")
    await eventually(lambda: sorted(dm.shown()) == sorted([UNREAD, "sound"]))


async def test_a_server_and_who_may_not_talk_hear_nothing_of_it(
    standin: StandIn, database: str, discord: FakeDiscord
) -> None:
    stage = DiscordStage(standin, database, discord, "dm")
    stage.access = Access(deny=frozenset({f"discord:user:{stage.ann.id}"}))
    async with stage:
        await say_odd(stage, {"content": ["x"]})
        stage.here = stage.general
        await say_odd(stage, {"content": ["x"]})
        bob = discord.user("bob")
        await discord.say(discord.dm(bob), bob, "echo sound")
        await eventually(lambda: discord.answers(discord.dm(bob)))
        assert not discord.answers(discord.dm(stage.ann))
        assert not discord.answers(stage.general)


@pytest.mark.parametrize("guild", [GONE, None, []])
async def test_a_message_of_a_server_never_seems_to_be_private(channel: DiscordStage, guild: object) -> None:
    await say_odd(channel, {"guild_id": guild, "channel_id": "900000000000000001", "mentions": []})
    await channel.say("echo sound")
    await channel.hears("sound")
    assert "odd" not in str([request.body for request in channel.standin.requests])


async def test_half_a_surrogate_pair_costs_no_connection(dm: DiscordStage) -> None:
    await say_odd(dm, {"content": "echo odd \ud83d and 😀"})
    await dm.hears("odd � and 😀")
    assert dm.discord.gateway.identifies == 1
