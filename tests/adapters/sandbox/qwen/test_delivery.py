"""How the stand-in delivers an answer: its pace, its cuts, its packing, and its end."""

import asyncio
import time
import zlib

import aiohttp
import brotli
import pytest

from adapters.sandbox.qwen import PIECE, StandIn
from tests.adapters.sandbox.qwen.client import GUEST, Client, Heard, Json, body, until


@pytest.mark.parametrize("chunk", [1, 7, 5000])
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
async def test_the_stream_may_be_cut_anywhere(client: Client, standin: StandIn, chunk: int, newline: str) -> None:
    standin.chunk, standin.newline, standin.done_line = chunk, newline, True
    parts = []
    text = "世界👩‍👩‍👧‍👦" * 9
    async with client.stream(body(await client.chat(), None, f"echo {text}")) as response:
        async for part, _ in response.content.iter_chunks():
            parts.append(part)
    raw = b"".join(parts)
    assert Heard(raw).text == text
    assert raw.endswith(f"data: [DONE]{newline}{newline}".encode())
    assert raw.count(newline.encode()) == raw.count(b"\n")
    assert max(map(len, parts)) <= chunk


async def test_a_slow_first_byte_brings_keep_alive_frames(client: Client, standin: StandIn) -> None:
    standin.first_byte, standin.keep_alive = 0.16, 0.05
    begun = time.monotonic()
    heard = await client.ask(await client.chat(), None, "echo hi")
    assert time.monotonic() - begun >= 0.16
    actions = [frame.get("response.info", {}).get("action") for frame in heard.frames[1:]]
    assert actions[:3] == ["keep_alive", "keep_alive", None]
    assert heard.text == "hi"


async def test_slow_and_pace_spread_an_answer(client: Client, standin: StandIn) -> None:
    begun = time.monotonic()
    assert (await client.ask(await client.chat(), None, "slow 0.3")).text
    assert 0.3 <= time.monotonic() - begun < 2
    standin.pace = 0.02
    begun = time.monotonic()
    assert (await client.ask(await client.chat(), None, "echo " + "x" * PIECE * 5)).text
    assert time.monotonic() - begun >= 0.08


async def test_closing_is_quick_with_answers_running_and_the_chats_stay(client: Client, standin: StandIn) -> None:
    chat_id = await client.chat()
    one = await client.ask(chat_id, None, "hello")
    standin.hold_after = 1
    async with client.stream(body(chat_id, one.id, "again")) as response:
        await until(lambda: standin.held == 1)
        begun = time.monotonic()
        await standin.close()
        assert time.monotonic() - begun < 0.2
        with pytest.raises(aiohttp.ClientError):
            await response.read()
    url = standin.url
    await standin.start()
    assert standin.url == url
    standin.hold_after = None
    assert (await client.ask(chat_id, one.id, "again")).text.startswith("I see 1 earlier turn;")


async def test_tokens_per_second_are_kept_without_drift(client: Client, standin: StandIn) -> None:
    standin.tokens_per_second = 100.0
    begun = time.monotonic()
    heard = await client.ask(await client.chat(), None, "echo " + "x" * PIECE * 5)
    assert 0.2 <= time.monotonic() - begun < 3
    assert heard.frames[-3]["usage"]["output_tokens"] == 20


def unpacked(coding: str, raw: bytes) -> bytes:
    """What can be read of a stream so far."""
    if coding == "br":
        return bytes(brotli.Decompressor().process(raw))
    return zlib.decompressobj(wbits=31).decompress(raw)


