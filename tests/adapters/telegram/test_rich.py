"""Answers that are rich messages at their end."""

import json
from collections.abc import AsyncIterator

import pytest
from hypothesis import example, given

from adapters.sandbox.qwen import StandIn
from adapters.sandbox.telegram import FakeTelegram
from adapters.sandbox.telegram.params import Params
from adapters.sandbox.telegram.rich_html import read_rich
from adapters.telegram.forms import Forms
from adapters.telegram.rich import rich
from tests.adapters.stages import TelegramStage
from tests.adapters.telegram.forms import ALL_OF_IT, RICH_TABLE, TABLE, drafts, grown, only, with_forms
from tests.odd_markdown import odd_markdown
from tests.properties import examples
from tests.waiting import eventually


@pytest.fixture(autouse=True)
def soon_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("adapters.telegram.errors.RETRY_SECONDS", 0.01)


@pytest.fixture
async def group(standin: StandIn, database: str, telegram: FakeTelegram) -> AsyncIterator[TelegramStage]:
    async with TelegramStage(standin, database, telegram, "group") as opened:
        yield opened


# Rich messages


@given(odd_markdown())
@example("*$$x$$*")
@example("$$x$$ and\n\n" * 250 + "---")
@example("---")
@examples(50)
def test_what_telegram_would_refuse_is_no_rich_message(markdown: str) -> None:
    html = rich(markdown)
    assert html is None or read_rich(Params({"rich_message": json.dumps({"html": html})}))


def test_the_most_that_fits_is_one() -> None:
    assert rich("$$x$$ and\n\n" * 249 + "---")


def test_an_image_is_a_link_unless_it_is_in_one_or_leads_nowhere() -> None:
    said = "![a cat](<https://x.example/c.png?a=1&b=2>) ![](https://x.example/d) ![e](javascript:e)"
    assert rich(f"{said} [![in](https://x.example/i.png)](https://y.example)") == (
        '<p><a href="https://x.example/c.png?a=1&amp;b=2">🖼 a cat</a> <a href="https://x.example/d">🖼 '
        'https://x.example/d</a> e <a href="https://y.example">in</a></p>'
    )


async def test_an_answer_with_a_table_becomes_a_rich_message_at_its_end(private: TelegramStage) -> None:
    await with_forms(private, Forms(rich="auto"))
    private.standin.hold_after = ALL_OF_IT
    await private.say(f"echo {TABLE}")
    await eventually(lambda: "tea" in "".join(private.shown()))
    assert not only(private).rich
    private.standin.release()
    answer = await grown(private, "barley 3")
    assert answer.rich.startswith(RICH_TABLE)
    assert answer.text == "Prices:\nWhat Price\ntea 2\nbarley 3"
    await private.say("echo **no** table")
    await private.hears("barley 3", "no table")
    assert [bool(each.rich) for each in private.telegram.answers(private.here)] == [True, False]


async def test_after_a_preview_the_rich_message_is_sent_once(private: TelegramStage) -> None:
    await with_forms(private, Forms(drafts=True, rich="auto"))
    private.standin.hold_after = 2
    await private.say(f"echo {TABLE}")
    await eventually(lambda: drafts(private) and private.standin.held)
    private.standin.release()
    answer = await grown(private, "barley 3")
    assert answer.rich.startswith(RICH_TABLE)
    assert len(answer.history) == len(private.telegram.calls("sendRichMessage")) == 1
    assert drafts(private) == []
    assert not private.telegram.calls("sendMessage")


async def test_where_it_is_on_every_answer_is_rich_and_off_none(group: TelegramStage) -> None:
    await with_forms(group, Forms(rich="on"))
    question = await group.telegram.say(group.here, group.ann, "/ask echo **no** table")
    answer = await grown(group, "no table")
    assert answer.rich == "<p><b>no</b> table</p>"
    assert answer.reply_to == question.message_id
    await with_forms(group, Forms())
    await group.say(f"echo {TABLE}")
    await group.hears("no table", "barley")
    assert not group.telegram.answers(group.here)[-1].rich


@pytest.mark.parametrize(
    ("code", "words", "grows"),
    [
        (400, "Bad Request: RICH_MESSAGE_INVALID", False),
        (404, "Not Found: method not found", False),
        (400, "Bad Request: message text is empty", True),  # of a server that does not know the parameter
    ],
)
async def test_a_refused_rich_message_is_shown_as_text_and_not_tried_again(
    private: TelegramStage, code: int, words: str, grows: bool
) -> None:
    telegram = private.telegram
    await with_forms(private, Forms(drafts=not grows, rich="auto"))
    for method in ("sendRichMessage", "editMessageText"):
        telegram.fault(method, code=code, description=words, times=None, match=lambda params: "rich_message" in params)
    private.standin.hold_after = 2
    await private.say(f"echo {TABLE}")
    await eventually(lambda: private.standin.held and (private.shown() or drafts(private)))
    private.standin.hold_after = None
    private.standin.release()
    answer = await grown(private, "barley")
    assert "│" in answer.text or "|" in answer.text
    await private.say(f"echo {TABLE}")
    await private.hears("barley", "barley")
    assert sum("rich_message" in request.params for request in telegram.requests) == 1
    assert not any(each.rich for each in telegram.answers(private.here))


@pytest.mark.parametrize("grows", [False, True])
async def test_a_rich_message_whose_confirmation_got_lost_does_not_become_text(
    private: TelegramStage, grows: bool
) -> None:
    telegram = private.telegram
    await with_forms(private, Forms(drafts=not grows, rich="auto"))
    private.standin.hold_after = 2
    telegram.fault("sendRichMessage", drop="after")
    telegram.fault("editMessageText", drop="after", match=lambda params: "rich_message" in params)
    await private.say(f"echo {TABLE}")
    await eventually(lambda: private.standin.held and (private.shown() or drafts(private)))
    private.standin.hold_after = None
    private.standin.release()
    await eventually(lambda: [r.status for r in telegram.requests if "rich_message" in r.params][1:])
    await private.say("echo then")
    await eventually(lambda: private.shown()[-1] == "then")
    *answers, _ = telegram.answers(private.here)
    assert len(answers) <= (1 if grows else 2)
    assert all(answer.rich.startswith(RICH_TABLE) for answer in answers)


async def test_a_message_that_is_gone_is_replaced_by_a_rich_one(private: TelegramStage) -> None:
    await with_forms(private, Forms(rich="auto"))
    private.standin.hold_after = ALL_OF_IT
    await private.say(f"echo {TABLE}")
    await eventually(lambda: "tea" in "".join(private.shown()))
    await private.telegram.delete(only(private))
    private.standin.hold_after = None
    private.standin.release()
    answer = await grown(private, "barley")
    assert answer.rich
    await private.say(f"echo {TABLE}")
    await private.hears("barley", "barley")
    assert private.telegram.answers(private.here)[-1].rich
