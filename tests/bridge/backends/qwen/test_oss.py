"""The storage's signature against the numbers that Alibaba publishes.

The documentation's example is of "Include a V4 signature in the Authorization header"; its shown signature was made
with a secret that is not shown. The others are those of the unit tests of Alibaba's own SDKs (TestSignerV4 and its
likes, the same in Python, Go, Kotlin, Swift, Android and iOS). They have a query, which a file's PUT has not: it is
put in here, in the line that is empty for us.
"""

import hashlib
from datetime import UTC, datetime, timedelta, timezone

import pytest

from bridge.backends.qwen import oss
from bridge.backends.qwen.oss import Credentials

DOCUMENTED = (
    "PUT\n"
    "/examplebucket/exampleobject\n"
    "\n"
    "content-disposition:attachment\n"
    "content-length:3\n"
    "content-md5:ICy5YqxZB1uWSwcVLSNLcA==\n"
    "content-type:text/plain\n"
    "x-oss-content-sha256:UNSIGNED-PAYLOAD\n"
    "x-oss-date:20250411T064124Z\n"
    "\n"
    "content-disposition;content-length\n"
    "UNSIGNED-PAYLOAD"
)
DOCUMENTED_DIGEST = "c46d96390bdbc2d739ac9363293ae9d710b14e48081fcb22cd8ad54b63136eca"
DOCUMENTED_TEXT = "OSS4-HMAC-SHA256\n20250411T064124Z\n20250411/cn-hangzhou/oss/aliyun_v4_request\n" + DOCUMENTED_DIGEST
DOCUMENTED_EXTRA = {
    "Content-Disposition": "attachment",
    "Content-Length": "3",
    "Content-MD5": "ICy5YqxZB1uWSwcVLSNLcA==",
}

SDK_KEY = "1234+-/123/1.txt"
SDK_QUERY = "%2Bparam1=value3&%2Bparam2&%7Cparam1=value4&%7Cparam2&param1=value1&param2"
SDK_SCOPE = "cn-hangzhou/oss/aliyun_v4_request"


def sdk_digest(headers: dict[str, str]) -> str:
    """The digest of the SDKs' request with these headers, written down by our code but for its query."""
    lines = oss.canonical_request("PUT", "bucket", SDK_KEY, headers).split("\n")
    assert lines[2] == ""
    lines[2] = SDK_QUERY
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def test_the_documented_request_is_written_down_as_documented() -> None:
    headers = {name.lower(): value for name, value in DOCUMENTED_EXTRA.items()}
    headers |= {"content-type": " text/plain ", "x-oss-date": "20250411T064124Z"}
    headers |= {"x-oss-content-sha256": "UNSIGNED-PAYLOAD"}
    assert oss.canonical_request("PUT", "examplebucket", "exampleobject", headers) == DOCUMENTED
    scope = f"20250411/{SDK_SCOPE}"
    assert oss.string_to_sign("20250411T064124Z", scope, DOCUMENTED) == DOCUMENTED_TEXT


@pytest.mark.parametrize("region", ["cn-hangzhou", "oss-cn-hangzhou"])
def test_the_documented_request_is_signed(region: str) -> None:
    """The signature is what several independent implementations get with the placeholders that are shown."""
    headers = oss.signed_headers(
        method="PUT",
        bucket="examplebucket",
        key="exampleobject",
        region=region,
        credentials=Credentials("LTAI****************", "yourAccessKeySecret"),
        content_type="text/plain",
        now=datetime(2025, 4, 11, 6, 41, 24, tzinfo=UTC),
        extra=DOCUMENTED_EXTRA,
    )
    assert headers == {
        "content-disposition": "attachment",
        "content-length": "3",
        "content-md5": "ICy5YqxZB1uWSwcVLSNLcA==",
        "content-type": "text/plain",
        "x-oss-content-sha256": "UNSIGNED-PAYLOAD",
        "x-oss-date": "20250411T064124Z",
        "authorization": (
            "OSS4-HMAC-SHA256 Credential=LTAI****************/20250411/cn-hangzhou/oss/aliyun_v4_request,"
            "AdditionalHeaders=content-disposition;content-length,"
            "Signature=d3694c2dfc5371ee6acd35e88c4871ac95a7ba01d3a2f476768fe61218590097"
        ),
    }


