"""The bridge: knows Qwen and the database, no platform. Adapters import from here, and nothing deeper.

platform event -> adapter -> Incoming -> Bridge.receive: one row, a turn -> acknowledged to the platform
                                              |
one lane per conversation, oldest first <-----+
    |
Bridge._run: Qwen.ask(prompt, head) -> Started | Text ... | Finished -> LiveAnswer -> Reply, opened from the turn

model      the nouns, pure values                     core       the life of a turn, and what people do by hand
ports      what an adapter brings: Adapter, Reply     streaming  how an answer grows
errors     what can go wrong, by what happens next    backends   what answers: chat.qwen.ai, an API, or both
commands   the table of commands                      store      turns and conversations in SQL
controls   what people press and type, as values      i18n       the bridge's own words, in each language
access     who may talk, and how often: values        runtime    log and backoff
"""

from bridge.access import Kinds
from bridge.commands import TABLE, Command
from bridge.controls import Choice, Controls, Invocation, Press, Said
from bridge.errors import CannotShow, CannotStart, ShowLater
from bridge.i18n import sentences
from bridge.i18n.language import translated
from bridge.model import Attachment, Author, ConversationKey, Incoming, Quote, Turn
from bridge.ports import Adapter, Intake, Reply
from bridge.runtime.backoff import Backoff
from bridge.runtime.log import fingerprint

__version__ = "0.1.0"

__all__ = [
    "TABLE",
    "Adapter",
    "Attachment",
    "Author",
    "Backoff",
    "CannotShow",
    "CannotStart",
    "Choice",
    "Command",
    "Controls",
    "ConversationKey",
    "Incoming",
    "Intake",
    "Invocation",
    "Kinds",
    "Press",
    "Quote",
    "Reply",
    "Said",
    "ShowLater",
    "Turn",
    "__version__",
    "fingerprint",
    "sentences",
    "translated",
]
