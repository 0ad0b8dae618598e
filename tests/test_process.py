"""The whole program as a process, over all three stand-ins: both platforms at once, killed, stopped, locked out."""

import asyncio
import os
import signal
import sqlite3
import time
from collections.abc import AsyncIterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest

from adapters.sandbox.discord import FakeDiscord
from adapters.sandbox.qwen import StandIn
from adapters.sandbox.telegram import FakeTelegram
from bridge.i18n import sentences
from tests.process import ended, run, started
from tests.raw_server import raw_server
from tests.waiting import eventually

QWEN_SECRET = "umid-SECRET-of-the-operator"


@dataclass
class World:
    """The three servers, and one person on each platform."""

    standin: StandIn
    discord: FakeDiscord
    telegram: FakeTelegram
    home: Path

    def __post_init__(self) -> None:
        self.channel = self.discord.guild().channel("general")
        self.ann = self.discord.user("ann")
        self.bob = self.telegram.user("Bob")
        self.chat = self.telegram.private(self.bob)

    @property
    def variables(self) -> dict[str, str]:
        return {
            "QWEN_URL": self.standin.url,
            "QWEN_UMIDTOKEN": QWEN_SECRET,
            "DISCORD_BOT_TOKEN": self.discord.token,
            "DISCORD_API_URL": self.discord.api_url,
            "DISCORD_GATEWAY_URL": self.discord.gateway_url,
            "TELEGRAM_BOT_TOKEN": self.telegram.token,
            "TELEGRAM_API_URL": self.telegram.url,
            "DRAIN_SECONDS": "3",
        }

    async def ask(self, text: str) -> None:
        """Ask on both platforms."""
        await self.discord.say(self.channel, self.ann, f"{self.discord.bot.mention} {text}")
        await self.telegram.say(self.chat, self.bob, text)

    def shown(self) -> list[list[str]]:
        """What the bot shows in Discord, and what in Telegram."""
        discord = [message.content for message in self.discord.answers(self.channel)]
        return [discord, [message.text for message in self.telegram.answers(self.chat)]]

    def recorded(self) -> int:
        """How many messages the database knows to show answers."""
        with closing(sqlite3.connect(next(self.home.rglob("bridge.db")))) as database:
            return int(database.execute("SELECT count(*) FROM messages WHERE role = 'answer'").fetchone()[0])

    async def hear(self, *texts: str) -> None:
        """Wait until so many messages are shown on both, and hold these texts."""

        def heard() -> bool:
            return all(
                len(shown) == len(texts) and all(text in it for text, it in zip(texts, shown, strict=True))
                for shown in self.shown()
            )

        try:
            await eventually(heard, 20)
        except AssertionError:
            raise AssertionError(f"expected {texts}, heard {self.shown()}") from None


@pytest.fixture
async def world(standin: StandIn, tmp_path: Path) -> AsyncIterator[World]:
    async with FakeDiscord() as discord, FakeTelegram() as telegram:
        yield World(standin, discord, telegram, tmp_path)


async def test_both_platforms_are_served_and_no_secret_or_word_is_logged(world: World) -> None:
    async with started(home=world.home, **world.variables, LOG_LEVEL="DEBUG") as process:
        await world.discord.connected()
        await world.ask("one is a question that nobody may log")
        await world.hear("no earlier turns")
        await world.ask("two")
        await world.hear("", "I see 1 earlier turn; your last question was")
        await eventually(lambda: all("one is a question" in shown[-1] for shown in world.shown()))
        left = await ended(process, signal.SIGTERM)
    assert left.code == 0
    assert "Discord: logged in as" in left.err
    assert "Telegram: logged in as" in left.err
    for secret in (QWEN_SECRET, world.discord.token, world.telegram.token, "nobody may log", "no earlier turns"):
        assert secret not in left.err + left.out
    assert "Traceback" not in left.err


async def test_a_killed_process_s_answers_are_completed_by_the_next(world: World) -> None:
    async with started(home=world.home, **world.variables) as process:
        await world.discord.connected()
        await world.ask("one")
        await world.hear("no earlier turns")
        world.standin.hold_after = 2
        await world.ask("two")
        await world.hear("", "▍")
        await eventually(lambda: world.recorded() == 4)  # a message that was sent and is not recorded yet stays a stub
        process.kill()
        await process.wait()
    world.standin.hold_after = None
    world.standin.release()  # Qwen writes on to the end, though nobody listens
    async with started(home=world.home, **world.variables) as process:
        await world.hear("", "Things to try")
        await world.ask("three")
        await world.hear("", "", "I see 2 earlier turns; your last question was")
        await eventually(lambda: all("two”, my last answer" in shown[-1] for shown in world.shown()))
        assert (await ended(process, signal.SIGINT)).code == 0


