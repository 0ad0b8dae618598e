"""Malformed updates, gateway events and answers of Qwen: the program lives, and what comes next is answered.

FUZZ=10000 makes so many of each.
"""

import json
import os
import random
import signal
from collections.abc import AsyncIterator
from contextlib import suppress
from functools import partial
from itertools import cycle, islice
from pathlib import Path

import orjson
import pytest
from aiohttp import ClientSession, web
from aiohttp.test_utils import TestServer

from adapters.sandbox.discord import Channel, FakeDiscord
from adapters.sandbox.qwen import StandIn, catalog
from adapters.sandbox.telegram import FakeTelegram
from bridge.backends.http.limiter import Limiter
from bridge.backends.qwen import QwenClient, wire
from bridge.errors import QwenError
from bridge.model import Options
from tests.bridge.backends.servers import CHAT, WHOLE, ask, serving
from tests.conftest import GUEST
from tests.mutations.odd import Json, garbled, malformed
from tests.process import ended, started
from tests.waiting import eventually

COUNT = int(os.environ.get("FUZZ", "150"))

VARIABLES = {
    "QWEN_UMIDTOKEN": "fuzz",
    "QWEN_MAX_PARALLEL": "0",
    "QWEN_REQUESTS_PER_MINUTE": "0",
    "LOG_LEVEL": "ERROR",  # what is passed over would fill the pipe, which nobody empties
    **{
        f"{name}_{kind}_RATE": "0" for name in ("DISCORD", "TELEGRAM") for kind in ("SEND", "EDIT", "TYPING", "OVERALL")
    },
    "TELEGRAM_GROUP_RATE": "0",
}


@pytest.fixture
async def telegram() -> AsyncIterator[FakeTelegram]:
    async with FakeTelegram() as server:
        server.limits = None
        server.updates.hurry_seconds = 0.0
        yield server


@pytest.fixture
async def discord() -> AsyncIterator[FakeDiscord]:
    async with FakeDiscord() as server:
        server.limit(sends=(100_000, 1.0), edits=(100_000, 1.0), typing=(100_000, 1.0), global_per_second=1_000_000)
        yield server


async def telegrams_updates(telegram: FakeTelegram) -> list[Json]:
    """Updates as they come."""
    ada = telegram.user("Ada")
    private, group = telegram.private(ada), telegram.supergroup("Group", forum=True)
    question = await telegram.say(private, ada, "hello")
    await telegram.say(private, ada, "/model")
    await telegram.say(group, ada, "/ask what is that", reply_to=await telegram.say(group, ada, "that"))
    await telegram.say(group, ada, "/ask in a topic", topic=group.topic("Topic", ada))
    await telegram.post(private, ada, "photo", "a caption", album=telegram.new_album())
    await telegram.post(private, ada, "document", "another", name="a.txt")
    await telegram.post(private, ada, "voice")
    await telegram.edit(question, "hello there")
    telegram.bot_becomes(group, "administrator", ada)
    press = {"id": "1", "from": ada.json(), "chat_instance": "2", "data": "stop:1", "message": question.json()}
    return [*telegram.pending, {"update_id": 1, "callback_query": press}]


async def test_malformed_updates_of_telegram_stop_nothing(
    standin: StandIn, telegram: FakeTelegram, tmp_path: Path
) -> None:
    rng = random.Random(1)
    real = await telegrams_updates(telegram)
    telegram.pending.clear()
    variables = VARIABLES | {"TELEGRAM_BOT_TOKEN": telegram.token, "TELEGRAM_API_URL": telegram.url}
    async with started(home=tmp_path, QWEN_URL=standin.url, **variables) as process:
        for update in islice(cycle(real), COUNT):
            telegram.updates.next_id += 1
            telegram.pending.append(malformed(rng, update) | {"update_id": telegram.updates.next_id - 1})
        bob = telegram.user("Bob")
        chat = telegram.private(bob)
        await telegram.say(chat, bob, "echo fine")
        await eventually(lambda: [message.text for message in telegram.answers(chat)] == ["fine"], 20 + COUNT / 50)
        left = await ended(process, signal.SIGTERM)
    assert left.code == 0
    assert "Traceback" not in left.err
    assert "unexpectedly" not in left.err, left.err
    assert "cannot be reached" not in left.err, left.err


def fine(discord: FakeDiscord, place: Channel) -> bool:
    """Whether it was answered there."""
    return [message.content for message in discord.answers(place)] == ["fine"]


async def discords_events(discord: FakeDiscord) -> list[Json]:
    """Frames as a session gets them, but READY, without which there is none."""
    ada, guild = discord.user("ada"), discord.guild()
    channel = guild.channel("general")
    question = await discord.say(channel, ada, f"{discord.bot.mention} hello")
    await discord.say(channel, ada, "and this", reply_to=question, attachments=[("a.txt", b"words")])
    await discord.say(discord.dm(ada), ada, "hello")
    await discord.say(channel.thread("thread", ada), ada, f"{discord.bot.mention} there")
    await discord.say(channel, ada, f"{discord.bot.mention}", forward=question)
    await discord.edit(question, f"{discord.bot.mention} hello there")
    await discord.unfurl(question, "https://example.org")
    await discord.delete(await discord.say(channel, ada, "gone"))
    await discord.purge(await discord.say(channel, ada, "gone too"))
    (answer,) = await discord.until(lambda: discord.answers(discord.dm(ada)))
    await discord.until(lambda: [button for button in answer.buttons if button.label == "🔄 Regenerate"])
    await discord.press(answer, ada, "🔄 Regenerate")
    (session,) = discord.gateway.live
    return [frame for _, frame in session.sent if frame["t"] != "READY"]


