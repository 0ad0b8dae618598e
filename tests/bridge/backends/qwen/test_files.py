"""Files for a question: what they are taken for, and their way to a Qwen and a storage that are played here.

The storage checks signatures by an implementation of its own, written from Alibaba's documentation.
"""

import asyncio
import hashlib
import hmac
import traceback
import zipfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from io import BytesIO
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer, unused_port
from hypothesis import given
from hypothesis import strategies as st
from multidict import CIMultiDictProxy
from yarl import URL

from adapters.sandbox.qwen import StandIn
from bridge import errors
from bridge.backends.http import file_kinds
from bridge.backends.qwen import Credentials, files, upload
from bridge.backends.qwen.files import Grant
from bridge.backends.qwen.oss import Credentials as Keys
from bridge.backends.qwen.session import Session
from bridge.backends.qwen.wire import Json
from bridge.model import Attachment
from tests.conftest import GUEST

BUCKET, REGION = "qwen-webui-prod", "oss-ap-southeast-1"
SECRET, TOKEN = "the-secret", "the-token+/="
PRIVATE = "private-name"
PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 64
WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
EXCEL = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
SLIDES = "application/vnd.openxmlformats-officedocument.presentationml.presentation"
LEAVE = Grant("id", "anonymous/id_a.png", "https://b.e/f?s", BUCKET, REGION, "e.com", Keys("id", SECRET, TOKEN))


def archive(*names: str) -> bytes:
    buffer = BytesIO()
    with zipfile.ZipFile(buffer, "w") as written:
        for name in names:
            written.writestr(name, "content")
    return buffer.getvalue()


def attached(data: bytes, name: str = "a.bin", content_type: str = "application/octet-stream") -> Attachment:
    return Attachment(name, content_type, data)


DOCX = archive("[Content_Types].xml", "_rels/.rels", "word/document.xml", "word/embeddings/xl/a.xlsx")


# What a file is.


@pytest.mark.parametrize(
    ("data", "type_", "mime"),
    [
        (PNG, "image", "image/png"),
        (b"\xff\xd8\xff\xe0\0\x10JFIF", "image", "image/jpeg"),
        (b"GIF89a\1\0\1\0", "image", "image/gif"),
        (b"RIFF\n\n\0\0WEBPVP8 ", "image", "image/webp"),
        (b"%PDF-1.7\n%\xe2\xe3", "file", "application/pdf"),
        (DOCX, "file", WORD),
        (archive("[Content_Types].xml", "xl/workbook.xml"), "file", EXCEL),
        (archive("ppt/presentation.xml", "[Content_Types].xml"), "file", SLIDES),
        (b"plain words\r\n\tand more\f", "file", "text/plain"),
        ("\ufeffПривет, 世界 🙂".encode(), "file", "text/plain"),
        (b"def f() -> None:\n    pass\n", "file", "text/plain"),
        (b"\x1b[31mred\x1b[0m", "file", "text/plain"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "file", "text/plain"),
    ],
)
@pytest.mark.parametrize(("name", "claim"), [("a.exe", "video/mp4"), ("", "")])
def test_bytes_tell_what_a_file_is(data: bytes, type_: str, mime: str, name: str, claim: str) -> None:
    found = file_kinds.kind_of(Attachment(name, claim, data))
    assert (found.type, found.mime) == (type_, mime)


@pytest.mark.parametrize(
    "data",
    [
        b"MZ\x90\0\3",
        b"\x7fELF\2\1\1\0",
        b"\0\0\0\x20ftypisom",
        b"ID3\4\0\0",
        b"RIFF\0\0\0\0WAVE",
        "words".encode("utf-16"),
        b"words\0",
        b"caf\xe9",
        archive("a.txt"),
        archive("word/document.xml"),
        archive("META-INF/MANIFEST.MF", "[Content_Types].xml"),
        DOCX[:-10],
        b"PK\3\4",
        b"PK\3\4" + b"PK\1\2" * (file_kinds.MAX_ZIP_ENTRIES + 1),
    ],
)
def test_other_files_are_refused_whatever_their_name(data: bytes) -> None:
    with pytest.raises(errors.Refused, match=r"PDF, Word, Excel .* That file is none of these\.") as refused:
        file_kinds.kind_of(Attachment("secret-name.png", "image/png", data))
    assert "secret-name" not in refused.value.sentence


@given(st.binary(max_size=200), st.integers(0, len(DOCX)), st.integers(0, len(DOCX)))
def test_a_damaged_archive_is_no_accident(noise: bytes, start: int, end: int) -> None:
    with suppress(errors.Refused):
        file_kinds.kind_of(attached(b"PK\3\4" + DOCX[4:start] + noise + DOCX[end:]))


