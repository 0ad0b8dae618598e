"""Everything that can be made to go wrong goes wrong as the table says, whichever way it was ordered."""

import asyncio
import json
import time
from contextlib import suppress
from typing import Any

import aiohttp
import pytest

from adapters.sandbox.qwen import FAULTS, PIECE, StandIn
from adapters.sandbox.qwen.fault_kinds import Refusal, Replacement, StreamFault
from tests.adapters.sandbox.qwen.client import (
    GUEST,
    TEXT,
    Client,
    Heard,
    Json,
    body,
    raw,
    until,
)

REFUSALS = [fault.name for fault in FAULTS.values() if isinstance(fault.effect, Refusal)]

INSTEAD = [fault.name for fault in FAULTS.values() if isinstance(fault.effect, Replacement)]

ENDING = [
    fault.name for fault in FAULTS.values() if isinstance(fault.effect, StreamFault) and fault.effect.then == "end"
]

BEARABLE = [
    fault.name
    for fault in FAULTS.values()
    if isinstance(fault.effect, StreamFault) and fault.effect.then in ("on", "wait")
]


def data(raw: bytes) -> list[str]:
    """What the frames say."""
    return [line.removeprefix("data: ") for line in raw.decode().split("\n") if line]


async def test_every_fault_has_a_line_of_help_and_is_tested() -> None:
    known = {*REFUSALS, *INSTEAD, *ENDING, *BEARABLE}
    others = {"late", "hang", "drop", "silence", "stall", "disconnect", "unfinished", "two_answers"}
    assert set(FAULTS) == known | others
    assert all(fault.help and "\n" not in fault.help and len(fault.help) < 80 for fault in FAULTS.values())


@pytest.mark.parametrize("name", REFUSALS)
async def test_a_refusal_is_an_envelope_and_changes_nothing(client: Client, standin: StandIn, name: str) -> None:
    effect = FAULTS[name].effect
    assert isinstance(effect, Refusal)
    chat_id = await client.chat()
    standin.fault(name)
    refusal = await client.refusal(body(chat_id, None, "hello"))
    assert refusal["code"] == effect.code
    assert refusal["details"] == effect.details.replace("<chat_id>", chat_id).replace("<parent_id>", "None")
    assert not standin.chats[chat_id].messages
    assert (await client.ask(chat_id, None, "hello")).text
    assert [request.fault and request.fault.name for request in standin.requests] == [None, name, None]


@pytest.mark.parametrize("name", INSTEAD)
@pytest.mark.parametrize("on", ["completions", "chats/new", "models"])
async def test_another_body_comes_instead(client: Client, standin: StandIn, name: str, on: str) -> None:
    effect = FAULTS[name].effect
    assert isinstance(effect, Replacement)
    standin.fault(name, on)
    calls = {
        "models": ("GET", "/api/models", None),
        "chats/new": ("POST", "/api/v2/chats/new", {"chat_mode": "guest"}),
        "completions": ("POST", "/api/v2/chat/completions?chat_id=x", {}),
    }
    method, path, sent = calls[on]
    headers = GUEST | {"x-request-id": "mine"}
    async with client.http.request(method, standin.url + path, json=sent, headers=headers) as response:
        assert response.status == effect.status
        assert response.headers["Content-Type"] == effect.content_type
        assert await response.text() == effect.text.replace("<request_id>", "mine")


@pytest.mark.parametrize("name", ENDING)
async def test_a_stream_ends_early_and_its_answer_is_not_finished(client: Client, standin: StandIn, name: str) -> None:
    chat_id = await client.chat()
    standin.fault(name)
    told = await raw(client, chat_id)
    assert TEXT[:PIECE] not in told.decode()
    chat = standin.chats[chat_id]
    assert chat.running is None
    assert not chat.messages[str(chat.current_id)].done
    assert (await client.ask(chat_id, chat.current_id, "hello")).text.startswith("I see 1 earlier turn;")


@pytest.mark.parametrize("name", BEARABLE)
@pytest.mark.parametrize("pieces", [None, 0, 2, 99])
async def test_what_a_client_has_to_bear_leaves_the_answer_whole(
    client: Client, standin: StandIn, name: str, pieces: int | None
) -> None:
    standin.fault(name, pieces=pieces, seconds=0.01)
    told = data(await raw(client, await client.chat()))
    frames: list[Any] = []
    for line in told:
        with suppress(json.JSONDecodeError):
            frames.append(json.loads(line))
    choices = [choice for frame in frames if isinstance(frame, dict) for choice in frame.get("choices", [])]
    assert "".join(choice["delta"]["content"] for choice in choices if choice["delta"]["phase"] == "answer") == TEXT
    assert choices[-1]["delta"]["status"] == "finished"


