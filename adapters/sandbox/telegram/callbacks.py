"""Presses of buttons on the pretended Telegram: callback queries, and the answers that people see."""

import itertools
import time
from dataclasses import dataclass, field

from adapters.sandbox.telegram.errors import Json, bad
from adapters.sandbox.telegram.keyboards import LONGEST_DATA, Button, buttons
from adapters.sandbox.telegram.model import Message, User
from adapters.sandbox.telegram.params import Params
from adapters.sandbox.telegram.updates import Updates

LONGEST_ANSWER = 200
PATIENCE_SECONDS = 15.0
TOO_OLD = "query is too old and response timeout expired or query ID is invalid"


@dataclass(eq=False)
class Press:
    """One press of a button. ``answer`` is None until the bot answers, then its text ("" without one).

    ``alert``: whether the answer is a window to be closed, not a passing note. ``lapse`` makes the press too old.
    """

    id: str
    message: Message
    user: User
    data: str
    answer: str | None = None
    alert: bool = False
    cache_time: int = 0
    time: float = field(default_factory=time.monotonic)

    @property
    def answered(self) -> bool:
        """Tell whether the wheel on the button stopped."""
        return self.answer is not None

    def lapse(self) -> None:
        """Let so much time pass that the press can't be answered any more."""
        self.time = float("-inf")

    def json(self, *, inaccessible: bool) -> Json:
        """Return it as the Bot API shows it; an inaccessible message is only named."""
        message = self.message
        shown = message.json()
        if inaccessible:
            shown = {"chat": message.chat.json(), "message_id": message.message_id, "date": 0}
        return {
            "id": self.id,
            "from": self.user.json(),
            "message": shown,
            "chat_instance": str(message.chat.id * 7919 % (1 << 63)),
            "data": self.data,
        }


class Callbacks:
    """All presses, in order. Who doesn't answer within ``seconds`` can't answer any more."""

    def __init__(self, updates: Updates) -> None:
        self.presses: list[Press] = []
        self.seconds = PATIENCE_SECONDS
        self._updates = updates
        self._ids = itertools.count(4_382_000_000_000_000_001, 7_919)

    def press(self, message: Message, user: User, wanted: str | Button, *, inaccessible: bool, forged: bool) -> Press:
        """Press the button with that text or data. Raises ValueError if a person can't."""
        if message.chat.kicked or message.chat.blocked:
            raise ValueError("the bot would never hear of it")
        data = str(wanted) if forged else self._data(message, wanted)
        if not 1 <= len(data.encode()) <= LONGEST_DATA:
            raise ValueError("no such data")
        press = Press(str(next(self._ids)), message, user, data)
        self.presses.append(press)
        self._updates.add("callback_query", press.json(inaccessible=inaccessible or message.deleted))
        return press

    @staticmethod
    def _data(message: Message, wanted: str | Button) -> str:
        there = buttons(message.reply_markup)
        data = next((each.data for each in there if wanted in (each, each.text, each.data)), None)
        if data is None:
            raise ValueError(f"no button {wanted!r} among {[each.text for each in there]}")
        if not data:
            raise ValueError(f"{wanted!r} sends nothing")
        return data

    def answer(self, params: Params) -> bool:
        """Serve answerCallbackQuery."""
        press = next((each for each in self.presses if each.id == params.text("callback_query_id")), None)
        text = params.text("text")
        if len(text) > LONGEST_ANSWER:
            raise bad("MESSAGE_TOO_LONG")
        if params.text("url"):
            raise bad("URL_INVALID")
        if press is None or press.answered or time.monotonic() - press.time > self.seconds:
            raise bad(TOO_OLD)
        press.answer, press.alert = text, params.flag("show_alert")
        press.cache_time = params.number("cache_time")
        return True