def test_sizes_end_where_they_say() -> None:
    file_kinds.kind_of(attached(PNG.ljust(file_kinds.MAX_IMAGE_BYTES)))
    file_kinds.kind_of(attached(b" " * file_kinds.MAX_DOCUMENT_BYTES))
    with pytest.raises(errors.Refused, match=r"^That picture is too large: Qwen takes pictures of up to 10 MB\.$"):
        file_kinds.kind_of(attached(PNG.ljust(file_kinds.MAX_IMAGE_BYTES + 1)))
    with pytest.raises(errors.Refused, match=r"^That file is too large: Qwen takes up to 20 MB\.$"):
        file_kinds.kind_of(attached(b" " * (file_kinds.MAX_DOCUMENT_BYTES + 1)))
    with pytest.raises(errors.Refused, match=r"^That file is empty\.$"):
        file_kinds.kind_of(attached(b""))


def test_a_question_takes_five_files() -> None:
    file_kinds.check_files([])
    file_kinds.check_files([attached(PNG)] * 5)
    with pytest.raises(errors.Refused, match=r"^Those are too many files: I can show Qwen 5 with one question\.$"):
        file_kinds.check_files([attached(PNG)] * 6)
    with pytest.raises(errors.Refused, match="none of these"):
        file_kinds.check_files([attached(PNG), attached(b"\0")])


# Names, payloads and answers.


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("report.pdf", "report.pdf"),
        ("../../etc/pass wd.txt", "pass wd.txt"),
        ("C:\\Users\\me\\a.txt", "a.txt"),
        ("a\r\nX-Evil: 1\0.png", "aX-Evil: 1.png"),
        ("photo\u202egnp.exe", "photognp.exe"),
        ("at 3.04\u202fPM\u00a0\u3000 x.png", "at 3.04 PM x.png"),
        ("世界 🙂.md", "世界 🙂.md"),
        ("\ud800.md", "md"),
        ("README", "README"),
        (".gitignore", "gitignore"),
        ("", "image.png"),
        ("..", "image.png"),
        ("dir/", "image.png"),
        ("x" * 300 + ".jpeg", "x" * 95 + ".jpeg"),
        ("x" * 300, "x" * 100),
        ("a." + "x" * 300, "a." + "x" * 25),
    ],
)
def test_names_are_only_names(name: str, expected: str) -> None:
    attachment = attached(PNG, name)
    assert file_kinds.safe_name(attachment, file_kinds.kind_of(attachment)) == expected


def test_payloads() -> None:
    picture, text = attached(PNG, "dir/a.png"), attached(b"words", "a.txt")
    assert files.announcement(picture, file_kinds.kind_of(picture)) == {
        "filename": "a.png",
        "filesize": 72,
        "filetype": "image",
    }
    assert files.announcement(text, file_kinds.kind_of(text)) == {
        "filename": "a.txt",
        "filesize": 5,
        "filetype": "file",
    }
    assert files.parse("id") == {"file_id": "id"}
    assert files.parse_status("id") == {"file_id_list": ["id"]}


def granted(**changes: object) -> dict[str, object]:
    data: dict[str, object] = {
        "access_key_id": "STS.the-key",
        "access_key_secret": SECRET,
        "security_token": TOKEN,
        "file_url": "https://b.e/the-path?the-query",
        "file_path": "anonymous/the-path\u202f.png",
        "file_id": "id",
        "bucketname": BUCKET,
        "region": REGION,
        "endpoint": "the-endpoint.com",
    }
    return {"success": True, "data": data | changes}


def test_a_leave_shows_no_secret() -> None:
    leave = files.grant(granted())
    assert leave.credentials == Keys("STS.the-key", SECRET, TOKEN)
    assert (leave.file_path, leave.endpoint) == ("anonymous/the-path\u202f.png", "the-endpoint.com")
    assert repr(leave) == "Grant(file_id='id')"
    assert repr(attached(b"the-words", "a")) == "Attachment(name='a', content_type='application/octet-stream')"


@pytest.mark.parametrize(
    "answer",
    [{}, {"data": None}, {"data": []}]
    + [granted(**{name: value}) for name in ("security_token", "file_path", "endpoint") for value in (None, "", 1)]
    + [granted(security_token="a\r\nX-Evil: 1"), granted(file_path="a\ud800")],
)
def test_a_leave_that_lacks_something_is_not_understood(answer: Json) -> None:
    with pytest.raises(errors.NotUnderstood):
        files.grant(answer)


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        ([{"status": "success"}], "done"),
        ([{"status": "running"}], "running"),
        ([{"status": "pending"}], "running"),
        ([{"file_id": "id"}], "running"),
        ([None], "running"),
        ([], "running"),
        ([{"status": "failed"}], "failed"),
        ([{"status": "error"}], "failed"),
    ],
)
def test_the_parsing_of_a_document(data: list[object], expected: str) -> None:
    assert files.parsing({"success": True, "data": data}) == expected


def test_a_parsing_of_another_shape_is_not_understood() -> None:
    with pytest.raises(errors.NotUnderstood):
        files.parsing({"success": True, "data": True})


