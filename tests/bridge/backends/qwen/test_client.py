"""The client of Qwen over real sockets: against the stand-in, and against servers that say one thing."""

import pytest

from adapters.sandbox.qwen import StandIn
from bridge import errors
from bridge.answer_events import Event, Finished, Searching, Source, Sources, Started, Text, Thought, Usage
from bridge.backends.qwen import Credentials, QwenClient
from bridge.model import Head, Options
from tests.bridge.backends.servers import CREATED, answering, ask, frame, saying
from tests.conftest import GUEST

ACCOUNT = Credentials(token="account-token")


@pytest.mark.parametrize("credentials", [GUEST, ACCOUNT, Credentials(cookie="a=b; token=from-the-browser; c=d")])
async def test_questions_hang_on_the_last_answer(standin: StandIn, credentials: Credentials) -> None:
    async with QwenClient(standin.url, credentials) as qwen:
        first, head = await ask(qwen, "one")
        second, head = await ask(qwen, "two", head)
        third, _ = await ask(qwen, "three", head)
    assert first.startswith("I see no earlier turns.")
    assert second.startswith("I see 1 earlier turn; your last question was “one”, my last answer began “I see no")
    assert third.startswith("I see 2 earlier turns; your last question was “two”, my last answer began “I see 1")
    assert len(standin.chats) == 1


async def test_any_answer_can_be_gone_on_from(qwen: QwenClient) -> None:
    _, root = await ask(qwen, "one")
    await ask(qwen, "two", root)
    branch, _ = await ask(qwen, "another two", root)
    assert branch.startswith("I see 1 earlier turn; your last question was “one”")


async def test_a_guest_and_an_account_are_told_apart(standin: StandIn) -> None:
    for credentials, mode in ((GUEST, "guest"), (ACCOUNT, "normal")):
        async with QwenClient(standin.url, credentials) as qwen:
            await ask(qwen, "hello")
        assert isinstance(standin.requests[-1].body, dict)
        assert standin.requests[-1].body["chat_mode"] == mode


@pytest.mark.parametrize("chunk", [1, 2, 3, 7, 64])
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
async def test_answers_are_whole_wherever_the_bytes_are_cut(standin: StandIn, chunk: int, newline: str) -> None:
    standin.chunk, standin.newline = chunk, newline
    async with QwenClient(standin.url, GUEST) as qwen:
        answer, _ = await ask(qwen, "echo 你好 👨‍👩‍👧 “data: x”\nsecond line")
    assert answer == "你好 👨‍👩‍👧 “data: x”\nsecond line"


async def test_a_done_line_is_no_part_of_the_answer(standin: StandIn) -> None:
    standin.done_line = True
    async with QwenClient(standin.url, GUEST) as qwen:
        assert (await ask(qwen, "echo hi"))[0] == "hi"


async def test_models_of_both_shapes_and_kinds_of_user(standin: StandIn) -> None:
    async with QwenClient(standin.url, GUEST) as guest, QwenClient(standin.url, ACCOUNT) as account:
        for_guests = [model.id for model in await guest.models()]
        for_accounts = [model.id for model in await account.models()]
        assert set(for_guests) < set(for_accounts)
        assert await guest.model() == for_guests[0]
        assert await account.model() == for_accounts[0]
    nested = {"success": True, "request_id": "x", "data": {"data": [{"id": "m", "name": "M"}]}}
    async with saying(nested) as url, QwenClient(url, GUEST) as qwen:
        assert [model.id for model in await qwen.models()] == ["m"]


