"""Sends requests to chat.qwen.ai, checks what comes back, and translates aiohttp's errors."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import replace
from types import TracebackType
from typing import Self

import aiohttp
import orjson
from yarl import URL

from bridge.backends.base import QWEN_HOST
from bridge.backends.http import sse
from bridge.backends.http.connect_errors import unreachable
from bridge.backends.http.retry_after import later, retry_after
from bridge.backends.http.sse import Mark, Whole
from bridge.backends.qwen import failures, wire
from bridge.backends.qwen.credentials import Credentials
from bridge.backends.qwen.download import download
from bridge.backends.qwen.stream import QwenStream
from bridge.backends.qwen.upload import upload
from bridge.backends.qwen.wire import Json
from bridge.errors import CutOff, Empty, HumanCheck, NotUnderstood, QwenError, SignedOut, Stalled
from bridge.model import Attachment

CONNECT_SECONDS, HASTY_CONNECT_SECONDS = 20.0, 5.0
"""Limit the wait for a connection, through a proxy or not; HASTY where another backend can answer."""

QWEN_URL = f"https://{QWEN_HOST}"
AUTH_URL = "https://auth.qwen.ai"
"""Renews logins for QWEN_URL; any other server does so itself."""

MOST_REDIRECTS = 3
"""Limits how often a request is sent on: the list of models was seen to have moved once (qwen wire, additions)."""

REST_SECONDS = 0.5
"""Limits the wait for more after an answer has ended; Qwen closes at once, unless its model has called a tool."""

SILENCE_SECONDS = 60.0
"""Limits the wait for the next bytes: Qwen keeps slow answers alive every ten seconds or so."""


SLOWEST = 20_000
"""Bytes a second that a request makes at least while it is sent."""


class Session:
    """Sends requests with the credentials; its cookie jar keeps the cookies that Qwen renews.

    `proxy`: the URL of an HTTP proxy. `hasty`: wait for connections for HASTY_CONNECT_SECONDS only. `credentials`: as
    they were given; renewed cookies are in the jar.
    """

    def __init__(self, url: str, credentials: Credentials, proxy: str | None = None, *, hasty: bool = False) -> None:
        self.url = url.rstrip("/")
        self.credentials = credentials
        self._proxy = proxy
        self._hasty = hasty

    async def __aenter__(self) -> Self:
        # The jar takes cookies from addresses too (a server on this machine), and sends values as they were copied.
        self._jar = aiohttp.CookieJar(unsafe=True, quote_cookie=False)
        connect = HASTY_CONNECT_SECONDS if self._hasty else CONNECT_SECONDS
        self._session = aiohttp.ClientSession(
            # No cap: as many conversations as there are may wait for Qwen at once.
            connector=aiohttp.TCPConnector(limit=0),
            cookie_jar=self._jar,
            timeout=aiohttp.ClientTimeout(total=None, connect=connect, sock_read=SILENCE_SECONDS),
            proxy=self._proxy,
        )
        self.use(self.credentials)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._session.close()

    def use(self, credentials: Credentials) -> None:
        """Send these credentials from now on, and forget the cookies of the old ones."""
        self.credentials = credentials
        self._jar.clear()
        self._jar.update_cookies(credentials.sent_cookies, URL(self.url))

    @property
    def host(self) -> str:
        """Return the server's host, without its port."""
        return URL(self.url).host or ""

    def renewed(self) -> Credentials:
        """Return the credentials with the cookies as Qwen has renewed them."""
        cookies = {name: morsel.value for name, morsel in self._jar.filter_cookies(URL(self.url)).items()}
        if cookies == self.credentials.sent_cookies:
            return self.credentials
        return replace(self.credentials, cookie="; ".join(f"{name}={value}" for name, value in cookies.items()))

    @asynccontextmanager
    async def request(
        self, method: str, path: str, page: str = "/", payload: Json | None = None
    ) -> AsyncIterator[aiohttp.ClientResponse]:
        """Send a request, as the web page does from its path `page`, and enter with the response.

        Raises QwenError, also while the body is read.
        """
        headers = wire.request_headers(self.url, page, self.credentials.timezone) | self.credentials.headers
        if payload is not None:
            headers["Content-Type"] = "application/json"
        body = None if payload is None else orjson.dumps(payload)
        seconds = CONNECT_SECONDS + SILENCE_SECONDS + len(body or b"") / SLOWEST
        with _translated():
            async with (
                asyncio.timeout(seconds) as deadline,
                self._session.request(
                    method, URL(self.url + path, encoded=True), data=body, headers=headers, allow_redirects=False
                ) as response,
            ):
                deadline.reschedule(None)  # a stream has deadlines of its own
                if failures.is_human_check(response.headers.get("Location", "")):
                    raise HumanCheck
                try:
                    yield response
                except QwenError as error:
                    told = later(error, retry_after(response.headers))
                    if told is error:
                        raise
                    raise told from error

    async def renew_login(self, refresh_token: str) -> tuple[str, str]:
        """Return a fresh access token for a refresh token, and the refresh token for the next time. Raises QwenError.

        Whether Qwen ever changes the latter is not known (qwen wire, lifetimes).
        """
        base = AUTH_URL if self.url == QWEN_URL else self.url
        headers = wire.request_headers(base, "/") | self.credentials.headers
        headers |= {"Cookie": f"refresh_token={refresh_token}"}
        with _translated():
            async with (
                asyncio.timeout(CONNECT_SECONDS + SILENCE_SECONDS),
                self._session.get(f"{base}/api/v2/auths/refresh", headers=headers) as response,
            ):
                answer = _object(await response.read(), _status(response))
                cookie = response.cookies.get("refresh_token")
        data = answer.get("data")
        token = data.get("access_token") if isinstance(data, dict) else None
        if not isinstance(token, str) or not token:
            raise SignedOut
        return token, (cookie.value if cookie else "") or refresh_token

    async def upload(self, attachment: Attachment) -> Json:
        """Upload a file, and return its element of `files` in a question. Raises as upload.upload."""

        async def ask(path: str, payload: Json) -> Json:
            return await self.json("POST", path, payload=payload)

        return await upload(self._session, ask, attachment)

    async def download(self, url: str) -> Attachment | None:
        """Download a picture that Qwen made; see download.download."""
        return await download(url, self.url, self._proxy)

    async def json(self, method: str, path: str, page: str = "/", payload: Json | None = None) -> dict[str, object]:
        """Return the JSON object that answers a request. Raises QwenError, as the body says.

        A GET is sent on where Qwen says so, but to no other server: the request holds credentials.
        """
        for _ in range(MOST_REDIRECTS):
            async with self.request(method, path, page, payload) as response:
                onward = _onward(response) if method == "GET" else ""
                if not onward:
                    async with asyncio.timeout(SILENCE_SECONDS):
                        return _object(await response.read(), _status(response))
            path = onward.removeprefix(URL(self.url).raw_path.rstrip("/"))
        raise NotUnderstood


