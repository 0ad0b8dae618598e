"""Files for a question: what their bytes say that they are, and which are refused."""

import zipfile
from contextlib import suppress
from io import BytesIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge import errors
from bridge.backends.http import file_kinds
from bridge.model import Attachment
from tests.bridge.backends.qwen.storage import PNG, attached

WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
EXCEL = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
SLIDES = "application/vnd.openxmlformats-officedocument.presentationml.presentation"


def archive(*names: str) -> bytes:
    buffer = BytesIO()
    with zipfile.ZipFile(buffer, "w") as written:
        for name in names:
            written.writestr(name, "content")
    return buffer.getvalue()


DOCX = archive("[Content_Types].xml", "_rels/.rels", "word/document.xml", "word/embeddings/xl/a.xlsx")


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
    with pytest.raises(errors.Refused, match=r"PDF, Word, Excel .*, but not this kind of file\.") as refused:
        file_kinds.kind_of(Attachment("secret-name.png", "image/png", data))
    assert "secret-name" not in refused.value.sentence


@given(st.binary(max_size=200), st.integers(0, len(DOCX)), st.integers(0, len(DOCX)))
def test_a_damaged_archive_is_no_accident(noise: bytes, start: int, end: int) -> None:
    with suppress(errors.Refused):
        file_kinds.kind_of(attached(b"PK\3\4" + DOCX[4:start] + noise + DOCX[end:]))


def test_sizes_end_where_they_say() -> None:
    file_kinds.kind_of(attached(PNG.ljust(file_kinds.MAX_IMAGE_BYTES)))
    file_kinds.kind_of(attached(b" " * file_kinds.MAX_DOCUMENT_BYTES))
    with pytest.raises(errors.Refused, match=r"^That picture is too large: Qwen takes pictures up to 10 MB\.$"):
        file_kinds.kind_of(attached(PNG.ljust(file_kinds.MAX_IMAGE_BYTES + 1)))
    with pytest.raises(errors.Refused, match=r"^That file is too large: Qwen takes up to 20 MB\.$"):
        file_kinds.kind_of(attached(b" " * (file_kinds.MAX_DOCUMENT_BYTES + 1)))
    with pytest.raises(errors.Refused, match=r"^That file is empty\.$"):
        file_kinds.kind_of(attached(b""))


def test_a_question_takes_five_files() -> None:
    file_kinds.check_files([])
    file_kinds.check_files([attached(PNG)] * 5)
    with pytest.raises(errors.Refused, match=r"^That's too many files: I can show Qwen 5 per question\.$"):
        file_kinds.check_files([attached(PNG)] * 6)
    with pytest.raises(errors.Refused, match="not this kind of file"):
        file_kinds.check_files([attached(PNG), attached(b"\0")])


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
