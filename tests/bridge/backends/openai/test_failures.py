"""Failures of an API over real sockets, named by what happens next."""

import asyncio

import pytest
from structlog.testing import capture_logs

from adapters.sandbox.qwen import FAULTS, ApiStandIn, StandIn, api
from adapters.sandbox.qwen.fault_kinds import StreamFault
from bridge import errors
from bridge.backends.openai import OpenAIClient
from bridge.backends.qwen import QwenClient
from bridge.core.bridge import Bridge
from bridge.core.policy import Policy
from bridge.errors import (
    AskLater,
    ModelUnknown,
    OperatorNeeded,
    QwenError,
    Refused,
    Unreachable,
)
from bridge.i18n import sentences
from bridge.store import Store
from tests.bridge.backends.harness import BackendHarness
from tests.bridge.backends.openai.asking import told
from tests.conftest import GUEST
from tests.harness import FakeAdapter
from tests.waiting import eventually

KIND = (Refused, AskLater, OperatorNeeded, ModelUnknown)
"""What may happen next."""

REFUSED = {
    "quota": "Busy",
    "busy": "Busy",
    "burst": "Busy",
    "too_many": "Busy",
    "retry_after": "Busy",
    "retry_after_date": "Busy",
    "unauthorized": "KeyRefused",
    "forbidden": "KeyRefused",
    "no_funds": "NoFunds",
    "model_not_found": "ModelUnknown",
    "model_not_pulled": "ModelUnknown",
    "moderation": "Moderated",
    "too_long": "TooLong",
    "too_long_vllm": "TooLong",
    "token_limit": "TooLong",
    "invalid_parameter": "Refused",
    "internal_error": "Fault",
    "server_error": "Fault",
    "loading": "Busy",
    "error_in_200": "Fault",
    "error_string": "Fault",
    "details_list": "ApiMisled",
    "wrong_path": "ApiMisled",
    "html": "ApiMisled",
    "http_401": "KeyRefused",
    "http_402": "NoFunds",
    "http_403": "KeyRefused",
    "http_429": "Busy",
    "http_500": "Fault",
    "http_502": "Busy",
    "http_503": "Busy",
    "empty_body": "ApiMisled",
    "not_json": "ApiMisled",
    "hang": "Stalled",
    "drop": "CutOff",
    "moderation_frame": "Moderated",
    "error_object_frame": "Busy",
    "error_string_frame": "Fault",
    "unauthorized_frame": "KeyRefused",
    "internal_error_frame": "Fault",
    "zero_bytes": "CutOff",
    "created_only": "CutOff",
    "done_only": "Empty",
    "reasoning_only": "CutOff",
    "silence": "Stalled",
    "stall": "Stalled",
    "disconnect": "CutOff",
    "unfinished": "CutOff",
}
"""What each fault of the stand-in means; the others are borne."""


@pytest.fixture(autouse=True)
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    """Silence is noticed soon."""
    monkeypatch.setattr("bridge.backends.openai.session.SILENCE_SECONDS", 0.3)
    monkeypatch.setattr("bridge.backends.qwen.session.SILENCE_SECONDS", 0.3)


@pytest.mark.parametrize("fault", list(api.MENU.faults))
async def test_what_the_api_refuses_is_named_by_what_happens_next(server: ApiStandIn, fault: str) -> None:
    server.fault(fault, times=None, seconds=0.05)
    async with OpenAIClient(server.url, "right") as official:
        if fault not in REFUSED:
            assert await told(official, "echo and on and on") == "and on and on"
            return
        with pytest.raises(getattr(errors, REFUSED[fault])) as raised:
            await told(official, "echo and on and on")
        assert type(raised.value).__name__ == REFUSED[fault]
        assert "QWEN_MODEL" not in raised.value.remedy, "that is the web's"
        assert "QWEN_TOKEN" not in raised.value.remedy, "that is the web's"
        server.clear_faults()
        if not isinstance(raised.value, OperatorNeeded):
            assert await told(official, "echo and on") == "and on"


@pytest.mark.parametrize("fault", sorted(FAULTS.keys() & api.MENU.faults.keys()))
async def test_a_fault_that_both_backends_know_has_the_same_consequence(
    server: ApiStandIn, standin: StandIn, fault: str
) -> None:
    async with OpenAIClient(server.url, "right") as official, QwenClient(standin.url, GUEST) as web:
        kinds: list[type[BaseException] | None] = []
        for backend, pretended in ((official, server), (web, standin)):
            pretended.fault(fault, times=None, seconds=0.05)
            try:
                await told(backend, "hello")
            except QwenError as error:
                kinds.append(next((kind for kind in KIND if isinstance(error, kind)), type(error)))
            else:
                kinds.append(None)
    assert kinds[0] is kinds[1]


