"""Rich messages: not yet."""


def rich(markdown: str) -> str | None:
    """The HTML of a rich message, or None where it breaks a limit."""
    return None


def wants_rich(markdown: str) -> bool:
    """Whether a rich message shows it better."""
    return False
