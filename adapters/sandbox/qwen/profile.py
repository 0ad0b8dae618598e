"""The account that asks: its profile and its settings, which other clients fetch before their first question."""

from aiohttp import web

from adapters.sandbox.qwen import accounts, responses
from adapters.sandbox.qwen.state import Received, account
from adapters.sandbox.qwen.wire import Body

_SETTINGS: Body = {"tools_enabled": {}, "memory": {}, "personalization": {}, "model_config": {}}
"""The names that clients read; what stands below them at Qwen is not known."""


async def profile(request: web.Request, _received: Received) -> web.Response:
    """Serve GET /api/v1/auths/, whose answer has no envelope. Raises WireError for guests."""
    who = account(request)
    token = accounts.access_token(request.headers, request.cookies)
    described: Body = {
        "id": accounts.user_id(who),
        "email": "account@example.org",
        "name": "An account",
        "role": "user",
        "profile_image_url": "/static/favicon.png",
        "token": token,
        "token_type": "Bearer",
        "expires_at": accounts.expires_at(token),
        "permissions": {},
    }
    return web.json_response(described)


async def settings(request: web.Request, _received: Received) -> web.Response:
    """Serve GET /api/v2/users/user/settings. Raises WireError for guests."""
    account(request)
    return responses.enveloped(request, _SETTINGS)
