"""The way of a file to Qwen and its storage, which are pretended here."""

import asyncio
import traceback
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer, unused_port
from yarl import URL

from adapters.sandbox.qwen import StandIn
from bridge import errors
from bridge.backends.http import file_kinds
from bridge.backends.qwen import Credentials, QwenClient, files, upload
from bridge.backends.qwen.session import Session
from bridge.backends.qwen.wire import Json
from bridge.model import Attachment
from tests.bridge.backends.qwen.storage import PNG, SECRET, TOKEN, Cloud, attached, granted, signed_as_documented
from tests.bridge.backends.servers import ask
from tests.conftest import GUEST

PRIVATE = "private-name"


def test_the_check_of_signatures_is_itself_right() -> None:
    """By the example of Alibaba's documentation, with the signature that its shown placeholders give."""
    headers = {
        "Content-Disposition": "attachment",
        "Content-Length": "3",
        "Content-MD5": "ICy5YqxZB1uWSwcVLSNLcA==",
        "Content-Type": "text/plain",
        "x-oss-content-sha256": "UNSIGNED-PAYLOAD",
        "x-oss-date": "20250411T064124Z",
        "User-Agent": "not signed",
        "Authorization": (
            "OSS4-HMAC-SHA256 Credential=LTAI/20250411/cn-hangzhou/oss/aliyun_v4_request,"
            "AdditionalHeaders=content-disposition;content-length,"
            "Signature=d3694c2dfc5371ee6acd35e88c4871ac95a7ba01d3a2f476768fe61218590097"
        ),
    }

    def check(path: str, sent: dict[str, str]) -> bool:
        return signed_as_documented("PUT", "examplebucket", path, sent, "yourAccessKeySecret")

    assert check("/exampleobject", headers)
    assert not check("/another", headers)
    assert not check("/exampleobject", headers | {"Content-Type": "text/html"})


@pytest.fixture
async def cloud(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Cloud]:
    monkeypatch.setattr(upload, "POLL_SECONDS", 0.01)
    played = Cloud()
    played.answers_puts.set()
    app = web.Application(client_max_size=2 * file_kinds.MAX_DOCUMENT_BYTES)
    app.router.add_post("/api/v2/files/getstsToken", played.sts)
    app.router.add_post("/api/v2/files/parse", played.parse)
    app.router.add_post("/api/v2/files/parse/status", played.status)
    app.router.add_route("*", "/elsewhere", played.elsewhere)
    app.router.add_put("/{path:.+}", played.bucket)
    server = TestServer(app)
    await server.start_server()
    played.url = str(server.make_url("")).rstrip("/")
    yield played
    await server.close()


@asynccontextmanager
async def sessions(
    url: str, credentials: Credentials = GUEST
) -> AsyncIterator[tuple[aiohttp.ClientSession, upload.Ask]]:
    """A session for the storage, and Qwen asked by the client's own means."""
    async with Session(url, credentials) as qwen, aiohttp.ClientSession() as session:
        yield session, lambda path, payload: qwen.json("POST", path, payload=payload)


async def bring(url: str, attachment: Attachment) -> dict[str, object]:
    async with sessions(url) as (session, ask):
        return await upload.upload(session, ask, attachment)


