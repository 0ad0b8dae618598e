"""What Qwen is told of messages on Discord that a question replies to, forwards, or stands below in a thread."""

from typing import Any

import pytest

from adapters.sandbox.discord import Event, FakeDiscord, Permission
from adapters.sandbox.discord.channels import FORUM
from adapters.sandbox.discord.events import Intent
from adapters.sandbox.discord.files import keep_file
from adapters.sandbox.discord.message import Message
from adapters.sandbox.qwen import StandIn
from bridge.i18n import sentences
from tests.adapters.stages import DiscordStage
from tests.waiting import eventually

PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 64

EMBED = {
    "type": "rich",
    "author": {"name": "Harbour"},
    "title": "Build 118 failed",
    "url": "https://ci.example.org/a_(b)",
    "description": "It ended with *code 2*.",
    "fields": [{"name": "Branch", "value": "north-pier", "inline": True}],
    "footer": {"text": "Lighthouse"},
}

CARD = (
    "> Harbour\n> [Build 118 failed](<https://ci.example.org/a_(b)>)\n"
    "> It ended with *code 2*.\n> Branch: north-pier\n> Lighthouse"
)

CAT = "> https://a.example/cat"

LAYOUT = {
    "type": 17,
    "components": [
        {"type": 10, "content": "## Ice"},
        {
            "type": 9,
            "components": [{"type": 10, "content": "until noon"}],
            "accessory": {"type": 2, "style": 5, "label": "Map", "url": "https://map.example.org"},
        },
        {"type": 12, "items": [{"media": {"url": "https://cdn.example.org/a.png"}, "description": "the pier"}]},
    ],
}

SEEN: list[tuple[dict[str, Any], str]] = [
    ({"text": "seven\nbridges"}, "> seven\n> bridges"),
    ({"text": "see <:cat:123456789012345678> [here](https://a.example)"}, "> see :cat: [here](https://a.example)"),
    ({"text": "", "embeds": [EMBED]}, CARD),
    ({"text": "done:", "embeds": [{"description": "all"}, {"title": "two"}]}, "> done:\n> all\n> two"),
    ({"text": "https://a.example/cat", "embeds": [{"type": "gifv", "url": "https://a.example/cat"}]}, CAT),
    ({"text": "", "components": [LAYOUT]}, "> ## Ice\n> until noon\n> [Map](https://map.example.org)\n> the pier"),
    ({"text": "", "poll": ("Tea?", "yes", "no")}, "> Poll: Tea?\n> - yes\n> - no"),
    ({"text": "", "stickers": ["waving cat"]}, "> Sticker: waving cat"),
    ({"text": "", "attachments": [("message.txt", b"ice until noon")]}, "> ice until noon"),
    ({"text": "", "attachments": [("a.txt", b"ice"), ("a.zip", b"PK")]}, "> File: a.txt\n> File: a.zip"),
    ({"text": "", "attachments": [("a.mp4", b"\0"), ("b.mp3", b"\0")]}, "> Video: a.mp4\n> Audio: b.mp3"),
    ({"text": "", "attachments": [("voice.ogg", b"\0")], "voice_seconds": 2.0}, "> Voice message"),
]  # fmt: skip
"""What somebody posts, and how Qwen reads it."""


@pytest.fixture
async def reading(standin: StandIn, database: str, discord: FakeDiscord) -> DiscordStage:
    discord.message_content = True
    return DiscordStage(standin, database, discord, "channel")


def asked(stage: DiscordStage) -> list[str]:
    """Return what Qwen was asked, in order."""
    bodies = [request.body for request in stage.standin.requests if isinstance(request.body, dict)]
    return [body["messages"][0]["content"] for body in bodies if "messages" in body]


async def put(stage: DiscordStage, shows: dict[str, Any]) -> Message:
    """Somebody posts this; an app where only apps can."""
    is_app = "embeds" in shows or "components" in shows
    author = stage.discord.user("bob", bot=True) if is_app else stage.person("bob")
    more = dict(shows)
    return await stage.discord.say(stage.here, author, more.pop("text"), **more)


async def test_everything_that_people_see_of_a_message_that_is_replied_to_is_told(reading: DiscordStage) -> None:
    async with reading as stage:
        for shows, _ in SEEN:
            ann = stage.discord.user("ann")  # another one each time, as few questions of one person wait at once
            await stage.discord.say(stage.here, ann, f"{stage.mention}so?", reply_to=await put(stage, shows))
        await eventually(lambda: len(asked(stage)) == len(SEEN))
    read = [prompt.removesuffix("\n\nAnn: so?").partition(" wrote:\n")[2] for prompt in asked(stage)]
    assert read == [words for _, words in SEEN]


async def test_everything_that_people_see_of_a_message_that_is_forwarded_is_told(reading: DiscordStage) -> None:
    async with reading as stage:
        here = stage.discord.dm(stage.ann)
        forwarded = [(shows, words) for shows, words in SEEN if "poll" not in shows]  # Discord forwards no polls
        for shows, _ in forwarded:
            await stage.discord.say(here, stage.ann, "", forward=await put(stage, shows))
            await stage.discord.say(here, stage.ann, "so?")
        await eventually(lambda: len(asked(stage)) == len(forwarded))
    assert asked(stage) == [f"Forwarded message:\n{words}\n\nso?" for _, words in forwarded]


