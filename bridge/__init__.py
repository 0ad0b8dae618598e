"""Connects chat platforms to Qwen without knowing any platform. Adapters import from here only.

platform event -> adapter -> Incoming -> Bridge.receive: stored as a turn -> acknowledged to the platform
                                              |
one lane per conversation, oldest first <-----+
    |
TurnRunner.run: Backend.ask(prompt, head) -> Started | Text ... | Finished -> LiveAnswer -> Reply, opened from the turn

model      values that all other modules share         core       the life of a turn, and people's actions on it
ports      the protocols of an adapter                 streaming  showing an answer while it grows
errors     all expected errors, by what happens next   backends   clients of chat.qwen.ai and of OpenAI-compatible APIs
commands   the table of commands                       store      turns and conversations in SQL
controls   button presses and commands, as values      i18n       the bridge's own sentences, in each language
access     who may talk and how often, as values       runtime    logging, pauses between retries, whole characters
answer_events: what a backend yields, as values
"""

from bridge.access import Kinds
from bridge.commands import TABLE, Command
from bridge.controls import Choice, Controls, Invocation, Press, Said, shortened
from bridge.errors import (
    CannotShow,
    CannotStart,
    FileRefused,
    LinkRefused,
    RuleRefused,
    ShowLater,
    TextTooLong,
    WordsRefused,
)
from bridge.i18n import sentences
from bridge.i18n.language import translated
from bridge.incoming import Beginning, Incoming, Quote
from bridge.model import Attachment, Author, ConversationKey, Turn
from bridge.ports import Adapter, Complete, Declined, Intake, PictureReply, Reply
from bridge.runtime.backoff import Backoff
from bridge.runtime.lateness import is_late
from bridge.runtime.log import fingerprint
from bridge.runtime.surrogates import whole_pairs
from bridge.streaming.markdown.formulas import is_formula
from bridge.streaming.markdown.literals import Literal, literals, masked

__version__ = "0.1.0"

__all__ = [
    "TABLE",
    "Adapter",
    "Attachment",
    "Author",
    "Backoff",
    "Beginning",
    "CannotShow",
    "CannotStart",
    "Choice",
    "Command",
    "Complete",
    "Controls",
    "ConversationKey",
    "Declined",
    "FileRefused",
    "Incoming",
    "Intake",
    "Invocation",
    "Kinds",
    "LinkRefused",
    "Literal",
    "PictureReply",
    "Press",
    "Quote",
    "Reply",
    "RuleRefused",
    "Said",
    "ShowLater",
    "TextTooLong",
    "Turn",
    "WordsRefused",
    "__version__",
    "fingerprint",
    "is_formula",
    "is_late",
    "literals",
    "masked",
    "sentences",
    "shortened",
    "translated",
    "whole_pairs",
]
