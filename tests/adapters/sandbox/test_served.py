"""The sandbox serves what the program calls, and nothing that nobody needs: seen in conversations over its sockets."""

from collections.abc import AsyncIterator

import pytest

from adapters.sandbox.discord import Channel, FakeDiscord, Interaction
from adapters.sandbox.qwen import ApiStandIn, StandIn
from adapters.sandbox.telegram import FakeTelegram
from adapters.telegram.forms import Forms
from bridge.answer_events import Picture, Started
from bridge.backends.openai import OpenAIClient
from bridge.backends.qwen import Credentials, QwenClient, upload
from bridge.model import Attachment, Head, Options
from tests.actions_contract import AGAIN, ActionsStage
from tests.adapters.stages import DiscordStage, TelegramStage
from tests.waiting import eventually

OTHER_CLIENTS = {
    "GET /api/v2/chats{slash:/?}": "the web app and other clients list the chats of an account",
    "GET /api/v1/auths{slash:/?}": "g4f and qwen-webapi look whether their login is taken, and whose it is",
    "GET /api/v2/users/user/settings": "qwen-webapi reads how an account has set its models",
}
"""Routes of Qwen that the program does not call, each with who does; tests.foreign runs those clients."""

OTHER_API_CLIENTS = {
    "GET /v1/models/{model:.+}": "openai looks a model up by its id",
}
"""Routes of an API that the program does not call, each with who does."""


async def wait_in_line(stage: ActionsStage) -> None:
    """A question is marked while another one is answered; a long answer becomes a short one."""
    before = len(stage.shown())
    stage.standin.hold_after = 2
    await stage.say("echo this one takes quite some time to be said")
    await eventually(lambda: stage.standin.held)
    await stage.say("lorem 9000")
    await eventually(stage.reactions)
    stage.standin.hold_after = None
    stage.standin.release()
    await eventually(lambda: len(stage.shown()) > before + 2 and any(AGAIN in label for label in stage.buttons()))
    usual, stage.standin.reply = stage.standin.reply, lambda prompt, earlier: "in short"
    await stage.press(AGAIN)
    await eventually(lambda: len(stage.shown()) == before + 2 and "in short" in stage.shown()[-1])
    stage.standin.reply = usual


# Discord


@pytest.fixture
async def channel(standin: StandIn, database: str, discord: FakeDiscord) -> AsyncIterator[DiscordStage]:
    async with DiscordStage(standin, database, discord, "channel") as opened:
        await eventually(lambda: discord.commands)
        yield opened


async def test_discord_serves_what_the_program_calls_and_nothing_else(channel: DiscordStage) -> None:
    discord = channel.discord
    await wait_in_line(channel)
    await discord.say(channel.here, channel.ann, f"{channel.mention}look", attachments=[("a.txt", b"seven bridges")])
    await eventually(lambda: "a.txt" in channel.shown()[-1])
    await come_back_to_an_archived_thread(channel)
    await answer_where_the_bot_is_no_member(channel)
    async with channel.adapter() as adapter:
        await adapter.tell(channel.ann.id, "Qwen needs you.")
    await make_up_for_what_was_missed(channel)
    await answer_in_a_thread(channel)
    called = {request.route for request in discord.requests}
    assert called == discord.routes
    assert discord.unknown_routes == []
    assert discord.downloads


async def come_back_to_an_archived_thread(stage: DiscordStage) -> None:
    thread = stage.here.thread("a thread", stage.ann)
    stage.standin.hold_after = 1
    await stage.discord.say(thread, stage.ann, f"{stage.mention}echo {'word ' * 9}")
    await eventually(lambda: stage.standin.held and stage.shown_in(thread))
    thread.archive()
    stage.standin.hold_after = None
    stage.standin.release()
    await eventually(lambda: stage.shown_in(thread) and "▍" not in stage.shown_in(thread)[-1])


async def answer_where_the_bot_is_no_member(stage: DiscordStage) -> None:
    stage.discord.install(stage.ann)
    where = stage.discord.foreign_guild().channel("elsewhere")
    used = await ask(stage, where, "lorem 30000")
    await eventually(lambda: used.followups and used.response and used.response.attachments)
    await eventually(lambda: len([message for message in used.messages if not message.deleted]) == 1)


