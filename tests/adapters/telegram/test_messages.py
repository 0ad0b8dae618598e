"""What messages of Telegram bring with them, and the chats they come from: what only Telegram has."""

from collections.abc import AsyncIterator

import pytest

from adapters.sandbox.qwen import StandIn
from adapters.sandbox.telegram import FakeTelegram
from bridge.i18n import sentences
from tests.adapters.stages import TelegramStage
from tests.waiting import eventually

PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 64


@pytest.fixture
async def group(standin: StandIn, database: str, telegram: FakeTelegram) -> AsyncIterator[TelegramStage]:
    telegram.privacy_mode = False
    async with TelegramStage(standin, database, telegram, "group") as opened:
        yield opened


def asked(stage: TelegramStage) -> list[str]:
    """Return what Qwen was asked, in order."""
    bodies = [request.body for request in stage.standin.requests if isinstance(request.body, dict)]
    return [body["messages"][0]["content"] for body in bodies if "messages" in body]


async def post_album(stage: TelegramStage, caption: str) -> None:
    """Two pictures, the first with words."""
    for words in (caption, ""):
        await stage.telegram.post(stage.here, stage.ann, "photo", words, album="album", data=PNG)


# What questions bring with them


async def test_a_reply_to_somebody_else_quotes_them(group: TelegramStage) -> None:
    bob = group.person("Bob")
    said = await group.telegram.say(group.here, bob, "Seven bridges, and nobody crossed them all.")
    await group.telegram.say(group.here, group.ann, "/ask is that so?", reply_to=said)
    await group.hears("no earlier turns")
    assert asked(group) == ["Bob wrote:\n> Seven bridges, and nobody crossed them all.\n\nAnn: is that so?"]
    await group.telegram.say(group.here, group.ann, "/ask and that?", reply_to=said, quote="Seven bridges")
    await group.hears("", "1 earlier turn")
    assert asked(group)[-1] == "Bob wrote:\n> Seven bridges\n\nAnn: and that?"


async def test_an_album_is_one_question(private: TelegramStage) -> None:
    await post_album(private, "what are they?")
    await private.hears("what are they?")
    assert len(asked(private)) == 1
    assert sum(request.method == "PUT" for request in private.standin.requests) == 2


async def test_an_album_in_a_group_is_one_question_though_only_one_picture_speaks(group: TelegramStage) -> None:
    await post_album(group, "/ask what are they?")
    await group.hears("what are they?")
    assert len(asked(group)) == 1


async def test_a_long_paste_is_one_question(private: TelegramStage) -> None:
    text = "word " * 1500
    await private.telegram.paste(private.here, private.ann, text)
    await private.hears("no earlier turns")
    (question,) = asked(private)
    assert question.split() == text.split()
    await private.say("echo then")
    await private.hears("", "then")


async def test_a_long_paste_in_a_group_is_one_question_though_only_its_beginning_is_addressed(
    group: TelegramStage,
) -> None:
    await group.telegram.paste(group.here, group.ann, "/ask " + "word " * 1500)
    await group.hears("no earlier turns")
    (question,) = asked(group)
    assert question.count("word") == 1500


async def test_forwarded_words_are_asked_about(private: TelegramStage) -> None:
    await private.telegram.forward(private.here, private.ann, private.person("Bob"), "What is a bridge?")
    await private.hears("no earlier turns")
    assert asked(private) == [f"Bob wrote:\n> What is a bridge?\n\n{sentences.LOOK_AT}"]


async def test_a_bare_mention_under_somebody_s_words_asks_about_them(group: TelegramStage) -> None:
    said = await group.telegram.say(group.here, group.person("Bob"), "Seven bridges.")
    await group.telegram.say(group.here, group.ann, "/ask", reply_to=said)
    await group.hears("no earlier turns")
    assert asked(group) == [f"Bob wrote:\n> Seven bridges.\n\nAnn: {sentences.LOOK_AT}"]


@pytest.mark.parametrize("words", ["what is that?", ""])
async def test_a_picture_that_is_replied_to_is_shown_to_qwen(group: TelegramStage, words: str) -> None:
    cat = await group.telegram.post(group.here, group.person("Bob"), "photo", "my cat", data=PNG)
    await group.telegram.say(group.here, group.ann, f"/ask {words}", reply_to=cat)
    await group.hears("picture.jpg")
    assert asked(group) == [f"Bob wrote:\n> my cat\n\nAnn: {words or sentences.LOOK_AT}"]


async def test_people_who_speak_as_the_group_are_people_and_admins(group: TelegramStage) -> None:
    await group.telegram.say(group.here, group.ann, "/ask one", sender_chat=group.here)
    await group.hears("no earlier turns")
    await group.telegram.say(group.here, group.ann, "/think on", sender_chat=group.here)
    await group.hears("", sentences.SWITCHED_ON.format(what=sentences.THINKING))


