"""What Discord refuses of an answer, as a table: the rest is shown, or a sentence says what is missing."""

import re
from collections.abc import Callable
from typing import Any

import pytest

from adapters.sandbox.discord import Permission
from adapters.sandbox.discord.message import DEFAULT
from adapters.sandbox.qwen import reply
from bridge import CannotShow, LinkRefused, RuleRefused, WordsRefused, sentences
from bridge.streaming.chunks import MORE
from tests.adapters.stages import DiscordStage
from tests.waiting import eventually

SENDS, EDITS = "/channels/*/messages", "/channels/*/messages/*"

BAD = "https://knots.example.org/blocked"

Body = dict[str, Any]


def form_error(field: str, code: str, words: str) -> Body:
    """What Discord says of one field of a form that it refuses."""
    return {
        "message": "Invalid Form Body",
        "code": 50035,
        "errors": {field: {"_errors": [{"code": code, "message": words}]}},
    }


def refuse(stage: DiscordStage, status: int, body: Body, match: Callable[[Body], bool] = lambda _: True) -> None:
    """Refuse every message and every edit that matches."""
    for method, path in (("POST", SENDS), ("PATCH", EDITS)):
        stage.discord.fault(method, path, status=status, body=body, times=999, match=match)


def says(words: str) -> Callable[[Body], bool]:
    return lambda body: words in (body.get("content") or "")


def sentence(kind: type[CannotShow]) -> str:
    return kind.sentence.format(platform="Discord")


def whispered(stage: DiscordStage) -> list[str]:
    """What the bot has written to the person in private."""
    return stage.shown_in(stage.discord.dm(stage.ann))


# An optional part is left off

OPTIONAL = {
    "no history": (403, {"message": "Cannot reply without permission", "code": 160002}, "message_reference"),
    "reference": (400, form_error("message_reference", "X", "Cannot reply to a system message"), "message_reference"),
    "buttons": (400, form_error("components", "BUTTON_COMPONENT_INVALID_EMOJI", "Invalid emoji"), "components"),
}


@pytest.mark.parametrize("part", OPTIONAL)
async def test_a_refused_part_is_left_off(channel: DiscordStage, part: str) -> None:
    status, body, field = OPTIONAL[part]
    refuse(channel, status, body, lambda form: bool(form.get(field)))
    await channel.say("echo hello there")
    await channel.hears("hello there")
    if field == "message_reference":
        assert channel.discord.answers(channel.here)[0].type == DEFAULT
        assert channel.buttons(), "nothing else is left off"
    else:
        assert not channel.buttons()


async def test_an_answer_is_no_reply_where_the_bot_may_not_read_the_history(channel: DiscordStage) -> None:
    channel.here.deny(Permission.READ_MESSAGE_HISTORY)
    await channel.say("echo hello there")
    await channel.hears("hello there")


# Words that are refused

WORDS = {
    "harmful link": (400, 240000, LinkRefused),
    "AutoMod": (400, 200000, RuleRefused),
    "explicit content": (400, 20009, WordsRefused),
}


@pytest.mark.parametrize("kind", ["harmful link", "AutoMod"])
async def test_blocked_words_are_tried_again_with_links_that_lead_nowhere(channel: DiscordStage, kind: str) -> None:
    status, code, _ = WORDS[kind]
    refuse(channel, status, {"message": "Blocked", "code": code}, says(BAD))
    channel.standin.hold_after = 12
    await channel.say(f"echo First {BAD} and then " + "on " * 40 + "to the end.")
    await eventually(lambda: "and then" in "".join(channel.shown()) and channel.standin.held)
    channel.standin.release()
    (shown,) = await channel.hears("to the end.")
    assert shown.startswith("First hxxps://knots[.]example[.]org/blocked and then")
    refused = [request for request in channel.discord.requests if request.status == 400]
    assert len(refused) == 1, "not again with each edit"


@pytest.mark.parametrize("kind", WORDS)
async def test_what_was_shown_of_blocked_words_stays_with_a_sentence(channel: DiscordStage, kind: str) -> None:
    status, code, error = WORDS[kind]
    refuse(channel, status, {"message": "Blocked", "code": code}, says("forbidden"))
    channel.standin.hold_after = 3
    await channel.say("echo one two " + "word " * 40 + "forbidden end")
    await eventually(lambda: channel.shown() and channel.standin.held)
    channel.standin.hold_after = None
    channel.standin.release()
    (shown,) = await channel.hears(sentence(error))
    assert shown.startswith("one two")
    assert "Stop" not in channel.buttons()
    await channel.say("echo gladly")
    await eventually(lambda: channel.shown()[-1] == "gladly")


async def test_a_text_too_long_by_another_count_goes_out_in_parts(channel: DiscordStage) -> None:
    too_long = form_error("content", "BASE_TYPE_MAX_LENGTH", "Must be 200 or fewer in length.")
    refuse(channel, 400, too_long, lambda form: len(form.get("content") or "") > 200)
    await channel.say("echo " + "word " * 100 + "end")
    await eventually(lambda: channel.shown() and channel.shown()[-1].endswith("end"))
    assert " ".join(channel.shown()).split() == ["word"] * 100 + ["end"]


# Places that are closed

CLOSED = {
    "kicked": (403, 50001),
    "not allowed": (403, 50013),
    "locked": (403, 160005),
    "slow mode": (400, 20016),
    "gone": (404, 10003),
}


