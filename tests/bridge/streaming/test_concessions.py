"""What a live answer shows in place of what its platform refuses: never a text that looks as if it still grew."""

from collections.abc import Callable

import pytest

from bridge.controls import Controls
from bridge.errors import CannotShow, FileRefused, TextTooLong, WordsRefused
from bridge.streaming.chunks import MORE
from bridge.streaming.live_answer import LiveAnswer
from tests.bridge.streaming.words import words
from tests.harness import FakeReply, forget
from tests.waiting import eventually

MISSING = WordsRefused("", "Here").sentence
ENDED = CannotShow("").sentence


class ChoosyReply(FakeReply):
    """A reply that refuses what `refuse` returns an error for: by its text, its message (None: a new one) and file."""

    limit = 200

    def __init__(self, refuse: Callable[[str, str | None, str], CannotShow | None]) -> None:
        super().__init__()
        self.refuse = refuse

    async def put(
        self, markdown: str, message: str | None, *, final: bool, whole: str = "", controls: Controls | None = None
    ) -> str | None:
        if error := self.refuse(markdown, message, whole):
            raise error
        return await super().put(markdown, message, final=final, whole=whole, controls=controls)


async def show(reply: ChoosyReply, text: str, below: str = "") -> LiveAnswer:
    """Show a whole answer at once, with a paragraph below it, and return it when that has ended."""
    async with LiveAnswer(reply, [], forget) as live:
        live.write(text)
        if below:
            live.write_below(below)
        await live.finish()
    assert not any(MORE in shown for shown in reply.now())
    return live


async def test_a_refused_message_in_the_middle_costs_that_message() -> None:
    reply = ChoosyReply(lambda text, message, whole: WordsRefused("", "Here") if " word20 " in text else None)
    live = await show(reply, " ".join(f"word{number}" for number in range(80)))
    shown = reply.now()
    assert [MISSING in text for text in shown] == [False, True, *[False] * (len(shown) - 2)] or MISSING in shown[0]
    assert shown[-1].endswith("word79")
    assert sum(MISSING in text for text in shown) == 1
    assert not live.refused


async def test_what_stands_below_a_refused_text_stays_below_it() -> None:
    reply = ChoosyReply(lambda text, message, whole: WordsRefused("", "Here") if "bad" in text else None)
    await show(reply, "a bad word", below="Stopped.")
    assert reply.now() == [f"⚠️ {MISSING}\n\nStopped."]


async def test_words_that_are_refused_as_they_grow_leave_what_was_shown(reply: FakeReply) -> None:
    choosy = ChoosyReply(lambda text, message, whole: WordsRefused("", "Here") if "bad" in text else None)
    async with LiveAnswer(choosy, [], forget) as live:
        live.write("so far so good ")
        await eventually(choosy.now)
        live.write("and then bad")
        await live.finish()
    assert choosy.now() == [f"so far so good\n\n⚠️ {MISSING}"]


@pytest.mark.parametrize("most", [40, 60, 100])
async def test_texts_too_long_by_another_count_are_halved(most: int) -> None:
    reply = ChoosyReply(lambda text, message, whole: TextTooLong("") if len(text) > most else None)
    live = await show(reply, "".join(words(60)))
    if most < 50:  # less than half of what may be cut
        assert live.refused or ENDED in reply.now()[-1]
    else:
        assert " ".join(reply.now()).split() == "".join(words(60)).split()


async def test_without_files_all_messages_are_sent() -> None:
    reply = ChoosyReply(lambda text, message, whole: FileRefused("") if whole else None)
    reply.most = 3
    live = await show(reply, "".join(words(200)))
    assert " ".join(reply.now()).split() == "".join(words(200)).split()
    assert not reply.files
    assert not live.refused


async def test_where_no_new_message_is_taken_the_last_one_says_so() -> None:
    reply = ChoosyReply(lambda text, message, whole: CannotShow("closed") if not message and reply.shown else None)
    live = await show(reply, "".join(words(60)))
    (shown,) = reply.now()
    assert shown.endswith(f"\n\n⚠️ {ENDED}")
    assert len(shown) <= reply.limit
    assert not live.refused


async def test_where_nothing_is_taken_any_more_that_is_known() -> None:
    reply = ChoosyReply(lambda text, message, whole: CannotShow("kicked"))
    live = await show(reply, "hello")
    assert live.refused
    assert reply.now() == []
