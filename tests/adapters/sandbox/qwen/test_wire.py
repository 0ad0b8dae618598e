"""The stand-in Qwen speaks the wire of chat.qwen.ai: checked with a bare HTTP client, as no client of ours would."""

import pytest

from adapters.sandbox.qwen import PIECE, StandIn
from tests.adapters.sandbox.qwen.client import ACCOUNT, GUEST, OTHER, Client, Json, body, changed


async def test_the_envelope_echoes_the_request_id_and_the_logical_status(client: Client) -> None:
    headers = {"x-request-id": "mine"}
    async with client.post("/api/v2/chats/new", {}, headers) as response:
        assert response.status == 200
        assert response.headers["x-actual-status-code"] == "401"
        assert response.headers["x-request-id"] == "mine"
        assert "acw_tc" in response.cookies
        answer = await response.json()
    assert answer == {"success": False, "request_id": "mine", "data": answer["data"]}
    assert answer["data"]["code"] == "Unauthorized"


@pytest.mark.parametrize("headers", [GUEST, ACCOUNT, {"Cookie": "a=b; token=login-1"}])
@pytest.mark.parametrize(
    "sent",
    [
        {"chat_mode": "guest", "project_id": ""},
        {
            "title": "New Chat",
            "models": ["m"],
            "chat_mode": "guest",
            "chat_type": "t2t",
            "timestamp": 1,
            "project_id": "",
        },
        {"chatId": "", "models": ["m"], "project_id": "", "timestamp": 1, "chat_type": "t2t", "chat_mode": "normal"},
    ],
)
async def test_a_chat_is_opened_for_whoever_shows_an_identity(
    client: Client, standin: StandIn, headers: dict[str, str], sent: Json
) -> None:
    answer = await client.json("/api/v2/chats/new", sent, headers)
    assert answer["success"] is True
    assert standin.chats[answer["data"]["id"]].mode == sent["chat_mode"]
    assert standin.requests[-1][:2] == ("POST", "/api/v2/chats/new")
    assert standin.requests[-1].body == sent


async def test_the_login_is_the_identity_whichever_way_it_comes(client: Client) -> None:
    chat_id = await client.chat(ACCOUNT | GUEST)
    heard = await client.hear(body(chat_id, None, "hello"), {"Cookie": "token=login-1"})
    assert heard.text


async def test_the_frames_are_the_captured_ones(client: Client) -> None:
    chat_id = await client.chat()
    heard = await client.ask(chat_id, None, "echo Grüße, 世界! " + "x" * PIECE)
    created = heard.created
    first = (
        f'data: {{"response.created":{{"chat_id": "{chat_id}", "parent_id": "{created["parent_id"]}", '
        f'"response_id":"{heard.id}"}}}} \n\n'
    )
    last = (
        'data: {"choices": [{"delta": {"content": "", "role": "assistant", "status": "finished", "phase": "answer"}}], '
        f'"response_id": "{heard.id}"}}\n\n'
    )
    assert heard.raw.startswith(first.encode())
    assert heard.raw.endswith(last.encode())
    assert "Grüße, 世界".encode() in heard.raw
    typing = heard.frames[1:-1]
    assert [frame["choices"][0]["delta"]["content"] for frame in typing][-1] == ""
    assert all(frame["response_id"] == heard.id and frame["timestamp"] for frame in typing)
    tokens = [frame["usage"]["output_tokens"] for frame in typing]
    assert tokens == sorted(tokens)
    assert tokens[-1] > tokens[0]


async def test_the_chain_tells_the_answer_from_the_question_as_parent(client: Client, standin: StandIn) -> None:
    chat_id = await client.chat()
    one = await client.ask(chat_id, None, "echo My number is 7.")
    two = await client.ask(chat_id, one.id, "What is it?")
    assert two.text.startswith(
        "I see 1 earlier turn; your last question was “echo My number is 7.”, my last answer began “My number is 7.”.\n"
    )
    three = await client.ask(chat_id, two.id, "And now?")
    assert three.text.startswith(
        "I see 2 earlier turns; your last question was “What is it?”, my last answer began “I see 1"
    )
    lost = await client.ask(chat_id, two.created["parent_id"], "And now?")
    assert lost.text.startswith("I see 2 earlier turns; your last question was “What is it?”, and it has no answer.\n")
    branch = await client.ask(chat_id, one.id, "Another?")
    assert branch.text.startswith("I see 1 earlier turn; your last question was “echo My")
    assert len(standin.chats[chat_id].messages[one.id].children) == 2


async def test_ids_in_the_tree_are_the_servers(client: Client, standin: StandIn) -> None:
    asked = body(await client.chat(), None, "hello")
    heard = await client.hear(asked)
    sent = asked["messages"][0]
    known = set(standin.chats[asked["chat_id"]].messages)
    assert known == {heard.id, heard.created["parent_id"]}
    assert not known & {sent["fid"], *sent["childrenIds"]}


async def test_chat_id_is_required_in_query_and_body(client: Client) -> None:
    asked = body(await client.chat(), None, "hello")
    refusal = await client.refusal(asked, query="")
    assert refusal == {"code": "RequestValidationError", "details": "[\"Field 'query -> chat_id': Field required\"]"}
    del asked["chat_id"]
    refusal = await client.refusal(asked, query="?chat_id=x")
    assert refusal == {"code": "RequestValidationError", "details": "[\"Field 'chat_id': Field required\"]"}