@pytest.mark.parametrize(
    ("moment", "more", "expected"),
    [
        ("20231216T162057Z", {}, "e21d18daa82167720f9b1047ae7e7f1ce7cb77a31e8203a7d5f4624fa0284afe"),
        (
            "20231217T034736Z",
            {"x-oss-security-token": "token"},
            "b94a3f999cf85bcdc00d332fbd3734ba03e48382c36fa4d5af5df817395bd9ea",
        ),
        (
            "20231216T172512Z",
            {"zabc": "value", "abc": "value"},
            "4a4183c187c07c8947db7620deb0a6b38d9fbdd34187b6dbaccb316fa251212f",
        ),
    ],
    ids=["plain", "with a security token", "with additional headers"],
)
def test_the_requests_of_the_sdks_are_signed(moment: str, more: dict[str, str], expected: str) -> None:
    headers = {"x-oss-head1": "value", "content-type": "text/plain", "x-oss-content-sha256": "UNSIGNED-PAYLOAD"}
    digest = sdk_digest(headers | {"x-oss-date": moment} | more)
    scope = f"{moment[:8]}/{SDK_SCOPE}"
    assert oss.signature("sk", scope, f"OSS4-HMAC-SHA256\n{moment}\n{scope}\n{digest}") == expected


def test_headers_are_sorted_by_their_bytes() -> None:
    names = ("zzz", "aaa", "123", "abc123", "abc-123", "abc_123", "abc")
    headers = {f"x-oss-meta-{name}": f"value{number}" for number, name in enumerate(names, 1)}
    headers |= {"content-type": "application/json", "content-md5": "md5hash", "x-oss-date": "20231216T162057Z"}
    digest = sdk_digest(headers | {"x-oss-content-sha256": "UNSIGNED-PAYLOAD"})
    scope = f"20231216/{SDK_SCOPE}"
    signed = oss.signature("sk", scope, f"OSS4-HMAC-SHA256\n20231216T162057Z\n{scope}\n{digest}")
    assert signed == "3e9a6ebd7789767059589cc62116d9e4ebc4787e11b937f1683d0f344cf2693e"


@pytest.mark.parametrize(
    ("scope", "expected"),
    [
        (f"20231216/{SDK_SCOPE}", "e21d18daa82167720f9b1047ae7e7f1ce7cb77a31e8203a7d5f4624fa0284afe"),
        (
            "20231216/cb-123/oss-cloudbox/aliyun_v4_request",
            "94ce1f12c17d148ea681030275a94449d3357f5b5b21133996eec80af3e08a43",
        ),
    ],
)
def test_a_text_is_signed(scope: str, expected: str) -> None:
    digest = "f4613657f1b108998e8dbd10a1aa5da621dc2c6e02c9ddec0f163664848704c4"
    assert oss.signature("sk", scope, f"OSS4-HMAC-SHA256\n20231216T162057Z\n{scope}\n{digest}") == expected


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        ("1234+-/123/1.txt", "/1234%2B-/123/1.txt"),
        ("anonymous/a b_c~d.(1)*'!.png", "/anonymous/a%20b_c~d.%281%29%2A%27%21.png"),
        ("u/日本%?#&=.pdf", "/u/%E6%97%A5%E6%9C%AC%25%3F%23%26%3D.pdf"),
    ],
)
def test_the_name_of_an_object_is_encoded(key: str, expected: str) -> None:
    assert oss.path(key) == expected


def test_the_time_is_signed_in_utc_and_the_token_sent_along() -> None:
    headers = oss.signed_headers(
        method="PUT",
        bucket="b",
        key="k",
        region="oss-ap-southeast-1",
        credentials=Credentials("id", "secret", "token"),
        content_type="image/png",
        now=datetime(2026, 1, 1, 1, 30, tzinfo=timezone(timedelta(hours=8))),
    )
    assert headers["x-oss-date"] == "20251231T173000Z"
    assert headers["x-oss-security-token"] == "token"
    assert "Credential=id/20251231/ap-southeast-1/oss/aliyun_v4_request,Signature=" in headers["authorization"]


def test_credentials_do_not_show() -> None:
    shown = repr(Credentials("the-id", "the-secret", "the-token"))
    assert "the-" not in shown
