"""Send python-telegram-bot's HTTP requests through aiohttp: one shared session, errors without addresses."""

import json
import re

import aiohttp
from telegram.error import NetworkError, TimedOut
from telegram.request import BaseRequest, RequestData

from bridge import whole_pairs

CONNECT_SECONDS = 10.0
READ_SECONDS = 20.0

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
        return READ_SECONDS

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
        """See BaseRequest.do_request. Of the timeouts, in seconds, only `read_timeout` is used.

        Raises TimedOut or NetworkError, which name no address: it holds the token; Garbled for a success without a
        result, of which the library would make an error of Python's.
        """
        seconds = read_timeout if isinstance(read_timeout, int | float) else READ_SECONDS
        timeout = aiohttp.ClientTimeout(total=None, connect=CONNECT_SECONDS, sock_read=seconds)
        try:
            async with self._session.request(method, url, data=_body(request_data), timeout=timeout) as response:
                body = await response.read()
        except TimeoutError:
            raise TimedOut from None
        except aiohttp.ClientError as error:
            raise NetworkError(_why(error)) from None
        return response.status, body if method == "GET" else _checked(response.status, body, url.rpartition("/")[2])


def _body(data: RequestData | None) -> aiohttp.FormData | dict[str, str] | None:
    if data is None:
        return None
    if not data.contains_files:
        return data.json_parameters
    form = aiohttp.FormData(data.json_parameters)
    for name, (filename, content, content_type) in data.multipart_data.items():
        form.add_field(name, content, filename=filename, content_type=content_type)
    return form


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
    result = answer.get("result")
    if status < 300 and not (result or result == []):
        update = re.search(rb'"update_id"\s*:\s*(\d{1,18})', body)
        raise Garbled(NOT_TELEGRAM, int(update[1]) if update else None)
    if status < 300 and method in SENDING:
        number = result.get("message_id") if isinstance(result, dict) else None
        if not isinstance(number, int) or isinstance(number, bool):
            raise Garbled(NOT_TELEGRAM)
        return json.dumps({"result": {"message_id": number, "date": 1, "chat": {"id": 0, "type": "private"}}}).encode()
    if "\\u" in text:
        text = whole_pairs(text)
    return text.encode() if answer else b"{}"


def _why(error: aiohttp.ClientError) -> str:
    reason = error.os_error.strerror if isinstance(error, aiohttp.ClientConnectorError) else None
    return (reason or type(error).__name__).lower()
