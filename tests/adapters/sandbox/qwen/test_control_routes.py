"""The switches over HTTP, and how faults are ordered: for so many requests, by a header, in a line of text."""

import json
import time

import pytest

from adapters.sandbox.qwen import FAULTS, PIECE, StandIn
from adapters.sandbox.qwen.faults import ENDPOINTS, MENU
from tests.adapters.sandbox.qwen.client import (
    ACCOUNT,
    GUEST,
    TEXT,
    Client,
    Json,
    raw,
    until_answered,
)


async def test_a_fault_happens_so_often_after_so_many_where_it_was_ordered(client: Client, standin: StandIn) -> None:
    standin.fault("stale", "chats/new", times=2, after=1)
    standin.fault("busy", "*", times=None)
    codes = [(await client.json("/api/v2/chats/new", {"chat_mode": "guest"}))["data"].get("code") for _ in range(5)]
    assert codes == ["RateLimited", "Bad_Request", "Bad_Request", "RateLimited", "RateLimited"]
    standin.clear_faults()
    assert await client.chat()


async def test_a_request_may_carry_its_own_fault(client: Client, standin: StandIn) -> None:
    headers = GUEST | {"x-standin-fault": "error_string_frame, pieces=1"}
    chat_id = await client.chat()
    assert (await raw(client, chat_id, headers)).count(b"x" * PIECE) == 1
    parent = standin.chats[chat_id].current_id
    assert (await until_answered(lambda: client.ask(chat_id, parent, "hello"))).text
    for nonsense in ("nothing", "stall,pieces=-1", "stall,times=0", "stall,what=1", "stall,pieces=x"):
        async with client.post("/api/v2/chats/new", {}, GUEST | {"x-standin-fault": nonsense}) as response:
            assert response.status == 400
            assert (await response.json())["error"]


async def test_faults_are_listed_ordered_and_cleared_over_http(client: Client, standin: StandIn) -> None:
    url = standin.url + "/standin/faults"
    async with client.http.get(url) as response:
        listed = await response.json()
    assert {fault["name"]: fault["help"] for fault in listed["faults"]} == {f.name: f.help for f in FAULTS.values()}
    assert listed["on"] == [*ENDPOINTS, "*"]
    assert listed["ordered"] == []
    order = {"name": "quota", "on": "chats/new", "times": 2, "num": 10}
    async with client.http.post(url, json=order) as response:
        assert (await response.json())["ordered"][0].items() >= order.items()
    refused = await client.json("/api/v2/chats/new", {"chat_mode": "guest"})
    assert refused["data"]["num"] == 10
    async with client.http.get(url) as response:
        assert (await response.json())["ordered"][0]["times"] == 1
    async with client.http.delete(url) as response:
        assert (await response.json()) == {"ordered": []}
    assert await client.chat()
    for nonsense in (
        {},
        {"name": "quota", "on": "x"},
        {"name": "stall", "on": "models"},
        {"name": "quota", "after": []},
    ):
        async with client.http.post(url, json=nonsense) as response:
            assert response.status == 400
    assert [request.path for request in standin.requests] == ["/api/v2/chats/new"] * 2


async def test_the_pace_is_set_over_http(client: Client, standin: StandIn) -> None:
    url = standin.url + "/standin/pace"
    async with client.http.post(url, json={"first_byte": 0.05, "tokens_per_second": 200}) as response:
        assert (await response.json())["tokens_per_second"] == 200
    assert (standin.first_byte, standin.tokens_per_second, standin.pace) == (0.05, 200, 0)
    begun = time.monotonic()
    await client.ask(await client.chat(), None, f"echo {TEXT}")
    assert time.monotonic() - begun >= 0.05 + 12 / 200
    wrongs: list[Json] = [{"pace": -1}, {"first_byte": "x"}, {"tokens_per_second": []}, {"first_byte": 1e999}]
    for wrong in wrongs:
        async with client.http.post(url, data=json.dumps(wrong)) as response:
            assert response.status == 400
    async with client.http.post(url, json={"tokens_per_second": None}) as response:
        assert (await response.json())["tokens_per_second"] is None
    assert standin.first_byte == 0.05


def test_an_order_is_one_line_of_text() -> None:
    order = MENU.parse("quota,on=chats/new,times=always,after=2,num=6")
    assert (order.name, order.on, order.times, order.after, order.num) == ("quota", "chats/new", None, 2, 6)
    assert MENU.parse("idle, seconds=0.5").seconds == 0.5
    with pytest.raises(ValueError, match="There is no fault 'x'"):
        MENU.parse("x")
    with pytest.raises(ValueError, match="befalls streams"):
        MENU.parse("stall,on=models")


async def test_accounts_meet_faults_too(client: Client, standin: StandIn) -> None:
    standin.fault("stale", "chats")
    async with client.http.get(standin.url + "/api/v2/chats/?page=1", headers=ACCOUNT) as response:
        assert (await response.json())["data"]["details"] == "Internal error"
