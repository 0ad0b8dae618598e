"""No statement of the store reads a whole table of turns, messages or visits, however many there are."""

import inspect
import sqlite3
from contextlib import closing
from dataclasses import replace
from typing import Any

import pytest

from bridge.access import Limits
from bridge.incoming import Beginning, Incoming, Quote
from bridge.model import OF_QUESTION, Attachment, Author, Choices, ConversationKey, Head, Outcome, Turn
from bridge.store import Store
from bridge.store.database import Operations

KEY = ConversationKey("test", "channel", "thread")
OTHER = replace(KEY, thread="other")
QUESTION = Incoming(
    KEY,
    "m1",
    Author("a", "Ann"),
    "one",
    files=(Attachment("a.txt", "text/plain", b"words"),),
    group="g",
    wait=0.001,
    begun_on=Beginning("channel", "m0", Quote("Ben wrote:", "began")),
)

SMALL = (
    "forgotten",
    "learnt",
    "passed_over",
    "conversations",
    "files",
    "f ",
    "turns_unfinished",
    "chain",
    "above",
    "now",
    "CONSTANT ROW",
)
"""Names what a scan of costs little: a row a server, a channel or an unanswered question, few rows, or a recursion."""


class Recording(sqlite3.Connection):
    """Notes the statements that it runs."""

    statements: dict[str, Any]

    def execute(self, sql: str, parameters: Any = (), /) -> sqlite3.Cursor:
        self.statements.setdefault(sql, parameters)
        return super().execute(sql, parameters)


