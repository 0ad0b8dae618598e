"""The store: what survives, and what is claimed by whom."""

import asyncio
import sqlite3
from dataclasses import replace
from pathlib import Path

import pytest

from bridge.incoming import Incoming, Quote
from bridge.model import Attachment, Author, ConversationKey, Exchange, Head, Outcome, Turn
from bridge.store import Store
from bridge.store.database import Database, Operations, Sql, transaction

KEY = ConversationKey("test", "channel", "thread")
THERE = replace(KEY, thread="there")
QUESTION = Incoming(KEY, "m1", Author("a", "Ann"), "one")
CLAIM = 10.0


async def claimed(store: Store, conversation: int, owner: str = "me") -> Turn:
    turn = await store.turns.claim(conversation, owner, CLAIM)
    assert isinstance(turn, Turn)
    return turn


async def record(store: Store, incoming: Incoming = QUESTION) -> int:
    recorded = await store.arrivals.record(incoming)
    assert recorded is not None
    return recorded.conversation


async def finish(store: Store, turn: Turn, answer: str, head: Head | None) -> None:
    await store.turns.settle(turn, Outcome(answer, head=head))
    await store.turns.finish(turn, turn.shown)


async def test_a_message_is_recorded_once(store: Store) -> None:
    conversation = await record(store)
    assert await store.arrivals.record(QUESTION) is None
    turn = await claimed(store, conversation)
    assert (turn.key, turn.question, turn.prompt, turn.author) == (KEY, "m1", "one", Author("a", "Ann"))
    await finish(store, turn, "first", Head("chat", "r1"))
    assert await store.turns.claim(conversation, "me", CLAIM) is None
    assert await store.arrivals.record(QUESTION) is None


async def test_many_messages_at_once_are_each_recorded_once(store: Store) -> None:
    twice = [replace(QUESTION, message=f"m{number // 2}") for number in range(40)]
    recorded = await asyncio.gather(*(store.arrivals.record(incoming) for incoming in twice))
    assert sum(conversation is not None for conversation in recorded) == 20


async def test_the_head_moves_with_a_finished_answer_and_only_then(store: Store) -> None:
    conversation = await record(store)
    await finish(store, await claimed(store, conversation), "first", Head("chat", "r1"))
    await record(store, replace(QUESTION, message="m2"))
    failed = await claimed(store, conversation)
    assert failed.head == Head("chat", "r1")
    await finish(store, failed, "half", None)
    await record(store, replace(QUESTION, message="m3"))
    assert (await claimed(store, conversation)).head == Head("chat", "r1")


async def test_beginning_anew_leaves_the_old_chat(store: Store) -> None:
    conversation = await record(store)
    running = await claimed(store, conversation)
    await store.conversations.begin_anew(KEY)
    await finish(store, running, "late", Head("chat", "r1"))
    await record(store, replace(QUESTION, message="m2"))
    assert (await claimed(store, conversation)).head is None


async def test_turns_are_claimed_oldest_first_and_by_one_owner(store: Store) -> None:
    conversation = await record(store)
    await record(store, replace(QUESTION, message="m2"))
    first = await claimed(store, conversation)
    wait = await store.turns.claim(conversation, "other", CLAIM)
    assert isinstance(wait, float)
    assert CLAIM - 1 < wait <= CLAIM
    await finish(store, first, "first", None)
    assert (await claimed(store, conversation, "other")).question == "m2"


async def test_a_claim_that_ran_out_is_taken_over_and_one_that_is_renewed_is_not(database: str) -> None:
    now = 1000.0
    async with await Store.open(database, lambda: now) as store:
        conversation = await record(store)
        await store.turns.claim(conversation, "dead", CLAIM)
        now += CLAIM / 2
        await store.turns.renew("dead", CLAIM)
        now += CLAIM - 1
        assert await store.turns.claim(conversation, "heir", CLAIM) == pytest.approx(1)
        now += 2
        await claimed(store, conversation, "heir")


async def test_a_clock_that_ran_ahead_holds_no_claim_and_no_question(database: str) -> None:
    now = 1000.0 + 2 * 86400
    async with await Store.open(database, lambda: now) as store:
        conversation = await record(store, replace(QUESTION, group="paste", wait=1.5))
        now += 2
        await store.turns.claim(conversation, "killed", CLAIM)
        now = 1000.0
        await claimed(store, conversation, "heir")
        await store.turns.release("heir")
        now += 3600
        await record(store, replace(QUESTION, message="m2", key=THERE, group="paste", wait=1.5))
        now -= 3600
        assert not await store.arrivals.expects(THERE, "a", "paste")
        other = (await store.conversations.get(THERE)).id
        assert isinstance(await store.turns.claim(other, "heir", CLAIM), Turn)


