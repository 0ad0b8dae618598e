"""The line of a conversation: people take turns in it, and nobody holds it for long."""

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path

from bridge.incoming import Incoming
from bridge.model import OF_QUESTION, Author, ConversationKey, Head, Outcome, Turn
from bridge.store import Recorded, Store
from bridge.store.arrivals import GATHERING_SECONDS, LONGEST_GATHERED
from bridge.store.connection import migrations
from tests.harness import Clock

KEY = ConversationKey("test", "channel")
PEOPLE = {name[0]: Author(name[0], name) for name in ("ann", "bob", "cleo", "dan")}


async def record(store: Store, text: str, /, **more: object) -> Recorded:
    """Record a question of the person whose letter its text begins with; the text is its message's id too."""
    incoming = Incoming(KEY, text, PEOPLE[text[0]], text, shared=True)
    recorded = await store.arrivals.record(replace(incoming, **more))  # type: ignore[arg-type]
    assert recorded
    return recorded


async def claimed(store: Store) -> Turn:
    turn = await store.turns.claim(1, "me", 10.0)
    assert isinstance(turn, Turn)
    return turn


async def answer(store: Store, head: Head | None = None) -> str:
    """Answer the next question; return its text."""
    turn = await claimed(store)
    await store.turns.settle(turn, Outcome("an answer", head=head))
    await store.turns.finish(turn, ())
    return turn.prompt


async def answered(store: Store, count: int) -> list[str]:
    return [await answer(store) for _ in range(count)]


async def ask(store: Store, texts: Sequence[str]) -> list[int]:
    """Record questions; return how many come before each."""
    return [(await record(store, text)).before for text in texts]


async def test_people_take_turns_also_after_a_restart(database: str) -> None:
    async with await Store.open(database) as store:
        assert await ask(store, ["a1", "a2", "a3", "b1", "b2", "c1"]) == [0, 1, 2, 1, 3, 2]
        assert await answer(store) == "a1"
        assert await store.turns.position_in_queue(KEY, "a") == 2
    async with await Store.open(database) as store:
        assert await answered(store, 5) == ["b1", "c1", "a2", "b2", "a3"]


async def test_one_person_alone_is_answered_in_the_order_of_asking(store: Store) -> None:
    asked = [f"a{number}" for number in range(7)]
    await ask(store, asked[:4])
    assert await answered(store, 2) == asked[:2]
    await ask(store, asked[4:])
    assert await answered(store, 5) == asked[2:]


async def test_who_asks_again_and_again_does_not_pass_somebody_who_waits(store: Store) -> None:
    await ask(store, ["a1", "a2", "b1", "c1"])
    said = []
    for number in range(2, 5):
        said += [await answer(store)]
        await ask(store, [f"b{number}", f"c{number}"])
    assert said == ["a1", "b1", "c1"]
    assert await answer(store) == "a2"


async def test_who_comes_later_waits_for_one_question_of_everybody_else(store: Store) -> None:
    await ask(store, ["a1", "a2", "a3", "a4"])
    assert await answered(store, 2) == ["a1", "a2"]
    await ask(store, ["b1"])
    assert await answered(store, 3) == ["a3", "b1", "a4"]


async def test_a_reply_comes_after_the_question_that_it_replies_to(store: Store) -> None:
    key = KEY.of_question("a1")
    assert key.thread.startswith(OF_QUESTION)
    for text, replied in (("a1", ""), ("a2", ""), ("b1", "a2")):
        await record(store, text, key=key, replied=replied)
    turns = [await store.turns.claim(2, "me", 10.0)]
    while isinstance(turns[-1], Turn):
        await store.turns.settle(turns[-1], Outcome("an answer", head=Head("chat", turns[-1].prompt)))
        await store.turns.finish(turns[-1], ())
        turns.append(await store.turns.claim(2, "me", 10.0))
    heads = [(turn.prompt, turn.head and turn.head.parent_id) for turn in turns if isinstance(turn, Turn)]
    assert heads == [("a1", None), ("a2", "a1"), ("b1", "a2")]


