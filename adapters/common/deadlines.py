"""Say how long a connection to a platform may take: neither library has deadlines that are short enough."""

CONNECT_SECONDS = 10.0
"""Limits the making of a connection, with its name and its encryption."""

ANSWER_SECONDS = 20.0
"""Limits the wait for an answer to begin or to go on, besides the time that its bytes, or an upload's, need."""

SLOWEST = 20_000
"""Bytes a second that a body makes at least, which is sent or received."""

IDLE_SECONDS = 15.0
"""Limits how long a connection is kept for the next request.

Shorter than ANSWER_SECONDS: when a dead connection is found out, none of its time is left, and the next try makes one.
"""
