"""What operators copy: every form that browsers know, whole, mixed, mangled and cut off. All secrets are made up."""

import base64

import pytest

from bridge.backends.qwen.credentials import Credentials
from bridge.backends.qwen.curl_import import NothingFound, expiry, found, missing, read
from tests.bridge.backends.qwen.curl_samples import (
    ANSWER,
    BARE_CMD,
    BASH,
    CMD,
    ELSEWHERE,
    FIREFOX,
    LOGIN,
    NOTES,
    POWERSHELL,
    WANTED,
    WHOLE,
    jwt,
)
from tests.bridge.backends.qwen.test_curl_fuzz import values


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
    assert read(old + f"curl '{ANSWER}' -b 'token=new'").headers["Authorization"] == "Bearer new"
    assert read(old + f"curl '{ANSWER}' -b 'acw_tc=1'").headers["Authorization"] == "Bearer old"


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
    assert read(BASH).headers["source"] == "web"
    assert Credentials().headers == {}
