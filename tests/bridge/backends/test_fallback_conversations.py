"""Conversations with the web and the API in turn, and what one of them alone keeps."""

import json
from typing import Any

import pytest

from adapters.sandbox.qwen import ApiStandIn, StandIn
from bridge.backends.fallback import Fallback
from bridge.backends.openai import OpenAIClient
from bridge.backends.qwen import Credentials, QwenClient
from bridge.backends.qwen.credentials_file import CredentialsFile
from bridge.controls import Invocation
from bridge.i18n import sentences
from bridge.incoming import Quote
from bridge.model import Options
from bridge.store import Store
from tests.bridge.backends.harness import ANN, KEY, harness_of
from tests.bridge.backends.openai.asking import ADMIN, THINKING, told
from tests.conftest import GUEST
from tests.waiting import eventually


@pytest.fixture
async def credentials_file(tmp_path: Any) -> CredentialsFile:
    return CredentialsFile(tmp_path / "credentials.json", GUEST)


async def test_what_is_pasted_after_a_spent_quota_opens_the_web_again(
    server: ApiStandIn, standin: StandIn, credentials_file: CredentialsFile
) -> None:
    async with (
        QwenClient(standin.url, credentials_file.load(), credentials_file=credentials_file, alone=False) as web,
        OpenAIClient(server.url, "right") as official,
    ):
        backends = Fallback(web, official)
        standin.fault("quota")
        await told(backends, "echo one")
        assert len(server.bodies) == 1
        CredentialsFile(credentials_file.path, GUEST).keep(Credentials(umidtoken="fresh-device"))
        assert await told(backends, "echo two") == "two"
    assert len(server.bodies) == 1


async def test_a_web_that_is_tried_in_vain_costs_no_part_of_the_conversation(
    store: Store, server: ApiStandIn, standin: StandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bridge.backends.fallback.PAUSE_SECONDS", 0.0)
    server.context = 6000
    async with (
        QwenClient(standin.url, GUEST, alone=False) as web,
        OpenAIClient(server.url, "right", context=6000) as official,
        harness_of(store, Fallback(web, official), server, standin) as harness,
    ):
        for number in range(14):
            standin.fault("busy")
            await harness.ask(f"echo {number} " + "word " * 300)
            await harness.hears(f"{number} word")
    assert all(len(body["messages"]) > 1 for body in server.bodies[1:])
    assert max(len(json.dumps(body["messages"])) // 4 for body in server.bodies) < 6000


async def test_the_question_is_held_where_the_web_wants_the_operator_and_the_api_is_away(
    store: Store,
    server: ApiStandIn,
    standin: StandIn,
    credentials_file: CredentialsFile,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("bridge.backends.qwen.client.LOOK_SECONDS", 0.05)
    standin.fault("human_check", times=None)
    async with (
        QwenClient(standin.url, credentials_file.load(), credentials_file=credentials_file, alone=False) as web,
        OpenAIClient("http://127.0.0.1:9/v1", wanted="m") as official,
        harness_of(store, Fallback(web, official), server, standin, hold_seconds=60, access=ADMIN) as harness,
    ):
        await harness.ask("echo one")
        await eventually(lambda: harness.reply.now() == [sentences.HELD] and harness.adapter.told)
        standin.clear_faults()
        CredentialsFile(credentials_file.path, GUEST).keep(Credentials(umidtoken="fresh-device"))
        await harness.hears("one")


async def test_admins_are_told_what_the_web_wants_while_the_api_answers(
    store: Store, server: ApiStandIn, standin: StandIn
) -> None:
    standin.fault("human_check", times=None)
    async with (
        QwenClient(standin.url, GUEST, alone=False) as web,
        OpenAIClient(server.url, "right") as official,
        harness_of(store, Fallback(web, official), server, standin, hold_seconds=60, access=ADMIN) as harness,
    ):
        for word in ("one", "two"):
            await harness.ask(f"echo {word}")
            await harness.hears(word)
        await eventually(lambda: harness.adapter.told)
        assert len(harness.adapter.told) == 1


@pytest.mark.parametrize("back", [False, True], ids=["to the api", "to the web"])
async def test_a_chosen_model_stays_behind_with_its_backend(
    store: Store, server: ApiStandIn, standin: StandIn, back: bool
) -> None:
    async with QwenClient(standin.url, GUEST) as web, OpenAIClient(server.url, "right") as official:
        first, second = (official, web) if back else (web, official)
        async with harness_of(store, first, server, standin) as harness:
            name = (await first.models())[0].id
            await harness.bridge.command(Invocation(KEY, ANN, "model", name))
            await harness.ask("echo one")
            await harness.hears("one")
        async with harness_of(store, second, server, standin) as harness:
            await harness.ask("echo two")
            await harness.hears(sentences.MODEL_GONE)
            await harness.ask("three")
            await harness.hears("1 earlier turn" if back else "2 earlier turns")
            assert sentences.MODEL_GONE not in harness.reply.now()[-1]


async def test_what_only_the_api_saw_is_deleted_with_the_bridge_s_copy(
    store: Store, server: ApiStandIn, standin: StandIn
) -> None:
    async with OpenAIClient(server.url, "right") as official, harness_of(store, official, server) as harness:
        await harness.ask("echo one")
        await harness.hears("one")
    async with QwenClient(standin.url, GUEST) as web, harness_of(store, web, server, standin) as harness:
        said = await harness.bridge.command(Invocation(KEY, ANN, "forget", "yes"))
        assert said.text == sentences.FORGOTTEN


async def test_what_was_quoted_stays_in_the_conversation(store: Store, server: ApiStandIn) -> None:
    server.reply = lambda prompt, earlier: f"{len(earlier)} messages"
    async with OpenAIClient(server.url, "right") as official, harness_of(store, official, server) as harness:
        await harness.ask("sum it up", quotes=(Quote("Bob wrote:", "The secret word is zebra."),))
        await harness.hears("0 messages")
        await harness.ask("which word was it?")
        await harness.hears("2 messages")
    assert "zebra" in str(server.bodies[-1])


async def test_what_was_wrongly_taken_for_thinking_is_said_once(store: Store, server: ApiStandIn) -> None:
    server.thinks = "tail"
    async with (
        OpenAIClient(server.url, "right") as official,
        harness_of(store, official, server, options=Options(thinking=True, thought=True)) as harness,
    ):
        await told(official, "echo x", THINKING)
        server.thinks = ""
        await harness.ask("echo and on")
        await harness.hears("and on")
        assert harness.reply.now() == ["and on"]
