"""The payloads and answers of an upload to Qwen."""

from datetime import UTC, datetime

import pytest

from bridge import errors
from bridge.backends.http import file_kinds
from bridge.backends.qwen import files
from bridge.backends.qwen.files import Grant
from bridge.backends.qwen.oss import Credentials as Keys
from bridge.backends.qwen.wire import Json
from tests.bridge.backends.qwen.storage import BUCKET, PNG, REGION, SECRET, TOKEN, attached, granted

LEAVE = Grant("id", "anonymous/id_a.png", "https://b.e/f?s", BUCKET, REGION, "e.com", Keys("id", SECRET, TOKEN))


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