# Manners


async def test_a_question_that_waits_is_marked_until_its_turn_comes(private: TelegramStage) -> None:
    private.standin.hold_after = 0
    await private.say("echo one")
    await eventually(lambda: private.standin.held)
    await private.say("echo two")
    await eventually(lambda: "👀" in str(private.questions[1].reactions))
    private.standin.hold_after = None
    private.standin.release()
    await private.hears("one", "two")
    await eventually(lambda: not private.questions[1].reactions)
    assert not private.questions[0].reactions


async def test_a_mark_that_telegram_refuses_is_not_taken_off(private: TelegramStage) -> None:
    private.telegram.fault("setMessageReaction", code=400, description="Bad Request: REACTION_INVALID")
    private.standin.hold_after = 0
    await private.say("echo one")
    await eventually(lambda: private.standin.held)
    await private.say("echo two")
    await eventually(lambda: private.telegram.calls("setMessageReaction"))
    private.standin.hold_after = None
    private.standin.release()
    await private.hears("one", "two")
    assert len(private.telegram.calls("setMessageReaction")) == 1


async def test_a_group_that_gets_another_id_goes_on_with_its_conversation(
    standin: StandIn, database: str, telegram: FakeTelegram
) -> None:
    async with TelegramStage(standin, database, telegram, "group") as stage:
        small = telegram.group("a small group")
        await telegram.say(small, stage.ann, "/ask one")
        await eventually(lambda: "no earlier turns" in "".join(stage.shown_in(small)))
        large = await telegram.migrate(small)
        await telegram.say(large, stage.ann, "/ask two")
        await eventually(lambda: "1 earlier turn" in "".join(stage.shown_in(large)))


async def test_a_bot_that_is_blocked_goes_on_with_others(private: TelegramStage) -> None:
    bob = private.person("Bob")
    await private.telegram.set_bot(private.here, "kicked", private.ann)
    there = private.telegram.private(bob)
    await private.telegram.say(there, bob, "echo hello")
    await eventually(lambda: private.shown_in(there) == ["hello"])


async def test_the_general_topic_of_a_forum_is_answered_there(
    standin: StandIn, database: str, telegram: FakeTelegram
) -> None:
    async with TelegramStage(standin, database, telegram, "topic") as stage:
        await telegram.say(stage.here, stage.ann, "/ask echo in general")
        await eventually(lambda: stage.shown_in(stage.here, None) == ["in general"])
        await stage.say("echo in its topic")
        await stage.hears("in its topic")
    assert all("message_thread_id" not in call.params for call in telegram.calls("sendMessage")[:1])


@pytest.mark.parametrize("trouble", ["closed", "deleted", "muted"])
async def test_a_place_that_takes_no_answer_does_no_harm_elsewhere(
    standin: StandIn, database: str, telegram: FakeTelegram, trouble: str, capsys: pytest.CaptureFixture[str]
) -> None:
    lines: list[str] = []

    def logged() -> str:
        lines.append(capsys.readouterr().out)
        return "".join(lines)

    async with TelegramStage(standin, database, telegram, "topic") as stage:
        assert stage.topic
        standin.hold_after = 0
        await stage.say("echo hello there")
        await eventually(lambda: standin.held)
        if trouble == "closed":
            stage.here.close_topic(stage.topic)
        elif trouble == "deleted":
            stage.here.delete_topic(stage.topic)
        else:
            stage.here.muted = True
        standin.hold_after = None
        standin.release()
        there = telegram.private(stage.ann)
        await telegram.say(there, stage.ann, "echo elsewhere")
        await eventually(lambda: "elsewhere" in stage.shown_in(there))
        if trouble == "deleted":
            await eventually(lambda: "hello there" in [answer.text for answer in telegram.answers(stage.here)])
        else:
            await eventually(lambda: "An answer cannot be shown in its place." in logged())
            await eventually(lambda: sentences.NOT_WRITTEN in stage.shown_in(there))
            stage.here.close_topic(stage.topic, closed=False)
            stage.here.muted = False
            await stage.say("echo and on it goes")
            await eventually(lambda: stage.shown()[-1:] == ["and on it goes"])
    assert logged().count("An answer cannot be shown in its place.") == (trouble != "deleted")
    assert "Traceback" not in logged()


async def test_a_bot_that_is_removed_and_added_again_goes_on(group: TelegramStage) -> None:
    await group.say("one")
    await group.hears("no earlier turns")
    await group.telegram.set_bot(group.here, "kicked", group.ann)
    await group.telegram.set_bot(group.here, "member", group.ann)
    await group.say("two")
    await group.hears("", "1 earlier turn")
