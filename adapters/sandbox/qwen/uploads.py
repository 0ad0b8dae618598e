"""Uploads: the permission to put a file into the bucket, the bucket, and the parsing of documents.

The bucket is this server: what is `https://<bucket>.<endpoint>/<file_path>` at Qwen is `http://<endpoint>/<file_path>`
here, which is `file_url` without its query. Any signature is accepted.
"""

from typing import Any

from aiohttp import web

from adapters.sandbox.qwen import accounts, responses
from adapters.sandbox.qwen.files import Files, invalid_file
from adapters.sandbox.qwen.state import Received, State
from adapters.sandbox.qwen.wire import WireError


class Uploads:
    """The endpoints of a file, in the order in which a client needs them."""

    def __init__(self, state: State) -> None:
        self._state = state

    @property
    def _files(self) -> Files:
        return self._state.files

    async def announce(self, request: web.Request, received: Received) -> web.Response:
        """Serve POST /api/v2/files/getstsToken: what lets a client put its file. Raises WireError."""
        who = accounts.identity(request.headers, request.cookies)
        limit = self._state.guest_uploads
        if accounts.is_guest(who) and limit is not None and self._files.brought_by(who) >= limit:
            raise WireError("RateLimited", "You've reached the upper limit for today's usage.", 429, num=24)
        file = self._files.announce(who, received.body)
        return responses.enveloped(request, file.grant(self._state.host))

    async def put(self, request: web.Request, _received: Received) -> web.Response:
        """Serve the bucket: an empty 200, or its own errors, which are XML with a true status."""
        file = self._files.at(request.match_info["file_path"])
        if file is None or not request.headers.get("Authorization"):
            return _denied("AccessDenied", "You have no right to access this object.")
        if request.headers.get("x-oss-security-token") != file.security_token:
            return _denied("InvalidSecurityToken", "The security token you provided is invalid.")
        if not request.headers.get("Content-Type"):
            return _denied("SignatureDoesNotMatch", "The Content-Type that was signed is missing.")
        file.content = await request.read()
        file.content_type = request.headers["Content-Type"]
        return web.Response(headers={"x-oss-request-id": file.security_token[:24].upper()})

    async def parse(self, request: web.Request, received: Received) -> web.Response:
        """Serve POST /api/v2/files/parse: the file is read from now on. Raises WireError."""
        who = accounts.identity(request.headers, request.cookies)
        self._files.owned(who, received.body.get("file_id")).parsing = True
        return responses.enveloped(request, data=True)

    async def parsed(self, request: web.Request, received: Received) -> web.Response:
        """Tell how far the parsing of each file is."""
        who = accounts.identity(request.headers, request.cookies)
        wanted = received.body.get("file_id_list")
        if not isinstance(wanted, list) or not wanted:
            raise invalid_file()
        return responses.enveloped(request, [self._status(who, file_id) for file_id in wanted])

    def _status(self, who: str, file_id: Any) -> dict[str, str]:
        file = self._files.owned(who, file_id)
        file.polls += file.parsing
        done = file.parsing and file.polls > self._state.parse_polls
        return {"file_id": file.id, "status": "success" if done else "running" if file.parsing else "pending"}


def _denied(code: str, message: str) -> web.Response:
    text = f'<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>{code}</Code><Message>{message}</Message></Error>'
    return web.Response(text=text, status=403, content_type="application/xml")
