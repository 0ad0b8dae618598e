"""The refusals of the pretended Discord, in the shape and with the codes of the real one."""

Payload = dict[str, object]
"""A JSON object as Discord sends and receives it."""

REFUSALS: dict[int, tuple[int, str]] = {
    10003: (404, "Unknown Channel"),
    10004: (404, "Unknown Guild"),
    10007: (404, "Unknown Member"),
    10008: (404, "Unknown Message"),
    10013: (404, "Unknown User"),
    10014: (400, "Unknown Emoji"),
    10015: (404, "Unknown Webhook"),
    10062: (404, "Unknown interaction"),
    30032: (400, "Maximum number of application commands reached (100)."),
    40005: (413, "Request entity too large"),
    40060: (400, "Interaction has already been acknowledged."),
    40094: (400, "This interaction has hit the maximum number of follow up messages."),
    50001: (403, "Missing Access"),
    50003: (403, "Cannot execute action on a DM channel"),
    50005: (403, "Cannot edit a message authored by another user"),
    50006: (400, "Cannot send an empty message"),
    50007: (403, "Cannot send messages to this user"),
    50013: (403, "Missing Permissions"),
    50027: (401, "Invalid Webhook Token"),
    50024: (400, "Cannot execute action on this channel type"),
    50033: (400, "Invalid Recipient(s)"),
    50083: (400, "Thread is archived"),
    50109: (400, "The request body contains invalid JSON."),
    160002: (400, "Cannot reply without permission to read message history"),
    160004: (400, "A thread has already been created for this message"),
    160005: (403, "Thread is locked"),
}


class ApiError(Exception):
    """A refusal: the HTTP status, Discord's own code and, for an invalid form, the errors by field."""

    def __init__(self, status: int, code: int, message: str, errors: Payload | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.errors = errors

    def body(self) -> Payload:
        """Return the JSON object that is the answer."""
        body: Payload = {"message": self.message, "code": self.code}
        return body | {"errors": self.errors} if self.errors else body

    def inside(self, field: str) -> "ApiError":
        """Return the same refusal of a form that is the part ``field`` of a greater one."""
        errors = self.errors
        for name in reversed(field.split(".")) if errors else ():
            errors = {name: errors}
        return ApiError(self.status, self.code, self.message, errors)


def refusal(code: int, *, status: int | None = None) -> ApiError:
    """Return the refusal with one of Discord's codes, with its usual status unless another is given."""
    usual, message = REFUSALS[code]
    return ApiError(status or usual, code, message)


def plain_error(status: int, reason: str) -> ApiError:
    """Return a refusal without a code of its own, such as ``401: Unauthorized``."""
    return ApiError(status, 0, f"{status}: {reason}")


def invalid_form(field: str, code: str, message: str) -> ApiError:
    """Return the refusal 50035 about one field; dots separate levels (``allowed_mentions.parse``)."""
    errors: Payload = {"_errors": [{"code": code, "message": message}]}
    for name in reversed(field.split(".")):
        errors = {name: errors}
    return ApiError(400, 50035, "Invalid Form Body", errors)


def too_long(field: str, limit: int) -> ApiError:
    """Return the refusal of a text or list that is longer than ``limit``."""
    return invalid_form(field, "BASE_TYPE_MAX_LENGTH", f"Must be {limit} or fewer in length.")


def bad_length(field: str, least: int, most: int) -> ApiError:
    """Return the refusal of a text or list whose length is not between two bounds."""
    return invalid_form(field, "BASE_TYPE_BAD_LENGTH", f"Must be between {least} and {most} in length.")


def required(field: str) -> ApiError:
    """Return the refusal of a form without a field."""
    return invalid_form(field, "BASE_TYPE_REQUIRED", "This field is required")
