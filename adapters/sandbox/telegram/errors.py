"""The refusals of the pretended Bot API, in the shape and with the words of the real one."""

Json = dict[str, object]
"""A JSON object as the Bot API sends and receives it."""

TOO_MANY = "Too Many Requests: retry after {}"
TERMINATED = "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running"

USUAL = {
    400: "Bad Request",
    401: "Unauthorized",
    403: "Forbidden",
    404: "Not Found",
    409: TERMINATED,
    500: "Internal Server Error",
    502: "Bad Gateway",
    504: "Gateway Timeout",
}


class Refused(Exception):
    """A refusal: the code (also the HTTP status), the description, and the parameters that some refusals carry."""

    def __init__(self, code: int, description: str, parameters: Json | None = None) -> None:
        super().__init__(description)
        self.code = code
        self.description = description
        self.parameters = parameters

    def body(self) -> Json:
        """Return the JSON object that is the answer."""
        body: Json = {"ok": False, "error_code": self.code, "description": self.description}
        return body | {"parameters": self.parameters} if self.parameters else body


def bad(reason: str) -> Refused:
    """Return the refusal ``400 Bad Request: reason``."""
    return Refused(400, f"Bad Request: {reason}")


def forbidden(reason: str) -> Refused:
    """Return the refusal ``403 Forbidden: reason``."""
    return Refused(403, f"Forbidden: {reason}")


def too_many(seconds: int) -> Refused:
    """Return the refusal 429 that asks to wait for so many seconds."""
    return Refused(429, TOO_MANY.format(seconds), {"retry_after": seconds})