@pytest.fixture
def statements(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """The statements that all connections run from now on, with the values of their first run."""
    noted: dict[str, Any] = {}
    connect = sqlite3.connect

    def recording(*args: Any, **kwargs: Any) -> sqlite3.Connection:
        connection: Recording = connect(*args, **kwargs, factory=Recording)
        connection.statements = noted
        return connection

    monkeypatch.setattr(sqlite3, "connect", recording)
    return noted


async def answer(store: Store, conversation: int, head: Head | None) -> Turn:
    turn = await store.turns.claim(conversation, "me", 10.0)
    while isinstance(turn, float):
        turn = await store.turns.claim(conversation, "me", 10.0)
    assert turn is not None
    await store.turns.mark(turn, on=True)
    await store.turns.begin(turn, Head("chat", "r0"))
    await store.turns.sending(turn, 0)
    await store.turns.show(turn, 0, f"s{turn.id}")
    await store.turns.settle(turn, Outcome("an answer", head=head))
    await store.turns.finish(turn, ["other"])
    return turn


async def play(store: Store) -> None:
    """Run every operation."""
    await store.arrivals.look_up(QUESTION)
    recorded = await store.arrivals.record(QUESTION)
    await store.arrivals.record(replace(QUESTION, message="m2"))
    await store.arrivals.look_up(QUESTION)
    await store.arrivals.expects(KEY, "a", "g")
    assert recorded
    conversation = recorded.conversation
    await store.turns.unfinished("test")
    await store.turns.newest()
    await store.turns.queued(conversation)
    await store.turns.queued_in(KEY)
    await store.arrivals.look_up(replace(QUESTION, key=replace(KEY, thread=f"{OF_QUESTION}m1")))
    await store.turns.running(KEY)
    await store.turns.position_in_queue(KEY, "a")
    await store.turns.claim(conversation, "me", 10.0, beside=True)
    await store.turns.renew("me", 10.0)
    await store.turns.release("me")
    turn = await answer(store, conversation, Head("chat", "r1"))
    await store.turns.get(turn.id)
    await store.arrivals.record(replace(QUESTION, message="m3", replied=f"s{turn.id}"))
    await answer(store, conversation, Head("chat", "r2"))
    versions = store.versions
    new = await versions.redo(turn.id)
    assert new
    await answer(store, conversation, Head("chat", "r3"))
    await versions.flip(turn.id)
    await versions.hand_over(new, turn.id)
    await versions.is_last(turn.id)
    await versions.newest(turn.id)
    await versions.whole(turn.id)
    await versions.question_messages(turn.id)
    await versions.same_answer(turn.id, new)
    await versions.last_turn(KEY, "a")
    await versions.first_unknown(KEY, ["m1", "m9"])
    await versions.find(KEY, "m1")
    await versions.say_again(KEY, "m1", "m1-again")
    await versions.take_answer(KEY, turn.id)
    edited = await versions.redo(turn.id, "edited")
    assert edited
    await store.turns.decline(await store.turns.get(edited), "a notice", shown=False)
    await versions.remove(edited)
    await store.conversations.of_message(KEY, "m1")
    await store.conversations.get(KEY)
    await store.conversations.knows(KEY)
    await store.conversations.begins(KEY)
    await store.conversations.choose(KEY, Choices("model"))
    await store.conversations.instruct(KEY, "be brief")
    await store.conversations.tell_once(conversation, "left_out")
    await store.conversations.rename("test", "elsewhere", "new")
    limits = Limits(hour=1, day=1, chat_hour=1, chat_day=1)
    await store.usage.refusal(KEY, "a", limits)
    await store.usage.count(KEY, "a", limits)
    await store.usage.count(KEY, "a", limits)
    await store.usage.budgets(KEY, "a", limits)
    await store.cursors.seen("test", "channel")
    await store.cursors.saw("test", 1)
    await store.cursors.channels("test", 10)
    await store.learnt.learn("server", "model", "name", "value")
    await store.learnt.recall("server")
    await store.learnt.newest(3)
    await store.passed_over.add("test", "channel", "message", "ValueError")
    await store.passed_over.newest(3)
    await store.transcripts.chain(turn.id)
    await store.transcripts.transcript(KEY)
    await store.transcripts.offer_move(KEY, "code", 10.0)
    await store.transcripts.move("code", OTHER)
    await store.conversations.begin_anew(OTHER)
    await store.transcripts.forget_words(1e12)
    await store.transcripts.forget(OTHER)


def operations(store: Store) -> set[str]:
    """The names of all operations."""
    groups = [group for group in vars(store).values() if isinstance(group, Operations)]
    functions = [name for group in groups for name, _ in inspect.getmembers(group, inspect.iscoroutinefunction)]
    return {name for name in functions if not name.startswith("_")}


def is_slow(statement: str, step: str) -> bool:
    """Tell whether a step of a plan looks at all rows of a table that grows, or at all turns of a conversation."""
    scan = step.startswith("SCAN") and not any(name in step for name in SMALL)
    reads_all = "USING INDEX turns_asked_in (conversation=?)" in step and statement.lstrip().startswith("SELECT")
    if "USING INDEX turns_in_rounds (conversation=?)" in step and "round, id LIMIT 1" in statement:
        return True  # what is unfinished has an index of its own
    return scan or (reads_all and "LIMIT 1" not in statement and "chat_id" not in statement)


async def test_every_statement_finds_its_rows_by_an_index(database: str, statements: dict[str, Any]) -> None:
    async with await Store.open(database) as store:
        await play(store)
        played = inspect.getsource(play) + inspect.getsource(answer)
        assert [name for name in operations(store) if f".{name}(" not in played] == []
    scans = []
    with closing(sqlite3.connect(database.removeprefix("sqlite:///"))) as connection:
        for statement, values in list(statements.items()):
            if statement.lstrip().startswith(("SELECT", "INSERT", "UPDATE", "DELETE", "WITH")):
                plan = connection.execute(f"EXPLAIN QUERY PLAN {statement}", values).fetchall()
                scans += [(statement, step) for *_, step in plan if is_slow(statement, step)]
    assert scans == []


async def test_every_reference_to_a_row_has_an_index(store: Store, database: str) -> None:
    """Without one, each row that is deleted costs a look at all rows that might refer to it."""
    with closing(sqlite3.connect(database.removeprefix("sqlite:///"))) as connection:
        tables = [name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        for table in tables:
            indexes = [row[1] for row in connection.execute(f"PRAGMA index_list({table})")]
            first = {connection.execute(f"PRAGMA index_info({index})").fetchone()[2] for index in indexes}
            references = {row[3] for row in connection.execute(f"PRAGMA foreign_key_list({table})")}
            assert references <= first, table