async def test_what_is_released_can_be_claimed_at_once(store: Store) -> None:
    conversation = await record(store)
    await claimed(store, conversation, "leaving")
    await store.turns.release("leaving")
    await claimed(store, conversation, "next")


async def test_a_turn_remembers_the_messages_that_show_it(database: str) -> None:
    async with await Store.open(database) as store:
        turn = await claimed(store, await record(store))
        await store.turns.show(turn, 0, "s0")
        await store.turns.show(turn, 1, "s1")
        await store.turns.show(turn, 1, "s1-again")
    async with await Store.open(database) as store:
        turn = await store.turns.get(turn.id)
        assert turn.shown == ("s0", "s1-again")
        await store.turns.finish(turn, ["s0"])
        assert (await store.turns.get(turn.id)).shown == ("s0",)


async def test_unfinished_turns_are_found_again_and_settled_ones_keep_their_outcome(database: str) -> None:
    async with await Store.open(database) as store:
        conversation = await record(store)
        turn = await claimed(store, conversation)
        await store.turns.settle(turn, Outcome("an answer", "a notice", Head("chat", "r1")))
        await store.turns.release("me")
    async with await Store.open(database) as store:
        assert await store.turns.unfinished("test") == [conversation]
        assert await store.turns.unfinished("elsewhere") == []
        again = await claimed(store, conversation)
        assert (again.state, again.answer, again.notice) == ("settled", "an answer", "a notice")
        assert again.head is None, "a settled turn keeps its own parent, though it is the head now"


async def test_the_chain_is_walked_up_from_a_turn(store: Store) -> None:
    conversation = await record(store)
    for number in range(3):
        turn = await claimed(store, conversation)
        await finish(store, turn, f"answer {number}", Head("chat", f"r{number}"))
        await record(store, replace(QUESTION, message=f"next {number}", text=f"question {number}"))
    assert await store.transcripts.chain(turn.id) == [
        Exchange("one", "answer 0"),
        Exchange("question 0", "answer 1"),
        Exchange("question 1", "answer 2"),
    ]
    assert len(await store.transcripts.chain(turn.id, size=len("question 1answer 2"))) == 2, "one more than has room"
    assert len(await store.transcripts.chain(turn.id, size=0)) == 1
    assert await store.transcripts.chain(None) == []


async def test_places_are_known_apart(store: Store) -> None:
    await record(store)
    assert await store.conversations.knows(KEY)
    assert not await store.conversations.knows(replace(KEY, thread="other"))
    assert not await store.conversations.knows(replace(KEY, channel="other"))
    assert not await store.conversations.knows(replace(KEY, platform="other"))


async def test_a_cancelled_transaction_leaves_the_store_usable(store: Store) -> None:
    for _ in range(20):
        task = asyncio.create_task(store.arrivals.record(replace(QUESTION, message="cancelled")))
        await asyncio.sleep(0)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
    await record(store, replace(QUESTION, message="after"))


class HalfDone(Operations):
    """An operation that fails in its middle."""

    @transaction
    def fail(self, sql: Sql) -> None:
        sql.run("UPDATE conversations SET trouble = 'half done'")
        raise LookupError


async def test_a_change_that_fails_in_the_middle_leaves_nothing(store: Store, database: str) -> None:
    await record(store)
    other = await Database.open(database)
    with pytest.raises(LookupError):
        await HalfDone(other).fail()
    await other.close()
    assert (await store.conversations.get(KEY)).trouble == ""


async def test_words_that_are_old_enough_are_deleted_and_the_conversation_goes_on(database: str) -> None:
    now = 1000.0
    async with await Store.open(database, lambda: now) as store:
        conversation = await record(store)
        await finish(store, await claimed(store, conversation), "first", Head("chat", "r1"))
        now = 2000.0
        await record(store, replace(QUESTION, message="m2", text="two"))
        second = await claimed(store, conversation)
        assert await store.transcripts.forget_words(1500.0) == 1
        assert await store.transcripts.forget_words(1500.0) == 0
        assert second.head == Head("chat", "r1")
        assert await store.transcripts.chain(second.parent) == [Exchange("", "")]
        assert (await store.turns.get(second.id)).prompt == "two"


