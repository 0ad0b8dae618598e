"""What operators paste: every form that browsers copy, whole, mixed, mangled and cut off. All secrets are made up."""

import base64
import json
import re
import time

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bridge.backends.qwen.credentials import Credentials
from bridge.backends.qwen.curl_import import NothingFound, expiry, found, missing, read

ANSWER = "https://chat.qwen.ai/api/v2/chat/completions?chat_id=00000000-0000-4000-8000-000000000000"
AGENT = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/141.0.0.0 Safari/537.36"
ZONE = "Sat Sep 26 2026 00:12:26 GMT+0700"
WANTED = Credentials(
    umidtoken="T2gA-PLACEHOLDER-umid==",
    cookie="acw_tc=PLACEHOLDER-acw; x-ap=ap-southeast-1; tfstk=PLACE%HOLDER!$x",
    bx_ua="231!PLACE/HOLDER+ua==",
    bx_v="2.5.37",
    version="0.3.12",
    user_agent=AGENT,
    source="web",
    timezone=ZONE,
)


def jwt(claims: object) -> str:
    def part(value: object) -> str:
        return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")

    return f"{part({'alg': 'HS256', 'typ': 'JWT'})}.{part(claims)}.PLACEHOLDER-signature"


LOGIN = jwt({"id": "placeholder", "exp": 4102444800})

BASH = rf"""curl '{ANSWER}' \
  -H 'accept: application/json' \
  -H 'accept-language: en-US,en;q=0.9' \
  -H 'bx-ua: {WANTED.bx_ua}' \
  -H 'bx-umidtoken: {WANTED.umidtoken}' \
  -H 'bx-v: 2.5.37' \
  -H 'content-type: application/json' \
  -b $'acw_tc=PLACEHOLDER-acw; x-ap=ap-southeast-1; tfstk=PLACE%HOLDER\u0021$x' \
  -H 'origin: https://chat.qwen.ai' \
  -H 'sec-ch-ua: "Chromium";v="141", "Not?A_Brand";v="8"' \
  -H 'source: web' \
  -H 'timezone: {ZONE}' \
  -H 'user-agent: {AGENT}' \
  -H 'version: 0.3.12' \
  -H 'x-empty;' \
  --compressed \
  --data-raw $'{{"content":"it\'s\u0021 \\n curl -H \'bx-umidtoken: not-this\' https://example.com"}}'"""

CMD = r"""curl ^"https://chat.qwen.ai/api/v2/chat/completions?chat_id=00000000-0000-4000-8000-000000000000^" ^
  -H ^"accept: application/json^" ^
  -H ^"bx-ua: 231^!PLACE/HOLDER+ua==^" ^
  -H ^"bx-umidtoken: T2gA-PLACEHOLDER-umid==^" ^
  -H ^"bx-v: 2.5.37^" ^
  -b ^"acw_tc=PLACEHOLDER-acw; x-ap=ap-southeast-1; tfstk=PLACE^%^HOLDER^!^$x^" ^
  -H ^"sec-ch-ua: ^\^"Chromium^\^";v=^\^"141^\^", ^\^"Not?A_Brand^\^";v=^\^"8^\^"^" ^
  -H ^"source: web^" ^
  -H ^"timezone: Sat Sep 26 2026 00:12:26 GMT+0700^" ^
  -H ^"user-agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/141.0.0.0 Safari/537.36^" ^
  -H ^"version: 0.3.12^" ^
  --data-raw ^"^{^\^"stream^\^":true,^\^"content^\^":^\^"100^%^ ^& ^\^\^n curl -H ^\^\^^^\^" x^\^"^

^}^" """

BARE_CMD = r"""curl "https://chat.qwen.ai/api/models" ^
  -H "sec-ch-ua: ^\^"Chromium^\^";v=^\^"120^\^"" ^
  -H "bx-umidtoken: T2gA-PLACEHOLDER" ^
  -H "Cookie: acw_tc=100%%; tfstk=a""b" ^
  --compressed"""

POWERSHELL = f"""$session = New-Object Microsoft.PowerShell.Commands.WebRequestSession
$session.UserAgent = "{AGENT}"
$session.Cookies.Add((New-Object System.Net.Cookie("acw_tc", "PLACEHOLDER-acw", "/", "chat.qwen.ai")))
$session.Cookies.Add((New-Object System.Net.Cookie("x-ap", "ap-southeast-1", "/", "chat.qwen.ai")))
$session.Cookies.Add((New-Object System.Net.Cookie("tfstk", "PLACE%HOLDER!`$x", "/", ".qwen.ai")))
Invoke-WebRequest -UseBasicParsing -Uri "{ANSWER}" `
-Method "POST" `
-WebSession $session `
-Headers @{{
"authority"="chat.qwen.ai"
  "method"="POST"
  "bx-ua"="{WANTED.bx_ua}"
  "bx-umidtoken"="{WANTED.umidtoken}"
  "bx-v"="2.5.37"
  "sec-ch-ua"="`"Chromium`";v=`"141`", `"caf$([char]233)`""
  "source"="web"
  "timezone"="{ZONE}"
  "version"="0.3.12"
}} `
-ContentType "application/json" `
-Body "{{`"stream`":true}}"
"""

