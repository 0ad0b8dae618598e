"""The history that only accounts have: the list of their chats, and each chat with its messages, to be deleted."""

from aiohttp import web

from adapters.sandbox.qwen import accounts, frames, responses, wire
from adapters.sandbox.qwen.completions import Completions
from adapters.sandbox.qwen.message_tree import Chat, Message
from adapters.sandbox.qwen.state import Received, State, account
from adapters.sandbox.qwen.wire import TOKEN, Body, WireError


class History:
    """/api/v2/chats/ and /api/v2/chats/{chat_id}. Guests get Unauthorized."""

    def __init__(self, state: State, completions: Completions) -> None:
        self._state = state
        self._completions = completions

    async def listed(self, request: web.Request, _received: Received) -> web.Response:
        """Serve one page of the chats, the latest first; a page without chats is behind the last."""
        who = account(request)
        owned = [chat for chat in self._state.chats.values() if chat.owner == who]
        chats = sorted(owned, key=lambda chat: chat.updated_at, reverse=True)
        number = request.query.get("page", "1")
        page = max(1, int(number)) if number.isascii() and number.isdigit() and len(number) < 10 else 1
        size = max(1, self._state.page_size)
        return responses.enveloped(request, [_item(chat) for chat in chats[(page - 1) * size : page * size]])

    async def detail(self, request: web.Request, _received: Received) -> web.Response:
        """Serve GET /api/v2/chats/{chat_id}: the chat with its tree of messages. Raises WireError."""
        return responses.enveloped(request, detail(self._chat(request)))

    async def delete(self, request: web.Request, _received: Received) -> web.Response:
        """Delete a chat; an answer that is being written in it is stopped first."""
        chat = self._chat(request)
        self._completions.stop_in(chat)
        del self._state.chats[chat.id]
        return responses.enveloped(request, {"status": True})

    async def select(self, request: web.Request, received: Received) -> web.Response:
        """Serve POST /api/v2/chats/{chat_id}/messages/select: which of several answers is shown. Raises WireError."""
        chat = self._chat(request)
        ids = received.body.get("ids")
        if not isinstance(ids, list) or not ids:
            raise wire.required("ids")
        for message_id in ids:
            if message_id not in chat.messages or chat.messages[message_id].role != "assistant":
                raise WireError("Bad_Request", f"Invalid input message id {message_id} is not exist.")
            chat.select(message_id)
        return responses.enveloped(request, {"status": True})

    def _chat(self, request: web.Request) -> Chat:
        return self._state.chat(request.match_info["chat_id"], account(request))


def _item(chat: Chat) -> Body:
    return {
        "id": chat.id,
        "title": chat.title,
        "updated_at": chat.updated_at,
        "created_at": chat.timestamp,
        "chat_type": "t2t",
        "project_id": "",
        "pinned": False,
    }


def detail(chat: Chat) -> Body:
    """Describe a chat as GET /api/v2/chats/{chat_id} gives it."""
    current: Body = {"currentId": chat.current_id, "currentResponseIds": _responses(chat)}
    messages = {message.id: _message(message) for message in chat.messages.values()}
    branch = [messages[message.id] for message in chat.chain(chat.current_id)]
    return {
        **_item(chat),
        **current,
        "archived": False,
        "user_id": accounts.user_id(chat.owner),
        "share_id": None,
        "folder_id": None,
        "models": None,
        "meta": {"timestamp": chat.timestamp, "tags": []},
        "chat": {"history": {"messages": messages, "pagination": {}, **current}, "messages": branch},
    }


def _responses(chat: Chat) -> list[str]:
    return [chat.current_id] if chat.current_id else []


def _message(message: Message) -> Body:
    shared: Body = {
        "id": message.id,
        "parentId": message.parent_id,
        "childrenIds": message.children,
        "role": message.role,
        "timestamp": message.timestamp,
    }
    return shared | (_question(message) if message.role == "user" else _answer(message))


def _question(message: Message) -> Body:
    files = list(message.files)
    return {"content": message.text, "models": [message.model], "files": files, "feature_config": {}}


def _answer(message: Message) -> Body:
    """Describe an answer: its text is in its content_list only."""
    text = message.text if message.done else message.draft
    output = 1 + len(text) // TOKEN
    tokens = {"input_tokens": 1, "output_tokens": output, "total_tokens": 1 + output}
    return {
        "content": "",
        "reasoning_content": "",
        "done": message.done,
        "content_list": _content_list(message, text, tokens),
        "model": message.model,
        "modelName": message.model,
        "usage": tokens,
    }


def _content_list(message: Message, text: str, usage: Body) -> list[Body]:
    status = "finished" if message.done else "typing"
    shown: list[Body] = [
        {"phase": message.phase, "status": status, "content": text, "role": "assistant", "usage": usage}
    ]
    if message.thoughts:
        extra = {"summary_thought": {"content": message.thoughts}}
        shown.insert(0, {"phase": "thinking_summary", "status": "finished", "extra": extra, "content": ""})
    if message.drawing:
        shown += [{**frames.drawn(message.drawing.url), "content": ""}, {**shown[-1], "content": message.drawing.after}]
    return shown
