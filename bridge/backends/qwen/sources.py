"""Reads the web pages that a search found, and by which numbers the answer cites them."""

from collections.abc import Iterator, Mapping

from bridge.answer_events import Source, Sources

Json = Mapping[str, object]


class Pages:
    """Numbers the pages of an answer, batch by batch (qwen wire, search results).

    `tool_result` says the number that follows its batch. A list without one goes on behind the pages before, unless it
    repeats them from the start and is longer: then it is the same list, grown. Pages that were only opened, and a list
    that comes beside a numbered one, have no numbers.
    """

    def __init__(self) -> None:
        self._batch: list[str] = []
        self._first = 1
        self._next = 1

    def in_frame(self, frame: Json) -> Iterator[Sources]:
        """Yield the pages that stand beside the deltas of a frame."""
        if pages := _pages(frame.get("sources")):
            yield self._numbered(pages) if self._next == 1 or self._grown(pages) else _uncited(pages)

    def in_delta(self, delta: Json) -> Iterator[Sources]:
        """Yield the pages that a tool's delta brings, whatever its phase is called."""
        extra = delta.get("extra")
        if not isinstance(extra, Mapping):
            return
        result = extra.get("tool_result")
        result = result if isinstance(result, Mapping) else {}
        if docs := _pages(result.get("docs")):
            following = _whole(result.get("used_id"))
            yield self._numbered(docs, max(0, following - len(docs)))
        if found := _pages(extra.get("web_search_info")):
            yield _uncited(found) if docs else self._numbered(found)
        if opened := _pages(extra.get("web_extract_info")):
            yield _uncited(opened)

    def _numbered(self, pages: list[Json], first: int = 0) -> Sources:
        """Return the pages with their numbers; `first` is that of the first one, 0 where nobody says it."""
        self._first = first or (self._first if self._grown(pages) else self._next)
        self._batch = [_address(page) for page in pages]
        self._next = max(self._next, self._first + len(pages))
        numbered = enumerate(pages, self._first)
        return Sources(tuple(_source(page, number) for number, page in numbered if _address(page)))

    def _grown(self, pages: list[Json]) -> bool:
        return [_address(page) for page in pages][: len(self._batch)] == self._batch


def _pages(value: object) -> list[Json]:
    """Return the entries of a list; those that are no page keep their place, for the numbers count them."""
    return [page if isinstance(page, Mapping) else {} for page in value] if isinstance(value, list) else []


def _uncited(pages: list[Json]) -> Sources:
    return Sources(tuple(_source(page) for page in pages if _address(page)))


def _source(page: Json, number: int = 0) -> Source:
    title = page.get("title")
    return Source(title if isinstance(title, str) and title else _address(page), _address(page), number)


def _address(page: Json) -> str:
    address = page.get("url") or page.get("link")
    return address if isinstance(address, str) and address.startswith(("https://", "http://")) else ""


def _whole(value: object) -> int:
    digits = str(value) if isinstance(value, str | int) else ""
    return int(digits) if digits.isascii() and digits.isdigit() and len(digits) < 6 else 0
