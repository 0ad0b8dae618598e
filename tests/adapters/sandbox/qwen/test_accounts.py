"""Identities of the stand-in: tokens that end, devices that go stale, and what only accounts have."""

import base64
import json
import time
from typing import Any

import pytest

from adapters.sandbox.qwen import StandIn
from tests.adapters.sandbox.qwen.client import ACCOUNT, GUEST, OTHER, Client, Json, body, until


async def call(client: Client, method: str, path: str, headers: dict[str, str], sent: Json | None = None) -> Any:
    """The data of the envelope."""
    async with client.http.request(method, client.standin.url + path, headers=headers, json=sent) as response:
        assert response.status == 200
        return (await response.json())["data"]


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def payload(token: str) -> Json:
    part = token.split(".")[1]
    found: Json = json.loads(base64.urlsafe_b64decode(part + "=="))
    return found


async def test_a_token_ends_and_is_refreshed_for_the_same_account(client: Client, standin: StandIn) -> None:
    token, refresh_token = standin.sign_in()
    assert 890 < payload(token)["exp"] - time.time() <= 900
    chat_id = await client.chat(bearer(token))
    standin.token_seconds = 60
    data = await call(client, "GET", "/api/v2/auths/refresh", {"Cookie": f"refresh_token={refresh_token}"})
    assert data["access_token"] != token
    assert data["expires_at"] == payload(data["access_token"])["exp"]
    assert data["expires_at"] - time.time() <= 60
    assert (await client.hear(body(chat_id, None, "hello"), {"Cookie": f"token={data['access_token']}"})).text
    refused = await call(client, "GET", "/api/v2/auths/refresh", {"Cookie": "refresh_token=x"})
    assert refused["code"] == "Unauthorized"


async def test_an_expired_token_says_so_whoever_made_it(client: Client, standin: StandIn) -> None:
    ours = standin.sign_in(seconds=-1)[0]
    part = base64.urlsafe_b64encode(b'{"exp": 1}').decode().rstrip("=")
    for token in (ours, f"x.{part}.x"):
        async with client.post("/api/v2/chats/new", {"chat_mode": "normal"}, bearer(token)) as response:
            assert response.headers["x-actual-status-code"] == "401"
            assert (await response.json())["data"] == {"code": "Unauthorized", "details": "Token has expired"}
    for token in ("a.b.c", "a.é.c".encode().decode("latin-1"), "..", "opaque", "x." + "e30" + ".x"):
        assert await client.chat({"Cookie": f"token={token}"}), token


async def test_a_sign_in_can_be_made_over_http(client: Client, standin: StandIn) -> None:
    async with client.http.post(standin.url + "/standin/sign-in", json={"seconds": 5}) as response:
        made = await response.json()
    assert payload(made["token"])["exp"] - time.time() <= 5
    assert await client.chat(bearer(made["token"]))
    assert await call(client, "GET", "/api/v2/auths/refresh", {"Cookie": f"refresh_token={made['refresh_token']}"})


async def test_a_guests_device_goes_stale_and_accounts_do_not(client: Client, standin: StandIn) -> None:
    standin.guest_seconds = 0.05
    chat_id = await client.chat()
    account = await client.chat(ACCOUNT)
    begun = time.monotonic()
    await until(lambda: time.monotonic() - begun > 0.06)
    expected = {"code": "Bad_Request", "details": "Internal error"}
    assert await client.refusal(body(chat_id, None, "hello")) == expected
    assert await client.chat(OTHER)
    assert (await client.hear(body(account, None, "hello"), ACCOUNT)).text


@pytest.mark.parametrize(("version", "taken"), [("0.3.11", True), ("0.3.12", True), ("1.0", True), ("0.2.99", False)])
async def test_a_stale_version_is_refused(client: Client, standin: StandIn, version: str, taken: bool) -> None:
    standin.minimum_version = "0.3.11"
    answer = await client.json("/api/v2/chats/new", {"chat_mode": "guest"}, GUEST | {"version": version})
    assert answer["success"] is taken
    assert (await client.json("/api/v2/chats/new", {"chat_mode": "guest"}))["data"]["details"] == "Internal error"


async def test_the_cookie_of_the_firewall_is_renewed_on_each_response(client: Client, standin: StandIn) -> None:
    found = set()
    for _ in range(2):
        async with client.http.get(standin.url + "/api/models") as response:
            found.add(response.cookies["acw_tc"].value)
    assert len(found) == 2