@pytest.mark.parametrize("why", CLOSED)
async def test_who_cannot_be_answered_in_the_place_is_told_in_private(channel: DiscordStage, why: str) -> None:
    status, code = CLOSED[why]
    place = f"/channels/{channel.here.id}/messages"
    channel.discord.fault("POST", place, status=status, body={"message": "No", "code": code}, times=99)
    await channel.say("echo hello there")
    await eventually(lambda: whispered(channel) == [sentences.NOT_WRITTEN])
    assert channel.shown() == []


async def test_an_answer_that_may_not_go_on_ends_with_a_sentence(channel: DiscordStage) -> None:
    """New messages are refused, and edits are not: as in slow mode."""
    body = {"message": "No", "code": 20016}
    channel.discord.fault("POST", f"/channels/{channel.here.id}/messages", status=400, body=body, times=99, after=1)
    await channel.say("lorem 5000")
    (shown,) = await channel.hears(sentence(CannotShow))
    assert len(shown) > 1000
    assert channel.buttons()
    assert whispered(channel) == []


async def test_who_loses_the_bot_in_the_middle_is_told_in_private(channel: DiscordStage) -> None:
    channel.standin.hold_after = 3
    await channel.say("echo one two three four five six seven")
    await eventually(lambda: channel.shown() and channel.standin.held)
    for method, path in (("POST", f"/channels/{channel.here.id}/messages"), ("PATCH", EDITS)):
        channel.discord.fault(method, path, status=403, body={"message": "Missing Access", "code": 50001}, times=99)
    channel.standin.release()
    await eventually(lambda: whispered(channel) == [sentences.NOT_WRITTEN])


async def test_who_asked_in_a_thread_that_is_archived_and_locked_meanwhile_is_told_in_private(
    channel: DiscordStage,
) -> None:
    """Keep what was shown, also when the thread comes back; the next question is answered in it."""
    thread = channel.here.thread("a thread", channel.ann)
    channel.standin.hold_after = 3
    await channel.discord.say(thread, channel.ann, f"{channel.mention}echo one two three four five six seven")
    await eventually(lambda: channel.shown_in(thread) and channel.standin.held)
    thread.archive(locked=True)
    shown = channel.shown_in(thread)
    channel.standin.hold_after = None
    channel.standin.release()
    await eventually(lambda: whispered(channel) == [sentences.NOT_WRITTEN])
    assert (channel.shown_in(thread), thread.archived) == (shown, True)
    thread.archive(archived=False, locked=False)
    await channel.discord.say(thread, channel.ann, f"{channel.mention}echo open again")
    await eventually(lambda: channel.shown_in(thread)[len(shown) :] == ["open again"])
    assert channel.shown_in(thread)[: len(shown)] == shown
    assert len(whispered(channel)) == 1


async def test_who_asks_in_a_locked_thread_that_only_moderators_bring_back_is_told_in_private(
    channel: DiscordStage,
) -> None:
    thread = channel.here.thread("a thread", channel.ann)
    thread.archive(locked=True)
    await channel.discord.say(thread, channel.ann, f"{channel.mention}echo hello there")
    await eventually(lambda: whispered(channel) == [sentences.NOT_WRITTEN])
    assert channel.shown_in(thread) == []
    assert (thread.archived, thread.locked) == (False, True)


# Files

FILES = {
    "not allowed": (403, {"message": "Missing Permissions", "code": 50013}),
    "too large": (413, {"message": "Request entity too large", "code": 40005}),
    "refused form": (400, form_error("attachments", "X", "No")),
}


@pytest.mark.parametrize("why", FILES)
async def test_without_files_a_very_long_answer_takes_all_the_messages_it_needs(
    channel: DiscordStage, why: str
) -> None:
    status, body = FILES[why]
    refuse(channel, status, body, lambda form: bool(form.get("attachments")))
    expected = re.findall(r"Sentence \d+", reply("lorem 12000", []))
    await channel.say("lorem 12000")
    await eventually(lambda: re.findall(r"Sentence \d+", "\n".join(channel.shown())) == expected)
    await eventually(lambda: not any(MORE in text for text in channel.shown()))
    assert [number for number in range(len(channel.shown())) if channel.buttons(number)] == [len(channel.shown()) - 1]
    assert "Stop" not in channel.buttons()


async def test_an_export_that_cannot_be_sent_is_no_empty_promise(channel: DiscordStage) -> None:
    await channel.say("echo hello")
    await channel.hears("hello")
    body = {"message": "Request entity too large", "code": 40005}
    channel.discord.fault("POST", "/interactions/**", status=413, body=body)
    channel.discord.fault("POST", "/webhooks/**", status=413, body=body)
    assert await channel.type_command("export") == sentences.FILES_REFUSED


@pytest.mark.parametrize("shown", [False, True], ids=["before its first word", "while it grows"])
async def test_an_answer_in_a_thread_that_was_locked_meanwhile_is_told_of_in_private(
    channel: DiscordStage, *, shown: bool
) -> None:
    thread = channel.here.thread("a thread", channel.ann)
    channel.standin.hold_after = 3 if shown else 0
    await channel.discord.say(thread, channel.ann, f"{channel.mention}echo one two {'word ' * 40}end")
    await eventually(lambda: channel.standin.held and bool(channel.shown_in(thread)) >= shown)
    before = channel.shown_in(thread)
    thread.archive(locked=True)
    channel.standin.hold_after = None
    channel.standin.release()
    await eventually(lambda: whispered(channel) == [sentences.NOT_WRITTEN])
    assert thread.archived, "who locked it decides when it opens"
    assert shown or channel.shown_in(thread) == before
    thread.archive(archived=False, locked=False)
    await channel.discord.say(thread, channel.ann, f"{channel.mention}echo and on it goes")
    await eventually(lambda: channel.shown_in(thread)[-1:] == ["and on it goes"])
