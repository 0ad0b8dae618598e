"""Send python-telegram-bot's HTTP requests through aiohttp: one shared session, errors without addresses."""

import asyncio
import json
import re

import aiohttp
from telegram.error import NetworkError, TimedOut
from telegram.request import BaseRequest, RequestData

from adapters.common.deadlines import ANSWER_SECONDS, CONNECT_SECONDS, SLOWEST
from bridge import whole_pairs

MOST_BYTES = 21_000_000
"""The largest answer that is read: files have 20 MB at most (Bot API, getFile)."""

LONGEST_WAIT = 86_400
"""The longest wait, in seconds, that an answer may ask for; one that wants more means nothing."""

SENDING = frozenset(
    ("sendMessage", "sendPhoto", "sendDocument", "sendRichMessage", "editMessageText", "editMessageMedia")
)
"""Methods that are answered by the message that was sent or edited."""

NOT_TELEGRAM = "an answer that is not Telegram's"


class Garbled(NetworkError):
    """A request was answered with a success that says nothing: a proxy answers in Telegram's place, or half arrived.

    `update`: the number of the first update in it, where there is one.
    """

    def __init__(self, message: str, update: int | None = None) -> None:
        super().__init__(message)
        self.update = update


class AiohttpRequest(BaseRequest):
    """Sends the library's requests through `session`, which the caller closes."""

    def __init__(self, session: aiohttp.ClientSession) -> None:
        self._session = session

    @property
    def read_timeout(self) -> float:
        """See BaseRequest.read_timeout; in seconds."""
        return ANSWER_SECONDS

    async def initialize(self) -> None:
        """See BaseRequest.initialize; does nothing, as the session is open."""

    async def shutdown(self) -> None:
        """See BaseRequest.shutdown; does nothing, as the session belongs to the adapter."""

    async def do_request(
        self,
        url: str,
        method: str,
        request_data: RequestData | None = None,
        read_timeout: object = BaseRequest.DEFAULT_NONE,
        write_timeout: object = BaseRequest.DEFAULT_NONE,
        connect_timeout: object = BaseRequest.DEFAULT_NONE,
        pool_timeout: object = BaseRequest.DEFAULT_NONE,
    ) -> tuple[int, bytes]:
        """See BaseRequest.do_request. Of the timeouts, in seconds, only `read_timeout` is used: until the first byte.

        Raises TimedOut or NetworkError, which name no address: it holds the token; Garbled for a success without a
        result, of which the library would make an error of Python's.
        """
        seconds = read_timeout if isinstance(read_timeout, int | float) else ANSWER_SECONDS
        timeout = aiohttp.ClientTimeout(total=None, connect=CONNECT_SECONDS, sock_read=seconds)
        size = _size(request_data) if request_data and request_data.contains_files else 0
        began, now = CONNECT_SECONDS + seconds + size / SLOWEST, asyncio.get_running_loop().time
        try:
            async with asyncio.timeout(began) as deadline:
                async with self._session.request(
                    method, url, data=_body(request_data), timeout=timeout, allow_redirects=False
                ) as response:
                    body, answered = bytearray(), now()
                    deadline.reschedule(answered + ANSWER_SECONDS)
                    async for chunk in response.content.iter_any():
                        body += chunk
                        if len(body) > MOST_BYTES:
                            raise NetworkError("an answer without an end")
                        deadline.reschedule(answered + ANSWER_SECONDS + len(body) / SLOWEST)
        except TimeoutError:
            raise TimedOut from None
        except aiohttp.ClientError as error:
            raise NetworkError(_why(error)) from None
        received = bytes(body)
        return response.status, received if method == "GET" else _checked(
            response.status, received, url.rpartition("/")[2]
        )


def _body(data: RequestData | None) -> aiohttp.FormData | dict[str, str] | None:
    if data is None:
        return None
    if not data.contains_files:
        return data.json_parameters
    form = aiohttp.FormData(data.json_parameters)
    for name, (filename, content, content_type) in data.multipart_data.items():
        form.add_field(name, content, filename=filename, content_type=content_type)
    return form


def _size(data: RequestData) -> int:
    """Return about how many bytes are uploaded; what is no file is small."""
    contents = (content for _, content, _ in data.multipart_data.values())
    return sum(len(content) for content in contents if isinstance(content, bytes))


def _checked(status: int, body: bytes, method: str) -> bytes:
    """Return the body of an answer of a method, an empty object in place of what is none. Raises Garbled.

    Of a message that was sent or edited only its id is left: nothing else is used, and may cost it. Halves of surrogate
    pairs become U+FFFD: neither the library nor the database could encode them.
    """
    text = body.decode("utf-8", "replace")
    try:
        answer = json.loads(text)
    except (ValueError, RecursionError):
        answer = None
    if not isinstance(answer, dict):
        answer = {}
    if status >= 300:
        return _error(answer)
    result = answer.get("result")
    if not (result or result == []):
        update = re.search(rb'"update_id"\s*:\s*(\d{1,18})', body)
        raise Garbled(NOT_TELEGRAM, int(update[1]) if update else None)
    if method in SENDING:
        number = result.get("message_id") if isinstance(result, dict) else None
        if not isinstance(number, int) or isinstance(number, bool):
            raise Garbled(NOT_TELEGRAM)
        return json.dumps({"result": {"message_id": number, "date": 1, "chat": {"id": 0, "type": "private"}}}).encode()
    if "\\u" in text:
        text = whole_pairs(text)
    return text.encode()


def _error(answer: dict[str, object]) -> bytes:
    """Return what an error says, as far as the library can read it (Bot API, ResponseParameters)."""
    said = answer.get("description")
    given = answer.get("parameters")
    numbers = {
        name: value
        for name, most in (("retry_after", LONGEST_WAIT), ("migrate_to_chat_id", 2**53))
        if isinstance(given, dict) and isinstance(value := given.get(name), int) and 0 < abs(value) <= most
    }
    known: dict[str, object] = {"description": said} if isinstance(said, str) else {}
    return json.dumps(known | ({"parameters": numbers} if numbers else {})).encode()


def _why(error: aiohttp.ClientError) -> str:
    reason = error.os_error.strerror if isinstance(error, aiohttp.ClientConnectorError) else None
    return (reason or type(error).__name__).lower()
