"""The commands on Discord: how they are listed, typed, answered and confirmed."""

import discord
import pytest

from adapters.discord import commands
from adapters.discord.incoming import are_valid_ids, language_of
from adapters.sandbox.discord import FakeDiscord, Flag
from adapters.sandbox.qwen import StandIn
from bridge import TABLE
from bridge.i18n import sentences
from tests.adapters.stages import DiscordStage
from tests.waiting import eventually

PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 64


async def offered(stage: DiscordStage) -> None:
    """The commands are registered."""
    await eventually(lambda: stage.discord.commands)


async def test_every_command_is_registered_once_for_all_places(channel: DiscordStage) -> None:
    await offered(channel)
    known = {str(one["name"]): one for one in channel.discord.commands}
    assert set(known) == {command.name for command in TABLE} | {sentences.ASK_QWEN}
    assert all(one["contexts"] == [0, 1, 2] and one["integration_types"] == [0, 1] for one in known.values())
    await channel.stop()
    await channel.start()
    await channel.say("echo here")
    await channel.hears("here")
    await eventually(lambda: len(channel.discord.asked("GET", "/applications/*/commands")) == 2)
    assert channel.discord.command_writes == 1


async def test_commands_are_described_in_each_language_of_the_bridge(channel: DiscordStage) -> None:
    await offered(channel)
    help_of = next(one for one in channel.discord.commands if one["name"] == "help")
    told = help_of["description_localizations"]
    assert isinstance(told, dict)
    assert set(told) == {"de", "es-419", "es-ES", "fr", "it", "ja", "pt-BR", "ru", "tr", "uk", "zh-CN", "zh-TW"}
    assert (told["zh-CN"], told["zh-TW"]) == ("显示如何与我对话，以及各个命令", "顯示如何與我對話，以及各個指令")


async def test_changed_commands_are_written_anew(channel: DiscordStage, monkeypatch: pytest.MonkeyPatch) -> None:
    await offered(channel)
    await channel.stop()
    monkeypatch.setattr(commands, "translated", lambda text, language: f"auf {text}" if language == "de" else text)
    await channel.start()
    await eventually(lambda: channel.discord.command_writes == 2)
    ask = next(one for one in channel.discord.commands if one["name"] == "ask")
    assert ask["description_localizations"] == {"de": "auf ask Qwen"}


async def test_questions_are_answered_where_commands_cannot_be_registered(
    standin: StandIn, database: str, discord: FakeDiscord
) -> None:
    discord.fault("GET", "/applications/*/commands", status=403, body={"code": 50001, "message": "Missing Access"})
    async with DiscordStage(standin, database, discord, "channel") as stage:
        await stage.say("echo still")
        await stage.hears("still")


async def test_ask_says_the_question_aloud_and_is_answered_like_any_other(channel: DiscordStage) -> None:
    await offered(channel)
    await channel.discord.command(channel.here, channel.ann, "ask", {"question": "echo aloud"})
    await channel.hears("> echo aloud", "aloud")
    question, answer = channel.discord.answers(channel.here)
    assert answer.reference == question.id
    assert channel.buttons() == [f"🔄 {sentences.REGENERATE}"]
    await channel.say("two")
    await channel.hears("", "", "last question was “Ann: echo aloud”")


async def test_what_is_private_is_whispered_and_what_concerns_all_is_said_aloud(channel: DiscordStage) -> None:
    await channel.type_command("status")
    assert channel.shown() == []
    assert await channel.type_command("new") == sentences.BEGUN
    assert channel.shown() == [sentences.BEGUN]


async def test_options_are_for_admins_in_a_server(channel: DiscordStage) -> None:
    assert await channel.type_command("think", "on", by="bob") == sentences.ADMINS_ONLY
    assert "is on" in await channel.type_command("think", "on")


async def test_a_model_is_found_while_its_name_is_typed(channel: DiscordStage) -> None:
    await offered(channel)
    found = await channel.discord.type_option(channel.here, channel.ann, "model", "model", "max")
    assert found
    assert all("max" in str(offer["value"]) for offer in found)
    assert str(found[0]["value"]) in await channel.type_command("model", str(found[0]["value"]))


async def test_a_choice_is_a_button(channel: DiscordStage) -> None:
    await offered(channel)
    used = await channel.discord.command(channel.here, channel.ann, "search")
    message = await channel.discord.answer(used)
    assert [button.label for button in message.buttons] == [sentences.ON, sentences.OFF]
    pressed = await channel.discord.press(message, channel.ann, "on")
    assert (await channel.discord.answer(pressed)).content == "Web search is on."


async def test_forgetting_is_confirmed_first(channel: DiscordStage) -> None:
    await channel.say("one")
    await channel.hears("no earlier turns")
    await offered(channel)
    used = await channel.discord.command(channel.here, channel.ann, "forget")
    message = await channel.discord.answer(used)
    assert message.flags & Flag.EPHEMERAL
    pressed = await channel.discord.press(message, channel.ann, sentences.FORGET_YES)
    assert (await channel.discord.answer(pressed)).content in (sentences.FORGOTTEN, sentences.FORGOTTEN_HERE)
    await channel.say("two")
    await eventually(lambda: "no earlier turns" in channel.shown()[-1] and len(channel.shown()) == 3)


async def test_the_conversation_is_exported_as_files(channel: DiscordStage) -> None:
    await channel.say("echo keep")
    await channel.hears("keep")
    await offered(channel)
    used = await channel.discord.command(channel.here, channel.ann, "export")
    message = await channel.discord.answer(used)
    assert [file.filename for file in message.attachments] == ["conversation.md", "conversation.json"]
    assert message.flags & Flag.EPHEMERAL
    assert any(b'"echo keep"' in data for data in channel.discord.state.files.values())


async def test_a_message_is_asked_about_from_its_menu(channel: DiscordStage) -> None:
    await offered(channel)
    bob = channel.person("bob")
    said = await channel.discord.say(channel.here, bob, "seven bridges")
    await channel.discord.menu(said, channel.ann, sentences.ASK_QWEN)
    await channel.hears(sentences.LOOK_AT, sentences.LOOK_AT)
    assert "Bob wrote:\n> seven bridges" in channel.standin.requests[-1].body["messages"][0]["content"]
    cat = await channel.discord.say(channel.here, bob, "", attachments=[("cat.png", PNG)])
    await channel.discord.menu(cat, channel.ann, sentences.ASK_QWEN)
    await channel.hears("", "", sentences.LOOK_AT, "cat.png")
    empty = await channel.discord.say(channel.here, bob, "")
    used = await channel.discord.menu(empty, channel.ann, sentences.ASK_QWEN)
    assert (await channel.discord.answer(used)).content == sentences.NO_WORDS


async def test_a_slow_command_is_acknowledged_in_time(channel: DiscordStage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("adapters.discord.interactions.ACKNOWLEDGE_SECONDS", 0.0)
    assert sentences.MODEL in await channel.type_command("status")
    (used,) = channel.discord.interactions.all
    assert used.deferred


@pytest.mark.parametrize("odd", [None, 7, ["de"], {"a": 1}])
def test_a_language_that_is_none_is_no_language(odd: object) -> None:
    assert language_of(discord.enums.try_enum(discord.Locale, odd)) == ""
    assert language_of(discord.Locale.german) == "de"


@pytest.mark.parametrize("odd", [2**63, 10**30, -1, "7", [7]])
def test_ids_that_cannot_be_sent_back_are_not_believed(odd: object) -> None:
    assert are_valid_ids(7, None, 2**63 - 1)
    assert not are_valid_ids(7, odd)
