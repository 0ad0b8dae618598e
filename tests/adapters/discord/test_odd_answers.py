"""Answers that are not Discord's, events whose handling fails, and a gateway that cannot be reached."""

import socket

import pytest

from adapters.discord.adapter import DiscordAdapter
from adapters.sandbox.discord import FakeDiscord
from adapters.sandbox.qwen import StandIn, reply
from bridge.store import Store
from tests.adapters.stages import EDIT, DiscordStage
from tests.waiting import eventually

ODD = ["{}", "[]", "null", "true", "<html>Sign in to the network</html>", '{"id": "12', '{"id": "12"}']
"""Bodies of HTTP 200 that are no answer of Discord to a message."""

SEND = "/channels/*/messages"
JSON = {"Content-Type": "application/json"}


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bridge.runtime.backoff.FIRST_SECONDS", 0.02)
    monkeypatch.setattr("adapters.discord.errors.RETRY_SECONDS", 0.02)


async def grows_whole(channel: DiscordStage) -> None:
    """Ask, and see an answer begin, go on and end as it is, after all ordered faults."""
    channel.standin.hold_after = 2
    await channel.say("lorem 300")
    await eventually(lambda: channel.standin.held and channel.shown())
    channel.standin.release()
    await eventually(lambda: channel.shown() == [reply("lorem 300", [])])
    assert not channel.discord.pending_faults


@pytest.mark.parametrize("body", ODD)
async def test_a_success_that_says_nothing_is_a_failed_try(channel: DiscordStage, body: str) -> None:
    for method, path in (("POST", SEND), ("PATCH", EDIT)):
        channel.discord.fault(method, path, status=200, body=body, headers=JSON, times=2)
    await grows_whole(channel)


@pytest.mark.parametrize("status", [403, 429, 503])
@pytest.mark.parametrize("body", ["", "[1]", '{"code": "x"}', '{"message": 5}', '{"code": 1, "errors": [5]}'])
async def test_an_error_of_another_shape_is_a_failed_try(channel: DiscordStage, status: int, body: str) -> None:
    for method, path in (("POST", SEND), ("PATCH", EDIT)):
        channel.discord.fault(method, path, status=status, body=body, headers=JSON)
    await grows_whole(channel)


@pytest.mark.parametrize("body", [*ODD, '{"id": "x"}'])
async def test_a_login_that_is_answered_by_something_else_is_tried_again(
    standin: StandIn, database: str, discord: FakeDiscord, body: str
) -> None:
    discord.fault("GET", "/users/@me", status=200, body=body, headers=JSON)
    async with DiscordStage(standin, database, discord, "channel") as stage:
        await stage.say("echo hello")
        await stage.hears("hello")


async def test_an_event_whose_handling_fails_is_logged_by_kind_and_place(
    channel: DiscordStage, capfd: pytest.CaptureFixture[str]
) -> None:
    (session,) = channel.discord.gateway.live
    session.dispatch(
        "INTERACTION_CREATE",
        {
            "id": "900000000000000001",
            "application_id": "1",
            "type": 2,
            "token": "t",
            "version": 1,
            "user": {"id": str(channel.ann.id), "username": "ann", "discriminator": "0", "avatar": None},
            "channel_id": str(channel.here.id),
            "data": ["secret words"],
            "entitlements": [],
            "authorizing_integration_owners": {},
            "attachment_size_limit": 1,
        },
    )
    await channel.say("echo the next one")
    await channel.hears("the next one")
    said = capfd.readouterr().out
    assert "an event could not be handled and is passed over" in said
    assert "AttributeError" in said
    assert "_command:" in said, "the place in the code"
    assert "secret words" not in said


async def test_what_cannot_be_read_or_handled_is_kept_for_the_operator(channel: DiscordStage, database: str) -> None:
    (session,) = channel.discord.gateway.live
    session.dispatch("MESSAGE_DELETE", {"id": "secret words", "channel_id": channel.here.id})
    session.dispatch("MESSAGE_CREATE", {"author": "secret words"})
    await channel.say("echo the next one")
    await channel.hears("the next one")
    async with await Store.open(database) as store:
        kept = [(each.channel, each.kind, each.error) for each in await store.passed_over.newest(10)]
    assert kept[1] == (channel.here.id, "MESSAGE_DELETE", "ValueError")
    assert kept[0][:2] == ("", "MESSAGE_CREATE")


async def test_a_gateway_out_of_reach_at_first_says_why(
    standin: StandIn, database: str, discord: FakeDiscord, capfd: pytest.CaptureFixture[str]
) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        nowhere = f"ws://127.0.0.1:{unused.getsockname()[1]}/gateway/"

    class Stage(DiscordStage):
        said = ""

        def adapter(self) -> DiscordAdapter:
            return DiscordAdapter(self.discord.token, self.discord.api_url, nowhere)

        async def listening(self) -> None:
            def logged() -> bool:
                self.said += capfd.readouterr().out
                return "Discord cannot be reached" in self.said

            await eventually(logged)

    async with Stage(standin, database, discord, "channel") as stage:
        assert "(its gateway: connect" in stage.said.lower()
        assert "DISCORD_GATEWAY_URL" in stage.said