async def test_the_shapes_are_those_that_were_seen(client: Client, standin: StandIn) -> None:
    chat_id = await client.chat()
    sent = body(chat_id, None, "hello")
    standin.fault("quota", num=6)
    assert await client.refusal(sent) == {
        "code": "RateLimited",
        "details": "You've reached the upper limit for today's usage.",
        "template": "You have reached the daily usage limit. Please wait {{num}} hours before trying again.",
        "num": 6,
    }
    standin.fault("expired", on="*")
    async with client.stream(sent) as response:
        assert response.headers["x-actual-status-code"] == "401"
        assert (await response.json())["data"] == {"code": "Unauthorized", "details": "Token has expired"}
    standin.fault("human_check")
    checked = await client.json(f"/api/v2/chat/completions?chat_id={chat_id}", sent)
    assert set(checked) == {"ret", "data"}
    assert checked["ret"][0] == "FAIL_SYS_USER_VALIDATE"


async def last_frame(client: Client, standin: StandIn, name: str) -> Json:
    standin.fault(name)
    found: Json = json.loads(data(await raw(client, await client.chat()))[-1])
    return found


async def test_errors_inside_a_stream_have_many_shapes(client: Client, standin: StandIn) -> None:
    moderated = await last_frame(client, standin, "moderation_frame")
    assert moderated["error"]["code"] == "data_inspection_failed"
    assert moderated["response_id"] == next(reversed(standin.chats.values())).current_id
    assert (await last_frame(client, standin, "error_object_frame"))["error"]["code"] == "quota_limit"
    assert await last_frame(client, standin, "error_string_frame") == {"error": "Internal error!"}
    quota = await last_frame(client, standin, "quota_frame")
    assert (quota["success"], quota["data"]["code"], quota["data"]["num"]) == (False, "RateLimited", 4)
    assert (await last_frame(client, standin, "human_check_frame"))["ret"]
    delta = (await last_frame(client, standin, "delta_error"))["choices"][0]["delta"]
    assert (delta["status"], delta["extra"]["error"]["code"]) == ("error", "internal_error")


async def test_silence_has_many_shapes(client: Client, standin: StandIn) -> None:
    expected = {"zero_bytes": 0, "created_only": 1, "done_only": 1, "finished_only": 2, "human_check_body": 1}
    told = {}
    for name in expected:
        standin.fault(name)
        told[name] = await raw(client, await client.chat())
    assert {name: len(data(found)) for name, found in told.items()} == expected
    assert told["done_only"] == b"data: [DONE]\n\n"
    assert told["human_check_body"].startswith(b'{"ret"')
    standin.fault("reasoning_only")
    heard = Heard(await raw(client, await client.chat()))
    assert {delta["phase"] for delta in heard.deltas} == {"thinking_summary"}


async def test_pieces_come_before_a_fault(client: Client, standin: StandIn) -> None:
    standin.fault("error_string_frame", pieces=2)
    told = await raw(client, await client.chat())
    assert told.count(b"x" * PIECE) == 2


@pytest.mark.parametrize("name", ["disconnect", "unfinished"])
async def test_qwen_writes_on_when_the_stream_breaks(client: Client, standin: StandIn, name: str) -> None:
    chat_id = await client.chat()
    standin.fault(name, pieces=2)
    standin.hold_after = 3
    parts = b""
    broken = False
    async with client.stream(body(chat_id, None, f"echo {TEXT}")) as response:
        try:
            async for part in response.content.iter_any():
                parts += part
        except aiohttp.ClientPayloadError:
            broken = True
    assert broken == (name == "disconnect")
    assert parts.count(b"x" * PIECE) == 2
    assert b"finished" not in parts
    chat = standin.chats[chat_id]
    assert chat.running == chat.current_id
    standin.hold_after = None
    standin.release()
    await until(lambda: chat.running is None)
    assert chat.messages[str(chat.current_id)].text == TEXT


async def test_a_stall_holds_the_chat_until_it_is_stopped(client: Client, standin: StandIn) -> None:
    chat_id = await client.chat()
    standin.fault("stall", pieces=2)
    async with client.stream(body(chat_id, None, f"echo {TEXT}")) as response:
        parts = b""
        while parts.count(b"x" * PIECE) < 2:
            parts += await response.content.readany()
        running = str(standin.chats[chat_id].running)
        sent = {"chat_id": chat_id, "response_id": running}
        assert (await client.refusal(body(chat_id, running, "again")))["details"] == "The chat is in progress!"
        await client.json(f"/api/v2/chat/completions/stop?chat_id={chat_id}", sent)
        assert b"response.stopped" in await response.read()
    assert (await client.ask(chat_id, running, "again")).text


async def test_a_connection_may_be_late_or_drop_or_hang(client: Client, standin: StandIn) -> None:
    standin.fault("late", "chats/new", seconds=0.1)
    begun = time.monotonic()
    await client.chat()
    assert time.monotonic() - begun >= 0.1
    standin.fault("drop", "models")
    with pytest.raises(aiohttp.ServerDisconnectedError):
        await client.http.post(standin.url + "/api/v2/chats/new", headers=GUEST | {"x-standin-fault": "drop"}, json={})
    standin.fault("hang", "chats/new")
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(client.chat(), 0.1)
    assert await client.chat()
