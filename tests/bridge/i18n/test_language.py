"""A person who speaks German hears German from the bridge wherever it speaks itself, up to the wall."""

import pytest

from adapters.sandbox.qwen import StandIn
from bridge import translated
from bridge.answer_events import Searching, Source, Sources, Text, Thought
from bridge.backends.qwen import QwenClient
from bridge.controls import Choice, Invocation, Press
from bridge.core.bridge import Bridge
from bridge.core.policy import Policy
from bridge.core.prompts import prompt_of
from bridge.i18n import sentences
from bridge.incoming import Incoming
from bridge.model import Attachment, Author
from bridge.store import Store
from bridge.streaming.answer_writer import AnswerWriter
from bridge.streaming.live_answer import LiveAnswer
from tests.harness import KEY, FakeAdapter, FakeReply, FaultyReply, Harness, forget
from tests.waiting import eventually

UWE = Author("u", "Uwe", language="de-AT")
ZOE = Author("z", "Zoë", language="fr")


@pytest.fixture
def policy() -> Policy:
    return Policy(most_waiting=1)


async def ask(harness: Harness, text: str, author: Author = UWE, message: str = "q", *files: Attachment) -> None:
    await harness.bridge.receive(Incoming(KEY, message, author, text, files=files))


async def command(harness: Harness, name: str, argument: str = "", *, shared: bool = False) -> str:
    return (await harness.bridge.command(Invocation(KEY, UWE, name, argument, shared=shared))).text


@pytest.mark.parametrize(("hours", "said"), [(1, "in etwa 1 Stunde noch"), (6, "in etwa 6 Stunden noch")])
async def test_a_refusal(harness: Harness, hours: int, said: str) -> None:
    harness.standin.fault("quota", num=hours)
    await ask(harness, "hello")
    await harness.hears(f"Das Limit von Qwen ist für heute erreicht. Bitte {said} einmal fragen.")
    assert harness.reply.now()[-1] in await command(harness, "status"), "it is kept as it was said"


async def test_everybody_is_answered_in_their_own_language(harness: Harness) -> None:
    for author, said in ((UWE, "Der Inhaltsfilter"), (ZOE, "Le filtre de contenu"), (Author("a", "Ann"), "Qwen's")):
        harness.standin.fault("moderation")
        await ask(harness, "hello", author, author.id)
        await harness.hears(said)


async def test_an_answer_that_breaks_off_is_followed_by_a_word(harness: Harness) -> None:
    harness.standin.fault("unfinished")
    await ask(harness, "lorem 100")
    await harness.hears("⚠️ Die Antwort von Qwen ist abgebrochen.")


async def test_what_cannot_be_asked(harness: Harness) -> None:
    await ask(harness, "")
    await harness.hears(translated(sentences.NOTHING_ASKED, "de"))
    await harness.bridge.receive(Incoming(KEY, "voice", UWE, "", sentences.VOICE))
    await harness.hears("Sprachnachrichten kann ich noch nicht anhören.")
    await ask(harness, "look", UWE, "empty", Attachment("a.txt", "text/plain", b""))
    await harness.hears("Diese Datei ist leer.")
    harness.standin.hold_after = 0
    await ask(harness, "one", UWE, "one")
    await ask(harness, "two", UWE, "two")
    await eventually(lambda: "Hier wartet schon 1 Frage." in harness.reply.now()[-1])
    harness.standin.hold_after = None
    harness.standin.release()


async def test_a_stopped_answer_and_presses(harness: Harness) -> None:
    await ask(harness, "one")
    message = await harness.hears("no earlier turns")
    assert (await harness.bridge.press(Press(KEY, message, ZOE, "again", 1))).text.startswith("Seuls la personne")
    harness.standin.hold_after = 2
    assert (await harness.bridge.press(Press(KEY, message, UWE, "again", 1))).text == ""
    await eventually(lambda: harness.standin.held and harness.reply.controls[message].running)
    assert (await harness.bridge.press(Press(KEY, message, UWE, "stop", 2))).text == ""
    await harness.hears("⚠️ Angehalten.")
    late = await harness.bridge.press(Press(KEY, message, UWE, "stop", 2))
    assert late.text == "Diese Antwort ist schon zu Ende."


