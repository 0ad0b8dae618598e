"""A chat of the stand-in answers one question at a time, and guests have limits."""

import json

from adapters.sandbox.qwen import StandIn
from tests.adapters.sandbox.qwen.client import (
    ACCOUNT,
    OTHER,
    Client,
    Heard,
    body,
    changed,
    until,
    until_answered,
)


async def test_a_chat_is_in_progress_while_it_answers_and_for_a_while_after(client: Client, standin: StandIn) -> None:
    chat_id = await client.chat()
    standin.settle = 0.2
    standin.hold_after = 1
    async with client.stream(body(chat_id, None, "hello")) as response:
        await until(lambda: standin.held == 1)
        refusal = await client.refusal(body(chat_id, standin.chats[chat_id].running, "again"))
        assert refusal == {"code": "Bad_Request", "details": "The chat is in progress!"}
        standin.release()
        one = Heard(await response.read())
    standin.hold_after = None
    asked = body(chat_id, one.id, "again")
    assert (await client.refusal(asked))["details"] == "The chat is in progress!"
    assert (await until_answered(lambda: client.hear(asked))).text


async def test_an_answer_goes_on_when_its_client_has_left(client: Client, standin: StandIn) -> None:
    chat_id = await client.chat()
    standin.hold_after = 2
    async with client.stream(body(chat_id, None, "echo " + "x" * 99)) as response:
        await until(lambda: standin.held == 1)
        response.close()
    chat = standin.chats[chat_id]
    one = chat.messages[str(chat.running)]
    assert not one.done
    asked = body(chat_id, one.id, "again")
    assert (await client.refusal(asked))["details"] == "The chat is in progress!"
    standin.hold_after = None
    standin.release()
    await until(lambda: one.done)
    assert one.text == "x" * 99
    assert "my last answer began “xxx" in (await client.hear(asked)).text


async def test_stop_ends_the_answer_and_frees_the_chat(client: Client, standin: StandIn) -> None:
    chat_id = await client.chat()
    standin.settle = 60
    standin.hold_after = 1
    async with client.stream(body(chat_id, None, "hello")) as response:
        await until(lambda: standin.held == 1)
        path = f"/api/v2/chat/completions/stop?chat_id={chat_id}"
        stopped = str(standin.chats[chat_id].running)
        answer = await client.json(path, {"chat_id": chat_id, "response_id": stopped})
        heard = Heard(await response.read())
    assert answer["success"] is True
    assert "response.stopped" in heard.frames[-1]
    assert standin.held == 0
    standin.hold_after = None
    after = await client.ask(chat_id, stopped, "again")
    assert after.text.startswith("I see 1 earlier turn; your last question was “hello”, and it has no answer.")
    await client.json(path, {"chat_id": chat_id, "response_id": after.id})
    assert (await client.ask(chat_id, after.id, "more")).text
    standin.guests_stop = False
    assert (await client.json(path, {"chat_id": chat_id}))["data"]["code"] == "Unauthorized"


async def test_guests_have_a_limit_and_accounts_have_none(client: Client, standin: StandIn) -> None:
    standin.guest_turns = 1
    await client.ask(await client.chat(), None, "hello")
    asked = body(await client.chat(), None, "hello")
    refusal = await client.refusal(asked)
    assert refusal["code"] == "RateLimited"
    assert refusal["details"] == "You've reached the guest chat limit for today's usage. Log in to continue."
    for headers in (OTHER, ACCOUNT, ACCOUNT):
        assert (await client.hear(body(await client.chat(headers), None, "hello"), headers)).text


async def test_the_firewall_minds_long_bodies_and_parallel_guests(client: Client, standin: StandIn) -> None:
    asked = body(await client.chat(), None, "")
    room = 131_072 - len(json.dumps(asked))
    long = await client.json(
        f"/api/v2/chat/completions?chat_id={asked['chat_id']}", changed(asked, content="x" * (room + 1))
    )
    assert long["ret"][0] == "FAIL_SYS_USER_VALIDATE"
    assert "success" not in long
    assert (await client.hear(changed(asked, content="x" * room))).text
    standin.parallel_guests = 1
    standin.hold_after = 0
    first, second = body(await client.chat(), None, "hello"), body(await client.chat(OTHER), None, "hello")
    async with client.stream(first) as response:
        await until(lambda: standin.held == 1)
        path = f"/api/v2/chat/completions?chat_id={second['chat_id']}"
        assert (await client.json(path, second, OTHER))["ret"]
        standin.release()
        assert Heard(await response.read()).text
    standin.hold_after = None
    assert (await until_answered(lambda: client.hear(second, OTHER))).text