async def test_a_process_that_stood_still_past_its_claims_changes_nothing_when_it_goes_on(world: World) -> None:
    async with started(home=world.home, **{**world.variables, "DRAIN_SECONDS": "60"}) as first:
        await world.discord.connected()
        world.standin.hold_after = 2
        await world.ask("one")
        await world.hear("▍")
        await eventually(lambda: world.recorded() == 2)
        first.send_signal(signal.SIGTERM)
        assert first.stderr
        while b"Leaving" not in await asyncio.wait_for(first.stderr.readline(), 10):
            pass
        first.send_signal(signal.SIGSTOP)
        world.standin.hold_after = None
        async with started(home=world.home, **world.variables):
            await world.hear("Things to try")
            await eventually(lambda: not any("▍" in text for shown in world.shown() for text in shown))
            shown = world.shown()
            first.send_signal(signal.SIGCONT)
            world.standin.release()  # what Qwen has left to say to the first one
            assert await asyncio.wait_for(first.wait(), 20) == 0
            assert b"Another process goes on" in await first.stderr.read()
            assert world.shown() == shown
            assert world.recorded() == 2


async def test_a_second_process_waits_for_the_first_and_takes_over_and_nothing_is_doubled(world: World) -> None:
    async with started(home=world.home, **world.variables) as first:
        await world.discord.connected()
        await world.ask("one")
        await world.hear("no earlier turns")
        async with started(home=world.home, **world.variables) as second:
            assert second.stderr
            while b"waiting for it to leave" not in await asyncio.wait_for(second.stderr.readline(), 10):
                pass
            await world.ask("two")
            await world.hear("", "1 earlier turn")
            assert (await ended(first, signal.SIGTERM)).code == 0
            while b"listening" not in await asyncio.wait_for(second.stderr.readline(), 10):
                pass
            await world.discord.connected()
            await world.ask("three")
            await world.hear("", "", "I see 2 earlier turns")
            assert (await ended(second, signal.SIGTERM)).code == 0


async def test_leaving_takes_no_longer_than_it_may_and_marks_what_is_not_finished(world: World) -> None:
    world.standin.hold_after = 2
    async with started(home=world.home, **world.variables) as process:
        await world.discord.connected()
        await world.ask("one")
        await world.hear("▍")
        before = time.monotonic()
        left = await ended(process, signal.SIGTERM)
        assert time.monotonic() - before < float(world.variables["DRAIN_SECONDS"]) + 1
    assert left.code == 0
    assert "Traceback" not in left.err
    await world.hear(sentences.INTERRUPTED.strip("*"))


WRONG = {"DISCORD_BOT_TOKEN": "MTAw.wrong.token-SECRET", "TELEGRAM_BOT_TOKEN": "100:wrong-token-SECRET"}


@pytest.mark.parametrize("without", WRONG)
async def test_a_refused_token_ends_it_with_one_line(world: World, without: str) -> None:
    variables = {name: value for name, value in world.variables.items() if name != without}
    ran = await run(home=world.home, **variables | {name: WRONG[name] for name in WRONG if name in variables})
    assert ran.code == 2
    (refused,) = WRONG.keys() - {without}
    assert f"refuses {refused}" in ran.err.splitlines()[-1]
    assert "SECRET" not in ran.err
    assert "Traceback" not in ran.err


async def test_tokens_that_are_refused_are_all_named(world: World) -> None:
    ran = await run(home=world.home, **world.variables | WRONG)
    assert ran.code == 2
    assert all(ran.err.count(f"refuses {name}") == 1 for name in WRONG)
    assert "SECRET" not in ran.err


@pytest.mark.parametrize("refused", WRONG)
async def test_a_refused_token_does_not_stop_the_other_platform(world: World, refused: str) -> None:
    async with started(home=world.home, **world.variables | {refused: WRONG[refused]}) as process:
        assert process.stderr
        said = b""
        while f"refuses {refused}".encode() not in said:
            said += await asyncio.wait_for(process.stderr.readline(), 20)
        if refused == "DISCORD_BOT_TOKEN":
            await world.telegram.say(world.chat, world.bob, "echo hello")
        else:
            await world.discord.connected()
            await world.discord.say(world.channel, world.ann, f"{world.discord.bot.mention} echo hello")
        await eventually(lambda: ["hello"] in world.shown(), 20)
        left = await ended(process, signal.SIGTERM)
    assert left.code == 0
    assert "Traceback" not in left.err


