"""The client of Qwen over real sockets: against the stand-in, and against servers that say one thing."""

import asyncio
from contextlib import aclosing
from pathlib import Path

import pytest
from aiohttp import web

from adapters.sandbox.qwen import StandIn
from bridge import errors
from bridge.backends.qwen import Credentials, QwenClient, client, session
from bridge.backends.qwen.credentials_file import CredentialsFile
from bridge.model import Event, Finished, Head, Options, Searching, Source, Sources, Started, Text, Thought, Usage
from tests.bridge.backends.servers import CREATED, HALF, answering, ask, envelope, frame, saying, serving, text_of
from tests.conftest import GUEST
from tests.waiting import eventually

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


async def test_what_was_pasted_is_sent_and_nothing_else(standin: StandIn) -> None:
    pasted = Credentials("umid", 'acw_tc=x"y; x-ap=z', "", "231!ua", "2.5.37", "0.3.12", "Browser/1")
    async with QwenClient(standin.url, pasted) as qwen:
        await ask(qwen, "hello")
    headers = standin.requests[-1].headers
    sent = {name: headers.get(name) for name in ("bx-umidtoken", "bx-ua", "bx-v", "version", "User-Agent")}
    assert list(sent.values()) == ["umid", "231!ua", "2.5.37", "0.3.12", "Browser/1"]
    assert "x-ap=z" in headers["Cookie"]
    assert "Authorization" not in headers
    async with QwenClient(standin.url, GUEST) as qwen:
        await ask(qwen, "hello")
    headers = standin.requests[-1].headers
    assert not {"bx-ua", "bx-v", "version"} & {name.lower() for name in headers}


async def test_cookies_that_qwen_renews_are_sent_back(standin: StandIn) -> None:
    async with QwenClient(standin.url, Credentials(umidtoken="umid", cookie="acw_tc=pasted")) as qwen:
        await qwen.models()
        await ask(qwen, "hello")
    assert "acw_tc" in standin.requests[-1].headers["Cookie"]
    assert "pasted" not in standin.requests[-1].headers["Cookie"]