async def test_leaving(store: Store, qwen: QwenClient, standin: StandIn) -> None:
    reply = FakeReply()
    bridge = Bridge(store, qwen)
    await bridge.serve(FakeAdapter(reply))
    standin.hold_after = 2
    await bridge.receive(Incoming(KEY, "q", UWE, "one"))
    await eventually(lambda: reply.shown)
    await bridge.stop(0.3)
    assert "*Unterbrochen." in reply.now()[-1]


async def test_a_fault_of_ours(store: Store, qwen: QwenClient) -> None:
    reply = FaultyReply(1)
    bridge = Bridge(store, qwen)
    await bridge.serve(FakeAdapter(reply))
    await bridge.receive(Incoming(KEY, "q", UWE, "one"))
    await eventually(lambda: reply.now() == ["Bei mir ist etwas schiefgegangen. Bitte noch einmal fragen."])
    await bridge.stop(1)


async def test_commands(harness: Harness) -> None:
    assert await command(harness, "new") == "Die nächste Frage beginnt ein neues Gespräch."
    assert await command(harness, "nonsense") == translated(sentences.UNKNOWN_COMMAND, "de")
    assert await command(harness, "new", shared=True) == "Das dürfen hier nur Admins ändern."
    assert await command(harness, "think", "on") == "Nachdenken ist an."
    assert await command(harness, "search", "OFF") == "Websuche ist aus."
    assert await command(harness, "search", "An") == "Websuche ist an."
    assert await command(harness, "search", "aus") == "Websuche ist aus."
    assert "\n/new – ein neues Gespräch beginnen; " in await command(harness, "help")
    status = await command(harness, "status")
    assert "**Nachdenken:** an\n**Websuche:** aus\n" in status
    assert "**Kontingent:** Gast" in status
    assert await command(harness, "export") == "In diesem Gespräch hat noch niemand etwas gefragt."
    await ask(harness, "hello")
    await eventually(lambda: harness.bridge.idle)
    assert await command(harness, "export") == "Hier ist das Gespräch: 1 Frage und ihre Antwort."
    assert await command(harness, "retry") == "Ich schreibe die letzte Antwort neu."


async def test_buttons_are_labelled_and_type_what_they_always_type(harness: Harness) -> None:
    said = await harness.bridge.command(Invocation(KEY, UWE, "think"))
    assert said.text == "Nachdenken: an oder aus?"
    assert said.choices == (Choice("an", "think", "on"), Choice("aus", "think", "off"))


async def test_the_line_of_what_is_done_and_the_sources() -> None:
    reply = FakeReply()
    async with LiveAnswer(reply, [], forget) as live:
        writing = AnswerWriter(live, language="de")
        writing.take(Thought("Hm."))
        assert live.doing == "Nachdenken"
        writing.take(Searching("cats"))
        assert live.doing == "Suche: cats"
        writing.take(Sources((Source("Cats", "https://example.org"),)))
        writing.take(Text("Purr."))
        writing.end()
        await live.finish()
    assert "\n\n**Quellen**\n\n1. [Cats]" in reply.now()[-1]


async def test_an_answer_lists_its_sources(harness: Harness) -> None:
    await ask(harness, "search cats")
    await harness.hears("\n\n**Quellen**\n\n1. ")


async def test_an_edit_that_changes_nothing(harness: Harness) -> None:
    for number in range(2):
        await ask(harness, "hello", UWE, f"q{number}")
        await harness.hears("", number)
    await harness.bridge.edited(Incoming(KEY, "q0", UWE, "good day"))
    await harness.hears("Nur wenn die letzte Frage bearbeitet wird, antworte ich neu.")


async def test_a_file_without_words_is_asked_about_in_the_language_that_the_answer_is_to_have(harness: Harness) -> None:
    await ask(harness, "", UWE, "q", Attachment("a.txt", "text/plain", b"cats"))
    message = await harness.hears(translated(sentences.LOOK, "de"))
    assert prompt_of(await harness.shown_turn(message)) == "Bitte sieh dir die angehängte Datei an."
