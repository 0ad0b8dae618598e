"""Send python-telegram-bot's HTTP requests through aiohttp: one shared session, errors without addresses."""

from http import HTTPStatus

import aiohttp
from telegram.error import NetworkError, TimedOut
from telegram.request import BaseRequest, RequestData

CONNECT_SECONDS = 10.0
READ_SECONDS = 20.0


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

        Raises TimedOut or NetworkError, also for JSON that is no answer of the Bot API, and TelegramError for no JSON.
        They name no address, which holds the token.
        """
        seconds = read_timeout if isinstance(read_timeout, int | float) else READ_SECONDS
        timeout = aiohttp.ClientTimeout(total=None, connect=CONNECT_SECONDS, sock_read=seconds)
        try:
            async with self._session.request(method, url, data=_body(request_data), timeout=timeout) as response:
                status, body = response.status, await response.read()
        except TimeoutError:
            raise TimedOut from None
        except aiohttp.ClientError as error:
            raise NetworkError(_why(error)) from None
        if method == "POST" and status == HTTPStatus.OK:
            answer: object = self.parse_json_payload(body)
            if not (isinstance(answer, dict) and "result" in answer):  # a proxy may answer in Telegram's place
                raise NetworkError("no answer of the Bot API")
        return status, body


def _body(data: RequestData | None) -> aiohttp.FormData | dict[str, str] | None:
    if data is None:
        return None
    if not data.contains_files:
        return data.json_parameters
    form = aiohttp.FormData(data.json_parameters)
    for name, (filename, content, content_type) in data.multipart_data.items():
        form.add_field(name, content, filename=filename, content_type=content_type)
    return form


def _why(error: aiohttp.ClientError) -> str:
    reason = error.os_error.strerror if isinstance(error, aiohttp.ClientConnectorError) else None
    return (reason or type(error).__name__).lower()