def _onward(response: aiohttp.ClientResponse) -> str:
    """Return the path, with its query, that a redirect leads to on the same server; "" for anything else."""
    if response.status not in (301, 302, 303, 307, 308):
        return ""
    try:
        target = response.url.join(URL(response.headers.get("Location", ""), encoded=True))
        return target.raw_path_qs if target.origin() == response.url.origin() else ""
    except ValueError:
        return ""


async def frames(response: aiohttp.ClientResponse, stream: QwenStream) -> AsyncIterator[Json | Mark]:
    """Yield the frames of a stream, whatever its content type says.

    `stream` reads them: when it has ended, more is waited for REST_SECONDS at most, and may break off.

    A JSON body in place of a stream is its only frame. Raises QwenError for any other body, and what it says.
    """
    empty = True
    async for frame in sse.frames(_until_ended(response.content.iter_any(), stream), stream):
        if isinstance(frame, Whole):
            yield _object(frame.body, _status(response))
            return
        if empty and (failure := failures.by_status(response.status)):
            raise failure
        empty = False
        yield frame
    if empty and (failure := failures.by_status(_status(response))):
        raise failure


async def _until_ended(chunks: AsyncIterator[bytes], stream: QwenStream) -> AsyncIterator[bytes]:
    """Yield the chunks, and end REST_SECONDS after `stream` has, or when they break off meanwhile."""
    until: float | None = None
    while True:
        until = (until or asyncio.get_running_loop().time() + REST_SECONDS) if stream.ended else None
        try:
            async with asyncio.timeout_at(until):
                chunk = await anext(chunks)
        except StopAsyncIteration:
            return
        except (TimeoutError, aiohttp.ClientError):
            if until is None:
                raise
            return
        yield chunk


def _status(response: aiohttp.ClientResponse) -> int:
    """Return the status that Qwen names in a header: HTTP says 200 for nearly everything (qwen wire, envelope)."""
    said = response.headers.get("x-actual-status-code", "")
    return int(said) if response.status == 200 and said.isdecimal() and len(said) == 3 else response.status


def _object(body: bytes, status: int) -> dict[str, object]:
    try:
        value = orjson.loads(body)
    except orjson.JSONDecodeError:
        raise failures.in_body(body, status) from None
    if not isinstance(value, dict):
        raise NotUnderstood
    if failure := failures.in_frame(value, status) or failures.by_status(status):
        raise failure
    if status >= 400:
        raise NotUnderstood
    return value


@contextmanager
def _translated() -> Iterator[None]:
    """Raise aiohttp's errors as QwenError. Their words may hold addresses, so only their kind is kept."""
    try:
        yield
    except QwenError:
        raise
    except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError, aiohttp.ClientHttpProxyError) as error:
        raise unreachable(error, "QWEN_URL") from error
    except sse.Overflow as error:
        raise NotUnderstood from error
    except aiohttp.ServerDisconnectedError as error:
        raise Empty from error
    except TimeoutError as error:
        raise Stalled from error
    except (aiohttp.ClientPayloadError, aiohttp.ClientConnectionError) as error:
        raise CutOff from error
    except aiohttp.ClientError as error:
        raise NotUnderstood from error
