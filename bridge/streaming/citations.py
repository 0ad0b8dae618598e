"""Links the citations of an answer, which comes in bits, to the pages that a search found, and lists these."""

import re
from collections.abc import Sequence

from bridge.answer_events import Source
from bridge.i18n import sentences
from bridge.i18n.language import translated

_CITATION = re.compile(r"\[\[(\d{1,3})\]\](?!\()")
_HALF_CITATION = re.compile(r"\[(?:\[(?:\d{1,3}(?:\](?:\])?)?)?)?\Z")
_MARKUP = re.compile(r"[\\`*_\[\]<>|~#]")


class Citations:
    """Knows the pages of one answer, each once by its address, and the numbers that lead to them."""

    def __init__(self) -> None:
        self._pages: dict[str, Source] = {}
        self._cited: dict[int, str] = {}
        self._half = ""

    def add(self, sources: Sequence[Source]) -> None:
        """Take pages that were found; the same page may come again, also by another number."""
        for source in sources:
            address = _address(source)
            self._pages.setdefault(address, source)
            if source.number:
                self._cited[source.number] = address

    def linked(self, text: str) -> str:
        """Return the next part of the answer with its citations linked; one that has only begun waits for the next."""
        text = self._half + text
        half = _HALF_CITATION.search(text) if self._pages else None
        at = half.start() if half else len(text)
        self._half = text[at:]
        return self._with_links(text[:at])

    def rest(self) -> str:
        """Return what was held back: the answer has come to its end."""
        rest, self._half = self._half, ""
        return self._with_links(rest)

    def listed(self, language: str = "") -> str:
        """Return the list of the pages as Markdown, by the numbers that the links show; empty without any page."""
        pages = [self._pages[address] for address in self._addresses()]
        return f"\n\n{listed(pages, language)}" if pages else ""

    def _addresses(self) -> list[str]:
        """Return each address once: the cited pages first, so that a page that is found later moves none of them."""
        return list(dict.fromkeys([*self._cited.values(), *self._pages]))

    def _with_links(self, text: str) -> str:
        return _CITATION.sub(self._link, text) if self._cited else text

    def _link(self, citation: re.Match[str]) -> str:
        """Return a citation with the address of its page, by that page's place in the list below the answer."""
        address = self._cited.get(int(citation[1]))
        return citation[0] if address is None else f"[[{self._addresses().index(address) + 1}]](<{address}>)"


def listed(sources: Sequence[Source], language: str = "") -> str:
    """Return the sources as a Markdown list of links."""
    lines = [f"{number}. [{_title(source)}](<{_address(source)}>)" for number, source in enumerate(sources, start=1)]
    return "\n".join([f"**{translated(sentences.SOURCES, language)}**", "", *lines])


def _title(source: Source) -> str:
    return _MARKUP.sub(r"\\\g<0>", " ".join(source.title.split()))


def _address(source: Source) -> str:
    """Return the address without what would end its link early."""
    return re.sub(r"[<>\s\x00-\x1f]", "", source.url)
