"""Who may talk, as each platform tells who somebody is."""

import pytest
from structlog.testing import capture_logs

from adapters.cli import composition
from adapters.cli.settings import Settings
from adapters.sandbox.discord import Event, FakeDiscord
from adapters.sandbox.discord.events import Intent
from adapters.sandbox.discord.message import Message
from adapters.sandbox.qwen import StandIn
from adapters.sandbox.telegram import FakeTelegram
from bridge import Author, ConversationKey, Incoming, Invocation
from bridge.access import Access, Limits, words
from bridge.backends.qwen import QwenClient
from bridge.i18n import sentences
from bridge.store import Store
from tests.adapters.stages import DiscordStage, TelegramStage
from tests.harness import FakeAdapter, FakeReply
from tests.waiting import eventually

UNKNOWN_GUILD = 987_654_321_000_000_000


async def restart(stage: DiscordStage | TelegramStage, access: Access) -> None:
    """The operator changed who may talk."""
    await stage.stop()
    stage.access = access
    await stage.start()


async def test_a_role_is_let_in_and_others_are_told(standin: StandIn, database: str, discord: FakeDiscord) -> None:
    stage = DiscordStage(standin, database, discord, "channel")
    role = stage.guild.role("readers", stage.ann)
    stage.access = Access(allow=words(f"discord:role:{role.id}", Settings.kinds()))
    async with stage:
        await stage.discord.say(stage.here, stage.discord.user("bob"), f"{stage.mention}echo let me in")
        await stage.hears(sentences.NOT_ALLOWED)
        await stage.say("echo welcome")
        await stage.hears(sentences.NOT_ALLOWED, "welcome")
        await stage.discord.say(stage.discord.dm(stage.ann), stage.ann, "echo no roles here")
        await eventually(lambda: stage.shown_in(stage.discord.dm(stage.ann)) == [sentences.NOT_ALLOWED])


async def test_a_server_and_a_threads_parent_are_known(standin: StandIn, database: str, discord: FakeDiscord) -> None:
    discord.message_content = True
    stage = DiscordStage(standin, database, discord, "thread")
    stage.access = Access(allow=words(f"discord:guild:{stage.guild.id}", Settings.kinds()))
    async with stage:
        await stage.say("echo one")
        await stage.hears("one")
        await restart(stage, Access(deny=words(f"discord:channel:{stage.general.id}", Settings.kinds())))
        await stage.discord.say(stage.here, stage.ann, "echo to nobody")
        await stage.say_elsewhere("echo elsewhere")
        await eventually(lambda: stage.shown_elsewhere() == ["elsewhere"])
        called = await stage.discord.say(stage.here, stage.ann, f"{stage.mention}echo two")
        await stage.hears("one", sentences.NOT_ALLOWED)
        assert stage.discord.answers(stage.here)[-1].reference == called.id


def of_unknown_guild(stage: DiscordStage, text: str) -> None:
    """Ann writes in a server of which the gateway has told nothing (an outage there, a lost event)."""
    written = Message(stage.here, stage.discord.state.ids.new(), stage.ann, text)
    written.mentions = [stage.discord.bot] if stage.mention in text else []
    stage.here.messages.append(written)
    payload = written.payload(open_=True) | {"guild_id": UNKNOWN_GUILD}
    stage.discord.state.emit(Event("MESSAGE_CREATE", payload, Intent.GUILD_MESSAGES, stage.guild.id, payload))


async def test_a_message_of_a_server_that_is_not_known_is_no_direct_one_and_its_author_no_admin(
    channel: DiscordStage,
) -> None:
    of_unknown_guild(channel, "echo for nobody")
    of_unknown_guild(channel, f"{channel.mention}echo one")
    await channel.hears("one")
    bodies = [request.body for request in channel.standin.requests if isinstance(request.body, dict)]
    (prompt,) = [body["messages"][0]["content"] for body in bodies if "messages" in body]
    assert prompt.endswith(": echo one"), "several people talk there"


async def test_a_server_that_is_not_known_can_be_denied(standin: StandIn, database: str, discord: FakeDiscord) -> None:
    stage = DiscordStage(standin, database, discord, "channel")
    stage.access = Access(deny=words(f"discord:guild:{UNKNOWN_GUILD}", Settings.kinds()))
    async with stage:
        of_unknown_guild(stage, f"{stage.mention}echo one")
        await stage.hears(sentences.NOT_ALLOWED)


async def test_a_chat_is_denied_and_others_are_not(standin: StandIn, database: str, telegram: FakeTelegram) -> None:
    stage = TelegramStage(standin, database, telegram, "group")
    stage.access = Access(deny=words(f"telegram:{stage.here.id}", Settings.kinds()))
    async with stage:
        await stage.telegram.say(stage.elsewhere, stage.telegram.user("Cleo"), "echo privately")
        await stage.say("echo in the group")
        await stage.hears(sentences.NOT_ALLOWED)
        await eventually(lambda: stage.shown_elsewhere() == ["privately"])
        await restart(stage, Access(allow=words(f"telegram:user:{stage.ann.id}", Settings.kinds())))
        await stage.say("echo by name")
        await stage.hears(sentences.NOT_ALLOWED, "by name")