async def test_a_wrong_key_of_whatever_region_is_named_with_its_remedy(server: ApiStandIn) -> None:
    with capture_logs() as logs:
        async with OpenAIClient(server.url, "of another region") as official:
            for _ in range(2):
                with pytest.raises(errors.KeyRefused, match="letting me in"):
                    await told(official, "one")
    assert not server.bodies[1:], "it is not asked again"
    (said,) = [line["event"] for line in logs if line["log_level"] == "error"]
    assert "QWEN_API_KEY" in said
    assert "region" in said


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("http://127.0.0.1:9/v1", "nobody listens there"),
        ("http://no-such-host.invalid/v1", "no such host is known"),
        ("https://{host}/v1", "it does not speak TLS"),
    ],
)
async def test_a_server_out_of_reach_is_named_with_its_variable_and_why(server: ApiStandIn, url: str, why: str) -> None:
    async with (
        OpenAIClient(url.format(host=server.host)) as official,
        QwenClient(url.format(host=server.host), GUEST) as web,
    ):
        for backend, variable in ((official, "QWEN_API_URL"), (web, "QWEN_URL")):
            with pytest.raises(Unreachable) as raised:
                await told(backend, "one")
            assert raised.value.remedy.startswith(why)
            assert f" {variable} " in raised.value.remedy


async def test_a_server_of_another_kind_is_named_with_its_variable(standin: StandIn) -> None:
    async with OpenAIClient(f"{standin.url}/api", wanted="any") as official:
        with pytest.raises(errors.ApiMisled) as raised:
            await told(official, "one")
        assert "QWEN_API_URL" in raised.value.remedy


async def test_a_list_of_models_that_fails_in_passing_is_asked_for_again(server: ApiStandIn) -> None:
    server.fault("busy", on="models", times=2)
    async with OpenAIClient(server.url, "right") as official:
        assert await told(official, "echo on") == "on"


async def test_a_server_without_a_list_of_models_wants_its_model_named(server: ApiStandIn) -> None:
    server.fault("wrong_path", on="models", times=None)
    async with OpenAIClient(server.url, "right") as official:
        with pytest.raises(errors.ApiMisled) as raised:
            await told(official, "echo on")
        assert "QWEN_API_MODEL" in raised.value.remedy
    async with OpenAIClient(server.url, "right", wanted=api.MODEL) as official:
        assert await told(official, "echo on") == "on"


async def test_a_server_that_lists_nothing_wants_its_model_named(server: ApiStandIn) -> None:
    server.lists = False
    async with OpenAIClient(server.url, "right") as official:
        with pytest.raises(ModelUnknown) as raised:
            await told(official, "echo on")
        assert raised.value.remedy == "the server lists no models: set QWEN_API_MODEL"
    async with OpenAIClient(server.url, "right", wanted=api.MODEL) as official:
        assert await told(official, "echo on") == "on"


async def test_a_key_that_works_again_lets_the_questions_in(
    store: Store, server: ApiStandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bridge.backends.openai.client.LOOK_SECONDS", 0.1)
    server.fault("no_funds", times=3)
    async with OpenAIClient(server.url, "right") as official:
        bridge = Bridge(store, official, Policy(hold_seconds=60))
        harness = BackendHarness(bridge, store, official, StandIn(), server)
        await bridge.serve(FakeAdapter(harness.reply))
        await harness.ask("echo one")
        await eventually(lambda: harness.reply.now() == [sentences.HELD])
        await harness.hears("one")
        assert harness.reply.now() == ["one"]
        await bridge.stop(1)


def test_every_stream_of_the_stand_in_is_spoken_of() -> None:
    ends = {
        name
        for name, fault in api.MENU.faults.items()
        if isinstance(fault.effect, StreamFault) and fault.effect.then not in ("on", "wait")
    }
    assert ends <= set(REFUSED)


async def test_signs_of_life_for_ever_are_a_stall(server: ApiStandIn, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bridge.backends.http.sse.PROGRESS_SECONDS", 0.2)
    server.first_byte, server.keep_alive = 60.0, 0.05
    async with OpenAIClient(server.url, "right") as official:
        with pytest.raises(errors.Stalled):
            async with asyncio.timeout(2):
                await told(official, "echo hello")
