"""The buttons under answers on Discord: who may press them, what is forged, and what they cost."""

import pytest

from adapters.discord.buttons import answer_buttons, choice_buttons
from adapters.sandbox.discord.components import BUTTON
from bridge import Choice, Controls, shortened
from bridge.i18n import sentences
from tests.adapters.stages import EDIT, DiscordStage
from tests.waiting import eventually


async def test_only_who_asked_and_admins_may_press(channel: DiscordStage) -> None:
    await channel.say_as("bob", "echo his")
    await channel.hears("his")
    await channel.say("echo mine")
    await channel.hears("his", "mine")
    assert await channel.press("🔄", by="bob") == sentences.NOT_YOURS
    (whisper,) = channel.discord.whispers(channel.person("bob"))
    assert whisper.content == sentences.NOT_YOURS
    assert channel.shown() == ["his", "mine"]
    assert await channel.press("🔄", answer=0) == ""


@pytest.mark.parametrize(
    "forged",
    ["qb:again:999", "qb:show:1", "qb:stop:-1", "qb:again:", "qb:show:" + "9" * 40, "qb", "else:stop:1", "qb:²"],
)
async def test_what_a_forged_button_says_changes_nothing(channel: DiscordStage, forged: str) -> None:
    await channel.say("echo mine")
    await channel.hears("mine")
    (answer,) = channel.discord.answers(channel.here)
    foreign = await channel.discord.say(channel.here, channel.ann, "no answer")
    foreign.author, foreign.components = channel.discord.bot, answer.components
    for part in (one for row in answer.components for one in row["components"]):  # type: ignore[index]
        part["custom_id"] = forged
    asked = len(channel.standin.requests)
    foreign.id = str(int(foreign.id) - (60_000 << 22))
    used = await channel.discord.press(foreign, channel.ann, forged)
    assert await channel.told(used) == sentences.NOT_HERE
    assert len(channel.standin.requests) == asked
    assert channel.shown()[0] == "mine"


async def test_a_button_works_while_the_library_holds_back_that_it_is_there(channel: DiscordStage) -> None:
    channel.discord.limit(sends=(1, 1.0))
    channel.standin.hold_after = 3
    await channel.say("one")
    await eventually(lambda: channel.standin.held and channel.shown())
    assert await channel.press("⏹") == ""
    channel.standin.hold_after = None
    await channel.hears(sentences.STOPPED)


async def test_an_edit_does_not_send_the_same_buttons_again(channel: DiscordStage) -> None:
    channel.standin.pace = 0.02
    await channel.say("lorem 1200")
    await eventually(lambda: channel.buttons() == [f"🔄 {sentences.REGENERATE}"] if channel.shown() else False)
    edits = channel.discord.asked("PATCH", EDIT)
    assert len(edits) > 2
    assert sum("components" in edit.form for edit in edits) == 1


async def test_the_first_pieces_of_a_long_answer_have_no_buttons(channel: DiscordStage) -> None:
    await channel.say("lorem 5000")
    await eventually(lambda: len(channel.shown()) >= 3 and any("Regenerate" in label for label in channel.buttons()))
    assert all(channel.buttons(number) == [] for number in range(len(channel.shown()) - 1))


async def test_buttons_speak_the_language_of_who_asked(channel: DiscordStage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("adapters.discord.buttons.translated", lambda text, language: f"{text} ({language})")
    await channel.say("echo one")
    await eventually(lambda: channel.shown() and channel.buttons() == ["🔄 Regenerate (en-US)"])
    channel.ann.locale = "de"
    await eventually(lambda: channel.discord.commands)
    await channel.discord.command(channel.here, channel.ann, "ask", {"question": "echo two"})
    await eventually(lambda: channel.buttons() == ["🔄 Regenerate (de)"])


async def test_arrows_end_at_the_first_and_the_last_version() -> None:
    shown = answer_buttons(Controls(7, versions=(3, 7)), "")
    labels = [(button.label, button.disabled) for button in shown.children]  # type: ignore[attr-defined]
    assert labels == [("🔄 Regenerate", False), ("◀", False), ("2/2", True), ("▶", True)]
    assert shown.is_finished()


async def test_what_does_not_fit_into_a_button_is_shortened() -> None:
    view = choice_buttons([Choice("one", "model", "one"), Choice("l" * 99, "model", "x" * 100)], "")
    assert view is not None
    assert [str(getattr(each, "custom_id", "")) for each in view.children] == [
        "qb:do:model:one",
        f"qb:do:model:{shortened('x' * 100)}",
    ]
    assert choice_buttons([], "") is None


@pytest.mark.parametrize("forged", ["qb:do:help:", "qb:do:status:", "qb:do:nonsense:", "qb:do::", "qb:do:forget:yes"])
async def test_a_choice_that_the_message_does_not_offer_is_refused(channel: DiscordStage, forged: str) -> None:
    await channel.say("echo mine")
    await channel.hears("mine")
    (answer,) = channel.discord.answers(channel.here)
    pressed = {"custom_id": forged, "component_type": BUTTON, "id": 1}
    used = channel.discord.interactions.touch(answer, channel.person("bob"), pressed)
    assert await channel.told(used) == sentences.NOT_HERE
    assert channel.shown() == ["mine"]


def test_what_was_left_is_gone_on_with() -> None:
    (button,) = answer_buttons(Controls(7, left=True), "de").to_components()[0]["components"]
    assert (button["label"], button["custom_id"]) == ("▶️ Weiter", "qb:again:7")
