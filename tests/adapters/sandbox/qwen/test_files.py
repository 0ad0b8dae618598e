"""Files are announced, put into the stand-in's bucket, parsed, and named in answers."""

from typing import Any

import pytest
from yarl import URL

from adapters.sandbox.qwen import StandIn
from tests.adapters.sandbox.qwen.client import ACCOUNT, GUEST, OTHER, Client, Json, body, changed

SIGNED = {"Authorization": "OSS4-HMAC-SHA256 anything", "Content-Type": "text/plain"}


async def announce(client: Client, name: str, kind: str = "file", headers: dict[str, str] = GUEST) -> Json:
    sent = {"filename": name, "filesize": 5, "filetype": kind}
    found: Json = (await client.json("/api/v2/files/getstsToken", sent, headers))["data"]
    return found


async def put(client: Client, granted: Json, content: bytes, **changes: str) -> int:
    headers = SIGNED | {"x-oss-security-token": granted["security_token"]} | changes
    headers = {name: value for name, value in headers.items() if value}
    url = f"http://{granted['endpoint']}/{granted['file_path']}"
    async with client.http.put(url, data=content, headers=headers, skip_auto_headers=["Content-Type"]) as response:
        told = await response.read()
        assert told.startswith(b"<?xml") == (response.status != 200)
        status: int = response.status
        return status


async def upload(
    client: Client, name: str, content: bytes, kind: str = "file", headers: dict[str, str] = GUEST
) -> Json:
    granted = await announce(client, name, kind, headers)
    assert await put(client, granted, content) == 200
    return {"type": kind, "id": granted["file_id"], "name": name, "url": granted["file_url"], "status": "uploaded"}


async def parse(client: Client, file_id: str) -> list[Any]:
    assert (await client.json("/api/v2/files/parse", {"file_id": file_id}))["data"] is True
    return await status(client, file_id)


async def status(client: Client, file_id: str) -> list[Any]:
    answer = await client.json("/api/v2/files/parse/status", {"file_id_list": [file_id]})
    return [found["status"] for found in answer["data"]]


async def ask(client: Client, files: list[Json], text: str = "What is this?") -> str:
    return (await client.hear(changed(body(await client.chat(), None, text), files=files))).text


async def test_a_document_goes_all_the_way(client: Client, standin: StandIn) -> None:
    standin.parse_polls = 1
    file = await upload(client, "Grüße & more.txt", b"First words\nof a text")
    assert await status(client, file["id"]) == ["pending"]
    assert "which was not parsed" in await ask(client, [file])
    assert await parse(client, file["id"]) == ["running"]
    assert await status(client, file["id"]) == ["success"]
    text = await ask(client, [file])
    assert text.startswith("I see no earlier turns.\n")
    assert text.endswith("- Grüße & more.txt (21 bytes), which begins “First words of a text”")
    kept = standin.files.at(URL(file["url"]).path.removeprefix("/"))
    assert kept
    assert kept.content == b"First words\nof a text"


async def test_an_image_and_a_long_file_are_told_by_name_and_size(client: Client) -> None:
    files = [await upload(client, "a.png", b"\x89PNG" * 50_000, "image"), await upload(client, "b.pdf", b"%PDF")]
    full = files[1] | {"file": {"id": files[1]["id"]}}
    del full["id"]
    made = {"type": "image", "name": "made.png", "url": "https://cdn.example.org/made.png", "status": "uploaded"}
    text = await ask(client, [files[0], full, made])
    assert "- a.png (200000 bytes)\n- b.pdf (4 bytes), which was not parsed\n- made.png, by its address" in text


async def test_an_exact_answer_says_nothing_of_files(client: Client) -> None:
    assert await ask(client, [await upload(client, "a.txt", b"x")], "echo hi") == "hi"


async def test_paths_tell_guests_from_accounts(client: Client) -> None:
    guest = await announce(client, "../a/b.txt")
    assert guest["file_path"] == f"anonymous/{guest['file_id']}_.._a_b.txt"
    account = await announce(client, "a.txt", headers=ACCOUNT)
    assert not account["file_path"].startswith("anonymous/")
    assert "login-1" not in account["file_path"]
    assert account["bucketname"] == "qwen-webui-prod"


@pytest.mark.parametrize(
    "wrong",
    [{"filetype": None}, {"filename": ""}, {"filesize": 0}, {"filesize": "x"}, {"filesize": True}, {"filename": 1}],
)
async def test_a_file_that_makes_no_sense_is_refused(client: Client, wrong: Json) -> None:
    sent = {"filename": "a.txt", "filesize": "5", "filetype": "file"}
    assert (await client.json("/api/v2/files/getstsToken", sent))["success"]
    refused = await client.json("/api/v2/files/getstsToken", sent | wrong)
    assert refused["data"] == {"code": "Bad_Request", "details": "Invalid file information!"}


@pytest.mark.parametrize("missing", ["Authorization", "Content-Type", "x-oss-security-token"])
async def test_the_bucket_wants_its_headers(client: Client, missing: str) -> None:
    granted = await announce(client, "a.txt")
    assert await put(client, granted, b"x", **{missing: ""}) == 403
    assert await put(client, granted, b"x", **{"x-oss-security-token": "another"}) == 403
    assert await put(client, granted | {"file_path": "anonymous/nothing"}, b"x") == 403


async def test_a_file_that_is_not_there_is_refused(client: Client, standin: StandIn) -> None:
    granted = await announce(client, "a.txt")
    theirs = await upload(client, "a.txt", b"x", headers=OTHER)
    for file in ({"id": "x"}, {"id": granted["file_id"]}, theirs, {}, {"file": 1}):
        sent = changed(body(await client.chat(), None, "hello"), files=[file])
        assert await client.refusal(sent) == {"code": "invalid_input", "details": "输入或附件无效。请检查后重试。"}
    for odd in ("x", [1]):
        assert (await client.refusal(changed(body(await client.chat(), None, "x"), files=odd)))[
            "code"
        ] == "invalid_input"
    for path, sent in (("parse", {"file_id": granted["file_id"]}), ("parse/status", {"file_id_list": ["x"]})):
        assert not (await client.json(f"/api/v2/files/{path}", sent))["success"]
    assert not (await client.json("/api/v2/files/parse/status", {}))["success"]


async def test_guests_may_bring_so_many_files(client: Client, standin: StandIn) -> None:
    standin.guest_uploads = 1
    await announce(client, "a.txt")
    assert (await announce(client, "b.txt"))["code"] == "RateLimited"
    assert (await announce(client, "b.txt", headers=OTHER))["file_id"]
    for _ in range(2):
        assert (await announce(client, "b.txt", headers=ACCOUNT))["file_id"]


async def test_uploads_meet_faults(client: Client, standin: StandIn) -> None:
    granted = await announce(client, "a.txt")
    standin.fault("http_503", "upload")
    standin.fault("parse_failed", "files/parse/status")
    async with client.http.put(f"{standin.url}/{granted['file_path']}", data=b"x") as response:
        assert response.status == 503
    assert await put(client, granted, b"x") == 200
    assert await parse(client, granted["file_id"]) == ["failed"]
