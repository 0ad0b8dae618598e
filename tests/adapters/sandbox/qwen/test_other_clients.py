"""The pretended Qwen in the shapes that other clients need: the profile, the settings, and the branch of a chat."""

import time

import pytest

from adapters.sandbox.qwen import StandIn
from tests.adapters.sandbox.qwen.client import GUEST, Client, Json, body


async def get(client: Client, path: str, headers: dict[str, str]) -> Json:
    async with client.http.get(client.standin.url + path, headers=headers) as response:
        assert response.status == 200
        found: Json = await response.json()
        return found


@pytest.fixture
def account(standin: StandIn) -> dict[str, str]:
    token, _ = standin.sign_in(seconds=60)
    return {"Authorization": f"Bearer {token}"}


async def test_the_profile_of_an_account_has_no_envelope(client: Client, account: dict[str, str]) -> None:
    profile = await get(client, "/api/v1/auths/", account)
    assert "success" not in profile
    assert account == {"Authorization": f"{profile['token_type']} {profile['token']}"}
    assert time.time() < profile["expires_at"] <= time.time() + 60
    assert profile["role"] == "user"
    chat_id = await client.chat(account)
    assert (await get(client, f"/api/v2/chats/{chat_id}", account))["data"]["user_id"] == profile["id"]


async def test_the_settings_of_an_account(client: Client, account: dict[str, str]) -> None:
    answer = await get(client, "/api/v2/users/user/settings", account)
    assert answer["success"] is True
    assert {"tools_enabled", "memory", "model_config"} <= set(answer["data"])


@pytest.mark.parametrize("path", ["/api/v1/auths/", "/api/v2/users/user/settings"])
async def test_guests_have_neither(client: Client, path: str) -> None:
    for headers in (GUEST, {}):
        answer = await get(client, path, headers)
        assert (answer["success"], answer["data"]["code"]) == (False, "Unauthorized")


async def test_a_chat_lists_the_messages_of_its_newest_branch(client: Client, account: dict[str, str]) -> None:
    client.standin.settle = 0
    chat_id = await client.chat(account)
    first = await client.hear(body(chat_id, None, "echo one"), account)
    await client.hear(body(chat_id, first.id, "echo two"), account)
    await client.hear(body(chat_id, first.id, "echo three"), account)
    chat = (await get(client, f"/api/v2/chats/{chat_id}", account))["data"]["chat"]
    said = [message["content"] or message["content_list"][0]["content"] for message in chat["messages"]]
    assert said == ["echo one", "one", "echo three", "three"]
    usage = chat["messages"][-1]["content_list"][0]["usage"]
    assert usage["total_tokens"] == usage["input_tokens"] + usage["output_tokens"]
    assert len(chat["history"]["messages"]) == 6