async def test_pictures_and_documents_that_are_referred_to_are_shown_to_qwen_as_many_as_it_takes(
    reading: DiscordStage,
) -> None:
    files = [(f"{number}.png", PNG) for number in range(5)]
    async with reading as stage:
        bobs = await stage.discord.say(stage.here, stage.person("bob"), "", attachments=[*files, ("notes.txt", b"ice")])
        own = [("own.png", PNG)]
        await stage.discord.say(stage.here, stage.ann, f"{stage.mention}so?", reply_to=bobs, attachments=own)
        await stage.hears("")
    assert asked(stage) == ["Bob wrote:\n> File: notes.txt\n\nAnn: so?"]
    assert sum(request.method == "PUT" for request in stage.standin.requests) == 5


async def test_a_file_that_is_referred_to_and_gone_costs_no_question(reading: DiscordStage) -> None:
    async with reading as stage:
        bobs = await stage.discord.say(stage.here, stage.person("bob"), "look", attachments=[("cat.png", PNG)])
        stage.discord.state.files.clear()
        await stage.discord.say(stage.here, stage.ann, f"{stage.mention}so?", reply_to=bobs)
        await stage.hears("")
    assert asked(stage) == ["Bob wrote:\n> look\n> File: cat.png\n\nAnn: so?"]


async def test_pictures_in_embeds_are_shown_to_qwen_as_discord_keeps_them(reading: DiscordStage) -> None:
    """A picture without such a copy, one that is gone and what is no picture cost no question."""
    kept = keep_file(reading.discord.state, reading.here.id, "chart.png", PNG).url
    chart = {"url": "https://a.example/chart.png", "proxy_url": kept}
    embeds = [
        {
            "type": "rich",
            "title": "Ice",
            "image": chart,
            "thumbnail": {"url": f"{reading.discord.state.base_url}/b.png"},
        },
        {"type": "rich", "image": chart | {"proxy_url": kept.replace("chart", "gone")}},
        {"type": "rich", "image": chart | {"url": "https://a.example/chart.svg", "content_type": "image/svg+xml"}},
        {"type": "image", "url": "https://a.example/x", "thumbnail": chart | {"content_type": "image/png"}},
    ]
    async with reading as stage:
        bobs = await put(stage, {"text": "", "embeds": embeds})
        await stage.discord.say(stage.here, stage.ann, f"{stage.mention}so?", reply_to=bobs)
        await stage.hears("")
        fetched = [request.path.rpartition("/")[2] for request in stage.discord.downloads]
    assert asked(stage) == ["bob wrote:\n> Ice\n> https://a.example/x\n\nAnn: so?"]
    assert fetched == ["chart.png", "gone.png", "chart.png"]
    assert sum(request.method == "PUT" for request in stage.standin.requests) == 2


ODD: list[dict[str, Any]] = [
    {"embeds": [{"type": "rich", "color": "blue"}, {"type": "rich", "title": "kept"}]},
    {"poll": {"question": 7}},
    {"sticker_items": [{"odd": True}]},
    {"components": [{"type": 17, "components": [{"type": 9, "components": []}]}]},
    {"message_snapshots": [{"message": {"content": "kept", "embeds": [{"color": "blue"}]}}]},
    {"reactions": [{"emoji": None}]},
    {"thread": {"id": "x"}},
]
"""Parts of a message that the library cannot read."""


async def test_a_part_that_the_library_cannot_read_costs_that_part(reading: DiscordStage) -> None:
    posted = 0
    async with reading as stage:
        for odd in ODD:
            for part_of in ("", "referenced_message"):
                post_raw(stage, odd, part_of)
            posted += 2
            # few questions of one person wait at once
            await eventually(lambda: len(asked(stage)) == posted)  # noqa: B023  called before the next ones
    assert all("> seven bridges" in prompt and prompt.endswith("Ann: so?") for prompt in asked(stage))
    assert "> kept" in asked(stage)[1], "of several embeds only the one that makes no sense is left out"


def post_raw(stage: DiscordStage, odd: dict[str, Any], part_of: str) -> None:
    """Ann asks about a message of Bob's; the event has odd fields, in her message or in his."""
    bobs = Message(stage.here, stage.discord.state.ids.new(), stage.person("bob"), "seven bridges")
    anns = Message(stage.here, stage.discord.state.ids.new(), stage.ann, f"{stage.mention}so?", 19, bobs)
    anns.mentions = [stage.discord.bot]
    stage.here.messages.append(anns)
    payload = anns.payload(open_=True) | {"guild_id": stage.guild.id}
    payload |= {"member": stage.guild.join(stage.ann).payload()}
    part = payload[part_of] if part_of else payload
    assert isinstance(part, dict)
    part |= odd
    stage.discord.state.emit(Event("MESSAGE_CREATE", payload, Intent.GUILD_MESSAGES, stage.guild.id, payload))


# Threads


