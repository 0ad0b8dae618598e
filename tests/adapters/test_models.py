"""The choice among 400 models on the real adapters: pages, searches and the closest ones, never a wall of names."""

from collections.abc import AsyncIterator

import pytest

from adapters.sandbox.discord import Message
from adapters.sandbox.qwen import StandIn, catalog
from adapters.sandbox.telegram import FakeTelegram
from adapters.sandbox.telegram import Message as TelegramMessage
from bridge import shortened
from bridge.i18n import sentences
from tests.adapters.stages import DiscordStage, TelegramStage
from tests.waiting import eventually

NAMES = [f"vendor-{number}/some-model-with-a-name-{number}b-instruct-2507:free" for number in range(399)]
LAST = "acme/a-model-whose-name-is-far-too-long-for-the-data-of-any-button-" + "x" * 60
MODELS = [*NAMES, LAST]
FIRST_PAGE = [f"✓ {NAMES[0]}", *NAMES[1:10]]
"""The labels of the first ten, of which the first one answers."""


@pytest.fixture(autouse=True)
def many(monkeypatch: pytest.MonkeyPatch) -> None:
    """The server lists 400 models."""
    info = {"is_active": True, "is_visitor_active": True}
    listed = [{"id": name, "name": name, "info": {"id": name, **info}} for name in MODELS]
    monkeypatch.setattr(catalog, "MODELS", listed)
    monkeypatch.setattr(catalog, "FOR_GUESTS", frozenset(MODELS))


@pytest.fixture
async def group(standin: StandIn, database: str, telegram: FakeTelegram) -> AsyncIterator[TelegramStage]:
    async with TelegramStage(standin, database, telegram, "group") as opened:
        yield opened


@pytest.fixture
async def private(standin: StandIn, database: str, telegram: FakeTelegram) -> AsyncIterator[TelegramStage]:
    async with TelegramStage(standin, database, telegram, "private") as opened:
        yield opened


# Telegram


def rows(message: TelegramMessage) -> list[list[str]]:
    """The labels of the buttons, row by row."""
    keyboard = (message.reply_markup or {}).get("inline_keyboard")
    assert isinstance(keyboard, list)
    return [[button["text"] for button in row] for row in keyboard]


async def test_a_mistyped_model_on_telegram_gets_the_closest_few(private: TelegramStage) -> None:
    said = await private.type_command("model", "nonsense")
    assert said == sentences.NO_SUCH_MODEL.format(count=400)
    assert len(private.buttons()) == 5
    await private.type_command("model", "vendor-7/some-model-with-name-7b")
    assert private.buttons()[0] == NAMES[7]
    assert all(request.status == 200 for request in private.telegram.requests if request.status)


async def test_pages_on_telegram_are_turned_in_the_same_message(private: TelegramStage) -> None:
    said = await private.type_command("model")
    assert sentences.FIND_MODEL.format(count=400).replace("`", "") in said
    assert rows(private.answer(-1)) == [*([name] for name in FIRST_PAGE), ["2/40 ▶"]]
    await private.press("2/40 ▶")
    await eventually(lambda: rows(private.answer(-1)) == [*([name] for name in NAMES[10:20]), ["◀ 1/40", "3/40 ▶"]])
    await private.press("◀ 1/40")
    await eventually(lambda: rows(private.answer(-1))[0] == FIRST_PAGE[:1])
    assert len(private.shown()) == 1


async def test_a_part_of_the_name_narrows_on_telegram_and_a_button_chooses(private: TelegramStage) -> None:
    said = await private.type_command("model", "VENDOR-39 instruct")
    assert said == sentences.MODELS_FOUND.format(found=10, count=400)
    assert private.buttons() == [NAMES[39], *NAMES[390:399]]
    await private.press(NAMES[395])
    chosen = sentences.MODEL_CHOSEN.format(model=NAMES[395]).replace("`", "")
    await eventually(lambda: private.shown() == [chosen])
    await private.say("echo hello")
    await private.hears(chosen, "hello")
    assert private.standin.requests[-1].body["model"] == NAMES[395]


async def test_a_search_has_pages_and_long_names_have_buttons_on_telegram(private: TelegramStage) -> None:
    await private.type_command("model", "acme")
    assert [button.data for button in private.answer(-1).buttons] == [f"qb:do:model:{shortened(LAST)}"]
    await private.press(LAST)
    await eventually(lambda: LAST in private.shown()[-1])
    await private.type_command("model", "some-model")
    await private.press("2/40 ▶")
    await eventually(lambda: private.buttons()[0] == NAMES[10])


async def test_everybody_in_a_telegram_group_may_look_and_the_current_model_is_marked(group: TelegramStage) -> None:
    await group.type_command("model", by="Bob")
    assert group.buttons() == [*FIRST_PAGE, "2/40 ▶"]
    assert await group.press(NAMES[0], by="Bob") == sentences.ADMINS_ONLY
    assert await group.press("2/40", by="Bob") == ""


# Discord


def labels(message: Message) -> list[str]:
    return [button.label for button in message.buttons]


async def test_on_discord_names_are_found_while_they_are_typed(channel: DiscordStage) -> None:
    await eventually(lambda: channel.discord.commands)
    found = await channel.discord.type_option(channel.here, channel.ann, "model", "model", "free VENDOR-39")
    assert [offer["value"] for offer in found] == [NAMES[39], *NAMES[390:399]]
    assert len(await channel.discord.type_option(channel.here, channel.ann, "model", "model", "")) == 25
    assert await channel.discord.type_option(channel.here, channel.ann, "model", "model", "acme") == []


async def test_a_mistyped_model_on_discord_gets_the_closest_few_to_press(channel: DiscordStage) -> None:
    await eventually(lambda: channel.discord.commands)
    used = await channel.discord.command(channel.here, channel.ann, "model", {"model": "nonsense"})
    message = await channel.discord.answer(used)
    assert message.content == sentences.NO_SUCH_MODEL.format(count=400)
    assert len(labels(message)) == 5
    name = labels(message)[0]
    pressed = await channel.discord.press(message, channel.ann, name)
    assert (await channel.discord.answer(pressed)).content == sentences.MODEL_CHOSEN.format(model=name)


async def test_pages_on_discord_are_turned(channel: DiscordStage) -> None:
    await eventually(lambda: channel.discord.commands)
    used = await channel.discord.command(channel.here, channel.ann, "model")
    message = await channel.discord.answer(used)
    assert sentences.FIND_MODEL.format(count=400) in message.content
    assert labels(message) == [*FIRST_PAGE, "2/40 ▶"]
    pressed = await channel.discord.press(message, channel.ann, "2/40 ▶")
    await eventually(lambda: labels(message) == [*NAMES[10:20], "◀ 1/40", "3/40 ▶"])
    assert pressed.acknowledged is not None


async def test_everybody_in_a_discord_channel_may_look_and_the_current_model_is_marked(channel: DiscordStage) -> None:
    await eventually(lambda: channel.discord.commands)
    bob = channel.person("bob")
    message = await channel.discord.answer(await channel.discord.command(channel.here, bob, "model"))
    assert labels(message)[:2] == FIRST_PAGE[:2]
    await channel.discord.press(message, bob, NAMES[1])
    await eventually(lambda: message.content == sentences.ADMINS_ONLY)
    chosen = await channel.discord.command(channel.here, channel.ann, "model", {"model": NAMES[1]})
    await channel.discord.answer(chosen)
    message = await channel.discord.answer(await channel.discord.command(channel.here, bob, "model"))
    assert labels(message)[:2] == [NAMES[0], f"✓ {NAMES[1]}"]
