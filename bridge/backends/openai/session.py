"""Sends requests to an OpenAI-compatible server, and translates its refusals and aiohttp's errors."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from types import TracebackType
from typing import Self

import aiohttp
import orjson

from bridge.backends.http import sse
from bridge.backends.http.connect_errors import unreachable
from bridge.backends.http.retry_after import later, retry_after
from bridge.backends.openai import failures, wire
from bridge.errors import ApiMisled, CutOff, QwenError, Stalled

CONNECT_SECONDS, SILENCE_SECONDS = 15.0, 120.0
"""Limit the wait for a connection, and for the next bytes: a self-hosted model may load before its first word."""

SLOWEST = 20_000
"""Bytes a second that a request makes at least while it is sent: it may hold pictures."""


class Session:
    """Sends requests to the server at `url` (…/v1), with `key` as the bearer token unless it is empty."""

    def __init__(self, url: str, key: str, proxy: str | None) -> None:
        self._url = url.rstrip("/")
        self._headers = {"Authorization": f"Bearer {key}"} if key else {}
        self._proxy = proxy

    async def __aenter__(self) -> Self:
        self._http = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=0),
            timeout=aiohttp.ClientTimeout(total=None, connect=CONNECT_SECONDS, sock_read=SILENCE_SECONDS),
            headers=self._headers,
            proxy=self._proxy,
        )
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._http.close()

    @asynccontextmanager
    async def request(
        self, method: str, path: str, payload: wire.Json | None = None
    ) -> AsyncIterator[aiohttp.ClientResponse]:
        """Send a request, and enter with its response, whose status is 200. Raises QwenError, also while it is read."""
        body = None if payload is None else orjson.dumps(payload)
        headers = {"Content-Type": "application/json"} if body else {}
        seconds = CONNECT_SECONDS + SILENCE_SECONDS + len(body or b"") / SLOWEST
        try:
            async with (
                asyncio.timeout(seconds) as deadline,
                self._http.request(
                    method, self._url + path, data=body, headers=headers, allow_redirects=False
                ) as response,
            ):
                streams = payload is not None and response.status == 200  # a stream has deadlines of its own
                deadline.reschedule(None if streams else deadline.when())
                try:
                    if response.status != 200:
                        raise failures.in_body(await response.read(), response.status)
                    yield response
                except QwenError as error:  # also one that the body of an answer says
                    told = later(error, retry_after(response.headers))
                    if told is error:
                        raise
                    raise told from error
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError, aiohttp.ClientHttpProxyError) as error:
            raise unreachable(error, "QWEN_API_URL") from error
        except sse.Overflow as error:
            raise ApiMisled from error
        except TimeoutError as error:
            raise Stalled from error
        except aiohttp.ClientConnectionError as error:
            raise CutOff from error
        except aiohttp.ClientPayloadError as error:
            raise CutOff from error
        except aiohttp.ClientError as error:
            raise ApiMisled from error
