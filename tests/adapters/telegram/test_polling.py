"""Polling Telegram: pauses, refusals, answers that are none, and updates whose handling fails."""

import json
import time
from collections.abc import AsyncIterator
from itertools import pairwise

import pytest
from aiohttp import web

from adapters.sandbox.qwen import StandIn, reply
from adapters.sandbox.telegram import FakeTelegram
from adapters.telegram.adapter import TelegramAdapter
from adapters.telegram.sentences import UNREAD
from bridge.core.bridge import Bridge
from bridge.incoming import Incoming
from bridge.ports import Complete
from bridge.store import Store
from tests.adapters.stages import TelegramStage
from tests.waiting import eventually

ODD = ["{}", "[]", "null", "<html>Sign in to the network</html>", '{"ok": true, "result": {"mess', ""]
"""Bodies of HTTP 200 that are no answer of Telegram."""


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bridge.runtime.backoff.FIRST_SECONDS", 0.02)
    monkeypatch.setattr("adapters.telegram.polling.TRY_SECONDS", 0.02)
    monkeypatch.setattr("adapters.telegram.errors.RETRY_SECONDS", 0.02)


@pytest.fixture
def poisonous(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Let the bridge fail over each message with the word "poison"; return those that it was given."""
    given: list[str] = []
    receive = Bridge.receive

    async def failing(bridge: Bridge, incoming: Incoming, complete: Complete | None = None) -> bool:
        given.append(incoming.text)
        if "poison" in incoming.text:
            raise RuntimeError(incoming.text)
        return await receive(bridge, incoming, complete)

    monkeypatch.setattr(Bridge, "receive", failing)
    return given


@pytest.mark.parametrize("body", [*ODD, '{"ok": true, "result": true}', '{"ok": true, "result": {"message_id": "x"}}'])
async def test_a_success_that_says_nothing_is_a_failed_try(private: TelegramStage, body: str) -> None:
    for method in ("getUpdates", "sendMessage", "editMessageText"):
        private.telegram.fault(method, body=body, times=2)
    private.standin.hold_after = 2
    await private.say("lorem 300")
    await eventually(lambda: private.standin.held and private.shown())
    private.standin.release()
    await eventually(lambda: private.shown() == [reply("lorem 300", [])])


ODD_ERRORS = [
    '{"ok": false, "parameters": [1]}',
    '{"ok": false, "parameters": {"retry_after": "soon"}}',
    '{"ok": false, "parameters": {"retry_after": 1e999}}',
    '{"ok": false, "description": {"a": 1}}',
    "[]",
]


@pytest.mark.parametrize("body", ODD_ERRORS)
async def test_an_error_of_another_shape_is_a_failed_try(private: TelegramStage, body: str) -> None:
    for method in ("getUpdates", "sendMessage", "editMessageText"):
        private.telegram.fault(method, code=429, body=body)
    private.standin.hold_after = 2
    await private.say("lorem 300")
    await eventually(lambda: private.standin.held and private.shown())
    private.standin.release()
    await eventually(lambda: private.shown() == [reply("lorem 300", [])])


@pytest.mark.parametrize("body", [*ODD, '{"ok": true, "result": {"id": "x"}}', '{"ok": true, "result": true}'])
async def test_a_login_that_is_answered_by_something_else_is_tried_again(
    standin: StandIn, database: str, telegram: FakeTelegram, body: str
) -> None:
    telegram.fault("getMe", body=body)
    async with TelegramStage(standin, database, telegram, "private") as stage:
        await stage.say("echo hello")
        await stage.hears("hello")


async def test_an_answer_that_cannot_be_read_is_asked_for_one_by_one_and_passed_over(
    private: TelegramStage, database: str, capfd: pytest.CaptureFixture[str]
) -> None:
    await private.say("echo before")
    await private.hears("before")
    number = private.telegram.updates.next_id + 1
    half = f'{{"ok": true, "result": [{{"update_id": {number}, "message": {{"text": "secret wor'
    private.telegram.fault("getUpdates", body=half, times=None, match=lambda given: given["offset"] == str(number))
    await private.say("echo as the poll was open")
    await private.hears("before", "as the poll was open")
    await private.say("echo never read")
    await private.say("echo after")
    await private.hears("before", "as the poll was open", "after")
    assert [call.params["limit"] for call in private.telegram.calls("getUpdates") if "limit" in call.params][:1] == [
        "1"
    ]
    said = capfd.readouterr().out
    assert "passed over" in said
    assert "secret wor" not in said
    async with await Store.open(database) as store:
        (kept,) = await store.passed_over.newest(10)
    assert (kept.channel, kept.kind) == ("", "update")


async def test_an_update_that_fails_is_tried_three_times_after_the_others(
    private: TelegramStage, poisonous: list[str], capfd: pytest.CaptureFixture[str]
) -> None:
    await private.say("poison words")
    await private.say("echo next")
    await eventually(lambda: sorted(private.shown()) == sorted(["next", UNREAD]))
    assert poisonous.count("poison words") == 3
    await eventually(lambda: not private.telegram.pending)
    said = capfd.readouterr().out
    assert "passed over" in said
    assert "RuntimeError" in said
    assert "failing:" in said, "the place in the code"
    assert "poison words" not in said


async def test_a_failing_update_does_not_hold_the_queue_after_a_restart(
    private: TelegramStage, poisonous: list[str]
) -> None:
    await private.stop()
    await private.say("poison words")
    await private.say("echo next")
    await private.start()
    await private.hears(UNREAD, "next")
    await eventually(lambda: not private.telegram.pending)
    await private.stop()
    before = len(poisonous)
    await private.start()
    await private.say("echo last")
    await private.hears(UNREAD, "next", "last")
    assert "poison words" not in poisonous[before:]


async def test_a_429_is_waited_out_and_reported_to_nobody(
    standin: StandIn, database: str, telegram: FakeTelegram, capfd: pytest.CaptureFixture[str]
) -> None:
    telegram.fault("getUpdates", retry_after=1)
    async with TelegramStage(standin, database, telegram, "private") as stage:
        await stage.say("echo hello")
        await stage.hears("hello")
    first, second = (call.time for call in telegram.calls("getUpdates")[:2])
    assert second - first >= 1
    assert "cannot be reached" not in capfd.readouterr().out


async def test_parameters_of_a_poll_stand_in_its_body(private: TelegramStage) -> None:
    (call, *_) = private.telegram.calls("getUpdates")
    assert call.params["timeout"] == "50"
    assert "message" in json.loads(call.params["allowed_updates"])


class Hasty:
    """A Bot API that answers every poll at once with nothing, and has another id than the token says."""

    def __init__(self) -> None:
        self.polls: list[tuple[float, str]] = []

    async def answer(self, request: web.Request) -> web.Response:
        if request.path.endswith("getUpdates"):
            self.polls.append((time.monotonic(), request.query_string))
            return web.json_response({"ok": True, "result": []})
        if request.path.endswith("getMe"):
            me = {"id": 77, "is_bot": True, "first_name": "Q", "username": "q_bot"}
            return web.json_response({"ok": True, "result": me})
        return web.json_response({"ok": True, "result": True})


@pytest.fixture
async def hasty() -> AsyncIterator[tuple[Hasty, str]]:
    server = Hasty()
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", server.answer)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    yield server, f"http://127.0.0.1:{runner.addresses[0][1]}"
    await runner.cleanup()


async def test_empty_answers_at_once_are_polled_with_growing_pauses(
    hasty: tuple[Hasty, str], database: str, standin: StandIn
) -> None:
    server, url = hasty

    class Stage(TelegramStage):
        def adapter(self) -> TelegramAdapter:
            return TelegramAdapter("1:x", f"{url}/")

        async def listening(self) -> None:
            await eventually(lambda: len(server.polls) >= 4)

    async with FakeTelegram() as unused, Stage(standin, database, unused, "private"):
        pass
    times = [moment for moment, _ in server.polls]
    pauses = [after - before for before, after in pairwise(times)]
    assert pauses[0] >= 0.1
    assert pauses[2] >= 0.4
    assert {query for _, query in server.polls} == {""}, "all parameters stand in the body"


async def test_a_bot_has_the_id_that_telegram_says(hasty: tuple[Hasty, str]) -> None:
    async with TelegramAdapter("1:x", hasty[1]) as adapter:
        assert adapter.platform == "telegram:77"


async def test_a_person_without_a_first_name_is_answered_and_replied_to(
    standin: StandIn, database: str, telegram: FakeTelegram
) -> None:
    async with TelegramStage(standin, database, telegram, "group") as stage:
        nobody = telegram.user("")
        said = await telegram.say(stage.here, nobody, "/ask echo hello")
        await stage.hears("hello")
        await telegram.say(stage.here, stage.ann, "/ask echo about this", reply_to=said)
        await eventually(lambda: len(stage.shown()) == 2)
        bodies = [request.body for request in standin.requests if isinstance(request.body, dict)]
        asked = [str(body["messages"][0]["content"]) for body in bodies if "messages" in body]
        assert "hello" in asked[1]
        assert not any("None" in each for each in asked)
