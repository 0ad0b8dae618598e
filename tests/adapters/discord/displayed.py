"""Reads Markdown as Discord's apps do, by the rules of their parser, which mind little of what stands around."""

import re
from dataclasses import dataclass, field

_STYLES = re.compile(
    r"\*\*((?:\\.|[^\\])+?)\*\*(?!\*)"
    r"|__((?:\\.|[^\\])+?)__(?!_)"
    r"|~~(.+?)~~(?!_)"
    r"|\|\|(.+?)\|\|"
    r"|\b_((?:__|\\.|[^\\_])+?)_\b"
    r"|\*(?=\S)((?:\*\*|\\.|\s+(?:\\.|[^\s*\\]|\*\*)|[^\s*\\])+?)\*(?!\*)",
    re.DOTALL,
)
_ESCAPE = re.compile(r"\\([^0-9A-Za-z\s])")
_AUTOLINK = re.compile(r"<(https?://[^ >]+)>")
_URL = re.compile(r"https?://[^\s<]+[^<.,:;\"'\]\s]")
_LINK = re.compile(r"\[((?:\\.|[^\]\\])*)\]\(<([^>\s]*)>(?: \"[^\"]*\")?\)")
_CODE = re.compile(r"```(?:[\w+.#-]*\n)?(.+?)\n?```|(`{1,2})(.+?)(?<!`)\2(?!`)", re.DOTALL)


@dataclass
class Displayed:
    """Holds what a person sees: the text without its markup, and where its links lead."""

    text: str = ""
    links: list[str] = field(default_factory=list)


def displayed(markdown: str) -> Displayed:
    """Return what Discord displays of Markdown within a line; marks of lists and quotes stay."""
    seen = Displayed()
    _read(markdown, seen)
    return seen


def _read(source: str, seen: Displayed) -> None:
    at = 0
    while at < len(source):
        if match := _ESCAPE.match(source, at):
            seen.text += match[1]
        elif match := _CODE.match(source, at):
            seen.text += match[1] or match[3]
        elif match := _AUTOLINK.match(source, at):
            seen.text += match[1]
            seen.links.append(match[1])
        elif match := _LINK.match(source, at):
            _read(match[1], seen)
            seen.links.append(match[2])
        elif source.startswith("http", at) and (match := _URL.match(source, at)):
            link = match[0]
            while link.endswith(")") and link.count("(") < link.count(")"):
                link = link[:-1]
            seen.text += link
            seen.links.append(link)
            at += len(link)
            continue
        elif match := _STYLES.match(source, at):
            _read(next(filter(None, match.groups())), seen)
        else:
            seen.text += source[at]
            at += 1
            continue
        at = match.end()