async def test_a_chat_is_unknown_to_others_and_when_it_is_forgotten(client: Client, standin: StandIn) -> None:
    asked = body(await client.chat(), None, "hello")
    expected = {"code": "Bad_Request", "details": f"Invalid input the chat {asked['chat_id']} is not exist"}
    assert await client.refusal(asked, OTHER) == expected
    assert await client.refusal(asked, ACCOUNT) == expected
    standin.forget(asked["chat_id"])
    assert await client.refusal(asked) == expected


async def test_each_mistake_is_told_in_qwens_words(client: Client) -> None:
    chat_id = await client.chat()
    elsewhere = (await client.ask(await client.chat(), None, "hello")).id
    asked = body(chat_id, None, "hello")
    message = asked["messages"][0]
    many = await client.refusal(asked | {"messages": [message, message]})
    assert many == {"code": "Bad_Request", "details": "Invalid input too many messages."}
    assert (await client.refusal(asked | {"messages": []}))["code"] == "RequestValidationError"
    assert (await client.refusal(changed(asked, role="assistant")))["code"] == "Bad_Request"
    for parent in ("root", elsewhere, message["fid"]):
        refusal = await client.refusal(body(chat_id, parent, "hello"))
        assert refusal == {"code": "Bad_Request", "details": f"Invalid input chat parent_id {parent} is not exist."}
    mine = body(await client.chat(ACCOUNT), None, "hello", model="qwen-0")
    assert await client.refusal(mine, ACCOUNT) == {"code": "Not_Found", "details": "Model not found"}


@pytest.mark.parametrize(
    "odd", [None, 7, [], "x", {"chat_id": {}}, {"messages": [None]}, {"messages": [{"content": 1}]}]
)
async def test_nonsense_is_refused_and_does_no_harm(client: Client, odd: object) -> None:
    chat_id = await client.chat()
    sent = {"chat_id": chat_id} | odd if isinstance(odd, dict) else odd
    url = f"{client.standin.url}/api/v2/chat/completions?chat_id={chat_id}"
    async with client.http.post(url, json=sent, headers=GUEST) as response:
        assert (await response.json())["data"]["code"] == "RequestValidationError"


@pytest.mark.parametrize("model", ["qwen-0", "qwen3.8-max", "qwen3.5-plus"])
async def test_a_guest_gets_a_blank_answer_by_a_model_that_is_not_for_guests(client: Client, model: str) -> None:
    heard = await client.hear(body(await client.chat(), None, "hello", model=model))
    assert heard.text == ""
    assert heard.deltas[-1]["status"] == "finished"


async def test_a_bare_message_gets_a_blank_answer(client: Client) -> None:
    asked = body(await client.chat(), None, "hello")
    assert (await client.hear(asked | {"messages": [{"role": "user", "content": "hello"}]})).text == ""


async def test_strictness_finds_what_contradicts_itself(client: Client) -> None:
    chat_id = await client.chat()
    one = (await client.ask(chat_id, None, "hello")).id
    asked = body(chat_id, one, "again")
    for wrong in (
        asked | {"chatId": "x"},
        asked | {"parentId": ""},
        changed(asked, parent_id=None),
        changed(asked, parentId="x"),
        body(chat_id, None, "again"),
        asked | {"stream": False},
        asked | {"incremental_output": False},
    ):
        refusal = await client.refusal(wrong)
        assert refusal["code"] == "Bad_Request"
        assert refusal["details"].startswith("Strict: ")
    refusal = await client.refusal(asked | {"chat_id": "x"}, query=f"?chat_id={chat_id}")
    assert refusal["details"].startswith("Strict: ")
    assert (await client.hear(asked | {"chatId": chat_id, "parentId": one})).text


async def test_the_models_are_listed_for_everybody(client: Client, standin: StandIn) -> None:
    async with client.http.get(standin.url + "/api/models/") as response:
        listed = (await response.json())["data"]
    infos = [item["info"] for item in listed]
    assert {info["is_visitor_active"] for info in infos} == {info["is_active"] for info in infos} == {True, False}
    assert {"max_context_length" in info["meta"] for info in infos} == {True, False}
    standin.models_page = True
    async with client.http.get(standin.url + "/api/models") as response:
        assert (await response.text()).startswith("<!doctypehtml>")
        assert response.content_type == "text/html"


@pytest.mark.parametrize(("method", "path"), [("GET", "/api/v2/chats/new"), ("POST", "/api/nothing"), ("GET", "/api/")])
async def test_elsewhere_there_is_nothing(client: Client, method: str, path: str) -> None:
    async with client.http.request(method, client.standin.url + path) as response:
        assert response.status == 404
        assert (await response.json())["success"] is False


async def test_the_reply_can_be_replaced(client: Client, standin: StandIn) -> None:
    standin.reply = lambda prompt, earlier: f"{prompt} after {len(earlier)}"
    chat_id = await client.chat()
    one = await client.ask(chat_id, None, "x")
    assert (await client.ask(chat_id, one.id, "y")).text == "y after 2"