async def test_a_spent_budget_says_when_it_opens(standin: StandIn, database: str, telegram: FakeTelegram) -> None:
    stage = TelegramStage(standin, database, telegram, "private")
    stage.limits = Limits(hour=1)
    async with stage:
        await stage.say("echo one")
        await stage.hears("one")
        await stage.say("echo two")
        await stage.hears("one", sentences.BUDGET_SPENT.format(time="60 min"))


async def test_what_is_not_answered_is_not_said_aloud(standin: StandIn, database: str, discord: FakeDiscord) -> None:
    stage = DiscordStage(standin, database, discord, "channel")
    stage.access = Access(deny=words(f"discord:user:{stage.ann.id}", Settings.kinds()))
    async with stage:
        await eventually(lambda: discord.commands)
        for question in ("one", "two"):
            asked = {"question": question}
            told = await discord.answer(await discord.command(stage.here, stage.ann, "ask", asked))
            assert told.content == sentences.NOT_ALLOWED
            assert told.ephemeral
        assert stage.shown_in(stage.here) == []


async def test_a_slash_command_without_a_budget_is_told_once_and_then_marked(
    standin: StandIn, database: str, discord: FakeDiscord
) -> None:
    stage = DiscordStage(standin, database, discord, "channel")
    stage.limits = Limits(hour=1)
    spent = sentences.BUDGET_SPENT.format(time="60 min")
    async with stage:
        await eventually(lambda: discord.commands)
        await discord.command(stage.here, stage.ann, "ask", {"question": "echo one"})
        await stage.hears("> echo one", "one")
        await discord.command(stage.here, stage.ann, "ask", {"question": "two"})
        await stage.hears("> echo one", "one", "> two", spent)
        used = await discord.command(stage.here, stage.ann, "ask", {"question": "three"})
        told = await discord.answer(used)
        assert (told.content, told.ephemeral) == ("⏳", True)
        await stage.hears("> echo one", "one", "> two", spent)


HERE, ANN = ConversationKey("discord", "1"), Author("1", "Ann")


@pytest.mark.parametrize(
    ("setting", "value", "said"),
    [
        ("GROUP_OPTIONS", "admins", sentences.ADMINS_ONLY),
        ("GROUP_OPTIONS", "all", sentences.SYSTEM_SET),
        ("ADMINS", "discord:1", sentences.SYSTEM_SET),
        ("DENY", "discord:1", sentences.NOT_ALLOWED),
    ],
)
async def test_the_settings_reach_the_bridge(
    store: Store, qwen: QwenClient, monkeypatch: pytest.MonkeyPatch, setting: str, value: str, said: str
) -> None:
    monkeypatch.setenv(setting, value)
    bridge = composition.bridge(Settings.read(), store, qwen, terminal=False)
    assert (await bridge.command(Invocation(HERE, ANN, "system", "be brief", shared=True))).text == said


async def test_the_notice_reaches_the_bridge(store: Store, qwen: QwenClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NOTICE", "Be kind.")
    bridge = composition.bridge(Settings.read(), store, qwen, terminal=False)
    assert "\n\nBe kind.\n\n" in (await bridge.command(Invocation(HERE, ANN, "help"))).text


@pytest.mark.parametrize(("value", "count"), [("1", 1), ("0", 0)])
async def test_buttons_can_be_switched_off(
    store: Store, qwen: QwenClient, monkeypatch: pytest.MonkeyPatch, value: str, count: int
) -> None:
    monkeypatch.setenv("BUTTONS", value)
    bridge = composition.bridge(Settings.read(), store, qwen, terminal=False)
    reply = FakeReply()
    await bridge.serve(FakeAdapter(reply))
    await bridge.receive(Incoming(ConversationKey("test", "here"), "q", ANN, "echo one"))
    await eventually(lambda: reply.now() == ["one"] and bridge.idle)
    await bridge.stop(1)
    assert len(reply.controls) == count


async def test_a_start_says_that_everybody_may_talk_until_the_operator_closes_it(
    store: Store, qwen: QwenClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def logged(*, terminal: bool) -> list[str]:
        with capture_logs() as logs:
            composition.bridge(Settings.read(), store, qwen, terminal=terminal)
        return [line["event"] for line in logs]

    assert logged(terminal=False) == [composition.OPEN]
    assert logged(terminal=True) == []
    monkeypatch.setenv("ALLOW", "discord:1")
    assert logged(terminal=False) == []