async def ask(stage: DiscordStage, where: Channel, question: str) -> Interaction:
    return await stage.discord.command(where, stage.ann, "ask", {"question": question})


async def make_up_for_what_was_missed(stage: DiscordStage) -> None:
    private = stage.discord.dm(stage.ann)
    await stage.discord.say(private, stage.ann, "echo in private")
    await eventually(lambda: "in private" in stage.shown_in(private)[-1:])
    await stage.stop()
    await stage.say("echo meanwhile")
    await stage.discord.say(private, stage.ann, "echo meanwhile in private")
    await stage.start()
    await eventually(lambda: "meanwhile" in stage.shown() and "meanwhile in private" in stage.shown_in(private))


async def answer_in_a_thread(stage: DiscordStage) -> None:
    await stage.stop()
    stage.channels = "threads"
    await stage.start()
    await stage.say("echo below")
    await eventually(lambda: stage.shown_on(stage.questions[-1]) == ["below"])


# Telegram


async def test_telegram_serves_what_the_program_calls_and_nothing_else(
    standin: StandIn, database: str, telegram: FakeTelegram
) -> None:
    async with TelegramStage(standin, database, telegram, "private") as stage:
        await wait_in_line(stage)
        await telegram.post(stage.here, stage.ann, "document", caption="look", name="a.txt", data=b"seven bridges")
        await eventually(lambda: "a.txt" in stage.shown()[-1])
        await telegram.say(stage.here, stage.ann, "/export")
        await eventually(lambda: telegram.calls("sendDocument"))
        await stage.say("draw a cat")
        await eventually(lambda: any(AGAIN in label for label in stage.buttons()) and stage.pictures())
        await stage.press(AGAIN)
        await eventually(lambda: telegram.calls("editMessageMedia"))
        group = telegram.supergroup("Friends")
        await telegram.say(group, stage.ann, "/think on")
        await eventually(lambda: stage.shown_in(group))
        await stage.stop()
        stage.forms = Forms(drafts=True, rich="on")
        await stage.start()
        standin.pace, standin.hold_after = 0.01, 12
        await stage.say("lorem 600")
        await eventually(lambda: standin.held and telegram.calls("sendMessageDraft"))
        standin.release()
        await eventually(lambda: telegram.answers(stage.here)[-1].rich)
    assert {request.method for request in telegram.requests} == telegram.methods


# Qwen


async def test_qwen_serves_what_the_program_and_other_clients_call(
    standin: StandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(upload, "POLL_SECONDS", 0.01)
    token, refresh_token = standin.sign_in(seconds=60)
    pasted = Credentials(cookie=f"token={token}; refresh_token={refresh_token}")
    async with QwenClient(standin.url, pasted) as qwen:
        file = Attachment("a.txt", "text/plain", b"seven bridges")
        standin.fault("two_answers")
        started = [event async for event in qwen.ask("hello", None, Options(), [file]) if isinstance(event, Started)]
        head = Head(started[0].chat_id, started[0].response_id)
        assert await qwen.written(head)
        drawn = [event async for event in qwen.ask("draw a cat", None) if isinstance(event, Picture)]
        assert await qwen.picture(drawn[0].url)
        await break_off(qwen, standin)
        assert await qwen.delete(head.chat_id)
    called = {request.route for request in standin.requests}
    assert called | set(OTHER_CLIENTS) == standin.routes
    assert not called & set(OTHER_CLIENTS)


async def break_off(qwen: QwenClient, standin: StandIn) -> None:
    standin.hold_after = 1
    events = qwen.ask("echo a long story", None, Options())
    async for event in events:
        if not isinstance(event, Started):
            break
    await events.aclose()
    await eventually(lambda: not standin.held)


async def test_the_api_serves_what_the_program_and_other_clients_call() -> None:
    async with ApiStandIn() as api, OpenAIClient(api.url, "") as client:
        assert [event async for event in client.ask("hello", None, Options())]
        assert set(api.requests) | set(OTHER_API_CLIENTS) == api.routes
        assert not set(api.requests) & set(OTHER_API_CLIENTS)