async def test_a_signal_during_a_login_ends_it(world: World) -> None:
    world.discord.fault("GET", "/users/@me", delay=0.5)
    async with started(home=world.home, **world.variables) as process:
        await eventually(lambda: world.discord.requests, 20)
        before = time.monotonic()
        left = await ended(process, signal.SIGTERM)
        assert time.monotonic() - before < float(world.variables["DRAIN_SECONDS"]) + 1
    assert left.code == 0
    assert "Traceback" not in left.err


STEPS = ["Anyone who finds", "Telegram: logged in", "Discord: logged in", "the commands were registered"]


@pytest.mark.parametrize("step", STEPS)
async def test_a_signal_at_any_step_of_the_start_ends_it(world: World, step: str) -> None:
    """`python -m tests.sweep` sends it at a hundred moments."""
    async with started(home=world.home, **world.variables) as process:
        assert process.stderr
        while step.encode() not in (said := await asyncio.wait_for(process.stderr.readline(), 20)):
            assert said
        before = time.monotonic()
        left = await ended(process, signal.SIGTERM)
        assert time.monotonic() - before < float(world.variables["DRAIN_SECONDS"]) + 1
    assert left.code in (0, -signal.SIGTERM)
    assert "Traceback" not in left.err


HANGING_LOOKUP = """
import socket, time
looked_up = socket.getaddrinfo

def getaddrinfo(host, *args, **kwargs):
    if host == "hangs.example":
        print("looking", flush=True)
        time.sleep(15)
    return looked_up(host, *args, **kwargs)

socket.getaddrinfo = getaddrinfo
"""


async def test_a_lookup_that_hangs_does_not_delay_leaving(world: World) -> None:
    (world.home / "sitecustomize.py").write_text(HANGING_LOOKUP)
    path = os.pathsep.join([str(world.home), os.environ.get("PYTHONPATH", "")])
    elsewhere = {"TELEGRAM_API_URL": "http://hangs.example", "PYTHONPATH": path}
    async with started(home=world.home, **world.variables | elsewhere) as process:
        assert process.stdout
        assert await asyncio.wait_for(process.stdout.readline(), 20) == b"looking\n"
        before = time.monotonic()
        left = await ended(process, signal.SIGTERM)
        assert time.monotonic() - before < float(world.variables["DRAIN_SECONDS"]) + 1
    assert left.code == 0


async def test_a_question_of_ask_that_a_killed_process_recorded_is_shown_and_answered(world: World) -> None:
    async with started(home=world.home, **world.variables) as process:
        await eventually(lambda: world.discord.commands, 20)
        await world.discord.connected()
        world.discord.fault("POST", "/interactions/*/*/callback", status=503, delay=60.0)
        await world.discord.command(world.channel, world.ann, "ask", {"question": "echo aloud"})
        await eventually(lambda: world.discord.asked("POST", "/interactions/*/*/callback"), 20)
        process.kill()
        await process.wait()
    world.discord.clear_faults()
    async with started(home=world.home, **world.variables) as process:
        await eventually(lambda: world.shown()[0] == ["> echo aloud", "aloud"], 20)
        assert (await ended(process, signal.SIGTERM)).code == 0


async def test_a_silent_qwen_holds_back_no_login(world: World) -> None:
    async with (
        raw_server() as silent,
        started(home=world.home, **world.variables | {"QWEN_URL": silent.url}) as process,
    ):
        await world.discord.connected()
        await eventually(lambda: world.telegram.polling, 20)
        left = await ended(process, signal.SIGTERM)
    assert left.code == 0


async def test_a_platform_out_of_reach_does_not_hold_up_the_other(world: World) -> None:
    variables = world.variables | {"DISCORD_API_URL": "http://127.0.0.1:9/api/v10"}
    async with started(home=world.home, **variables) as process:
        await world.telegram.say(world.chat, world.bob, "echo hello")
        await eventually(lambda: world.shown()[1] == ["hello"], 20)
        left = await ended(process, signal.SIGTERM)
    assert left.code == 0
    assert left.err.count("Discord cannot be reached") == 1
    assert "DISCORD_API_URL" in left.err
    assert "Traceback" not in left.err


async def test_everything_goes_through_the_proxy(world: World) -> None:
    """With a proxy that is not there nothing is reached, though everything else is there."""
    variables = world.variables | {"PROXY_URL": "http://127.0.0.1:9"}
    async with started(home=world.home, **variables) as process:
        errors = b""
        assert process.stderr
        while not (b"Discord cannot" in errors and b"Telegram cannot" in errors and b"Qwen does not" in errors):
            errors += await process.stderr.readline()
        assert (await ended(process, signal.SIGTERM)).code == 0
    assert not world.standin.requests
    assert not world.telegram.requests
    assert not world.discord.requests