async def test_a_picture_is_brought(cloud: Cloud) -> None:
    before = datetime.now(UTC).replace(microsecond=0)
    element = await bring(cloud.url, attached(PNG, "my photo (1)+世界.png", "text/html"))
    assert cloud.asked == [("getstsToken", {"filename": "my photo (1)+世界.png", "filesize": 72, "filetype": "image"})]
    [(headers, body)] = cloud.put
    assert body == PNG
    assert headers["Content-Type"] == "image/png"
    assert headers["x-oss-security-token"] == TOKEN
    signed_at = datetime.strptime(headers["x-oss-date"], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
    assert before <= signed_at <= datetime.now(UTC)
    assert "/ap-southeast-1/oss/" in headers["authorization"]
    assert not {"Cookie", "bx-umidtoken", "x-request-id", "Referer"} & set(headers)
    assert (element["type"], element["id"], element["file_class"]) == ("image", "id", "vision")
    assert element["url"] == "https://b.e/the-path?the-query"


async def test_a_document_is_brought_and_waited_for(cloud: Cloud) -> None:
    cloud.statuses = ["pending", "running", "success"]
    element = await bring(cloud.url, attached(b"words" * 600_000, "notes.md"))
    assert [path for path, _ in cloud.asked] == ["getstsToken", "parse", *["parse/status"] * 3]
    assert cloud.asked[1][1] == {"file_id": "id"}
    assert cloud.asked[2][1] == {"file_id_list": ["id"]}
    assert (element["type"], element["file_type"], element["file_class"]) == ("file", "text/plain", "document")
    assert element["size"] == 3_000_000


async def test_several_files_at_once(cloud: Cloud) -> None:
    async with sessions(cloud.url) as (session, ask):
        brought = await asyncio.gather(
            *(upload.upload(session, ask, attached(PNG, f"{number}.png")) for number in range(5))
        )
    assert [element["name"] for element in brought] == [f"{number}.png" for number in range(5)]
    assert len(cloud.put) == 5


async def test_a_refused_file_is_not_announced(cloud: Cloud) -> None:
    with pytest.raises(errors.Refused):
        await bring(cloud.url, attached(b"\0\1\2", "a.png"))
    assert cloud.asked == []


@pytest.mark.parametrize("status", [204, 302, 400, 403, 404, 500, 503])
async def test_a_storage_that_does_not_take_it(cloud: Cloud, status: int) -> None:
    cloud.bucket_status = status
    with pytest.raises(errors.AskLater, match=r"^Qwen's storage did not take the file\. ") as failed:
        await bring(cloud.url, attached(PNG, f"{PRIVATE}.png"))
    assert type(failed.value) is errors.AskLater
    assert f"answered {status};" in failed.value.remedy
    assert not cloud.followed
    assert_nothing_leaks(failed.value, cloud.url)


async def test_a_storage_that_is_not_there(cloud: Cloud) -> None:
    cloud.endpoint = f"http://127.0.0.1:{unused_port()}"
    with pytest.raises(errors.AskLater, match=r"^Qwen's storage did not take the file\. ") as failed:
        await bring(cloud.url, attached(PNG, f"{PRIVATE}.png"))
    assert "could not be reached" in failed.value.remedy
    assert_nothing_leaks(failed.value, cloud.endpoint)


async def test_a_storage_that_hangs(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(upload, "PUT_SECONDS", 0.05)
    cloud.answers_puts.clear()
    with pytest.raises(errors.AskLater, match=r"^Qwen's storage did not take the file\. "):
        await bring(cloud.url, attached(PNG))
    cloud.answers_puts.set()


@pytest.mark.parametrize(
    "endpoint", ["http://example.com", "evil.com/x?", "user@evil.com", "a b.com", "ftp://a.com", "a.com:port"]
)
async def test_a_file_goes_nowhere_without_encryption(cloud: Cloud, endpoint: str) -> None:
    cloud.endpoint = endpoint
    with pytest.raises(errors.NotUnderstood):
        await bring(cloud.url, attached(PNG))


@pytest.mark.parametrize(
    ("endpoint", "expected"),
    [
        (
            "oss-accelerate.aliyuncs.com",
            "https://qwen-webui-prod.oss-accelerate.aliyuncs.com/anonymous/id_a%2B%20b.png",
        ),
        ("https://storage.example/", "https://storage.example/anonymous/id_a%2B%20b.png"),
        ("http://127.0.0.1:8080", "http://127.0.0.1:8080/anonymous/id_a%2B%20b.png"),
        ("127.0.0.1:8080", "http://127.0.0.1:8080/anonymous/id_a%2B%20b.png"),
        ("localhost:8080", "http://localhost:8080/anonymous/id_a%2B%20b.png"),
    ],
)
def test_addresses(endpoint: str, expected: str) -> None:
    leave = files.grant(granted(endpoint=endpoint, file_path="anonymous/id_a+ b.png"))
    assert str(upload.address(leave)) == expected


@pytest.mark.parametrize(
    ("asked", "answer", "error"),
    [
        ("getstsToken", {"success": False, "data": {"code": "Unauthorized", "details": "401"}}, errors.SignedOut),
        ("getstsToken", {"success": False, "data": {"code": "RateLimited", "num": 24}}, errors.Refused),
        ("getstsToken", {"success": False, "data": {"code": "RateLimited", "details": ""}}, errors.Refused),
        ("getstsToken", {"success": False, "data": {"code": "Too_Many_Requests"}}, errors.Refused),
        ("getstsToken", {"success": False, "data": {"code": "Bad_Request"}}, errors.AskLater),
        ("getstsToken", {"success": False, "data": {"code": "Forbidden"}}, errors.AskLater),
        ("getstsToken", {"ret": ["FAIL_SYS_USER_VALIDATE"], "data": {"url": "secret"}}, errors.HumanCheck),
        ("getstsToken", {"success": True, "data": {"file_id": "id"}}, errors.NotUnderstood),
        ("parse", {"success": False, "data": {"code": "Not_Found", "details": "no file"}}, errors.AskLater),
        ("parse", {"success": True, "data": {"code": "Internal_Server_Error"}}, errors.Fault),
        ("parse/status", {"success": False, "data": {"code": "Not_Found"}}, errors.AskLater),
        ("parse/status", {"success": True, "data": [{"status": "failed"}]}, errors.AskLater),
        ("parse/status", {"success": True, "data": "?"}, errors.NotUnderstood),
    ],
)
async def test_what_qwen_says_against_it(cloud: Cloud, asked: str, answer: Json, error: type[errors.QwenError]) -> None:
    cloud.answers[asked] = answer
    with pytest.raises(errors.QwenError) as failed:
        await bring(cloud.url, attached(b"words", f"{PRIVATE}.txt"))
    assert type(failed.value) is error
    assert_nothing_leaks(failed.value, cloud.url)


@pytest.mark.parametrize("refusal", ["quota", "busy", "parallel", "too_many", "stale", "forbidden"])
async def test_a_budget_of_files_that_is_spent_concerns_files_alone(standin: StandIn, refusal: str) -> None:
    standin.fault(refusal, on="files/getstsToken", times=None)
    async with QwenClient(standin.url, GUEST) as qwen:
        for _ in range(4):
            with pytest.raises(errors.QwenError) as refused:
                async for _event in qwen.ask("what is this?", None, files=[attached(PNG, "a.png")]):
                    pass
            assert isinstance(refused.value, errors.Refused | errors.AskLater)
            assert not isinstance(refused.value, errors.QuotaSpent | errors.Busy)
            assert qwen.trouble is None
        assert (await ask(qwen, "echo in words"))[0] == "in words"


async def test_a_parsing_that_does_not_end(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(upload, "PARSE_SECONDS", 0.2)
    cloud.statuses = ["running"]
    with pytest.raises(errors.AskLater, match=r"^Qwen took too long to read that file\. "):
        await bring(cloud.url, attached(b"words"))
    assert cloud.asked[-1][0] == "parse/status"


@pytest.mark.parametrize("credentials", [GUEST, Credentials(token="account-token")])
async def test_the_stand_in_takes_files(
    standin: StandIn, credentials: Credentials, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(upload, "POLL_SECONDS", 0.01)
    async with sessions(standin.url, credentials) as (session, ask):
        picture = await upload.upload(session, ask, attached(PNG, "a b.png"))
        document = await upload.upload(session, ask, attached(b"words", "世界.md"))
        assert (picture["file_class"], document["file_class"]) == ("vision", "document")
        kept = standin.files.at(URL(str(picture["url"])).path.removeprefix("/"))
        assert kept
        assert kept.content == PNG


def assert_nothing_leaks(error: BaseException, url: str) -> None:
    shown = "".join(traceback.format_exception(error)) + str(getattr(error, "remedy", ""))
    for secret in (SECRET, TOKEN, PRIVATE, "STS.", "anonymous", url.removeprefix("http://")):
        assert secret not in shown
