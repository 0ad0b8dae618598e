"""The state and the switches of the stand-in, which all its handlers share."""

from collections import Counter, deque
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from time import monotonic
from typing import NamedTuple

from aiohttp import web

from adapters.sandbox.qwen import accounts, answer_text
from adapters.sandbox.qwen.accounts import Accounts
from adapters.sandbox.qwen.delivery import Delivery, switch
from adapters.sandbox.qwen.faults import MENU
from adapters.sandbox.qwen.files import Files
from adapters.sandbox.qwen.message_tree import Chat, Message
from adapters.sandbox.qwen.scheduled_faults import FaultSchedule, ScheduledFault
from adapters.sandbox.qwen.wire import Body, WireError


class Received(NamedTuple):
    """A request as it came. `path` has no query; `body` is {} where it was not a JSON object; `fault` befell it.

    `route`: method and path of the route that served it, with its placeholders.
    """

    method: str
    path: str
    headers: Mapping[str, str]
    body: Body
    fault: ScheduledFault | None = None
    route: str = ""


Handler = Callable[[web.Request, Received], Awaitable[web.StreamResponse]]


@dataclass(kw_only=True, eq=False)
class Switches(Delivery):
    """The switches: arguments of StandIn, and plain attributes that may be changed between requests."""

    settle: float = field(
        default=2.0, metadata=switch('seconds for which a chat is "in progress" after the end of an answer')
    )

    done_line: bool = field(default=False, metadata=switch("answers end with `data: [DONE]`, as Qwen's do not"))
    whole_answers: bool = field(default=False, metadata=switch("stream=false is answered, as Qwen once did"))

    guest_turns: int | None = field(
        default=None, metadata=switch("completions of one guest until it is told of its limit")
    )
    guest_images: int | None = field(default=None, metadata=switch("pictures of a guest until it is told of its limit"))
    guest_uploads: int | None = field(default=None, metadata=switch("files of one guest until it is told of its limit"))
    parallel_guests: int | None = field(
        default=None, metadata=switch("completions that guests may have open at once before the firewall steps in")
    )
    guests_stop: bool = field(
        default=True, metadata=switch("guests may stop an answer (it is not known whether Qwen lets them)")
    )
    guest_seconds: float | None = field(
        default=None, metadata=switch("seconds after its first request in which a guest's device is still taken")
    )
    minimum_version: str = field(
        default="", metadata=switch("the oldest `version` header that may write, as in 0.3.11; empty: any or none")
    )
    token_seconds: float = field(default=900.0, metadata=switch("seconds that a refreshed access token lasts"))

    models_page: bool = field(default=False, metadata=switch("the list of models is a page of the firewall"))
    page_size: int = field(default=50, metadata=switch("chats on one page of the list of chats"))
    picture_looks: int = field(
        default=0, metadata=switch("how often a new picture is still missing when it is fetched")
    )
    parse_polls: int = field(default=0, metadata=switch("how often a document is still being read when asked about"))


@dataclass(kw_only=True, eq=False)
class State(Switches):
    """The switches, and what came of all requests so far."""

    reply: Callable[[str, Sequence[Message]], str] = field(default_factory=lambda: answer_text.reply, init=False)
    requests: deque[Received] = field(default_factory=lambda: deque(maxlen=1000), init=False)
    chats: dict[str, Chat] = field(default_factory=dict, init=False)
    accounts: Accounts = field(default_factory=Accounts, init=False)
    files: Files = field(default_factory=Files, init=False)
    schedule: FaultSchedule = field(default_factory=lambda: FaultSchedule(MENU), init=False)
    looks: Counter[str] = field(default_factory=Counter, init=False)
    _devices: dict[str, float] = field(default_factory=dict, init=False)

    def writer(self, request: web.Request) -> str:
        """Tell who asks for one of the guarded writes. Raises WireError for nobody and for what has become stale."""
        who = accounts.identity(request.headers, request.cookies)
        if _numbers(request.headers.get("version", "")) < _numbers(self.minimum_version):
            raise WireError("Bad_Request", "Internal error")
        now = monotonic()
        since = self._devices.setdefault(who, now)
        if accounts.is_guest(who) and self.guest_seconds is not None and now - since >= self.guest_seconds:
            raise WireError("Bad_Request", "Internal error")
        return who

    def chat(self, chat_id: str, who: str) -> Chat:
        """Return the chat of this identity. Raises WireError."""
        chat = self.chats.get(chat_id)
        if chat is None or chat.owner != who:
            raise WireError("Bad_Request", f"Invalid input the chat {chat_id} is not exist")
        return chat


def account(request: web.Request) -> str:
    """Tell who asks for what only accounts have. Raises WireError for guests."""
    who = accounts.identity(request.headers, request.cookies)
    if accounts.is_guest(who):
        raise accounts.unauthorized()
    return who


def _numbers(version: str) -> list[int]:
    return [int(part) for part in version.split(".") if part.isascii() and part.isdigit()]