WORDS = ("zebra-name", "zebra-prompt", "zebra-quote", "zebra-file", "zebra-answer", "zebra-thought", "zebra-notice")
INSTRUCTION = "zebra-instruction"


def words_in_files(database: str) -> list[str]:
    """Which of the words stand anywhere in the files of the database."""
    files = Path(database.removeprefix("sqlite:///")).parent.glob("bridge.db*")
    content = b"".join(file.read_bytes() for file in files)
    return [word for word in (*WORDS, INSTRUCTION) if word.encode() in content]


@pytest.mark.parametrize("delete", ["forget", "forget_words"])
async def test_no_word_of_what_is_deleted_is_left_in_the_files(database: str, delete: str) -> None:
    now = 1000.0
    name, prompt, quote, file, *_ = WORDS
    question = replace(
        QUESTION,
        author=Author("a", name),
        text=prompt * 100,
        quotes=(Quote("Bob wrote:", quote * 50),),
        files=(Attachment("a.txt", "text/plain", file.encode() * 1000),),
    )
    async with await Store.open(database, lambda: now) as store:
        await store.conversations.instruct(KEY, INSTRUCTION)
        turn = await claimed(store, await record(store, question))
        outcome = Outcome(WORDS[4] * 2000, WORDS[6], Head("chat", "r1"), thought=WORDS[5] * 10)
        await store.turns.settle(turn, outcome)
        await store.turns.finish(turn, turn.shown)
        assert words_in_files(database) == [*WORDS, INSTRUCTION]
        if delete == "forget":
            await store.transcripts.forget(KEY)
        else:
            await store.transcripts.forget_words(1500.0)
        assert words_in_files(database) == []


async def test_an_instruction_stays_while_the_conversation_goes_on_or_when_it_is_new(database: str) -> None:
    now = 1000.0
    async with await Store.open(database, lambda: now) as store:
        await store.conversations.instruct(KEY, "be brief")
        await finish(store, await claimed(store, await record(store)), "first", None)
        now = 2000.0
        conversation = await record(store, replace(QUESTION, message="m2"))
        await store.transcripts.forget_words(1500.0)
        assert (await store.conversations.get(KEY)).system == "be brief"
        await finish(store, await claimed(store, conversation), "second", None)
        await store.conversations.instruct(KEY, "be kind")
        now = 3000.0
        await store.conversations.instruct(replace(KEY, thread="other"), "be new")
        await store.transcripts.forget_words(2500.0)
        assert (await store.conversations.get(KEY)).system == ""
        assert (await store.conversations.get(replace(KEY, thread="other"))).system == "be new"


async def test_how_far_everything_was_looked_at_is_kept(database: str) -> None:
    async with await Store.open(database) as store:
        assert await store.cursors.seen("test", "") is None
        for message in (5, 1 << 62):
            await store.cursors.saw("test", message)
    async with await Store.open(database) as store:
        assert await store.cursors.seen("test", "") == 1 << 62
        assert await store.cursors.seen("other", "") is None


async def test_of_what_is_forgotten_only_its_last_message_is_known(database: str) -> None:
    async with await Store.open(database) as store:
        for message in ("9", "10"):
            await record(store, replace(QUESTION, message=message))
        await store.transcripts.forget(QUESTION.key)
        assert await store.cursors.seen("test", QUESTION.key.channel) == 10


async def test_places_come_latest_first(database: str) -> None:
    places = [("test", "a", ""), ("test", "b", ""), ("test", "c", ""), ("test", "a", "")]
    others = [("test", "d", "a thread"), ("other", "e", "")]
    async with await Store.open(database) as store:
        for number, place in enumerate(places + others):
            await record(store, replace(QUESTION, key=ConversationKey(*place), message=str(number)))
        assert [key.channel for key in await store.cursors.channels("test", 9)] == ["a", "c", "b"]
        assert [key.channel for key in await store.cursors.channels("test", 1)] == ["a"]


async def test_a_value_that_no_database_holds_is_not_tried_again(store: Store) -> None:
    odd = Incoming(KEY, ["1"], Author("1", "Ann"), "hello")  # type: ignore[arg-type]
    with pytest.raises(sqlite3.Error, match="binding"):
        await store.arrivals.record(odd)
