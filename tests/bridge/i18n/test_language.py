"""A person who speaks German hears German from the bridge wherever it speaks itself, up to the wall."""

from collections.abc import AsyncIterator

import pytest

from adapters.sandbox.qwen import StandIn
from bridge import translated
from bridge.backends.qwen import QwenClient
from bridge.controls import Choice, Invocation, Press
from bridge.core.bridge import Bridge
from bridge.core.prompts import asked
from bridge.i18n import sentences
from bridge.model import Attachment, Author, Incoming, Searching, Source, Sources, Text, Thought
from bridge.store import Store
from bridge.streaming.answer_writer import AnswerWriter
from bridge.streaming.live_answer import LiveAnswer
from tests.bridge.core.test_actions import KEY, Room
from tests.bridge.core.test_bridge import FaultyAdapter, FaultyReply
from tests.bridge.streaming.test_live_answer import Wall, forget
from tests.waiting import eventually

UWE = Author("u", "Uwe", language="de-AT")
ZOE = Author("z", "Zoë", language="fr")


@pytest.fixture
async def room(store: Store, qwen: QwenClient, standin: StandIn) -> AsyncIterator[Room]:
    bridge = Bridge(store, qwen, most_waiting=1)
    room = Room(bridge, store, standin)
    await bridge.serve(FaultyAdapter(room.wall))
    yield room
    await bridge.stop(1)


async def ask(room: Room, text: str, author: Author = UWE, message: str = "q", *files: Attachment) -> None:
    await room.bridge.receive(Incoming(KEY, message, author, text, files=files))


async def command(room: Room, name: str, argument: str = "", *, shared: bool = False) -> str:
    return (await room.bridge.command(Invocation(KEY, UWE, name, argument, shared=shared))).text


@pytest.mark.parametrize(("hours", "said"), [(1, "in etwa 1 Stunde noch"), (6, "in etwa 6 Stunden noch")])
async def test_a_refusal(room: Room, hours: int, said: str) -> None:
    room.standin.fault("quota", num=hours)
    await ask(room, "hello")
    await room.hears(f"Das Limit von Qwen ist für heute verbraucht. Bitte {said} einmal fragen.")
    assert room.wall.now()[-1] in await command(room, "status"), "it is kept as it was said"


async def test_everybody_is_answered_in_their_own_language(room: Room) -> None:
    for author, said in ((UWE, "Die Inhaltsprüfung"), (ZOE, "Le contrôle de contenu"), (Author("a", "Ann"), "Qwen's")):
        room.standin.fault("moderation")
        await ask(room, "hello", author, author.id)
        await room.hears(said)


async def test_an_answer_that_breaks_off_is_followed_by_a_word(room: Room) -> None:
    room.standin.fault("unfinished")
    await ask(room, "lorem 100")
    await room.hears("⚠️ Die Antwort von Qwen ist abgebrochen.")


async def test_what_cannot_be_asked(room: Room) -> None:
    await ask(room, "")
    await room.hears(translated(sentences.NOTHING_ASKED, "de"))
    await room.bridge.receive(Incoming(KEY, "voice", UWE, "", sentences.VOICE))
    await room.hears("Sprachnachrichten kann ich noch nicht anhören.")
    await ask(room, "look", UWE, "empty", Attachment("a.txt", "text/plain", b""))
    await room.hears("Diese Datei ist leer.")
    room.standin.hold_after = 0
    await ask(room, "one", UWE, "one")
    await ask(room, "two", UWE, "two")
    await eventually(lambda: "Hier wartet schon 1 Frage." in room.wall.now()[-1])
    room.standin.hold_after = None
    room.standin.release()


async def test_a_stopped_answer_and_presses(room: Room) -> None:
    await ask(room, "one")
    message = await room.hears("no earlier turns")
    assert (await room.bridge.press(Press(KEY, message, ZOE, "again", 1))).text.startswith("Seuls la personne")
    room.standin.hold_after = 2
    assert (await room.bridge.press(Press(KEY, message, UWE, "again", 1))).text == ""
    await eventually(lambda: room.standin.held and room.wall.controls[message].running)
    assert (await room.bridge.press(Press(KEY, message, UWE, "stop", 2))).text == ""
    await room.hears("⚠️ Angehalten.")
    late = await room.bridge.press(Press(KEY, message, UWE, "stop", 2))
    assert late.text == "Diese Antwort wird nicht mehr geschrieben."