NAMED = {
    "bx-ua": WANTED.bx_ua,
    "bx-umidtoken": WANTED.umidtoken,
    "bx-v": WANTED.bx_v,
    "Cookie": WANTED.cookie,
    "source": WANTED.source,
    "timezone": WANTED.timezone,
    "User-Agent": WANTED.user_agent,
    "version": WANTED.version,
}
FETCH = f"""await fetch("{ANSWER}", {
    json.dumps({"credentials": "include", "headers": NAMED, "body": json.dumps({"content": 'fetch("x")'})}, indent=4)
});"""
FIREFOX = "\n".join(
    [
        "POST /api/v2/chat/completions?chat_id=0 HTTP/2",
        "Host: chat.qwen.ai",
        "Accept: application/json",
        *(f"{name}: {value}" for name, value in NAMED.items()),
        "TE: trailers",
    ]
)
CHROME = "\n".join(
    [
        ":authority: chat.qwen.ai",
        ":method: POST",
        ":path: /api/v2/chat/completions?chat_id=0",
        *(f"{name.lower()}: {value}" for name, value in NAMED.items()),
    ]
)
CHROME_PANEL = "\n".join(
    [
        f"Request URL\n{ANSWER}\nRequest Method\nPOST\nStatus Code\n200 OK",
        "Response Headers\nset-cookie\ntoken=NOT-THIS\nset-cookie:\nacw_tc=NOT-THIS;path=/;HttpOnly\nversion\n9.9.9",
        "Request Headers\n:authority\nchat.qwen.ai\n:path\n/api/v2/chat/completions",
        *(f"{name.lower()}\n{value}" for name, value in NAMED.items()),
    ]
)
CHROME_TWO_LINES = "\n".join(f"{name.lower()}:\n{value}" for name, value in NAMED.items())

WHOLE = {
    "bash": BASH,
    "cmd": CMD,
    "powershell": POWERSHELL,
    "fetch": FETCH,
    "firefox": FIREFOX,
    "chrome": CHROME,
    "panel": CHROME_PANEL,
    "two lines": CHROME_TWO_LINES,
}
ELSEWHERE = rf"""curl 'https://mail.example.com/inbox' \
  -H 'authorization: Bearer FOREIGN-login' \
  -H 'bx-umidtoken: FOREIGN-device' \
  -b 'sid=FOREIGN-session; token=FOREIGN-token' \
  --data-raw 'https://chat.qwen.ai'
curl ^"https://chat.qwen.ai.example.com/^" ^
  -H ^"cookie: FOREIGN=1^"
fetch("https://example.com/", {json.dumps({"headers": {"cookie": "FOREIGN=2", "bx-ua": "FOREIGN"}})});
$session.Cookies.Add((New-Object System.Net.Cookie("FOREIGN", "3", "/", "example.com")))
Invoke-WebRequest -Uri "https://chat.qwen.ai@example.com/" -Headers @{{
  "bx-v"="FOREIGN"
}}
GET / HTTP/2
Host: example.com
Cookie: FOREIGN=4

"""
NOTES = """# How it works (guest)

Models:

```bash
$ curl 'https://chat.qwen.ai/api/models' -H 'bx-umidtoken: old' -b 'acw_tc=old; x-ap=old' -H 'source: web'
```

Then it's time for a new chat (don't forget the cookies):

```
$ curl --location 'https://chat.qwen.ai/api/v2/chats/new' \\
  --header 'bx-umidtoken: T2gA-of-the-answer' \\
  --header 'Cookie: acw_tc=answer; x-ap=answer' \\
  --header 'version: ' --header 'user-agent: Agent/1' -X POST -d '{"chat_mode":"guest"}'
```
"""


@pytest.mark.parametrize("text", WHOLE.values(), ids=WHOLE.keys())
def test_what_browsers_copy_is_read_whole(text: str) -> None:
    assert read(text) == WANTED
    assert read(text.replace("\n", "\r\n")) == WANTED
    assert read(f"Here it is, that's all:\n\n```bash\n{text}\n```\nDon't show it!\n") == WANTED
    assert read("\ufeff" + text.replace("\n", "   \n") + "\u200b\n") == WANTED


