"""Any text as a copied request: every value survives every shell, and nothing makes the import fail or slow."""

import re
import time

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bridge.backends.qwen.credentials import Credentials
from bridge.backends.qwen.curl_import import NothingFound, expiry, found, missing, read
from tests.bridge.backends.qwen.curl_samples import ANSWER, BARE_CMD, ELSEWHERE, LOGIN, NOTES, WHOLE


def chrome_bash(text: str) -> str:
    if not re.search(r"[\0-\x1f\x7f-\x9f!']", text):
        return f"'{text}'"
    text = text.replace("\\", "\\\\").replace("'", "\\'").replace("\n", "\\n").replace("\r", "\\r")
    return "$'" + re.sub(r"[\0-\x1f\x7f-\x9f!]", lambda m: f"\\u{ord(m[0]):04x}", text) + "'"


def firefox_bash(text: str) -> str:
    if not re.search(r"[^\x20-\x7e]|'", text):
        return f"'{text}'"
    text = text.replace("\\", "\\\\").replace("'", "\\'").replace("!", "\\041")
    units = text.encode("utf-16-le", "surrogatepass")
    codes = [int.from_bytes(units[i : i + 2], "little") for i in range(0, len(units), 2)]
    return "$'" + "".join(_unit(code) for code in codes) + "'"


def _unit(code: int) -> str:
    if 0x20 <= code <= 0x7E:
        return chr(code)
    return f"\\x{code:02x}" if code < 256 else f"\\u{code:04x}"


def chrome_cmd(text: str) -> str:
    text = text.replace("\\", "\\\\").replace('"', '\\"')
    text = re.sub(r"[^a-zA-Z0-9\s_\-:=+~'/.',?;()*`]", r"^\g<0>", text)
    return '^"' + re.sub(r"\r?\n", "^\n\n", re.sub(r"%(?=[a-zA-Z0-9_])", "%^", text)) + '^"'


def firefox_cmd(text: str) -> str:
    text = re.sub(r"[`$]", r"\\\g<0>", text.replace("\\", "\\\\").replace('"', '""'))
    text = re.sub(r"[^a-zA-Z0-9\s_\-:=+~/.',?;()*$&\\{}\"`]", r"^\g<0>", text)
    return '^"' + re.sub(r"\r?\n", "^\n\n", re.sub(r"%(?=[a-zA-Z0-9_])", "%^", text)) + '^"'


SHELLS = [
    (chrome_bash, " \\\n  ", " ;\n"),
    (firefox_bash, " \\\n  ", "\n"),
    (chrome_cmd, " ^\n  ", " &\r\n\r\n"),
    (firefox_cmd, " ^\r\n  ", "\r\n"),
]
awkward = st.text(st.sampled_from("aZ09 '\"\\$^%!`&|<>{}()-;=,:’“é😀n"), min_size=1, max_size=30)
printable = st.text(st.characters(codec="utf-8").filter(str.isprintable), min_size=1, max_size=30)
header_values = st.one_of(awkward, printable).map(str.strip).filter(bool)


@given(header_values, header_values, st.text(st.sampled_from("a \n'\"\\$^%!`{}"), max_size=30))
@example("\\", '"', '"')
@example('a\\"', '""%""', "")
@example("^%^41%%", "\\\\'\\", "\\\n")
def test_any_value_survives_every_shell(ua: str, agent: str, body: str) -> None:
    for quoted, between, after in SHELLS:
        said = [ANSWER, f"bx-ua: {ua}", f"user-agent: {agent}", f"k={ua}", body, "bx-umidtoken: U"]
        url, one, two, cookie, data, device = map(quoted, said)
        parts = [f"curl {url}", f"-H {one}", f"-H {two}", f"-b {cookie}", f"--data-raw {data}", f"-H {device}"]
        text = between.join(parts)
        expected = Credentials(bx_ua=ua, user_agent=agent, cookie=f"k={ua}", umidtoken="U")
        assert read(text) == expected, text
        assert read(f"{ELSEWHERE}{text}{after}{text}") == expected, text


def values(text: str) -> list[str]:
    """All that was read, by every function; nothing but NothingFound may be raised."""
    try:
        credentials = read(text)
    except NothingFound:
        return []
    assert found(credentials)
    missing(credentials)
    return [str(value) for value in vars(credentials).values()]


pieces = st.sampled_from(
    [*WHOLE.values(), NOTES, ELSEWHERE, LOGIN, "curl ", "curl '", 'curl ^"', '"', "'", "\\", "^", "`", "\n",
     "cookie:\n", 'fetch("', "$'", "‘", "-H ", "-Uri ", "Invoke-", "Bearer ", "token=", "https://",
     "http://[", "\ud800"]
)  # fmt: skip


@given(st.one_of(st.text(), st.lists(st.one_of(pieces, st.text(max_size=5)), max_size=8).map("".join)))
def test_any_text_is_survived(text: str) -> None:
    values(text)
    expiry(text)


@given(st.sampled_from([*WHOLE.values(), NOTES, BARE_CMD]), st.integers(0, 3000), st.integers(0, 3000))
def test_any_part_of_a_paste_is_survived(text: str, start: int, end: int) -> None:
    values(text[:end])
    values(text[start:])


GARBAGE = [
    "a", " \n", "\\", "^", "curl '", 'curl ^"', 'curl """\n', 'curl "a" ; ', "curl -x\n", 'fetch("', 'fetch("a",{"b":',
    "cookie:\n", "eyJa.", "GET / HTTP/2\n", 'Invoke-\n"a"',
]  # fmt: skip


@pytest.mark.parametrize("unit", GARBAGE)
def test_a_lot_of_garbage_takes_no_long(unit: str) -> None:
    text = unit * (200_000 // len(unit))
    began = time.process_time()
    values(text)
    expiry(text)
    assert time.process_time() - began < 4  # less than half of one here; an hour if it were not linear
