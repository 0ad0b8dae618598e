"""Pasted text to the requests in it: cURL for bash and for cmd, fetch, PowerShell, and plain request headers.

All patterns are possessive or bounded, so that any text is read in linear time.
"""

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from ipaddress import ip_address
from urllib.parse import urlsplit

HOSTS = {"chat.qwen.ai", "www.qwen.ai", "qwen.ai", "chat.qwenlm.ai", "qwenlm.ai", "localhost"}
ADDRESSES = ("host", ":authority", "request url")

FETCH = r"""fetch\(\s*+(?=")"""
BEGIN = re.compile(
    r"""(?<![\w-])(?:(?P<curl>curl(?:\.exe)?)[ \t]++(?=["'‘’“”$^\\–—-]|https?:|chat\.|localhost|127\.)|"""
    rf"{FETCH})",
    re.IGNORECASE,
)

# Words of a command. A next line that begins with an option belongs to it even when the mark before it got lost.
GAP = r"(?P<gap>\s++(?=[-–—]{1,2}[A-Za-z])|(?:[ \t]|MARK[ \t]*+\n)++)"
BASH = re.compile(
    GAP.replace("MARK", r"\\")
    + r"""|(?P<end>\n|`|(?:;|&&?|\|\|?)(?=\s|\Z))
    |\$'(?P<ansi>(?:[^'\\]|\\.)*+)'
    |'(?P<single>[^']*+)'
    |"(?P<double>(?:[^"\\]|\\.|"")*+)"
    |\$?[‘’](?P<curly>[^‘’]*+)[‘’]
    |[“”](?P<curlies>[^“”]*+)[“”]
    |(?P<open>\$?['"‘’“”])
    |\\(?P<escaped>.)
    |(?P<plain>(?:[^\s'"\\`$‘’“”]|\$(?!['"‘’“”]))++)
    |(?P<other>.)""",
    re.DOTALL | re.VERBOSE,
)
CMD = re.compile(
    GAP.replace("MARK", r"\^")
    + r"""|(?P<end>\n|[&|](?=\s|\Z))
    |\^?"(?P<cmd>(?:\^?\\\^?["\\$`]|\^?"\^?"|\^[^"]|[^"^])*+)\^?"
    |(?P<open>\^?")
    |\^(?P<escaped>.)
    |(?P<plain>[^\s"^]++)
    |(?P<other>.)""",
    re.DOTALL | re.VERBOSE,
)
FIRST_QUOTE = re.compile(r"""\^["\s]|['"‘’“”]""")
CARET = re.compile(r"""[^\n]{0,499}?\^(?:"|[ \t]{0,9}\n)""")

ANSI = re.compile(r"\\(?:u([\da-fA-F]{1,4})|U([\da-fA-F]{1,8})|x([\da-fA-F]{1,2})|([0-7]{1,3})|(.))", re.DOTALL)
LETTERS = {"n": "\n", "r": "\r", "t": "\t", "a": "\a", "b": "\b", "e": "\x1b", "f": "\f", "v": "\v"}
IN_DOUBLE = re.compile(r"""\\(["\\$`])|\\\n|"(")""")
IN_CMD = re.compile(r"""\^?\\\^?(["\\$`])|\^?"\^?(")|\^(\n)\n?|\^(.)|%(%)""", re.DOTALL)

# Options whose value is no address and no option.
SHORT = "AbcCdDeEFHKmoPQrtTuUwxXyYz"
LONG = re.compile(r"header|cookie|user-agent|url|request|data.*|json|form.*|output|proxy.*|user|referer|.*-time(out)?")
OPTION = re.compile(r"([-–—]++)(.*)", re.DOTALL)

QUOTED = r'"((?:[^"`]|`.)*+)"'
POWERSHELL = re.compile(
    rf"(?P<session>\$session\s*+=)|\$session\.UserAgent\s*+=\s*+{QUOTED}|Net\.Cookie\({QUOTED},\s*+{QUOTED}"
    rf"|-Uri\s++{QUOTED}|^[ \t]*+{QUOTED}={QUOTED}",
    re.MULTILINE | re.DOTALL,
)
BACKTICKS = re.compile(r"\$\(\[char\](\d{1,7})\)|`(.)", re.DOTALL)