async def test_the_wanted_model_is_used_where_it_is_offered(
    standin: StandIn, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    async with QwenClient(standin.url, GUEST) as qwen:
        offered = [model.id for model in await qwen.models()]
    async with QwenClient(standin.url, GUEST, wanted=offered[-1]) as qwen:
        assert await qwen.model() == offered[-1]
    async with QwenClient(standin.url, GUEST, wanted="qwen3.8-max") as qwen:
        assert await qwen.model() == offered[0]
    assert "QWEN_MODEL=qwen3.8-max is not offered to guests" in capsys.readouterr().out


async def test_a_question_that_is_too_long_is_refused_before_it_is_sent(standin: StandIn, qwen: QwenClient) -> None:
    await qwen.model()
    asked = len(standin.requests)
    for prompt in ("x" * 120_000, "字" * 40_000):
        with pytest.raises(errors.TooLong, match="about 120 kB"):
            await ask(qwen, prompt)
    assert len(standin.requests) == asked
    answer, _ = await ask(qwen, "echo " + "x" * 100_000)
    assert len(answer) == 100_000


async def test_what_the_standin_refuses_is_named(standin: StandIn) -> None:
    async with QwenClient(standin.url, Credentials()) as nobody:
        with pytest.raises(errors.SignedOut):
            await ask(nobody, "hello")
    async with QwenClient(standin.url, GUEST) as qwen:
        _, head = await ask(qwen, "one")
        with pytest.raises(errors.ChatGone):
            await ask(qwen, "two", Head(head.chat_id, "00000000-0000-4000-8000-000000000000"))
        standin.forget(head.chat_id)
        with pytest.raises(errors.ChatGone):
            await ask(qwen, "two", head)
        standin.guest_turns = 1
        with pytest.raises(errors.QuotaSpent):
            await ask(qwen, "three")
        standin.guest_turns, standin.parallel_guests = None, 0
        with pytest.raises(errors.HumanCheck):
            await ask(qwen, "four")


async def test_a_chat_that_gives_an_empty_answer_is_not_asked_again(standin: StandIn, qwen: QwenClient) -> None:
    answer, head = await ask(qwen, "one", None)
    assert answer
    asked = len(standin.requests)
    standin.fault("finished_only")
    with pytest.raises(errors.Empty):
        await ask(qwen, "two", head)
    assert len(standin.requests) == asked + 1


async def test_thinking_and_tools_are_no_part_of_the_answer() -> None:
    frames = (
        'data: {"choices":[{"delta":{"content":"thought","phase":"think","status":"typing"}}]}\n\n'
        'data: {"choices":[{"delta":{"content":"","phase":"think","status":"finished"}}]}\n\n'
        'data: {"choices":[{"delta":{"content":"tool","phase":"answer","role":"function","status":"finished"}}]}\n\n'
        'data: {"response.info":{"action":"keep_alive"}}\n\n'
        'data: {"unheard.of":{"x":1}}\n\n'
        'data: {"choices":[{"delta":{"content":"the answer","phase":"answer","status":"typing"}}]}\n\n'
        'data: {"choices":[{"delta":{"content":"","phase":"answer","status":"finished"}}]}\n\n'
    )
    async with answering(CREATED + frames) as url, QwenClient(url, GUEST) as qwen:
        assert (await ask(qwen, "hello"))[0] == "the answer"


async def test_thinking_searching_and_sources_are_events_and_usage_is_kept() -> None:
    def thinking(*thoughts: str) -> str:
        delta = {"phase": "thinking_summary", "content": "", "extra": {"summary_thought": {"content": thoughts}}}
        return frame({"choices": [{"delta": delta}]})

    def calling(arguments: str) -> str:
        call = {"name": "web_search", "arguments": arguments}
        return frame({"choices": [{"delta": {"phase": "web_search", "function_call": call}}]})

    found = {"web_search_info": [{"url": "https://a.example", "title": "A"}, {"url": "https://b.example"}, {"x": 1}]}
    stream = (
        CREATED
        + frame({"choices": [{"delta": {"phase": "think", "content": "hm "}}]})
        + thinking("one")
        + thinking("one")
        + thinking("one", "two")
        + frame({"choices": [{"delta": {"phase": "thinking_summary", "status": "finished", "content": ""}}]})
        + calling('{"queries": ["eu')
        + calling('{"queries": ["euler", "bridges"]}')
        + calling('{"queries": ["euler", "bridges"]}')
        + frame({"choices": [{"delta": {"phase": "web_search", "role": "function", "extra": found}}]})
        + thinking("three")
        + frame({"choices": [{"delta": {"phase": "answer", "content": "so"}}], "usage": {"input_tokens": 5}})
        + frame({"usage": {"input_tokens": 5, "output_tokens": 7, "output_tokens_details": {"reasoning_tokens": 3}}})
        + frame({"choices": [{"delta": {"phase": "answer", "content": "", "status": "finished"}}]})
    )
    async with answering(stream) as url, QwenClient(url, GUEST) as qwen:
        events = [event async for event in qwen.ask("hello", None)]
    assert events == [
        Started("chat", "r"),
        Thought("hm "),
        Thought("one"),
        Thought("\n\ntwo"),
        Searching("euler, bridges"),
        Sources((Source("A", "https://a.example", 1), Source("https://b.example", "https://b.example", 2))),
        Thought("\n\nthree"),
        Text("so"),
        Finished(Head("chat", "r"), Usage(5, 7, 3)),
    ]


async def test_an_answer_in_one_piece_is_understood() -> None:
    message = {"message": {"role": "assistant", "content": "full text"}}
    data = {"chat_id": "", "parent_id": "user-message", "message_id": "no-address", "choices": [message]}
    body: dict[str, object] = {"success": True, "request_id": "x", "data": data}
    async with answering(body) as url, QwenClient(url, GUEST) as qwen:
        assert await ask(qwen, "hello") == ("full text", Head("chat", "user-message"))
        body["data"] = data | {"response_id": "answer"}
        assert (await ask(qwen, "hello"))[1] == Head("chat", "answer")
        body["data"] = data | {"choices": []}
        with pytest.raises(errors.Empty):
            await ask(qwen, "hello")


async def test_options_are_asked_for(standin: StandIn, qwen: QwenClient) -> None:
    await ask_with(qwen, Options())
    plain = message_of(standin)
    assert (plain["chat_type"], plain["feature_config"]) == (
        "t2t",
        {"thinking_enabled": False, "output_schema": "phase"},
    )
    await ask_with(qwen, Options(model="qwen3.6-plus", thinking=True, search=True))
    asked = message_of(standin)
    assert asked["models"] == ["qwen3.6-plus"]
    assert (asked["chat_type"], asked["sub_chat_type"]) == ("search", "search")
    features = asked["feature_config"]
    assert isinstance(features, dict)
    assert features["thinking_enabled"] is True


@pytest.mark.parametrize("name", ["qwen9-imaginary", "qwen3.8-max"])
async def test_a_model_that_is_not_offered_is_not_asked(standin: StandIn, qwen: QwenClient, name: str) -> None:
    with pytest.raises(errors.ModelUnknown):
        await ask_with(qwen, Options(model=name))
    assert {request.path for request in standin.requests} == {"/api/models"}


async def ask_with(qwen: QwenClient, options: Options) -> list[Event]:
    return [event async for event in qwen.ask("hello", None, options)]


def message_of(standin: StandIn) -> dict[str, object]:
    body = standin.requests[-1].body
    assert isinstance(body, dict)
    message = body["messages"][0]
    assert isinstance(message, dict)
    return message