def test_an_element_of_a_question() -> None:
    attachment = attached(PNG, "a.png")
    element = files.element(attachment, file_kinds.kind_of(attachment), LEAVE)
    inner = element["file"]
    assert isinstance(inner, dict)
    now = datetime.now(UTC).timestamp() * 1000
    assert now - 60_000 < inner.pop("created_at") == inner.pop("update_at") <= now
    item, task = element.pop("itemId"), element.pop("uploadTaskId")
    assert isinstance(item, str)
    assert isinstance(task, str)
    assert len({item, task}) == 2
    assert element == {
        "type": "image",
        "file": {
            "data": {},
            "filename": "a.png",
            "hash": None,
            "id": "id",
            "user_id": "anonymous",
            "meta": {"name": "a.png", "size": 72, "content_type": "image/png"},
        },
        "id": "id",
        "url": "https://b.e/f?s",
        "name": "a.png",
        "collection_name": "",
        "progress": 0,
        "status": "uploaded",
        "greenNet": "success",
        "size": 72,
        "error": "",
        "file_type": "image/png",
        "showType": "image",
        "file_class": "vision",
    }


# The way there.


@dataclass
class Cloud:
    """Qwen's file endpoints and the storage, on one server. What they say can be changed before they are asked."""

    url: str = ""
    statuses: list[str] = field(default_factory=lambda: ["success"])
    bucket_status: int = 200
    endpoint: str = ""
    answers: dict[str, Any] = field(default_factory=dict)
    asked: list[tuple[str, Any]] = field(default_factory=list)
    put: list[tuple[CIMultiDictProxy[str], bytes]] = field(default_factory=list)
    followed: bool = False
    answers_puts: asyncio.Event = field(default_factory=asyncio.Event)

    async def sts(self, request: web.Request) -> web.Response:
        body = await self._note(request)
        changes = {"file_path": f"anonymous/id_{body['filename']}", "endpoint": self.endpoint or self.url}
        return self._answer(request, granted(**changes))

    async def bucket(self, request: web.Request) -> web.Response:
        body = await request.read()
        assert signed_as_documented(request.method, BUCKET, request.raw_path, dict(request.headers), SECRET)
        assert request.content_length == len(body)
        self.put.append((request.headers, body))
        await self.answers_puts.wait()
        location = {"Location": f"{self.url}/elsewhere"} if self.bucket_status == 302 else {}
        return web.Response(status=self.bucket_status, headers=location)

    async def parse(self, request: web.Request) -> web.Response:
        await self._note(request)
        return self._answer(request, {"success": True, "data": True})

    async def status(self, request: web.Request) -> web.Response:
        await self._note(request)
        status = self.statuses.pop(0) if len(self.statuses) > 1 else self.statuses[0]
        return self._answer(request, {"success": True, "data": [{"status": status}]})

    async def elsewhere(self, _request: web.Request) -> web.Response:
        self.followed = True
        return web.Response()

    async def _note(self, request: web.Request) -> Any:
        body = await request.json()
        self.asked.append((request.path.removeprefix("/api/v2/files/"), body))
        return body

    def _answer(self, request: web.Request, usual: Json) -> web.Response:
        return web.json_response(self.answers.get(request.path.removeprefix("/api/v2/files/"), usual))


def signed_as_documented(method: str, bucket: str, path: str, headers: dict[str, str], secret: str) -> bool:
    """Whether a request without a query has the V4 signature that its headers need. Asserts what has to be there."""
    got = {name.lower(): value for name, value in headers.items()}
    algorithm, _, fields = got["authorization"].partition(" ")
    assert algorithm == "OSS4-HMAC-SHA256"
    assert got["x-oss-content-sha256"] == "UNSIGNED-PAYLOAD"
    said = dict(part.split("=", 1) for part in fields.split(","))
    day, region, product, version = said["Credential"].split("/")[1:]
    assert (day, product, version) == (got["x-oss-date"][:8], "oss", "aliyun_v4_request")
    more = said.get("AdditionalHeaders", "")
    signed = [
        name
        for name in got
        if name.startswith("x-oss-") or name in ("content-type", "content-md5") or name in more.split(";")
    ]
    request = f"{method}\n/{bucket}{path}\n\n"
    for name in sorted(signed):
        request += f"{name}:{got[name]}\n"
    request += f"\n{more}\nUNSIGNED-PAYLOAD"
    digest = hashlib.sha256(request.encode()).hexdigest()
    text = f"OSS4-HMAC-SHA256\n{got['x-oss-date']}\n{day}/{region}/oss/aliyun_v4_request\n{digest}"
    date_key = hmac.new(b"aliyun_v4" + secret.encode(), day.encode(), hashlib.sha256).digest()
    region_key = hmac.new(date_key, region.encode(), hashlib.sha256).digest()
    service_key = hmac.new(region_key, b"oss", hashlib.sha256).digest()
    signing_key = hmac.new(service_key, b"aliyun_v4_request", hashlib.sha256).digest()
    expected = hmac.new(signing_key, text.encode(), hashlib.sha256).hexdigest()
    return hmac.compare_digest(expected, said["Signature"])


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
