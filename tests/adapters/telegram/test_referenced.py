"""What Qwen is told of messages on Telegram that a question replies to, quotes or forwards."""

from collections.abc import AsyncIterator
from functools import partial
from typing import Any

import pytest

from adapters.sandbox.qwen import StandIn
from adapters.sandbox.telegram import FakeTelegram
from adapters.sandbox.telegram.entities import Entity
from adapters.sandbox.telegram.errors import Json
from adapters.sandbox.telegram.model import Chat, Message
from bridge.i18n import sentences
from tests.adapters.stages import TelegramStage
from tests.waiting import eventually

PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 64

LINKED = "🌱🌱 see this guide, and (that)"

LINKS = (
    Entity("text_link", 9, 10, {"url": "https://a.example/x?y=1"}),
    Entity("bold", 9, 4),
    Entity("text_link", 25, 6, {"url": "https://b.example/a_(b)"}),
)

READ = "🌱🌱 see [this guide](https://a.example/x?y=1), and [(that)](<https://b.example/a_(b)>)"

SEEN: list[tuple[str, dict[str, Any], str]] = [
    ("", {"text": LINKED, "entities": LINKS}, READ),
    ("photo", {"caption": "my cat", "data": PNG}, "my cat"),
    ("document", {"name": "notes.txt", "data": b"ice"}, "File: notes.txt"),
    ("document", {"name": "a.zip", "data": b"PK"}, "File: a.zip"),
    ("animation", {"name": "cat.mp4"}, "GIF: cat.mp4"),
    ("video", {"name": "pier.mp4", "caption": "the pier"}, "the pier\nVideo: pier.mp4"),
    ("audio", {"name": "song.mp3"}, "Audio: song.mp3"),
    ("voice", {}, "Voice message"),
    ("video_note", {}, "Video message"),
    ("sticker", {}, "Sticker: 👍"),
    ("location", {}, "Place: 52.52, 13.4"),
    ("venue", {}, "Place: The pier, Quay 1, 52.52, 13.4"),
    ("contact", {}, "Contact: Somebody, 0000000"),
    ("dice", {}, "Dice: 🎲 4"),
    ("poll", {}, "Poll: Tea?\n- yes (2)\n- no"),
    ("checklist", {}, "Checklist: Trip\n- [x] tickets\n- [ ] bags"),
]  # fmt: skip
"""What somebody posts, and how Qwen reads it."""


@pytest.fixture
async def group(standin: StandIn, database: str, telegram: FakeTelegram) -> AsyncIterator[TelegramStage]:
    telegram.privacy_mode = False
    async with TelegramStage(standin, database, telegram, "group") as opened:
        yield opened


def asked(stage: TelegramStage) -> list[str]:
    """Return what Qwen was asked, in order."""
    bodies = [request.body for request in stage.standin.requests if isinstance(request.body, dict)]
    return [body["messages"][0]["content"] for body in bodies if "messages" in body]


def quoted(words: str) -> str:
    """The words as Qwen reads them in a quote."""
    return "\n".join(f"> {line}" for line in words.split("\n"))


async def put(stage: TelegramStage, where: Chat, kind: str, shows: dict[str, Any]) -> Message:
    """Bob posts something that asks nobody."""
    bob = stage.person("Bob")
    if kind:
        return await stage.telegram.post(where, bob, kind, **shows)
    return await stage.telegram.say(where, bob, **shows)


@pytest.mark.parametrize("elsewhere", [False, True])
async def test_everything_that_people_see_of_a_message_that_is_replied_to_is_told(
    group: TelegramStage, *, elsewhere: bool
) -> None:
    there = group.telegram.supergroup("another group") if elsewhere else group.here
    told = [(kind, shows, words) for kind, shows, words in SEEN if not elsewhere or kind not in ("", "photo", "video")]
    for kind, shows, _ in told:
        bobs = await put(group, group.here, kind, shows)
        ann = group.telegram.user("Ann")  # another one each time, as few questions of one person wait at once
        await group.telegram.say(there, ann, "/ask so?", reply_to=bobs)
    await eventually(lambda: len(asked(group)) == len(told), 30)
    assert asked(group) == [f"Bob wrote:\n{quoted(words)}\n\nAnn: so?" for _, _, words in told]


