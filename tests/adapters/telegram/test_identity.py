"""Who somebody is on Telegram that writes in the name of a chat: a channel, or the group itself."""

from collections.abc import AsyncIterator

import pytest

from adapters.sandbox.qwen import StandIn
from adapters.sandbox.telegram import FakeTelegram
from bridge.access import Access, Limits
from bridge.i18n import sentences
from tests.adapters.stages import TelegramStage
from tests.waiting import eventually

CHANNEL_BOT = "telegram:user:136817688"


@pytest.fixture
async def stage(standin: StandIn, database: str, telegram: FakeTelegram) -> AsyncIterator[TelegramStage]:
    stage = TelegramStage(standin, database, telegram, "group")
    yield stage
    await stage.stop()


@pytest.mark.parametrize("by_name", [True, False])
async def test_who_writes_as_a_denied_channel_is_denied_also_in_edits(stage: TelegramStage, *, by_name: bool) -> None:
    news = stage.telegram.channel("News")
    stage.access = Access(deny=frozenset({f"telegram:chat:{news.id}" if by_name else CHANNEL_BOT}))
    await stage.start()
    said = await stage.telegram.say(stage.here, stage.ann, "/ask echo one", sender_chat=news)
    await stage.hears(sentences.NOT_ALLOWED)
    await stage.telegram.edit(said, "/ask echo two")
    await stage.say("echo three")
    await stage.hears(sentences.NOT_ALLOWED, "three")


async def test_a_channel_is_no_admin_and_has_a_budget_of_its_own(stage: TelegramStage) -> None:
    stage.limits = Limits(day=1)
    await stage.start()
    news = stage.telegram.channel("News")
    for word in ("/ask echo one", "/ask echo two", "/think on"):
        await stage.telegram.say(stage.here, stage.ann, word, sender_chat=news)
    spent = sentences.BUDGET_SPENT.partition("{")[0]
    await eventually(lambda: len(stage.shown()) == 3)
    assert sorted(text.partition("24")[0] for text in stage.shown()) == sorted(["one", spent, sentences.ADMINS_ONLY])
    await stage.say("echo three")
    await eventually(lambda: stage.shown()[-1] == "three")


async def test_an_anonymous_admin_has_the_budget_of_the_group(stage: TelegramStage) -> None:
    stage.limits = Limits(day=1)
    await stage.start()
    for word in ("one", "two"):
        await stage.telegram.say(stage.here, stage.ann, f"/ask echo {word}", sender_chat=stage.here)
    refused = sentences.BUDGET_SPENT.format(time="24 h")
    await eventually(lambda: sorted(stage.shown()) == sorted(["one", refused]))


async def test_what_a_linked_channel_posts_by_itself_asks_nothing(stage: TelegramStage) -> None:
    stage.telegram.privacy_mode = False
    await stage.start()
    await stage.telegram.comment_on(stage.here, stage.telegram.channel("News"), f"@{stage.name} echo one")
    await stage.say("echo two")
    await stage.hears("two")
