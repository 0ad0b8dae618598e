"""Requests to the pretended Bot API: parameters from a query string, a form, a multipart form or a JSON body."""

import json
from dataclasses import dataclass, field

from aiohttp import web

from adapters.sandbox.telegram.errors import Json, bad


@dataclass(frozen=True)
class Upload:
    """A file in a request."""

    name: str
    data: bytes


@dataclass
class Params:
    """The parameters of one call, all of them text as the server has them; nested ones are JSON."""

    values: dict[str, str] = field(default_factory=dict)
    files: dict[str, Upload] = field(default_factory=dict)

    def text(self, name: str) -> str:
        """Return the parameter, or an empty text."""
        return self.values.get(name, "")

    def number(self, name: str, default: int = 0) -> int:
        """Return the number that a parameter begins with; the server, too, takes what is none for zero."""
        raw = self.text(name).strip()
        digits = raw.removeprefix("-")
        return int(raw) if digits.isascii() and digits.isdecimal() else default if not raw else 0

    def flag(self, name: str) -> bool:
        """Read a Boolean."""
        return self.text(name).strip().lower() in ("true", "yes", "1")

    def mapping(self, name: str, what: str, unreadable: str = "") -> Json | None:
        """Read a JSON object, None if it is not there; anything else is refused in Telegram's words."""
        raw = self.text(name)
        if not raw:
            return None
        try:
            value = json.loads(raw)
        except ValueError:
            raise bad(f"can't parse {unreadable or what} JSON object") from None
        if value is None:
            return None
        if not isinstance(value, dict):
            raise bad(f"object expected as {what}")
        return value

    def array(self, name: str, what: str) -> list[object] | None:
        """Read a JSON array, None if it is not there; anything else is refused in Telegram's words."""
        raw = self.text(name)
        if not raw:
            return None
        try:
            value = json.loads(raw)
        except ValueError:
            raise bad(f"can't parse {what} JSON object") from None
        if not isinstance(value, list):
            raise bad(f"expected an Array of {what}")
        return value


async def read_params(request: web.Request) -> Params:
    """Read the parameters of a request, wherever they stand."""
    params = Params(dict(request.query))
    if request.content_type == "application/json":
        await _read_json(request, params)
    elif request.method == "POST":
        for name, value in (await request.post()).items():
            if isinstance(value, web.FileField):
                params.files[name] = Upload(value.filename, value.file.read())
            else:
                params.values[name] = value if isinstance(value, str) else value.decode()
    return params


async def _read_json(request: web.Request, params: Params) -> None:
    try:
        body = json.loads(await request.text() or "{}")
    except ValueError:
        raise bad("can't parse request body as JSON object") from None
    if not isinstance(body, dict):
        raise bad("can't parse request body as JSON object")
    for name, value in body.items():
        params.values[name] = value if isinstance(value, str) else json.dumps(value)