async def test_everything_that_people_see_of_a_message_that_is_forwarded_is_told(
    private: TelegramStage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("adapters.telegram.grouping.FORWARD_SECONDS", 0.0)
    there = private.telegram.supergroup("another group")
    told = [(kind, shows, words) for kind, shows, words in SEEN if kind not in ("voice", "video_note", "audio")]
    for kind, shows, _ in told:
        bobs = await put(private, there, kind, shows)
        await private.telegram.forward(private.here, private.ann, bobs)
    await eventually(lambda: len(asked(private)) == len(told), 30)
    assert asked(private) == [f"Bob wrote:\n{quoted(words)}\n\n{sentences.LOOK_AT}" for _, _, words in told]


async def test_links_that_stand_behind_words_of_a_question_are_told(private: TelegramStage) -> None:
    await private.telegram.say(private.here, private.ann, LINKED, entities=LINKS)
    await private.hears("no earlier turns")
    assert asked(private) == [READ]


async def test_the_part_of_an_answer_that_was_picked_is_told_and_the_rest_is_not_repeated(
    private: TelegramStage,
) -> None:
    await private.say("echo Rinse the rice. Measure the water.")
    await private.hears("Measure")
    answer = private.answer(0)
    await private.telegram.say(private.here, private.ann, "why?", reply_to=answer, quote="Measure the water.")
    await private.hears("", "1 earlier turn")
    await private.telegram.say(private.here, private.ann, "and?", reply_to=answer)
    by_server: Json = {"quote": {"text": "Measure", "position": 16}}  # nobody picked it
    await private.telegram.say(private.here, private.ann, "and?", reply_to=answer, extra=by_server)
    await private.hears("", "", "1 earlier turn", "1 earlier turn")
    assert asked(private)[1:] == ["About this part of your answer:\n> Measure the water.\n\nwhy?", "and?", "and?"]


async def test_a_part_that_was_picked_keeps_the_links_behind_its_words(group: TelegramStage) -> None:
    bobs = await put(group, group.here, "", {"text": LINKED, "entities": LINKS})
    await group.telegram.say(group.here, group.ann, "/ask so?", reply_to=bobs, quote="this guide, and")
    await group.hears("no earlier turns")
    assert asked(group) == ["Bob wrote:\n> [this guide](https://a.example/x?y=1), and\n\nAnn: so?"]


async def test_pictures_stills_and_documents_that_are_referred_to_are_shown_to_qwen(group: TelegramStage) -> None:
    for kind, name in (("photo", "a.png"), ("animation", "b.mp4"), ("document", "c.txt"), ("document", "d.zip")):
        bobs = await group.telegram.post(group.here, group.person("Bob"), kind, name=name, data=PNG)
        await group.telegram.say(group.here, group.ann, "/ask so?", reply_to=bobs)
    await eventually(lambda: len(asked(group)) == 4)
    assert sum(request.method == "PUT" for request in group.standin.requests) == 3


async def test_a_file_that_is_referred_to_and_gone_costs_no_question(group: TelegramStage) -> None:
    bobs = await group.telegram.post(group.here, group.person("Bob"), "document", name="a.txt", data=b"ice")
    group.telegram.files.clear()
    await group.telegram.say(group.here, group.ann, "/ask so?", reply_to=bobs)
    await group.hears("no earlier turns")
    assert asked(group) == ["Bob wrote:\n> File: a.txt\n\nAnn: so?"]


@pytest.mark.parametrize("kind", ["animation", "video"])
async def test_of_a_film_the_still_is_looked_at(private: TelegramStage, kind: str) -> None:
    await private.telegram.post(private.here, private.ann, kind, "what is it?", name="cat.mp4")
    await private.hears("no earlier turns")
    await private.telegram.post(private.here, private.ann, kind, name="cat.mp4")
    await private.hears("", "1 earlier turn")
    name = "GIF" if kind == "animation" else "Video"
    told = f"Attached:\n> {name}: cat.mp4 (of it you can see only this still)"
    assert asked(private) == [f"{told}\n\nwhat is it?", f"{told}\n\n{sentences.LOOK_AT}"]
    assert sum(request.method == "PUT" for request in private.standin.requests) == 2


async def test_of_a_film_without_a_still_the_question_is_asked(private: TelegramStage) -> None:
    film = {"file_id": "a", "file_unique_id": "b", "width": 1, "height": 1, "duration": 1}
    await private.telegram.say(private.here, private.ann, "what is it?", extra={"video": film})
    await private.hears("no earlier turns")
    assert asked(private) == ["Attached:\n> Video (which you cannot see)\n\nwhat is it?"]
    alone = Message(private.here, private.ann, media={"video": film})
    private.telegram.push_update({"message": alone.json()})
    await private.hears("", sentences.MOVING)


async def test_a_live_location_that_moves_asks_and_stops_nothing(private: TelegramStage) -> None:
    place = await private.telegram.post(private.here, private.ann, "location")
    await private.hears(sentences.NO_WORDS)
    private.standin.hold_after = 0
    await private.say("echo one two three")
    await eventually(lambda: private.standin.held)
    for step in range(3):
        moved = place.json() | {"location": {"latitude": 52.5, "longitude": 13.0 + step, "live_period": 900}}
        private.telegram.push_update({"edited_message": moved | {"edit_date": place.date + step}})
    await eventually(lambda: not private.telegram.pending)
    private.standin.hold_after = None
    private.standin.release()
    await private.hears("", "one two three")


ODD: list[dict[str, Any]] = [
    {"poll": {"question": 7}},
    {"entities": [{"type": "bold"}, {"type": "text_link", "offset": 0, "length": 5, "url": "https://kept.example"}]},
    {"location": {"latitude": "here"}},
    {"reply_markup": {"inline_keyboard": [[{"odd": True}]]}},
    {"caption": 7},
    {"forward_origin": {"odd": True}},
]
"""Parts of a message that the library cannot read, or that are not of the promised types."""


async def test_a_part_of_a_question_that_cannot_be_read_costs_that_part(private: TelegramStage) -> None:
    for number, odd in enumerate(ODD, start=1):
        private.telegram.push_update({"message": Message(private.here, private.ann, "seven bridges").json() | odd})
        await eventually(lambda: len(private.shown()) == number)  # noqa: B023  it is awaited at once
    linked = "[seven](https://kept.example) bridges"
    forwarded = f"Forwarded message:\n> seven bridges\n\n{sentences.LOOK_AT}"
    assert asked(private) == ["seven bridges", linked, *["seven bridges"] * 3, forwarded]


async def test_a_part_of_what_is_replied_to_that_cannot_be_read_costs_that_part(group: TelegramStage) -> None:
    bobs = await group.telegram.say(group.here, group.person("Bob"), "seven bridges")
    for odd in ODD:
        anns = Message(group.here, group.ann, "/ask so?", [Entity("bot_command", 0, 4)]).json()
        group.telegram.push_update({"message": anns | {"reply_to_message": bobs.json() | odd}})
        await eventually(lambda: not group.telegram.pending)
    await eventually(lambda: len(asked(group)) == len(ODD))
    assert all("bridges\n\nAnn: so?" in prompt and "wrote:\n> " in prompt for prompt in asked(group)[:-1])


async def test_people_without_a_name_ask_and_are_replied_to(
    telegram: FakeTelegram, standin: StandIn, database: str
) -> None:
    async with TelegramStage(standin, database, telegram, "group") as stage:
        nameless = telegram.user("")
        nameless.username = ""
        said = await telegram.say(stage.here, nameless, "/ask echo one")
        await stage.hears("one")
        await telegram.say(stage.here, stage.ann, "/ask echo two", reply_to=said)
        await stage.hears("one", "two")
        nameless.username = "nobody"
        await telegram.say(stage.here, nameless, "/ask echo three")
        await stage.hears("one", "two", "three")
    assert asked(stage) == ["echo one", "> /ask echo one\n\nAnn: echo two", "nobody: echo three"]


async def test_the_title_that_somebody_gave_a_topic_is_told_with_its_first_question_alone(
    group: TelegramStage,
) -> None:
    forum = group.telegram.supergroup("a forum", forum=True)
    bread = forum.topic("Bread")
    said = [(bread, "/ask"), (bread, "/ask when?"), (bread, "/ask where?"), (forum.topic("Ice"), "/ask who?")]
    for number, (topic, text) in enumerate(said, 1):
        await group.telegram.say(forum, group.ann, text, topic=topic)
        await eventually(partial(lambda count: len(group.telegram.answers(forum)) >= count, number))
    await group.telegram.say(forum, group.ann, "/ask no title?", topic=forum.topic("New chat", implicit=True))
    await eventually(lambda: len(asked(group)) == 4)
    told = ["This topic is called “Bread”.\n\nAnn: when?", "Ann: where?", "This topic is called “Ice”.\n\nAnn: who?"]
    assert asked(group) == [*told, "Ann: no title?"]
