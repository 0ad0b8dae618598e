"""The bridge: knows Qwen and the database, no platform. Adapters import from here, and nothing deeper.

platform event -> adapter -> Incoming -> Bridge.receive: one row, a turn -> acknowledged to the platform
                                              |
one lane per conversation, oldest first <-----+
    |
Bridge._run: Qwen.ask(prompt, head) -> Started | Text ... | Finished -> Page -> Reply, opened from the turn

model      the nouns, pure values                     core      Bridge: receive, run, stop
ports      what an adapter brings: Adapter, Reply     lanes     one turn at a time per conversation
errors     what can go wrong, by what happens next    page      an answer while it grows (pieces, status)
sentences  what the bridge says itself                markdown  cut, split and close Markdown
writing    an answer's events as Markdown             answering  one turn: asked, written, settled, shown
pace       how often a platform may be asked          hands      stop, regenerate, flip, edit, delete
steering   what people press and type, values         commands   the table of commands; commanding: what they do
prompts    the question as Qwen reads it              memory     which messages show an answer, written down
waiting    marks of questions that wait               language   the bridge's words in a person's language
access     who may talk, and how often: values        admission  the door: who is let in, who is told what
backend    the port of what answers                   doors     the web first, the API while it is shut
outage     what fails, said once                      lease     only one process listens for a bot
questions  asking for a turn, and where it goes on    api/      the client of OpenAI-compatible servers
                                                      qwen/      the client of chat.qwen.ai
settings   read once, at the edge                     store/     turns and conversations in SQL
log        plain lines, no secrets, nobody's words    standin/   a pretend Qwen on loopback
"""

from bridge import sentences
from bridge.commands import TABLE, Command
from bridge.errors import CannotShow, CannotStart, ShowLater
from bridge.language import translated
from bridge.log import fingerprint
from bridge.model import Attachment, Author, ConversationKey, Incoming, Quote, Turn
from bridge.outage import Outage
from bridge.pace import Budget, Kind, Rate, Rates
from bridge.ports import Adapter, Intake, Reply
from bridge.steering import Choice, Controls, Invocation, Press, Said

__version__ = "0.1.0"

__all__ = [
    "TABLE",
    "Adapter",
    "Attachment",
    "Author",
    "Budget",
    "CannotShow",
    "CannotStart",
    "Choice",
    "Command",
    "Controls",
    "ConversationKey",
    "Incoming",
    "Intake",
    "Invocation",
    "Kind",
    "Outage",
    "Press",
    "Quote",
    "Rate",
    "Rates",
    "Reply",
    "Said",
    "ShowLater",
    "Turn",
    "__version__",
    "fingerprint",
    "sentences",
    "translated",
]
