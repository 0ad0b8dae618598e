"""/help says who reads what people write, and fits into one message in every language."""

import pytest

from adapters.discord.reply import LIMIT
from adapters.discord.sentences import DELETE, THREAD, THREAD_WITHOUT_MENTION
from adapters.telegram.sentences import PRIVACY_MODE
from bridge.backends.base import Backend
from bridge.backends.fallback import Fallback
from bridge.backends.openai import OpenAIClient
from bridge.backends.qwen import QwenClient
from bridge.backends.qwen.session import QWEN_URL
from bridge.controls import Invocation
from bridge.core.help import help_text
from bridge.core.policy import Policy
from bridge.i18n import sentences
from bridge.i18n.language import LANGUAGES, translated
from bridge.model import Author
from tests.conftest import GUEST
from tests.harness import ANN, KEY

HOST = "llm.example.org"
WEB, API = QwenClient(QWEN_URL, GUEST), OpenAIClient(f"https://{HOST}:8443/v1", "secret")
STANDIN = QwenClient("http://127.0.0.1:1", GUEST, pretended=True)
NOTICE = "N" * 300
"""The longest one that the settings take."""


@pytest.mark.parametrize(
    ("backend", "said"),
    [
        (WEB, sentences.WORDS_TO_QWEN),
        (API, sentences.WORDS_TO_SERVER.format(host=HOST)),
        (Fallback(WEB, API), sentences.WORDS_TO_BOTH.format(host=HOST)),
        (Fallback(STANDIN, API), sentences.WORDS_TO_SERVER.format(host=HOST)),
        (STANDIN, sentences.WORDS_NOWHERE),
    ],
)
def test_it_names_who_reads_what_people_write(backend: Backend, said: str) -> None:
    parts = help_text(Invocation(KEY, ANN, "help"), backend, Policy()).split("\n\n")
    assert parts[:2] == [sentences.GREETING, said]


def test_only_where_qwen_draws_it_says_so() -> None:
    asked = Invocation(KEY, ANN, "help", guide=("Ask me.",))
    assert [sentences.GUIDE_DRAW in help_text(asked, each, Policy()) for each in (WEB, STANDIN, API)] == [
        True,
        True,
        False,
    ]


@pytest.mark.parametrize("language", ["", *LANGUAGES])
def test_it_fits_into_one_message_in_every_language(language: str) -> None:
    asking = (sentences.MENTION, THREAD, THREAD_WITHOUT_MENTION, PRIVACY_MODE)
    first = " ".join(translated(each, language, name="n" * 32) for each in asking)
    more = [
        translated(each, language)
        for each in (sentences.GUIDE_REPLY, sentences.GUIDE_EDIT, DELETE, sentences.GUIDE_FILES)
    ]
    asked = Invocation(KEY, Author("a", "Ann", language), "help", guide=(first, *more))
    assert len(help_text(asked, Fallback(WEB, API), Policy(notice=NOTICE))) <= LIMIT
