"""Pretends to be Qwen's file endpoints and its storage, on one server.

The storage checks signatures by an implementation of its own, written from Alibaba's documentation.
"""

import asyncio
import hashlib
import hmac
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web
from multidict import CIMultiDictProxy

from bridge.backends.qwen.wire import Json
from bridge.model import Attachment

BUCKET, REGION = "qwen-webui-prod", "oss-ap-southeast-1"
SECRET, TOKEN = "the-secret", "the-token+/="
PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 64


def attached(data: bytes, name: str = "a.bin", content_type: str = "application/octet-stream") -> Attachment:
    return Attachment(name, content_type, data)


def granted(**changes: object) -> dict[str, object]:
    data: dict[str, object] = {
        "access_key_id": "STS.the-key",
        "access_key_secret": SECRET,
        "security_token": TOKEN,
        "file_url": "https://b.e/the-path?the-query",
        "file_path": "anonymous/the-path\u202f.png",
        "file_id": "id",
        "bucketname": BUCKET,
        "region": REGION,
        "endpoint": "the-endpoint.com",
    }
    return {"success": True, "data": data | changes}


@dataclass
class Cloud:
    """Qwen's file endpoints and the storage, on one server. What they say can be changed before they are asked."""

    url: str = ""
    statuses: list[str] = field(default_factory=lambda: ["success"])
    bucket_status: int = 200
    endpoint: str = ""
    answers: dict[str, Any] = field(default_factory=dict)
    asked: list[tuple[str, Any]] = field(default_factory=list)
    put: list[tuple[CIMultiDictProxy[str], bytes]] = field(default_factory=list)
    followed: bool = False
    answers_puts: asyncio.Event = field(default_factory=asyncio.Event)

    async def sts(self, request: web.Request) -> web.Response:
        body = await self._note(request)
        changes = {"file_path": f"anonymous/id_{body['filename']}", "endpoint": self.endpoint or self.url}
        return self._answer(request, granted(**changes))

    async def bucket(self, request: web.Request) -> web.Response:
        body = await request.read()
        assert signed_as_documented(request.method, BUCKET, request.raw_path, dict(request.headers), SECRET)
        assert request.content_length == len(body)
        self.put.append((request.headers, body))
        await self.answers_puts.wait()
        location = {"Location": f"{self.url}/elsewhere"} if self.bucket_status == 302 else {}
        return web.Response(status=self.bucket_status, headers=location)

    async def parse(self, request: web.Request) -> web.Response:
        await self._note(request)
        return self._answer(request, {"success": True, "data": True})

    async def status(self, request: web.Request) -> web.Response:
        await self._note(request)
        status = self.statuses.pop(0) if len(self.statuses) > 1 else self.statuses[0]
        return self._answer(request, {"success": True, "data": [{"status": status}]})

    async def elsewhere(self, _request: web.Request) -> web.Response:
        self.followed = True
        return web.Response()

    async def _note(self, request: web.Request) -> Any:
        body = await request.json()
        self.asked.append((request.path.removeprefix("/api/v2/files/"), body))
        return body

    def _answer(self, request: web.Request, usual: Json) -> web.Response:
        return web.json_response(self.answers.get(request.path.removeprefix("/api/v2/files/"), usual))


def signed_as_documented(method: str, bucket: str, path: str, headers: dict[str, str], secret: str) -> bool:
    """Check the V4 signature of a request without a query against its headers; assert that these are there."""
    got = {name.lower(): value for name, value in headers.items()}
    algorithm, _, fields = got["authorization"].partition(" ")
    assert algorithm == "OSS4-HMAC-SHA256"
    assert got["x-oss-content-sha256"] == "UNSIGNED-PAYLOAD"
    said = dict(part.split("=", 1) for part in fields.split(","))
    day, region, product, version = said["Credential"].split("/")[1:]
    assert (day, product, version) == (got["x-oss-date"][:8], "oss", "aliyun_v4_request")
    more = said.get("AdditionalHeaders", "")
    signed = [
        name
        for name in got
        if name.startswith("x-oss-") or name in ("content-type", "content-md5") or name in more.split(";")
    ]
    request = f"{method}\n/{bucket}{path}\n\n"
    for name in sorted(signed):
        request += f"{name}:{got[name]}\n"
    request += f"\n{more}\nUNSIGNED-PAYLOAD"
    digest = hashlib.sha256(request.encode()).hexdigest()
    text = f"OSS4-HMAC-SHA256\n{got['x-oss-date']}\n{day}/{region}/oss/aliyun_v4_request\n{digest}"
    date_key = hmac.new(b"aliyun_v4" + secret.encode(), day.encode(), hashlib.sha256).digest()
    region_key = hmac.new(date_key, region.encode(), hashlib.sha256).digest()
    service_key = hmac.new(region_key, b"oss", hashlib.sha256).digest()
    signing_key = hmac.new(service_key, b"aliyun_v4_request", hashlib.sha256).digest()
    expected = hmac.new(signing_key, text.encode(), hashlib.sha256).hexdigest()
    return hmac.compare_digest(expected, said["Signature"])
