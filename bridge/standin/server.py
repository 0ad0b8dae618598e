"""The stand-in itself: its routes, the writing of answers, and the switches that a test may turn."""

import asyncio
import time
from collections import deque
from collections.abc import Awaitable, Callable, Mapping, Sequence
from types import TracebackType
from typing import NamedTuple, Self

from aiohttp import web

from bridge.standin import catalog, responses, wire
from bridge.standin.answer import duration, reply
from bridge.standin.tree import Chat, Message
from bridge.standin.wire import Body, WireError


class Received(NamedTuple):
    """A request as it came. `path` has no query; `body` is {} where it was not a JSON object."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: Body


Handler = Callable[[web.Request, Received], Awaitable[web.StreamResponse]]


class StandIn:
    """A pretend Qwen at `url`: `async with StandIn() as standin`, or `start` and `close`, which may follow each other.

    The arguments are plain attributes too, which may be changed between requests:
    settle           seconds for which a chat is "in progress" after the end of an answer
    first_byte       seconds of silence between the headers and the first frame of an answer; of a longer wait than
                     `keep_alive` the rest passes between the first frame and the first text, with keep-alive frames
    pace             seconds between the pieces of text
    keep_alive       seconds without text after which a keep-alive frame is sent
    chunk            None writes frame by frame; N cuts what is written at every N bytes, wherever that is
    guest_turns      completions of one guest until it is told of its limit; None: no limit
    parallel_guests  completions that guests may have open at once before the firewall steps in; None: no limit
    guests_stop      whether guests may stop an answer (it is not known whether Qwen lets them)
    done_line        whether an answer ends with `data: [DONE]`, as Qwen's do not
    newline          the end of a line in the stream
    models_page      whether the list of models is a page of the firewall

    More attributes: `hold_after`, an int, makes each answer wait when it has sent so many pieces (`wire.PIECE`) until
    `release()` lets all go on that wait by then; `held` says how many do. `reply` is the pure function that answers.
    `requests` are the last thousand as they came; `chats` are all chats by id.
    """

    def __init__(
        self,
        *,
        port: int = 0,
        settle: float = 2.0,
        first_byte: float = 0.0,
        pace: float = 0.0,
        keep_alive: float = 10.0,
        chunk: int | None = None,
        guest_turns: int | None = None,
        parallel_guests: int | None = None,
        guests_stop: bool = True,
        done_line: bool = False,
        newline: str = "\n",
        models_page: bool = False,
    ) -> None:
        self.port = port
        self.settle = settle
        self.first_byte = first_byte
        self.pace = pace
        self.keep_alive = keep_alive
        self.chunk = chunk
        self.guest_turns = guest_turns
        self.parallel_guests = parallel_guests
        self.guests_stop = guests_stop
        self.done_line = done_line
        self.newline = newline
        self.models_page = models_page
        self.hold_after: int | None = None
        self.held = 0
        self.reply: Callable[[str, Sequence[Message]], str] = reply
        self.requests: deque[Received] = deque(maxlen=1000)
        self.chats: dict[str, Chat] = {}
        self._gate = asyncio.Event()
        self._answers: dict[str, _Answer] = {}
        self._turns: dict[str, int] = {}
        self._open_guests = 0
        self._runner: web.AppRunner | None = None

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    @property
    def url(self) -> str:
        """The base address, without a slash at its end; it is known once the server has started."""
        return f"http://127.0.0.1:{self.port}"

    async def start(self) -> None:
        """Listen on loopback. The port is chosen once: a second start takes the same again."""
        app = web.Application(client_max_size=64 * 2**20)
        for method, path, handler in self._routes():
            app.router.add_route(method, path, self._served(handler))
        app.on_response_prepare.append(responses.add_headers)
        # A handler must end when its client leaves: the answer goes on without it.
        runner = web.AppRunner(app, handler_cancellation=True, access_log=None, shutdown_timeout=0.02)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", self.port)
        await site.start()
        self._runner = runner
        self.port = runner.addresses[0][1]

    async def close(self) -> None:
        """Stop at once: answers that are being written break off."""
        for answer in list(self._answers.values()):
            answer.cancel()
        runner, self._runner = self._runner, None
        if runner is not None:
            await runner.cleanup()

    def forget(self, chat_id: str) -> None:
        """From now on there is no such chat."""
        self.chats.pop(chat_id, None)

    def release(self) -> None:
        """Let all answers go on that wait because of `hold_after`."""
        gate, self._gate = self._gate, asyncio.Event()
        gate.set()

    async def pass_gate(self, sent: int) -> None:
        """Wait here if an answer that has sent `sent` pieces is to be held."""
        if sent == self.hold_after:
            self.held += 1
            try:
                await self._gate.wait()
            finally:
                self.held -= 1

    def _routes(self) -> list[tuple[str, str, Handler]]:
        return [
            ("GET", "/api/models", self._models),
            ("GET", "/api/models/", self._models),
            ("GET", "/api/v2/models", self._models_v2),
            ("GET", "/api/v2/models/", self._models_v2),
            ("POST", "/api/v2/chats/new", self._new_chat),
            ("POST", "/api/v2/chat/completions", self._complete),
            ("POST", "/api/v2/chat/completions/stop", self._stop),
            ("*", "/api/{rest:.*}", self._nothing),
        ]

    def _served(self, handler: Handler) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
        """`handler` behind what all requests meet: they are kept, the firewall, and errors in their envelope."""

        async def serve(request: web.Request) -> web.StreamResponse:
            raw = await request.read()
            received = Received(request.method, request.path, request.headers, wire.json_object(raw))
            self.requests.append(received)
            if len(raw) > wire.BODY_LIMIT:
                return responses.human_check()
            try:
                return await handler(request, received)
            except WireError as error:
                return responses.enveloped(request, error.data, error.status)

        return serve

    async def _models(self, request: web.Request, _received: Received) -> web.Response:
        return self._page() or web.json_response({"data": catalog.MODELS})

    async def _models_v2(self, request: web.Request, _received: Received) -> web.Response:
        return self._page() or responses.enveloped(request, {"data": catalog.MODELS})

    def _page(self) -> web.Response | None:
        return responses.page() if self.models_page else None

    async def _new_chat(self, request: web.Request, received: Received) -> web.Response:
        owner = wire.identity(request.headers, request.cookies)
        mode = received.body.get("chat_mode")
        if not isinstance(mode, str) or not mode:
            raise wire.required("chat_mode")
        chat = Chat(owner, mode)
        self.chats[chat.id] = chat
        return responses.enveloped(request, {"id": chat.id})

    async def _complete(self, request: web.Request, received: Received) -> web.StreamResponse:
        who = wire.identity(request.headers, request.cookies)
        guest = wire.is_guest(who)
        if guest and self.parallel_guests is not None and self._open_guests >= self.parallel_guests:
            return responses.human_check()
        chat = self._chat(request, received, who)
        question = wire.read_question(chat, received.body, guest=guest)
        if chat.running or time.monotonic() < chat.free_at:
            raise WireError("Bad_Request", "The chat is in progress!")
        if guest:
            self._count(who)
        answer = self._begin(chat, question)
        self._open_guests += guest
        try:
            return await self._send(request, answer)
        finally:
            self._open_guests -= guest

    def _chat(self, request: web.Request, received: Received, who: str) -> Chat:
        chat_id = wire.read_chat_id(request.query, received.body)
        chat = self.chats.get(chat_id)
        if chat is None or chat.owner != who:
            raise WireError("Bad_Request", f"Invalid input the chat {chat_id} is not exist")
        return chat

    def _count(self, who: str) -> None:
        turns = self._turns.get(who, 0)
        if self.guest_turns is not None and turns >= self.guest_turns:
            details = "You've reached the guest chat limit for today's usage. Log in to continue."
            raise WireError("RateLimited", details, 429)
        self._turns[who] = turns + 1

    def _begin(self, chat: Chat, question: wire.Question) -> "_Answer":
        text = "" if question.blank else self.reply(question.text, chat.chain(question.parent_id))
        asked = chat.add(Message(question.parent_id, "user", question.text))
        message = chat.add(Message(asked.id, "assistant", done=False))
        chat.running = message.id
        seconds = None if question.blank else duration(question.text)
        answer = _Answer(self, chat, message, text, seconds, thinking=question.thinking and not question.blank)
        self._answers[message.id] = answer
        answer.task.add_done_callback(lambda _: self._answers.pop(message.id, None))
        return answer

    async def _send(self, request: web.Request, answer: "_Answer") -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream; charset=utf-8"})
        await response.prepare(request)
        if self.chunk is None:
            await responses.send_whole(response, answer.frames)
        else:
            await responses.send_cut(response, answer.frames, self.chunk)
        await response.write_eof()
        return response

    async def _stop(self, request: web.Request, received: Received) -> web.Response:
        who = wire.identity(request.headers, request.cookies)
        if wire.is_guest(who) and not self.guests_stop:
            raise WireError("Unauthorized", "401 Unauthorized", 401)
        chat = self._chat(request, received, who)
        wire.check_chat_ids(chat, received.body)
        response_id = received.body.get("response_id")
        if not isinstance(response_id, str) or response_id not in chat.messages:
            raise WireError("Bad_Request", f"Invalid input response_id {response_id} is not exist.")
        if chat.running == response_id:
            self._answers[response_id].stop()
        if chat.running is None:
            chat.free_at = 0.0
        return responses.enveloped(request, {"status": True})

    async def _nothing(self, request: web.Request, _received: Received) -> web.Response:
        response = responses.enveloped(request, {"code": "Not_Found", "details": "Not Found"}, 404)
        response.set_status(404)
        return response


class _Answer:
    """One answer while it is written. As at Qwen, it is written to its end also when nobody reads it any more.

    `frames` holds what is to be sent; None follows the last frame.
    """

    def __init__(
        self, standin: StandIn, chat: Chat, message: Message, text: str, seconds: float | None, *, thinking: bool
    ) -> None:
        self.frames: asyncio.Queue[bytes | None] = asyncio.Queue()
        self._standin = standin
        self._chat = chat
        self._message = message
        self._text = text
        self._seconds = seconds
        self._thinking = thinking
        self._wire = wire.Frames(chat, message, standin.newline)
        self._since = asyncio.get_running_loop().time()
        self.task = asyncio.create_task(self._write())

    def cancel(self) -> None:
        """Break off, without a word to the client: the message stays, unfinished, and the chat is free."""
        self.task.cancel()
        self._chat.running = None

    def stop(self) -> None:
        """Break off, as the client asked for, and end the stream."""
        self.cancel()
        for frame in (self._wire.stopped(), None):
            self.frames.put_nowait(frame)

    async def _write(self) -> None:
        standin = self._standin
        silent = min(standin.first_byte, standin.keep_alive)
        await asyncio.sleep(silent)
        self.frames.put_nowait(self._wire.created())
        await self._pause(standin.first_byte - silent)
        for frame in self._wire.thoughts() if self._thinking else ():
            self.frames.put_nowait(frame)
            await asyncio.sleep(standin.pace)
        pieces = wire.pieces(self._text)
        for sent, piece in enumerate(pieces):
            await standin.pass_gate(sent)
            await self._pause(self._wait(sent, len(pieces)))
            self.frames.put_nowait(self._wire.text(piece))
        await standin.pass_gate(len(pieces))
        await self._pause(self._wait(1, 1))
        self._finish(1 + len(pieces) % 2)

    def _wait(self, sent: int, of: int) -> float:
        """The seconds until the next piece is due, after `sent` pieces `of` so many."""
        if self._seconds is None:
            return self._standin.pace if sent else 0.0
        return self._since + self._seconds * sent / of - asyncio.get_running_loop().time()

    async def _pause(self, seconds: float) -> None:
        while seconds > self._standin.keep_alive:
            await asyncio.sleep(self._standin.keep_alive)
            self.frames.put_nowait(self._wire.keep_alive())
            seconds -= self._standin.keep_alive
        await asyncio.sleep(max(0.0, seconds))

    def _finish(self, empty: int) -> None:
        self._message.text = self._text
        self._message.done = True
        self._chat.running = None
        self._chat.free_at = time.monotonic() + self._standin.settle
        for frame in [self._wire.text("")] * empty + [self._wire.finished()]:
            self.frames.put_nowait(frame)
        if self._standin.done_line:
            self.frames.put_nowait(self._wire.done())
        self.frames.put_nowait(None)