async def test_malformed_events_of_discord_stop_nothing(standin: StandIn, discord: FakeDiscord, tmp_path: Path) -> None:
    rng = random.Random(2)
    variables = VARIABLES | {
        "DISCORD_BOT_TOKEN": discord.token,
        "DISCORD_API_URL": discord.api_url,
        "DISCORD_GATEWAY_URL": discord.gateway_url,
    }
    async with started(home=tmp_path, QWEN_URL=standin.url, **variables) as process:
        await discord.connected()
        real = await discords_events(discord)
        for frame in islice(cycle(real), COUNT):
            (session,) = discord.gateway.live
            odd = malformed(rng, {"d": frame["d"]})
            with suppress(orjson.JSONDecodeError):  # half a surrogate pair is no JSON, and costs the connection
                orjson.loads(json.dumps(odd))
                session.dispatch(str(frame["t"]), odd.get("d"))  # type: ignore[arg-type]
        bob, channel = discord.user("bob"), discord.guild("another").channel("general")
        dm = discord.dm(bob)
        await discord.say(dm, bob, "echo fine")
        await discord.say(channel, bob, f"{discord.bot.mention} echo fine")
        for place in (dm, channel):
            await eventually(partial(fine, discord, place), 20 + COUNT / 50)
        left = await ended(process, signal.SIGTERM)
    assert left.code == 0
    assert "Traceback" not in left.err
    assert "unexpectedly" not in left.err, left.err
    assert discord.gateway.identifies == 1, "an odd event cost the connection, and what was said meanwhile"


async def answers_of_qwen() -> list[bytes]:
    """What Qwen says to questions: text, thoughts, a search, refusals, failures inside a stream."""
    bodies = []
    async with StandIn(settle=0, compress=False) as standin, ClientSession(headers=GUEST.headers) as session:
        for order in ("", "busy", "moderation_frame", "odd_frames", "delta_error", "quota_bare", "keep_alives"):
            async with session.post(f"{standin.url}/api/v2/chats/new", json=wire.new_chat("m", guest=True)) as response:
                chat = (await response.json())["data"]["id"]
            url = f"{standin.url}/api/v2/chat/completions?chat_id={chat}"
            options = Options(thinking=True, search=True)
            model = str(catalog.MODELS[0]["id"])
            payload = wire.completion(chat, None, "search cats", model, options, guest=True)
            async with session.post(url, json=payload, headers={"x-standin-fault": order}) as response:
                bodies.append(await response.read())
    return bodies


def misframed(rng: random.Random, body: bytes) -> bytes:
    """The same with some frames malformed, gone or doubled."""
    lines = body.split(b"\n")
    for _ in range(rng.randint(1, 3)):
        place = rng.randrange(len(lines)) if lines else 0
        prefix, _, text = (lines or [b""])[place].rpartition(b"data: ")
        if text.startswith(b"{"):
            odd = json.dumps(malformed(rng, json.loads(text))).encode()
            lines[place : place + 1] = [b"data: " * bool(prefix or body[:1] != b"{") + odd] * rng.randint(0, 2)
    return b"\n".join(lines)


async def test_malformed_answers_of_qwen_are_named_and_stop_nothing() -> None:
    rng = random.Random(3)
    said = [b""]

    async def complete(_: web.Request) -> web.Response:
        return web.Response(body=said[0], content_type=rng.choice(("text/event-stream", "application/json")))

    real = await answers_of_qwen()
    limiter = Limiter()
    async with serving(complete) as url, QwenClient(url, GUEST, limiter=limiter) as qwen:
        for body in islice(cycle(real), COUNT):
            said[0] = rng.choice((misframed, garbled))(rng, body)
            with suppress(QwenError):
                async for _ in qwen.ask("hello", None):
                    pass
            limiter.breaker.renewed()
        said[0] = WHOLE.encode()
        assert (await ask(qwen, "hello"))[0] == "half"


async def test_malformed_bodies_of_qwen_are_named_and_stop_nothing() -> None:
    rng = random.Random(4)
    said: dict[str, bytes] = {}

    async def everything(request: web.Request) -> web.Response:
        kind = request.path.rpartition("/")[2]
        return web.Response(body=said[kind], content_type="application/json")

    real: dict[str, Json] = {"models": {"data": list(catalog.MODELS)}, "new": CHAT}
    good = {name: json.dumps(body).encode() for name, body in real.items()} | {"completions": WHOLE.encode()}
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", everything)
    async with TestServer(app) as server:
        url = str(server.make_url("")).rstrip("/")
        for number in range(COUNT):
            name = rng.choice(list(real))
            odd = json.dumps(malformed(rng, real[name])).encode()
            said |= good | {name: odd if number % 2 else garbled(rng, odd)}
            limiter = Limiter()
            async with QwenClient(url, GUEST, limiter=limiter) as qwen:
                with suppress(QwenError):
                    async for _ in qwen.ask("hello", None):
                        pass
                said |= good
                limiter.breaker.renewed()
                assert (await ask(qwen, "hello"))[0] == "half"
