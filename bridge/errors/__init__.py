"""Define all expected errors, named by what happens next.

BridgeError
├── CannotStart          the operator corrects something and starts again; the process ends with exit code 2
├── QwenError            the answer did not come
│   ├── Refused          the person asks differently
│   │   ├── TooLong          … in fewer words
│   │   ├── NoPictures       … without pictures, or another model
│   │   ├── Moderated        … about something else
│   │   └── Unexplained      … differently: nobody says why
│   ├── AskLater         a transient failure: the same question may succeed later
│   │   ├── Unreachable      no connection to Qwen
│   │   ├── Busy             Qwen is overloaded
│   │   ├── Fault            Qwen failed internally
│   │   ├── QuotaSpent       … after some hours, and nothing is asked until then
│   │   ├── Empty            the answer had no text
│   │   ├── Stalled          nothing came any more
│   │   ├── StoodStill       … while others waited: the next question is asked
│   │   ├── CutOff           the connection broke
│   │   ├── NotUnderstood    an answer that this version cannot read
│   │   └── ApiMisled        the server at QWEN_API_URL speaks another protocol
│   ├── OperatorNeeded   nobody gets answers until the operator renews the access
│   │   ├── HumanCheck       Qwen wants to see a human in the browser
│   │   ├── Stale            headers or cookies are out of date or incomplete
│   │   ├── SignedOut        no login, or one that ended
│   │   ├── Flagged          Qwen has blocked this account or visitor
│   │   ├── KeyRefused       the API does not know the key, or not here
│   │   └── NoFunds          the API's account is empty
│   ├── ModelUnknown     another model is asked, or chosen from the list
│   ├── ChatGone         a new chat is opened with the conversation carried over; nobody sees this
│   └── InProgress       the client waits and asks the same chat again; nobody sees this
├── StoreTrouble         the database does not work; the operation is tried again
└── ShowError            the platform did not accept a message
    ├── ShowLater            it may accept it after some seconds
    └── CannotShow           it never will: the channel is gone or closed to the bot
        ├── WordsRefused         … this text: what was shown of it stays, with a sentence
        │   ├── LinkRefused          … as a link in it is said to be harmful
        │   └── RuleRefused          … as a rule of the people here forbids it
        ├── TextTooLong          … in one message: it is shown in smaller parts
        └── FileRefused          … the file: the text is shown without it

TakenOver is no BridgeError: nobody is told, as another process goes on with the turn.

`sentence` is for the person, `remedy` for the operator, in the log. Neither ever holds a secret or the text of a
message.
"""

from bridge.errors.base import BridgeError, CannotStart, StoreTrouble, TakenOver
from bridge.errors.operator_needed import Flagged, HumanCheck, KeyRefused, NoFunds, OperatorNeeded, SignedOut, Stale
from bridge.errors.qwen import (
    ApiMisled,
    AskLater,
    Busy,
    ChatGone,
    CutOff,
    Empty,
    Fault,
    InProgress,
    ModelUnknown,
    Moderated,
    NoPictures,
    NotUnderstood,
    QuotaSpent,
    QwenError,
    Refused,
    Stalled,
    StoodStill,
    TooLong,
    Unexplained,
    Unreachable,
)
from bridge.errors.showing import (
    CannotShow,
    FileRefused,
    LinkRefused,
    RuleRefused,
    ShowError,
    ShowLater,
    TextTooLong,
    WordsRefused,
)

__all__ = [
    "ApiMisled",
    "AskLater",
    "BridgeError",
    "Busy",
    "CannotShow",
    "CannotStart",
    "ChatGone",
    "CutOff",
    "Empty",
    "Fault",
    "FileRefused",
    "Flagged",
    "HumanCheck",
    "InProgress",
    "KeyRefused",
    "LinkRefused",
    "ModelUnknown",
    "Moderated",
    "NoFunds",
    "NoPictures",
    "NotUnderstood",
    "OperatorNeeded",
    "QuotaSpent",
    "QwenError",
    "Refused",
    "RuleRefused",
    "ShowError",
    "ShowLater",
    "SignedOut",
    "Stale",
    "Stalled",
    "StoodStill",
    "StoreTrouble",
    "TakenOver",
    "TextTooLong",
    "TooLong",
    "Unexplained",
    "Unreachable",
    "WordsRefused",
]