@pytest.mark.parametrize(
    ("taken", "coding"), [("gzip, deflate, br", "br"), ("br;q=0.9", "br"), ("gzip, deflate", "gzip"), ("GZIP", "")]
)
@pytest.mark.parametrize("chunk", [None, 5])
async def test_a_stream_is_compressed_for_those_who_take_it_and_stays_a_stream(
    client: Client, standin: StandIn, taken: str, coding: str, chunk: int | None
) -> None:
    standin.chunk, standin.hold_after = chunk, 2
    asked = body(await client.chat(), None, "echo " + "世界" * 99)
    url = f"{standin.url}/api/v2/chat/completions?chat_id={asked['chat_id']}"
    async with (
        aiohttp.ClientSession(auto_decompress=False) as http,
        http.post(url, json=asked, headers=GUEST | {"Accept-Encoding": taken}) as response,
    ):
        assert response.headers.get("Content-Encoding", "") == coding
        raw = b""
        async with asyncio.timeout(5):
            while unpacked_text(coding, raw).count("世界" * 8) < 2:
                raw += await response.content.readany()
        standin.release()
        raw += await response.read()
    assert Heard(unpacked(coding, raw) if coding else raw).text == "世界" * 99


def unpacked_text(coding: str, raw: bytes) -> str:
    return (unpacked(coding, raw) if coding else raw).decode(errors="ignore")


async def test_compression_can_be_switched_off(client: Client, standin: StandIn) -> None:
    standin.compress = False
    asked = body(await client.chat(), None, "echo hi")
    async with client.stream(asked, GUEST | {"Accept-Encoding": "br, gzip"}) as response:
        assert "Content-Encoding" not in response.headers
        assert Heard(await response.read()).text == "hi"


async def test_several_frames_may_come_in_one_write(client: Client, standin: StandIn) -> None:
    standin.batch, standin.pace = 3, 0.005
    parts = []
    async with client.stream(body(await client.chat(), None, "echo " + "x" * PIECE * 7)) as response:
        async for part, _ in response.content.iter_chunks():
            parts.append(part)
    assert [part.count(b"data: ") for part in parts] == [3, 3, 3, 2]
    assert Heard(b"".join(parts)).text == "x" * PIECE * 7


async def test_a_whole_answer_names_an_id_below_which_nothing_is_known(client: Client, standin: StandIn) -> None:
    standin.whole_answers = True
    chat_id = await client.chat()
    path = f"/api/v2/chat/completions?chat_id={chat_id}"
    one = await client.json(path, body(chat_id, None, "echo My number is 7.", stream=False, incremental_output=False))
    data: Json = one["data"]
    assert data["chat_id"] == ""
    assert data["messages"] is None
    assert data["choices"] == [{"message": {"role": "assistant", "content": "My number is 7."}}]
    assert data["message_id"] not in standin.chats[chat_id].messages
    lost = await client.ask(chat_id, data["message_id"], "What is it?")
    assert lost.text.startswith("I see no earlier turns.\n")
    half = await client.ask(chat_id, data["parent_id"], "What is it?")
    assert half.text.startswith("I see 1 earlier turn; your last question was “echo My number is 7.”, and it has no")
    assert (await client.ask(chat_id, lost.id, "And now?")).text.startswith("I see 1 earlier turn;")
    standin.whole_answers = False
    refusal = await client.refusal(body(chat_id, lost.id, "again", stream=False))
    assert refusal["details"] == "Strict: stream must be true."


@pytest.mark.parametrize("fault", ["stall", "silence", "hang", "late"])
async def test_closing_is_quick_whatever_hangs(client: Client, standin: StandIn, fault: str) -> None:
    standin.fault(fault, seconds=60)
    standin.whole_answers = True
    streamed = asyncio.create_task(client.ask(await client.chat(), None, "hello"))
    standin.hold_after = 1
    chat_id = await client.chat()
    asked = body(chat_id, None, "hello", stream=False)
    whole = asyncio.create_task(client.json(f"/api/v2/chat/completions?chat_id={chat_id}", asked))
    await until(lambda: standin.held >= 1 and not standin.schedule.describe())
    begun = time.monotonic()
    await standin.close()
    assert time.monotonic() - begun < 0.2
    ends = await asyncio.gather(streamed, whole, return_exceptions=True)
    assert all(isinstance(end, (aiohttp.ClientError, AssertionError)) for end in ends), ends