async def test_what_qwen_renews_is_kept_while_it_is_asked_and_takes_the_place_of_nothing_newer(
    standin: StandIn, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bridge.backends.qwen.login_renewal.KEEP_SECONDS", 0.0)
    path = tmp_path / "credentials.json"

    async def answered(qwen: QwenClient) -> None:
        """As the bridge listens: it leaves with the last event."""
        async with aclosing(qwen.ask("hello", None)) as events:
            async for event in events:
                if isinstance(event, Finished):
                    return

    async with QwenClient(standin.url, GUEST, credentials_file=CredentialsFile(path)) as qwen:
        await answered(qwen)
        assert "acw_tc" in CredentialsFile(path).load().cookie
        standin.hold_after = 1
        asking = asyncio.create_task(answered(qwen))
        await eventually(lambda: standin.held)
        CredentialsFile(path).keep(Credentials(umidtoken="pasted-meanwhile"))
        standin.release()
        await asking
    assert CredentialsFile(path).load() == Credentials(umidtoken="pasted-meanwhile")


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


async def test_a_slow_first_word_is_waited_for(standin: StandIn, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(session, "SILENCE_SECONDS", 0.5)
    standin.first_byte, standin.keep_alive = 1.0, 0.1
    async with QwenClient(standin.url, GUEST) as qwen:
        assert (await ask(qwen, "echo hi"))[0] == "hi"


async def test_silence_is_a_stall(standin: StandIn, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(session, "SILENCE_SECONDS", 0.2)
    standin.hold_after, standin.keep_alive = 1, 60.0
    async with QwenClient(standin.url, GUEST) as qwen:
        with pytest.raises(errors.Stalled):
            await ask(qwen, "hello")


async def test_the_chat_is_waited_for_while_it_is_in_progress(standin: StandIn) -> None:
    standin.settle = 1.0
    async with QwenClient(standin.url, GUEST) as qwen:
        _, head = await ask(qwen, "one")
        answer, _ = await ask(qwen, "two", head)
    assert "I see 1 earlier turn" in answer


async def test_an_answer_that_is_left_early_is_stopped(standin: StandIn) -> None:
    standin.hold_after = 2
    async with QwenClient(standin.url, GUEST) as qwen:
        _, head = await _first_text(qwen, None)
        await eventually(lambda: any(request.path.endswith("/stop") for request in standin.requests))
        standin.hold_after = None
        answer, _ = await ask(qwen, "again", Head(head.chat_id, head.response_id))
    assert answer


async def test_a_guest_who_may_not_stop_an_answer_waits_for_it(
    standin: StandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(client, "IN_PROGRESS_WAITS", (0.02,) * 50)
    standin.guests_stop, standin.pace = False, 0.005
    async with QwenClient(standin.url, GUEST) as qwen:
        _, started = await _first_text(qwen, None)
        chat = standin.chats[started.chat_id]
        assert chat.running
        answer, _ = await ask(qwen, "again", Head(started.chat_id, started.response_id))
    assert answer.startswith("I see 1 earlier turn; your last question was “one”, my last answer began")


async def _first_text(qwen: QwenClient, head: Head | None) -> tuple[str, Started]:
    async with aclosing(qwen.ask("one", head)) as events:
        started = await anext(events)
        text = await anext(events)
    assert isinstance(started, Started)
    assert isinstance(text, Text)
    return text.text, started


async def test_cancelling_leaves_the_session_usable(standin: StandIn) -> None:
    standin.hold_after = 2
    async with QwenClient(standin.url, GUEST) as qwen:
        asking = asyncio.create_task(ask(qwen, "one"))
        await eventually(lambda: standin.held)
        asking.cancel()
        await asyncio.gather(asking, return_exceptions=True)
        standin.hold_after = None
        assert (await ask(qwen, "echo again"))[0] == "again"


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


async def test_nobody_there() -> None:
    async with QwenClient("http://127.0.0.1:9", GUEST) as qwen:
        with pytest.raises(errors.Unreachable):
            await ask(qwen, "hello")


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


async def test_a_connection_that_breaks_in_mid_answer_is_cut_off() -> None:
    async def broken(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        await response.write(HALF.encode())
        assert request.transport
        request.transport.abort()
        return response

    async with serving(broken) as url, QwenClient(url, GUEST) as qwen:
        with pytest.raises(errors.CutOff):
            await ask(qwen, "hello")


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
        Sources((Source("A", "https://a.example"), Source("https://b.example", "https://b.example"))),
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


DETAIL: dict[str, object] = {
    "success": True,
    "data": {
        "id": "chat",
        "chat": {
            "history": {
                "messages": {
                    "u": {"id": "u", "role": "user", "content": "hello"},
                    "r": {
                        "id": "r",
                        "content": "",
                        "done": True,
                        "content_list": [
                            {"phase": "thinking_summary", "content": "hm"},
                            {"phase": "answer", "content": "hi"},
                        ],
                    },
                    "old": {"id": "old", "content": "as it was"},
                    "half": {"id": "half", "content": "ha", "done": False},
                }
            }
        },
    },
}


async def test_an_account_s_finished_answers_can_be_read_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bridge.backends.qwen.client.LOOK_SECONDS", 0.05)
    monkeypatch.setattr("bridge.backends.qwen.client.WRITTEN_SECONDS", 0.3)
    async with saying(DETAIL) as url, QwenClient(url, ACCOUNT) as qwen:
        assert text_of(await qwen.written(Head("chat", "r"))) == "hi"
        assert text_of(await qwen.written(Head("chat", "old"))) == "as it was"
        with pytest.raises(errors.Stalled):
            await qwen.written(Head("chat", "half"))
        with pytest.raises(errors.ChatGone):
            await qwen.written(Head("chat", "unknown"))
    async with saying(DETAIL) as url, QwenClient(url, GUEST) as qwen:
        with pytest.raises(errors.ChatGone):
            await qwen.written(Head("chat", "r"))


async def test_what_nobody_listens_to_is_waited_for(standin: StandIn) -> None:
    """An account's answer goes on when the connection is lost, and is read when it is whole."""
    standin.pace = 0.05
    async with QwenClient(standin.url, ACCOUNT) as qwen:
        async with aclosing(qwen.ask("search cats", None)) as events:
            async for event in events:
                if isinstance(event, Started):
                    begun = Head(event.chat_id, event.response_id)
                    qwen.leave()
                    break
        written = await qwen.written(begun)
        told = [event async for event in qwen.ask("and?", begun)]
    message = standin.chats[begun.chat_id].messages[begun.parent_id]
    assert text_of(written) == message.text
    assert "1 earlier turn" in text_of(told)


async def test_what_nobody_listens_to_is_stopped_otherwise(standin: StandIn) -> None:
    standin.pace = 0.05
    async with QwenClient(standin.url, ACCOUNT) as qwen, aclosing(qwen.ask("lorem 3000", None)) as events:
        async for event in events:
            if isinstance(event, Text):
                break
    (chat,) = standin.chats.values()
    await eventually(lambda: chat.running is None)
    assert len(chat.messages[chat.current_id or ""].text) < 2000


async def test_an_account_may_delete_a_chat_and_a_guest_may_not() -> None:
    async with saying({"success": True, "data": {"status": True}}) as url:
        async with QwenClient(url, ACCOUNT) as qwen:
            assert await qwen.delete("chat")
        async with QwenClient(url, GUEST) as qwen:
            assert not await qwen.delete("chat")
    async with saying(envelope("CHAT_NOT_FOUND")) as url, QwenClient(url, ACCOUNT) as qwen:
        assert await qwen.delete("chat")


async def test_a_proxy_that_accepts_and_says_nothing_is_out_of_reach(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(session, "CONNECT_SECONDS", 0.1)
    writers: list[asyncio.StreamWriter] = []

    async def silent(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writers.append(writer)

    proxy = await asyncio.start_server(silent, "127.0.0.1", 0)
    port = proxy.sockets[0].getsockname()[1]
    async with proxy, QwenClient("https://chat.qwen.ai", GUEST, proxy=f"http://127.0.0.1:{port}") as qwen:
        with pytest.raises(errors.Unreachable):
            async with asyncio.timeout(5):
                await qwen.models()
        for writer in writers:
            writer.close()


async def test_an_answer_that_never_comes_to_its_end_is_a_stall(
    standin: StandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(session, "ANSWER_SECONDS", 0.2)
    standin.pace = 0.02
    async with QwenClient(standin.url, GUEST) as qwen:
        with pytest.raises(errors.Stalled):
            async with asyncio.timeout(5):
                await ask(qwen, "lorem 8000")
        await eventually(lambda: any(request.path.endswith("/stop") for request in standin.requests))