async def begun(stage: DiscordStage, title: str, text: str) -> Any:
    """A thread of Ann's on something that Bob wrote."""
    bobs = await stage.discord.say(stage.here, stage.person("bob"), text)
    return stage.here.thread(title, stage.ann, message=bobs)


async def test_what_a_thread_was_begun_on_is_told_once(reading: DiscordStage) -> None:
    async with reading as stage:
        thread = await begun(stage, "bread", "It never rises.")
        await stage.discord.say(thread, stage.ann, f"{stage.mention}why?")
        await eventually(lambda: stage.shown_in(thread))
        await stage.discord.say(thread, stage.ann, f"{stage.mention}and?")
        await eventually(lambda: len(asked(stage)) == 2)
    begin = "This thread is called “bread”. It began with what Bob wrote:\n> It never rises."
    assert asked(stage) == [f"{begin}\n\nAnn: why?", "Ann: and?"]


async def test_a_bare_mention_in_a_thread_asks_about_what_it_began_with(reading: DiscordStage) -> None:
    async with reading as stage:
        thread = await begun(stage, "bread", "It never rises.")
        await stage.discord.say(thread, stage.ann, stage.mention)
        await eventually(lambda: stage.shown_in(thread))
    begin = "This thread is called “bread”. It began with what Bob wrote:\n> It never rises."
    assert asked(stage) == [f"{begin}\n\nAnn: {sentences.LOOK_AT}"]


async def test_what_a_post_in_a_forum_says_is_told(reading: DiscordStage) -> None:
    async with reading as stage:
        forum = stage.guild.channel("help", FORUM)
        first = await stage.discord.post(forum, stage.person("bob"), "Cold stove", "The lamp is green.")
        await stage.discord.say(first.channel, stage.ann, f"{stage.mention}why?")
        await eventually(lambda: stage.shown_in(first.channel))
    begin = "This thread is called “Cold stove”. It began with what Bob wrote:\n> The lamp is green."
    assert asked(stage) == [f"{begin}\n\nAnn: why?"]


async def test_a_post_in_a_forum_that_asks_the_bot_is_not_told_twice(reading: DiscordStage) -> None:
    async with reading as stage:
        forum = stage.guild.channel("help", FORUM)
        first = await stage.discord.post(forum, stage.ann, "Cold stove", f"{stage.mention}why is it cold?")
        await eventually(lambda: stage.shown_in(first.channel))
    assert asked(stage) == ["Ann: why is it cold?"]


@pytest.mark.parametrize("denied", [True, False])
async def test_a_beginning_that_cannot_be_read_costs_no_question(reading: DiscordStage, *, denied: bool) -> None:
    async with reading as stage:
        thread = await begun(stage, "bread", "It never rises.")
        if denied:
            stage.here.deny(Permission.READ_MESSAGE_HISTORY)
        else:
            stage.here.messages[-1].deleted = True
        await stage.discord.say(thread, stage.ann, f"{stage.mention}why?")
        await eventually(lambda: asked(stage))
    assert asked(stage) == ["Ann: why?"]


# One act


async def test_a_forward_and_the_mention_that_comments_it_are_one_question(reading: DiscordStage) -> None:
    async with reading as stage:
        bobs = await stage.discord.say(stage.elsewhere, stage.person("bob"), "The ferry leaves at eight.")
        await stage.discord.say(stage.here, stage.ann, "", forward=bobs)
        await stage.discord.say(stage.here, stage.person("bob"), f"{stage.mention}and I?")
        await stage.discord.say(stage.here, stage.ann, f"{stage.mention}in German, please")
        await stage.hears("", "")
    forwarded = "Forwarded message:\n> The ferry leaves at eight.\n\nAnn: in German, please"
    assert asked(stage) == ["Bob: and I?", forwarded]


@pytest.mark.parametrize("known", [True, False])
async def test_a_picture_alone_is_a_question_where_the_bot_takes_part(reading: DiscordStage, *, known: bool) -> None:
    async with reading as stage:
        thread = stage.here.thread("a thread", stage.ann)
        if known:
            await stage.discord.say(thread, stage.ann, f"{stage.mention}echo hello")
            await eventually(lambda: stage.shown_in(thread) == ["hello"])
        await stage.discord.say(thread, stage.ann, "", attachments=[("cat.png", PNG)])
        await stage.say("echo done")
        await stage.hears("done")
        await eventually(lambda: not known or "cat.png" in stage.shown_in(thread)[-1])
    assert sum(sentences.LOOK in prompt for prompt in asked(stage)) == known


async def test_a_question_below_a_film_is_asked(reading: DiscordStage) -> None:
    async with reading as stage:
        film = [("clip.mp4", b"\0\0\0\x18ftypmp42")]
        await stage.discord.say(stage.here, stage.ann, f"{stage.mention}what is it?", attachments=film)
        await stage.hears("")
        await stage.discord.say(stage.here, stage.ann, stage.mention, attachments=film)
        await stage.hears("", sentences.MOVING)
    assert asked(stage) == ["Attached:\n> Video: clip.mp4 (which you cannot see or hear)\n\nAnn: what is it?"]