def test_cmd_without_carets_around_and_with_doubled_quotes() -> None:
    credentials = read(BARE_CMD)
    assert credentials.umidtoken == "T2gA-PLACEHOLDER"
    assert credentials.cookie == 'acw_tc=100%; tfstk=a"b'
    one_line = 'curl "https://chat.qwen.ai/" -H "bx-ua: a""b"%"c" -H "Cookie: a=^b" --compressed'
    assert read(one_line) == Credentials(bx_ua='a"b%c', cookie="a=^b")


@pytest.mark.parametrize(
    "text",
    [
        "$ curl chat.qwen.ai -A Agent/1 -bacw_tc=1 -H'bx-umidtoken: U'",
        "> curl.exe --url https://chat.qwen.ai --user-agent Agent/1 --cookie acw_tc=1 --header bx-umidtoken:U",
        "curl https://chat.qwen.ai/x?a=1&b=2 -H BX-Umidtoken:\\ U -H 'COOKIE: acw_tc=1' -H 'User-agent: Agent/1'; ls",
        'PS C:\\Users\\me> curl "http://127.0.0.1:8080/" -H "bx-umidtoken: U" -H "cookie: acw_tc=1" -A "Agent/1" && ls',
        "curl ‘https://chat.qwen.ai’ –H ’bx-umidtoken: U’ —cookie “acw_tc=1” -A ‘Agent/1’",
        "1. `curl 'http://localhost:1' -H 'bx-umidtoken: U' -b 'acw_tc=1' -A 'Agent/1'`: this.",
        "curl 'https://chat.qwen.ai'\n  -H 'bx-umidtoken: U'\n\n  -b 'acw_tc=1'\n  -A 'Agent/1'\n",
        "curl -H 'User-Agent: Agent/1' \\\n -H 'bx-umidtoken: U' \\ \n -b 'acw_tc=1'",
        "> User-Agent: Agent/1\n> bx-umidtoken: U\n> cookie: acw_tc=1\n< HTTP/2 200\n< set-cookie: acw_tc=2",
        "- `User-Agent: Agent/1`\n- BX-UMIDTOKEN:U\n* Cookie:  acw_tc=1  \nVersion: 3 of my notes\nSource: my browser",
    ],
)
def test_by_hand(text: str) -> None:
    assert read(text) == Credentials(user_agent="Agent/1", umidtoken="U", cookie="acw_tc=1")


def test_several_requests_are_merged_and_the_one_for_an_answer_wins() -> None:
    answer = BASH.replace(f"-H 'bx-umidtoken: {WANTED.umidtoken}'", "-H 'bx-umidtoken: '").replace("Mozilla", "Newer")
    credentials = read(NOTES.replace("\n", "\r\n"))
    assert credentials == Credentials(
        umidtoken="T2gA-of-the-answer", cookie="acw_tc=answer; x-ap=answer", user_agent="Agent/1", source="web"
    )
    for text in (NOTES + answer, answer + "\n\n" + NOTES):
        credentials = read(text)
        assert credentials.umidtoken == "T2gA-of-the-answer"  # empty never wins
        assert credentials.cookie == WANTED.cookie
        assert credentials.user_agent.startswith("Newer")


def test_a_login_in_newer_cookies_is_not_beaten_by_an_older_one() -> None:
    old = "curl https://chat.qwen.ai/api/models -H 'authorization: Bearer old'\n"
    assert read(old + f"curl '{ANSWER}' -b 'token=new'").headers()["Authorization"] == "Bearer new"
    assert read(old + f"curl '{ANSWER}' -b 'acw_tc=1'").headers()["Authorization"] == "Bearer old"


@pytest.mark.parametrize(
    "text",
    [
        LOGIN,
        f"  `{LOGIN}`  ",
        f"Bearer {LOGIN}",
        f"token={LOGIN};",
        f'"token": "{LOGIN}",',
        f"My login:\n\n> {LOGIN}\n\nThat's it.",
        f"authorization: Bearer {LOGIN}",
        f"Authorization:\n{LOGIN}",
        f"QWEN_TOKEN={LOGIN}",
        f"curl https://chat.qwen.ai -H 'AUTHORIZATION: bearer  {LOGIN}'",
    ],
)
def test_a_login_alone(text: str) -> None:
    assert read(text) == Credentials(token=LOGIN)


def test_other_sites_are_left_out() -> None:
    with pytest.raises(NothingFound):
        read(ELSEWHERE)
    for text in (ELSEWHERE + BASH, BASH + "\n" + ELSEWHERE, ELSEWHERE + POWERSHELL, ELSEWHERE + FIREFOX):
        assert read(text) == WANTED