async def test_an_account_lists_its_chats_in_pages(client: Client, standin: StandIn) -> None:
    standin.page_size = 2
    ids = [await client.chat(ACCOUNT) for _ in range(3)]
    await client.chat({"Authorization": "Bearer other"})
    await client.hear(body(ids[0], None, "What is the title?"), ACCOUNT)
    standin.chats[ids[0]].messages[str(standin.chats[ids[0]].current_id)].timestamp += 60
    pages = [await call(client, "GET", f"/api/v2/chats/?page={page}", ACCOUNT) for page in (1, 2, 3)]
    assert [len(page) for page in pages] == [2, 1, 0]
    assert {item["id"] for page in pages for item in page} == set(ids)
    first = pages[0][0]
    assert (first["id"], first["title"]) == (ids[0], "What is the title?")
    assert first["updated_at"] > first["created_at"] > 1_600_000_000


async def test_a_chat_is_told_with_its_tree(client: Client) -> None:
    chat_id = await client.chat(ACCOUNT)
    features = {"thinking_enabled": True}
    asked = body(chat_id, None, "echo hi")
    asked["messages"][0]["feature_config"] = features
    one = await client.hear(asked, ACCOUNT)
    left, right = [await client.hear(body(chat_id, one.id, f"echo {word}"), ACCOUNT) for word in ("left", "right")]
    data = await call(client, "GET", f"/api/v2/chats/{chat_id}", ACCOUNT)
    assert data["currentId"] == right.id
    assert data["currentResponseIds"] == [right.id]
    history = data["chat"]["history"]
    assert (history["currentId"], history["currentResponseIds"]) == (right.id, [right.id])
    messages = history["messages"]
    assert messages[one.id]["childrenIds"] == [left.created["parent_id"], right.created["parent_id"]]
    assert messages[one.created["parent_id"]]["parentId"] is None
    assert messages[one.created["parent_id"]]["content"] == "echo hi"
    answer = messages[one.id]
    assert (answer["role"], answer["content"], answer["done"]) == ("assistant", "", True)
    assert [(part["phase"], part["status"], part["content"]) for part in answer["content_list"]] == [
        ("thinking_summary", "finished", ""),
        ("answer", "finished", "hi"),
    ]


async def test_the_rest_of_a_broken_answer_can_be_fetched(client: Client, standin: StandIn) -> None:
    chat_id = await client.chat(ACCOUNT)
    standin.hold_after = 2
    standin.fault("unfinished", pieces=1)
    await client.hear(body(chat_id, None, "echo " + "x" * 99), ACCOUNT)
    await until(lambda: standin.held == 1)
    data = await call(client, "GET", f"/api/v2/chats/{chat_id}", ACCOUNT)
    answer = data["chat"]["history"]["messages"][data["currentId"]]
    assert (answer["done"], answer["content_list"][0]["content"]) == (False, "x" * 32)
    standin.release()
    await until(lambda: standin.chats[chat_id].running is None)
    data = await call(client, "GET", f"/api/v2/chats/{chat_id}", ACCOUNT)
    answer = data["chat"]["history"]["messages"][data["currentId"]]
    assert (answer["done"], answer["content_list"][0]["content"]) == (True, "x" * 99)


async def test_an_empty_chat_has_no_current_message(client: Client) -> None:
    data = await call(client, "GET", f"/api/v2/chats/{await client.chat(ACCOUNT)}", ACCOUNT)
    assert (data["currentId"], data["currentResponseIds"]) == (None, [])
    assert data["chat"]["history"]["messages"] == {}


async def test_a_chat_is_deleted(client: Client, standin: StandIn) -> None:
    one, two = [await client.chat(ACCOUNT) for _ in range(2)]
    standin.hold_after = 1
    async with client.stream(body(one, None, "hello"), ACCOUNT) as response:
        await until(lambda: standin.held == 1)
        assert await call(client, "DELETE", f"/api/v2/chats/{one}", ACCOUNT) == {"status": True}
        assert b"response.stopped" in await response.read()
    gone = {"code": "Bad_Request", "details": f"Invalid input the chat {one} is not exist"}
    assert await call(client, "GET", f"/api/v2/chats/{one}", ACCOUNT) == gone
    assert await client.refusal(body(one, None, "hello"), ACCOUNT) == gone
    assert {item["id"] for item in await call(client, "GET", "/api/v2/chats", ACCOUNT)} == {two}
    assert list(standin.chats) == [two]


@pytest.mark.parametrize(("method", "path"), [("GET", ""), ("GET", "{chat_id}"), ("DELETE", "{chat_id}")])
@pytest.mark.parametrize("headers", [GUEST, {}])
async def test_guests_have_no_history(client: Client, method: str, path: str, headers: dict[str, str]) -> None:
    where = path.format(chat_id=await client.chat(GUEST))
    assert (await call(client, method, f"/api/v2/chats/{where}", headers))["code"] == "Unauthorized"
