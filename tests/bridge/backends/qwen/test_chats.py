"""The chats that Qwen keeps, over real sockets: answers read again and stopped, chats freed and deleted."""

import math
from contextlib import aclosing

import pytest

from adapters.sandbox.qwen import ApiStandIn, StandIn
from bridge import errors
from bridge.answer_events import Started, Text
from bridge.backends.qwen import QwenClient, chats, client
from bridge.model import Head
from bridge.store import Store
from tests.bridge.backends.harness import harness_of
from tests.bridge.backends.qwen.test_client import ACCOUNT
from tests.bridge.backends.servers import ask, envelope, saying, text_of
from tests.conftest import GUEST
from tests.waiting import eventually


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


async def test_of_two_answers_the_one_that_is_shown_is_selected_and_gone_on_from(standin: StandIn) -> None:
    standin.fault("two_answers", times=None)
    async with QwenClient(standin.url, ACCOUNT) as qwen:
        text, head = await ask(qwen, "echo Seven bridges over the Pregel, and one walk")
        assert text == "Seven bridges over the Pregel, and one walk"
        chat = standin.chats[head.chat_id]
        await eventually(lambda: chat.current_id == head.parent_id)
        answer, head = await ask(qwen, "and then?", head)
    assert "my last answer began “Seven bridges" in answer
    assert chat.current_id == head.parent_id, "what was to be selected is, before the client closes"
    assert [message.done for message in chat.messages.values()] == [True] * 6


async def test_a_guest_selects_nothing(standin: StandIn) -> None:
    standin.fault("two_answers")
    async with QwenClient(standin.url, GUEST) as qwen:
        _, head = await ask(qwen, "echo Seven bridges")
        assert "my last answer began “Seven bridges" in (await ask(qwen, "and then?", head))[0]
    assert not [request for request in standin.requests if request.path.endswith("/select")]


@pytest.mark.parametrize("fault", ["internal_error", "unauthorized", "human_check", "drop", "hang"])
async def test_an_answer_is_whole_though_it_cannot_be_selected(
    standin: StandIn, fault: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(chats, "STOP_SECONDS", 0.05)
    standin.fault("two_answers")
    standin.fault(fault, on="select", times=None)
    async with QwenClient(standin.url, ACCOUNT) as qwen:
        assert (await ask(qwen, "echo hi"))[0] == "hi"
        await eventually(lambda: any(request.path.endswith("/select") for request in standin.requests))
        assert (qwen.trouble, qwen.need) == (None, None)
        assert (await ask(qwen, "echo again"))[0] == "again"


async def test_a_chat_that_is_locked_after_its_last_answer_is_freed_by_its_id(standin: StandIn) -> None:
    async with QwenClient(standin.url, ACCOUNT) as qwen:
        _, head = await ask(qwen, "echo Seven bridges")
        standin.chats[head.chat_id].free_at = math.inf
        assert "my last answer began “Seven bridges" in (await ask(qwen, "and then?", head))[0]


async def test_a_chat_that_stays_in_progress_for_ever_is_given_up(
    standin: StandIn, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As seen by a member: the conversation goes on in a new chat."""
    monkeypatch.setattr(client, "IN_PROGRESS_WAITS", (0.001,))
    monkeypatch.setattr(client, "IN_PROGRESS_SECONDS", 0.05)
    async with QwenClient(standin.url, ACCOUNT) as qwen, harness_of(store, qwen, ApiStandIn(), standin) as room:
        await room.ask("echo Seven bridges")
        await room.hears("Seven bridges")
        (stuck,) = standin.chats.values()
        stuck.running = "an answer that nobody knows"
        await room.ask("and then?")
        await room.hears("Seven bridges")
        await room.hears("I see no earlier turns.")
    assert [len(chat.messages) for chat in standin.chats.values()] == [2, 2]


async def test_an_account_may_delete_a_chat_and_a_guest_may_not() -> None:
    async with saying({"success": True, "data": {"status": True}}) as url:
        async with QwenClient(url, ACCOUNT) as qwen:
            assert await qwen.delete("chat")
        async with QwenClient(url, GUEST) as qwen:
            assert not await qwen.delete("chat")
    async with saying(envelope("CHAT_NOT_FOUND")) as url, QwenClient(url, ACCOUNT) as qwen:
        assert await qwen.delete("chat")