def test_other_sites_are_left_out_of_every_beginning() -> None:
    for end in range(len(ELSEWHERE)):
        for text in (ELSEWHERE[:end], f"{ELSEWHERE[:end]}\n{BASH}"):
            assert "FOREIGN" not in "".join(values(text))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "hello, don't curl 'it",
        "HTTP/1.1 200 OK\nset-cookie: token=a; Path=/\nSet-Cookie: acw_tc=b\nversion: 1\n",
        "set-cookie\ntoken=secret-of-an-answer\n",
        "curl https://chat.qwen.ai -b cookies.txt -H 'authorization: Basic abc def' -H 'Cookie: \\' -H 'version: 1'",
        "curl https://chat.qwen.ai -H 'bx-umidtoken: secret-cut-off",
        "curl https://chat.qwen.ai -H $'bx-umidtoken: secret\\u0000' -H 'Authorization: Bearer '",
        'fetch("https://chat.qwen.ai", {"headers": {"cookie": "secret=1"',
        'fetch("https://chat.qwen.ai", ' + "[" * 100_000,
        "curl https://[chat.qwen.ai -b secret=1",
        "user-agent: Agent/1",
        "Cookie: see below. Authorization: none",
    ],
)
def test_nothing_usable(text: str) -> None:
    with pytest.raises(NothingFound) as caught:
        read(text)
    assert "secret" not in str(caught.value) + repr(caught.value)
    assert caught.value.__context__ is None


def test_a_command_that_was_cut_off_does_not_swallow_the_next() -> None:
    assert read(f"{BASH[:-300]}\n{BASH}") == WANTED
    assert read(f"{CMD[:700]}\n{CMD}") == WANTED


def test_a_body_may_hold_commands_on_lines_of_their_own() -> None:
    body = '-d \'\ncurl "http://localhost" -H "bx-umidtoken: not this"\ncookie: not=this\n\''
    assert read(f"curl '{ANSWER}' -b a=1 {body} -H 'bx-v: 2'") == Credentials(cookie="a=1", bx_v="2")


def test_found_names_what_there_is_and_shows_no_value() -> None:
    assert found(WANTED) == [
        "bx-umidtoken", "cookies (3)", "bx-ua (21 characters)", "bx-v", "version", "user-agent", "source", "timezone",
    ]  # fmt: skip
    assert found(Credentials(token=LOGIN)) == ["login ends 2100-01-01 00:00 UTC"]
    assert found(Credentials(cookie=f"token={jwt({'exp': 1e9})}")) == [
        "cookies (1)",
        "login ended 2001-09-09 01:46 UTC",
    ]
    assert found(Credentials(token="opaque")) == ["login"]
    assert found(Credentials()) == []


def test_missing_depends_on_guest_or_login() -> None:
    def names(credentials: Credentials) -> list[str]:
        return [line.partition(":")[0] for line in missing(credentials)]

    assert names(WANTED) == []
    everything = ["bx-umidtoken", "cookies", "bx-ua", "bx-v", "version", "user-agent"]
    assert names(Credentials()) == names(Credentials(token=LOGIN)) == everything
    assert missing(Credentials())[:2] != missing(Credentials(token=LOGIN))[:2]
    assert names(Credentials(cookie="acw_tc=1"))[1] == "cookies x-ap"
    assert names(Credentials(cookie=f"token={LOGIN}"))[1] == "bx-ua"
    assert names(Credentials(token=jwt({"exp": 1})))[0] == "a fresh login"


def test_expiry() -> None:
    assert expiry(jwt({"exp": 1790000000})) == 1790000000
    assert expiry("Bearer " + jwt({"exp": 1790000000.5})) == 1790000000.5
    nothing: list[object] = [{}, [], None, {"exp": "1"}, {"exp": True}, {"exp": None}, {"exp": 10**400}, {"exp": -1}]
    for claims in nothing:
        assert expiry(jwt(claims)) is None
    for token in ("", "a.b", "a.b.c", "..", "é.é.é", jwt({"exp": float("inf")}), jwt({"exp": float("nan")})):
        assert expiry(token) is None
    deep = base64.urlsafe_b64encode(b"[" * 200_000).decode()
    assert expiry(f"a.{deep}.c") is None


def test_source_is_sent_when_given() -> None:
    assert read(BASH).headers()["source"] == "web"
    assert Credentials().headers() == {}


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
@settings(max_examples=100, deadline=None)
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
    """All that was read, by every function; nothing but NothingPasted may come."""
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
@settings(max_examples=100, deadline=None)
def test_any_text_is_survived(text: str) -> None:
    values(text)
    expiry(text)


@given(st.sampled_from([*WHOLE.values(), NOTES, BARE_CMD]), st.integers(0, 3000), st.integers(0, 3000))
@settings(max_examples=100, deadline=None)
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
