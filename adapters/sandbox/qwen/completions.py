"""Questions: POST /api/v2/chats/new, /api/v2/chat/completions and its stop."""

import time
from collections import Counter
from dataclasses import replace
from uuid import uuid4

from aiohttp import web

from adapters.sandbox.qwen import accounts, answer_text, faults, generated_media, responses, web_search, wire
from adapters.sandbox.qwen.answer_writer import AnswerWriter, Script
from adapters.sandbox.qwen.fault_kinds import OtherAnswer, StreamFault
from adapters.sandbox.qwen.generated_media import Drawing
from adapters.sandbox.qwen.message_tree import Chat, Message
from adapters.sandbox.qwen.scheduled_faults import ScheduledFault
from adapters.sandbox.qwen.second_answer import SecondAnswer
from adapters.sandbox.qwen.state import Received, State
from adapters.sandbox.qwen.wire import Question, WireError


class Completions:
    """Opens chats, and holds the answers that are being written in them."""

    def __init__(self, state: State) -> None:
        self._state = state
        self._answers: dict[str, AnswerWriter] = {}
        self._turns: Counter[str] = Counter()
        self._images: Counter[str] = Counter()
        self._open_guests = 0

    def break_off(self) -> None:
        """Break off all answers, without a word to their clients."""
        for running in list(self._answers.values()):
            running.cancel()

    def stop_in(self, chat: Chat) -> None:
        """Stop the answer that is being written in `chat`, if there is one."""
        if chat.running is not None:
            self._answers[chat.running].stop()

    async def new_chat(self, request: web.Request, received: Received) -> web.Response:
        """Serve POST /api/v2/chats/new. Raises WireError."""
        owner = self._state.writer(request)
        mode = received.body.get("chat_mode")
        if not isinstance(mode, str) or not mode:
            raise wire.required("chat_mode")
        chat = Chat(owner, mode)
        self._state.chats[chat.id] = chat
        return responses.enveloped(request, {"id": chat.id})

    async def complete(self, request: web.Request, received: Received) -> web.StreamResponse:
        """Serve POST /api/v2/chat/completions: a stream, or one JSON object. Raises WireError."""
        who = self._state.writer(request)
        guest = accounts.is_guest(who)
        limit = self._state.parallel_guests
        if guest and limit is not None and self._open_guests >= limit:
            return responses.human_check()
        chat = self._state.chat(wire.read_chat_id(request.query, received.body), who)
        question = wire.read_question(chat, received.body, guest=guest, whole=self._state.whole_answers)
        if self._state.flags(question.text):
            raise faults.moderated()
        attached = self._state.files.described(who, question.files)
        if chat.running or time.monotonic() < chat.free_at:
            raise WireError("Bad_Request", "The chat is in progress!")
        if guest:
            self._count(who, question)
        running = self.begin(chat, question, attached, received.fault)
        self._open_guests += guest
        try:
            if question.stream:
                return await running.stream.send(request)
            return await self._send_whole(request, chat, running)
        finally:
            self._open_guests -= guest

    def _count(self, who: str, question: Question) -> None:
        image = question.wanted == "image"
        limit, details = self._state.guest_turns, faults.GUEST_LIMIT
        if image and self._state.guest_images is not None:
            limit, details = self._state.guest_images, faults.IMAGE_LIMIT
        count = self._images if image else self._turns
        if limit is not None and count[who] >= limit:
            raise WireError("RateLimited", details, 429)
        count[who] += 1

    def begin(self, chat: Chat, question: Question, attached: list[str], fault: ScheduledFault | None) -> AnswerWriter:
        """Start the answer to `question`, whose `attached` files are told as lines of Markdown."""
        script = self._script(chat, question, attached, fault)
        if not chat.messages:
            chat.title = answer_text.excerpt(question.text, 50) or chat.title
        asked = Message(question.parent_id, "user", question.text, model=question.model, files=question.files)
        chat.add(asked)
        message = chat.add(Message(asked.id, "assistant", done=False, model=question.model))
        ordered = None if answer_text.is_exact(question.text) else generated_media.order(question.text)
        url = generated_media.picture(self._state.host, message.id)
        if not question.blank and (question.wanted == "image" or (ordered and ordered.alone)):
            script = Script(url, picture=generated_media.pixels(question.size))
            message.phase = "image_gen"
        elif not question.blank and ordered:
            drawing = Drawing(url, ordered.prompt, ordered.after)
            script = replace(script, text=ordered.before, drawing=drawing)
        chat.running = message.id
        second: SecondAnswer | None = None
        if fault and isinstance(fault.effect, OtherAnswer):
            other = chat.add(Message(asked.id, "assistant", done=False, model=question.model))
            second = SecondAnswer(chat, other, self._state.newline)
        running = self._answers[message.id] = AnswerWriter(self._state, chat, message, script, fault, second)
        running.task.add_done_callback(lambda _: self._answers.pop(message.id, None))
        return running

    def _script(self, chat: Chat, question: Question, attached: list[str], fault: ScheduledFault | None) -> Script:
        if question.blank:
            return Script("")
        text = self._state.reply(question.text, chat.chain(question.parent_id))
        exact = answer_text.is_exact(question.text)
        query = _query(question, exact=exact)
        found = [] if query is None else web_search.results(query)
        if not exact:
            text = text + "\n\nYou attached:\n\n" + "\n".join(attached) if attached else text
            text = web_search.cited(text, found) if found else text
        thinking = question.thinking
        if fault and isinstance(fault.effect, StreamFault) and fault.effect.thinking:
            thinking = thinking or "summary"
        return Script(text, answer_text.duration(question.text), thinking, query, found)

    async def _send_whole(self, request: web.Request, chat: Chat, running: AnswerWriter) -> web.Response:
        """Send the answer as one JSON object. Its message_id is accepted as a parent, but nothing stands above it."""
        while await running.stream.frames.get() is not None:
            pass
        if running.stream.dropped:
            responses.drop(request)
        ghost = str(uuid4())
        chat.ghosts.add(ghost)
        message = {"role": "assistant", "content": running.message.text}
        data = {"chat_id": "", "parent_id": running.message.parent_id, "message_id": ghost, "messages": None}
        return responses.enveloped(request, data | {"choices": [{"message": message}]})

    async def stop(self, request: web.Request, received: Received) -> web.Response:
        """Serve POST /api/v2/chat/completions/stop: end the answer, and free its chat. Raises WireError."""
        who = accounts.identity(request.headers, request.cookies)
        if accounts.is_guest(who) and not self._state.guests_stop:
            raise accounts.unauthorized()
        chat = self._state.chat(wire.read_chat_id(request.query, received.body), who)
        wire.check_chat_ids(chat, received.body)
        response_id = received.body.get("response_id")
        if not isinstance(response_id, str) or response_id not in chat.messages:
            raise WireError("Bad_Request", f"Invalid input response_id {response_id} is not exist.")
        if chat.running == response_id:
            self.stop_in(chat)
        if chat.running is None:
            chat.free_at = 0.0
        return responses.enveloped(request, {"status": True})


def _query(question: Question, *, exact: bool) -> str | None:
    """Choose the words to look for, None for no search. Where the stand-in may choose, an exact text gets none."""
    if question.search == "always" or (not exact and question.search == "auto"):
        return web_search.words(question.text) or answer_text.excerpt(question.text, 80)
    return None if exact else web_search.words(question.text)