BULLETS = re.compile(r"(?:[>*•$-]\s++)*+")
HEADER = re.compile(r"(request url|:?[\w-]++)\s*+(?::\s*+(.*))?", re.IGNORECASE | re.DOTALL)
REQUEST_LINE = re.compile(r"[A-Z]+ (\S+) HTTP/[\d.]+")
ANSWER = re.compile(r"HTTP/[\d.]+ \d|response headers|<", re.IGNORECASE)
LONE_LOGIN = re.compile(
    r"""["']?(?:(?:qwen_)?token["']?\s*+[=:]\s*+["']?)?(?:Bearer\s++)?(eyJ[\w-]++\.[\w-]++\.[\w-]*+)["']?[;,]?"""
    r"""|(?:qwen_)?token=["']?([^\s"';,]++)["']?;?""",
    re.IGNORECASE,
)
# What a line must look like to be a header and not a note that begins alike.
SHAPES = {
    "bx-umidtoken": r"\S+",
    "cookie": r"[^\s=;]+=.*",
    "authorization": r"[Bb]earer\s+\S+|eyJ\S+",
    "bx-ua": r"\S+",
    "bx-v": r"\d\S*",
    "version": r"\d\S*",
    "user-agent": r"\S+/.*",
    "source": r"[\w-]+",
    "timezone": r".*GMT.*|[\w+-]+/\S+",
}


class Unclosed(Exception):
    """A command was cut off inside of quotes."""


@dataclass
class Request:
    """What a pasted request says: where it went, and its headers by lower-case name."""

    addresses: list[str] = field(default_factory=list)
    headers: dict[str, str] = field(default_factory=dict)

    @property
    def for_qwen(self) -> bool:
        """Whether it went to Qwen, or to this machine; also when it does not say where it went."""
        return all(map(_is_qwen, self.addresses))

    @property
    def for_answer(self) -> bool:
        """Whether it asked a question: its values are the ones that matter."""
        return any("/chat/completions" in place for place in (*self.addresses, self.headers.get(":path", "")))


def requests(text: str) -> list[Request]:
    """The requests in a text, in its order. Never raises."""
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\xa0", " ")
    text = re.sub("[\u200b\u2060\ufeff]", "", text)
    try:
        return list(_walk(text, apart=False))
    except Unclosed:
        return list(_walk(text, apart=True))


def _is_qwen(address: str) -> bool:
    try:
        host = urlsplit(address if "://" in address else f"//{address}").hostname or ""
        return host in HOSTS or ip_address(host).is_loopback
    except ValueError:
        return False


def _walk(text: str, *, apart: bool) -> Iterator[Request]:
    """Raises Unclosed, unless commands are taken `apart`: none reaches beyond the beginning of the next."""
    done = 0
    begin = BEGIN.search(text)
    while begin:
        yield from _loose(text[done : begin.start()])
        following = BEGIN.search(text, begin.end()) if apart else None
        if begin["curl"]:
            words, done, closed = _words(text, begin.end(), following.start() if following else len(text))
            if not (closed or apart):
                raise Unclosed
            request = _curl(words)
            known = closed or request.addresses  # cut off before its address, it may be anybody's
        else:
            request, done = _fetch(text, begin.end())
            known = request.addresses
        if known:
            yield request
        begin = BEGIN.search(text, done)
    yield from _loose(text[done:])


def _words(text: str, start: int, end: int) -> tuple[list[str], int, bool]:
    """The words of the command up to `end` at most, where it ends, and whether its quotes are closed."""
    syntax = CMD if _is_cmd(text, start) else BASH
    words: list[str] = []
    word: list[str] = []
    kind = "gap"
    while kind not in ("end", "open") and (token := syntax.match(text, start, end)):
        start, kind = token.end(), token.lastgroup or ""
        if kind in DECODERS:
            word.append(DECODERS[kind](token[kind]))
        elif word and kind != "open":
            words.append("".join(word))
            word = []
    if kind == "open":
        return words, end, False
    return ([*words, "".join(word)] if word else words), start, True


def _is_cmd(text: str, start: int) -> bool:
    """By the first quote, or the first mark at the end of a line."""
    first = FIRST_QUOTE.search(text, start, start + 300)
    if first and first[0] == '"':
        return bool(CARET.match(text, first.start()))
    return bool(first and first[0].startswith("^"))


def _ansi(text: str) -> str:
    def character(match: re.Match[str]) -> str:
        if number := match[1] or match[2] or match[3]:
            return _character(int(number, 16))
        return _character(int(match[4], 8)) if match[4] else LETTERS.get(match[5], match[5])

    return _joined(ANSI.sub(character, text))


def _character(number: int) -> str:
    return chr(number) if number < 0x110000 else "\ufffd"


def _joined(text: str) -> str:
    """The text with the halves of characters that were escaped one by one put together."""
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def _unescaped(pattern: re.Pattern[str], text: str) -> str:
    """In the place of each match, its one group that matched."""
    return pattern.sub(lambda match: match[match.lastindex] if match.lastindex else "", text)


DECODERS: dict[str, Callable[[str], str]] = {
    **dict.fromkeys(("single", "curly", "curlies", "escaped", "plain", "other"), str),
    "ansi": _ansi,
    "double": lambda text: _unescaped(IN_DOUBLE, text),
    "cmd": lambda text: _unescaped(IN_CMD, text),
}