async def test_a_question_is_the_last_one_by_the_order_of_answering(store: Store) -> None:
    await ask(store, ["a1", "a2", "b1"])
    numbers = {text: (await store.versions.find(KEY, text)) for text in ("a1", "a2", "b1")}
    last = [text for text, found in numbers.items() if found and await store.versions.is_last(found.turn)]
    assert last == ["a2"]


async def test_an_edited_question_keeps_its_place(store: Store) -> None:
    await ask(store, ["a1", "b1", "b2", "a2"])
    found = await store.versions.find(KEY, "a2")
    assert found
    await store.versions.redo(found.turn, "a2 edited")
    await ask(store, ["c1", "a3"])
    assert await answered(store, 6) == ["a1", "b1", "c1", "b2", "a2 edited", "a3"]


async def test_a_notice_waits_in_no_line_and_nobody_waits_for_it(store: Store) -> None:
    await ask(store, ["a1"])
    for number in range(2):
        await record(store, f"b{number}", text="", notice=f"notice {number}")
    assert await ask(store, ["c1"]) == [1]
    notices = []
    for _ in range(2):
        turn = await store.turns.claim(1, "me", 10.0, beside=True)
        assert isinstance(turn, Turn)
        notices.append(turn.notice)
        await store.turns.finish(turn, ())
    assert notices == ["notice 0", "notice 1"]
    assert await answered(store, 2) == ["a1", "c1"]


async def test_what_waits_is_counted_by_place_and_by_person(store: Store) -> None:
    for number in range(3):
        await record(store, f"a{number}", key=KEY.of_question(f"a{number}"))
    await record(store, "a3", key=replace(KEY, channel="other"))
    await record(store, "a4", key=replace(KEY, channel="private"), shared=False)
    await record(store, "b1", key=KEY.of_question("b1"))
    arrival = await store.arrivals.look_up(Incoming(KEY.of_question("a9"), "a9", PEOPLE["a"], "a9"))
    assert (arrival.waiting, arrival.own, arrival.elsewhere, arrival.known) == (4, 3, 4, False)


async def test_a_paste_that_never_ends_holds_the_line_for_a_while(counted: Store, clock: Clock) -> None:
    began, pieces = clock.now, 0
    turn = (await record(counted, "a0", group="paste", wait=1.5)).turn
    while clock.now < began + 3 * GATHERING_SECONDS:
        clock.now += 1.0
        pieces += 1
        if (await record(counted, f"a{pieces}", group="paste", wait=1.5)).turn != turn:
            break
    assert clock.now - began == GATHERING_SECONDS
    assert len((await claimed(counted)).prompt.splitlines()) == pieces


async def test_a_question_of_many_pieces_has_a_longest_length(store: Store) -> None:
    piece = "a" * (LONGEST_GATHERED // 4)
    turns = [(await record(store, f"a{number}", text=piece, group="paste", wait=9.0)).turn for number in range(7)]
    assert turns == [1] * 4 + [2] * 3


async def test_older_questions_keep_their_order(tmp_path: Path) -> None:
    path = tmp_path / "old.db"
    with closing(sqlite3.connect(path)) as old:
        for number, step in enumerate(migrations()[:13], start=1):
            old.executescript(f"{step}\nPRAGMA user_version = {number};")
        old.execute("INSERT INTO conversations (id, platform, channel, thread) VALUES (1, 'test', 'channel', '')")
        for number, text in enumerate(("a1", "a2", "b1"), start=1):
            old.execute(
                "INSERT INTO turns (id, conversation, epoch, state, author_id, author_name, prompt, asked_at, origin) "
                "VALUES (?, 1, 0, 'waiting', ?, 'somebody', ?, 1000.0, ?)",
                (number, text[0], text, number),
            )
            old.execute("INSERT INTO messages VALUES ('test', 'channel', ?, ?, 'question', 0)", (text, number))
        old.commit()
    async with await Store.open(f"sqlite:///{path}") as store:
        await ask(store, ["a3", "c1"])
        assert await answered(store, 5) == ["a1", "a2", "b1", "c1", "a3"]
