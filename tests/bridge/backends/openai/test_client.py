"""The client of an API over real sockets: how answers arrive."""

import asyncio

import pytest

from adapters.sandbox.qwen import ApiStandIn, StandIn
from bridge.backends.openai import OpenAIClient
from bridge.core.bridge import Bridge
from bridge.i18n import sentences
from bridge.model import Options
from bridge.store import Store
from tests.bridge.backends.harness import BackendHarness
from tests.bridge.backends.openai.asking import told
from tests.harness import FakeAdapter
from tests.waiting import eventually


@pytest.mark.parametrize("chunk", [1, 3, 50])
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
@pytest.mark.parametrize("thinks", ["", "field", "tags"])
async def test_answers_are_whole_wherever_the_bytes_are_cut(
    server: ApiStandIn, chunk: int, newline: str, thinks: str
) -> None:
    server.chunk, server.newline, server.thinks = chunk, newline, thinks
    async with OpenAIClient(server.url, "right") as official:
        answer = await told(official, "echo 你好 👨‍👩‍👧 “data: x”\nsecond line", Options(thinking=True))
    assert answer.strip() == "你好 👨‍👩‍👧 “data: x”\nsecond line"


async def test_keep_alive_comments_are_no_part_of_an_answer(server: ApiStandIn) -> None:
    server.first_byte, server.keep_alive = 0.2, 0.02
    async with OpenAIClient(server.url, "right") as official:
        assert await told(official, "echo on") == "on"


async def test_who_is_not_heard_any_more_is_not_written_for(server: ApiStandIn) -> None:
    server.hold_after = 2
    async with OpenAIClient(server.url, "right") as official:
        asking = asyncio.create_task(told(official, "lorem 500"))
        await eventually(lambda: server.held)
        asking.cancel()
        await eventually(lambda: not server.held)


async def test_an_answer_that_is_as_long_as_it_may_be_says_that_it_could_go_on(
    store: Store, server: ApiStandIn
) -> None:
    server.longest = 3
    async with OpenAIClient(server.url, "right") as official:
        bridge = Bridge(store, official)
        harness = BackendHarness(bridge, store, official, StandIn(), server)
        await bridge.serve(FakeAdapter(harness.reply))
        await harness.ask("echo so many words that they find no end")
        await harness.hears(sentences.CUT_SHORT)
        assert harness.reply.now()[-1].startswith("so many word")
        server.longest = None
        await harness.ask("go on")
        await harness.hears("I see 1 earlier turn")
        await bridge.stop(1)