def _curl(words: list[str]) -> Request:
    request = Request()
    alone = []
    for option, value in _options(words):
        if option in ("H", "header"):
            name, _, content = value.partition(":")
            request.headers[name.strip().lower()] = content
        elif option in ("b", "cookie") and "=" in value:
            request.headers["cookie"] = value
        elif option in ("A", "user-agent"):
            request.headers["user-agent"] = value
        elif option in ("", "url"):
            alone.append(value)
    request.addresses = [word for word in alone if "://" in word] or alone[:1]
    return request


def _options(words: list[str]) -> Iterator[tuple[str, str]]:
    """Each option that has a value, without dashes, and "" with each word that stands alone."""
    rest = iter(words)
    for word in rest:
        option = OPTION.fullmatch(word)
        if not option:
            yield "", word
        elif (len(option[2]) == 1 and option[2] in SHORT) or LONG.fullmatch(option[2]):
            yield option[2], next(rest, "")
        elif option[1] == "-" and option[2][:1] in SHORT:
            yield option[2][:1], option[2][1:]


def _fetch(text: str, start: int) -> tuple[Request, int]:
    """One call of fetch, and where it ends; an empty Request, and where it stops to make sense."""
    following = re.compile(FETCH, re.IGNORECASE).search(text, start)
    text = text[start : following.start() if following else None]
    decoder = json.JSONDecoder(parse_int=str)
    try:
        address, end = decoder.raw_decode(text)
        comma = re.compile(r"\s*+,\s*+").match(text, end)
        said, end = decoder.raw_decode(text, comma.end()) if comma else ({}, end)
    except json.JSONDecodeError as error:
        return Request(), start + error.pos
    except RecursionError:
        return Request(), start
    headers = said.get("headers") if isinstance(said, dict) else None
    pairs = headers.items() if isinstance(headers, dict) else ()
    return Request([str(address)], {name.lower(): str(value) for name, value in pairs}), start + end


def _loose(text: str) -> Iterator[Request]:
    if "Invoke-" in text:
        yield from (request for request in _powershell(text) if request.addresses)
    yield from _headers(text)


def _powershell(text: str) -> Iterator[Request]:
    request = Request()
    for match in POWERSHELL.finditer(text):
        agent, cookie, value, address, name, content = (_backticks(part or "") for part in match.groups()[1:])
        if match["session"] or (address and request.addresses):
            yield request
            request = Request()
        if address:
            request.addresses.append(address)
        elif cookie:
            kept = request.headers.get("cookie")
            request.headers["cookie"] = f"{kept}; {cookie}={value}" if kept else f"{cookie}={value}"
        elif name or agent:
            request.headers[name.lower() or "user-agent"] = content or agent
    yield request


def _backticks(text: str) -> str:
    return _joined(BACKTICKS.sub(lambda match: _character(int(match[1])) if match[1] else match[2], text))


def _headers(text: str) -> Iterator[Request]:
    """Plain headers, one a line, or the name on one line and the value on the next; of answers, nothing."""
    request, pending, answer = Request(), "", False
    for line in map(_undecorated, text.split("\n")):
        name, value = _header(line) or (pending, line)
        pending = "" if value else name
        path = REQUEST_LINE.fullmatch(line)
        if path or (value and name in ADDRESSES and name in request.headers):
            yield request
            request = Request()
        if path:
            answer = False
            _take(request, "request url" if "://" in path[1] else ":path", path[1])
        elif name and value:
            _take(request, name, "" if answer else value)
        elif ANSWER.match(line) or not line or line.lower().startswith("request headers"):
            answer = bool(ANSWER.match(line))
        elif not answer and (login := LONE_LOGIN.fullmatch(line)):
            request.headers["authorization"] = f"Bearer {login[1] or login[2]}"
    yield request


def _take(request: Request, name: str, value: str) -> None:
    if name in ADDRESSES and value:
        request.addresses.append(value)
    if name not in SHAPES or re.fullmatch(SHAPES[name], value):
        request.headers[name] = value


def _header(line: str) -> tuple[str, str] | None:
    match = HEADER.fullmatch(line)
    name = match[1].lower() if match else ""
    if not match or name not in (*SHAPES, *ADDRESSES, ":path", "set-cookie"):
        return None
    return name, (match[2] or "").strip()


def _undecorated(line: str) -> str:
    """A line without the marks of a list, a quotation, a prompt or code around it."""
    line = line.strip()
    line = line[marks.end() :] if (marks := BULLETS.match(line)) else line
    return line.strip("`") if line.startswith("`") and line.endswith("`") else line
