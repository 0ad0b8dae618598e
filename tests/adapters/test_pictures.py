"""Pictures that Qwen makes, shown by the real adapters: below the words, once, in a message that edits change."""

from collections.abc import AsyncIterator, Callable

import pytest

from adapters.sandbox.discord import FakeDiscord
from adapters.sandbox.discord.permissions import Permission
from adapters.sandbox.qwen import StandIn
from adapters.sandbox.qwen.generated_media import png
from adapters.sandbox.telegram import FakeTelegram
from bridge.backends.qwen import download
from tests.actions_contract import AGAIN
from tests.adapters.stages import DiscordStage, TelegramStage
from tests.waiting import eventually

Illustrated = DiscordStage | TelegramStage

WORDS, BELOW = "I will use the image_gen tool.", "Here it is: a red cat."


@pytest.fixture(params=["channel", "private", "topic"])
async def stage(
    request: pytest.FixtureRequest, standin: StandIn, database: str, discord: FakeDiscord, telegram: FakeTelegram
) -> AsyncIterator[Illustrated]:
    if request.param == "channel":
        async with DiscordStage(standin, database, discord, "channel") as in_discord:
            yield in_discord
    else:
        async with TelegramStage(standin, database, telegram, request.param) as in_telegram:
            yield in_telegram


async def drawn(stage: Illustrated, *texts: str) -> None:
    """The words, and the picture below them with the buttons."""
    await stage.hears(*texts)
    await eventually(lambda: [data for _, data in stage.pictures()] == [png()])
    await eventually(lambda: any(AGAIN in label for label in stage.buttons()))


async def test_words_and_a_picture_in_their_order(stage: Illustrated) -> None:
    await stage.say("draw a red cat")
    await drawn(stage, BELOW, "")
    text = stage.shown()[0]
    assert text.index(WORDS) < text.index("a red cat") < text.index(BELOW)
    assert stage.buttons(0) == []
    await stage.say("echo and on")
    await stage.hears(BELOW, "", "and on")


async def test_a_picture_alone_is_an_answer(stage: Illustrated) -> None:
    await stage.say("draw only a cat")
    await drawn(stage, "Picture", "")
    assert sum(request.path.endswith("/completions") for request in stage.standin.requests) == 1


async def test_a_picture_that_is_missing_at_first_is_waited_for(
    stage: Illustrated, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(download, "MISSING_WAITS", (0.01,))
    stage.standin.picture_looks = 2
    await stage.say("draw a red cat")
    await drawn(stage, BELOW, "")


async def test_a_picture_that_cannot_be_had_is_a_link(stage: Illustrated) -> None:
    stage.standin.fault("http_403", on="picture", times=None)
    await stage.say("draw a red cat")
    await stage.hears(BELOW)
    await eventually(lambda: any(AGAIN in label for label in stage.buttons()))
    assert stage.pictures() == []


async def test_a_picture_that_the_platform_does_not_take_is_a_link(stage: Illustrated) -> None:
    if isinstance(stage, DiscordStage):
        stage.here.deny(Permission.ATTACH_FILES)
    else:
        stage.telegram.fault("sendPhoto", code=400, description="Bad Request: IMAGE_PROCESS_FAILED", times=None)
    await stage.say("draw a red cat")
    await stage.hears(BELOW)
    await eventually(lambda: any(AGAIN in label for label in stage.buttons()))
    assert stage.pictures() == []


async def test_a_passing_refusal_is_waited_out(stage: Illustrated) -> None:
    if isinstance(stage, DiscordStage):
        stage.discord.fault("POST", "/channels/*/messages", status=503, after=1)
    else:
        stage.telegram.fault("sendPhoto", code=502, description="Bad Gateway")
    await stage.say("draw a red cat")
    await drawn(stage, BELOW, "")


async def test_another_version_takes_its_place_and_the_way_back_shows_it_again(stage: Illustrated) -> None:
    await stage.say("draw a red cat")
    await drawn(stage, BELOW, "")
    await stage.press(AGAIN)
    await eventually(lambda: any("2/2" in label for label in stage.buttons()))
    await drawn(stage, BELOW, "")
    await stage.press("◀")
    await eventually(lambda: any("1/2" in label for label in stage.buttons()))
    await drawn(stage, BELOW, "")


async def test_an_edited_question_may_take_the_picture_away_and_bring_it_back(stage: Illustrated) -> None:
    await stage.say("draw a red cat")
    await drawn(stage, BELOW, "")
    await stage.edit_question("echo no picture")
    await stage.hears("no picture")
    assert stage.pictures() == []
    await stage.edit_question("draw a red cat")
    await drawn(stage, BELOW, "")


async def test_a_picture_gives_its_place_to_words_and_words_to_a_picture(stage: Illustrated) -> None:
    await stage.say("draw a red cat")
    await drawn(stage, BELOW, "")
    await stage.edit_question(f"echo {'word ' * 1000}end")
    await eventually(lambda: stage.shown()[-1].rstrip().endswith("end"))
    await eventually(lambda: "".join(stage.shown()).count("word") == 1000)
    assert stage.pictures() == []
    await stage.edit_question("draw a red cat")
    await drawn(stage, BELOW, "")


async def test_a_restart_neither_loses_nor_doubles_it(stage: Illustrated) -> None:
    """The process leaves when the words are shown, and the picture has not been taken."""
    broken: Callable[[], object]
    if isinstance(stage, DiscordStage):
        discord = stage.discord
        discord.fault("POST", "/channels/*/messages", status=503, after=1, times=1000)
        broken = lambda: any(request.status == 503 for request in discord.requests)  # noqa: E731
    else:
        telegram = stage.telegram
        telegram.fault("sendPhoto", code=502, description="Bad Gateway", times=None)
        broken = lambda: telegram.calls("sendPhoto")  # noqa: E731
    await stage.say("draw a red cat")
    await eventually(broken)
    await stage.stop()
    assert stage.pictures() == []
    (stage.discord if isinstance(stage, DiscordStage) else stage.telegram).clear_faults()
    await stage.start()
    await drawn(stage, BELOW, "")
    assert sum(request.path.endswith("/completions") for request in stage.standin.requests) == 1


async def test_discord_knows_what_a_picture_shows_and_tells_the_same_picture_by_its_nonce(
    channel: DiscordStage,
) -> None:
    channel.discord.fault("POST", "/channels/*/messages", drop=True, effect=True, after=1)
    await channel.say("draw a red cat")
    await drawn(channel, BELOW, "")
    assert channel.pictures() == [("a red cat", png())]
