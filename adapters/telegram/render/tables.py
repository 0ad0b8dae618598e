"""Collect the cells of a table, which is shown in aligned columns if they fit on a phone, else as a list."""

from adapters.common.markdown.events import Event

MAX_WIDTH = 42
"""Characters in a line that a phone shows without wrapping it, which would spoil aligned columns."""

Row = list[list[Event]]
"""The events of each cell."""


def rows(events: list[Event]) -> list[Row]:
    """Return the cells of a table, the header row first, from the events between its start and its end."""
    found: list[Row] = []
    for event in events:
        tag = event[0].get("Start") if isinstance(event[0], dict) else None
        if tag in ("TableHead", "TableRow"):
            found.append([])
        elif tag == "TableCell":
            found[-1].append([])
        elif event[0] not in ({"End": "TableCell"}, {"End": "TableRow"}, {"End": "TableHead"}):
            found[-1][-1].append(event)
    return found