async def test_leaving(store: Store, qwen: QwenClient, standin: StandIn) -> None:
    wall = Wall()
    bridge = Bridge(store, qwen)
    await bridge.serve(FaultyAdapter(wall))
    standin.hold_after = 2
    await bridge.receive(Incoming(KEY, "q", UWE, "one"))
    await eventually(lambda: wall.shown)
    await bridge.stop(0.3)
    assert "*Unterbrochen." in wall.now()[-1]


async def test_a_fault_of_ours(store: Store, qwen: QwenClient) -> None:
    wall = FaultyReply(1)
    bridge = Bridge(store, qwen)
    await bridge.serve(FaultyAdapter(wall))
    await bridge.receive(Incoming(KEY, "q", UWE, "one"))
    await eventually(lambda: wall.now() == ["Bei mir ist etwas schiefgegangen. Bitte noch einmal fragen."])
    await bridge.stop(1)


async def test_commands(room: Room) -> None:
    assert await command(room, "new") == "Mit der nächsten Frage beginnt ein neues Gespräch."
    assert await command(room, "nonsense") == translated(sentences.UNKNOWN_COMMAND, "de")
    assert await command(room, "new", shared=True) == "Das dürfen hier nur Admins ändern."
    assert await command(room, "think", "on") == "Nachdenken ist an."
    assert await command(room, "search", "OFF") == "Websuche ist aus."
    assert await command(room, "search", "An") == "Websuche ist an."
    assert await command(room, "search", "aus") == "Websuche ist aus."
    assert "\n/new – ein neues Gespräch beginnen; " in await command(room, "help")
    status = await command(room, "status")
    assert "**Nachdenken:** an\n**Websuche:** aus\n" in status
    assert "**Kontingent:** das eines Gastes" in status
    assert await command(room, "export") == "In diesem Gespräch wurde noch nichts gefragt."
    await ask(room, "hello")
    await eventually(lambda: not room.bridge._lanes._tasks)
    assert await command(room, "export") == "Hier ist das Gespräch: 1 Frage und ihre Antwort."
    assert await command(room, "retry") == "Die letzte Antwort wird neu geschrieben."


async def test_buttons_are_labelled_and_type_what_they_always_type(room: Room) -> None:
    said = await room.bridge.command(Invocation(KEY, UWE, "think"))
    assert said.text == "Nachdenken: an oder aus?"
    assert said.choices == (Choice("an", "think", "on"), Choice("aus", "think", "off"))


async def test_the_line_of_what_is_done_and_the_sources() -> None:
    wall = Wall()
    async with LiveAnswer(wall, [], forget) as page:
        writing = AnswerWriter(page, language="de")
        writing.take(Thought("Hm."))
        assert page._status.doing == "Nachdenken"
        writing.take(Searching("cats"))
        assert page._status.doing == "Suche: cats"
        writing.take(Sources((Source("Cats", "https://example.org"),)))
        writing.take(Text("Purr."))
        writing.end()
        await page.finish()
    assert "\n\n**Quellen**\n\n1. [Cats]" in wall.now()[-1]


async def test_an_answer_lists_its_sources(room: Room) -> None:
    await ask(room, "search cats")
    await room.hears("\n\n**Quellen**\n\n1. ")


async def test_an_edit_that_changes_nothing(room: Room) -> None:
    for number in range(2):
        await ask(room, "hello", UWE, f"q{number}")
        await room.hears("", number)
    await room.bridge.edited(Incoming(KEY, "q0", UWE, "good day"))
    await room.hears("Neu beantwortet wird nur die letzte Frage")


async def test_a_file_without_words_is_asked_about_in_the_language_that_the_answer_is_to_have(room: Room) -> None:
    await ask(room, "", UWE, "q", Attachment("a.txt", "text/plain", b"cats"))
    message = await room.hears(translated(sentences.LOOK, "de"))
    assert asked(await room.shown_turn(message)) == "Bitte sieh dir die angehängte Datei an."
