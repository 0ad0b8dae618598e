"""Documents that fail when they are wrong: generated parts, links, names, quotes, examples, the Procfile, the locks."""

import ast
import asyncio
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import honcho.environ
import pytest
from aiohttp.test_utils import unused_port
from dotenv import dotenv_values

from adapters.cli.serve import serve
from adapters.cli.settings import Settings
from bridge import errors
from bridge.backends.qwen import QwenClient
from bridge.backends.qwen.failures import BY_CODE, by_status, in_body
from bridge.core.bridge import Bridge
from bridge.errors import QwenError
from bridge.i18n.language import LOCALE
from bridge.store import Store
from tests.docs import FIELDS, MOST_USED, PARTS, ROOT, Part, all_settings, failure_kinds, page_names, program_commands
from tests.waiting import SECONDS

PAGES = ["README.md", "CONTRIBUTING.md", *sorted(str(page.relative_to(ROOT)) for page in (ROOT / "docs").glob("*.md"))]

MOST_BYTES = 12_288
"""The README is read in minutes; what it has no room for is a page in docs."""

OUTAGES = {"Discord cannot be reached", "Telegram cannot be reached", "The database does not work"}
"""What bridge.runtime.backoff puts together of two parts."""

LONGEST_NAME = 12
"""Quotes up to so many code points are names and examples, not what the bridge says."""


def read(page: str) -> str:
    """A page as it is in the repository."""
    return (ROOT / page).read_text("utf-8")


def prose(page: str) -> str:
    """A page without its blocks of code."""
    return re.sub(r"^( *)```.*?^\1```$", "", read(page), flags=re.MULTILINE | re.DOTALL)


def anchors(page: str) -> set[str]:
    """The names by which the headings of a page can be linked, as GitHub makes them of ordinary words."""
    headings = re.findall(r"^#+ (.+)$", prose(page), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("part", PARTS, ids=lambda part: f"{part.page}: {part.name}")
def test_generated_parts_are_what_make_docs_writes(part: Part) -> None:
    assert part.renewed(read(part.page)) == read(part.page), "make docs"


def test_the_short_table_of_settings_says_what_the_whole_one_says() -> None:
    begin, end = "<!-- most used settings -->\n", "\n<!-- /most used settings -->"
    rows = read("README.md").partition(begin)[2].partition(end)[0].splitlines()
    assert len(rows) == 2 + len(MOST_USED) == 14
    assert set(rows) <= set(all_settings().splitlines())


def test_the_readme_is_short() -> None:
    assert len((ROOT / "README.md").read_bytes()) <= MOST_BYTES


def test_every_page_is_linked_from_the_readme() -> None:
    assert {f"docs/{name}" for name in page_names()} | {"docs/README.md"} == {page for page in PAGES if "/" in page}


@pytest.mark.parametrize("page", [page for page in PAGES if page.startswith("docs/")])
def test_every_page_begins_with_one_sentence(page: str) -> None:
    title, sentence = read(page).split("\n\n")[:2]
    assert title.startswith("# ")
    assert "\n" not in title
    assert re.fullmatch(r"[A-Z][^.]*\.", sentence.replace("](../README.md", "]("))


@pytest.mark.parametrize("page", PAGES)
def test_links_lead_somewhere(page: str) -> None:
    text = prose(page)
    links = re.findall(r"\]\(([^)\s]+)\)", text) + re.findall(r'src="([^"]+)"', text)
    for link in links:
        if "://" in link:
            continue
        path, _, anchor = link.partition("#")
        target = (ROOT / page).parent / path if path else ROOT / page
        assert target.exists(), link
        assert not anchor or anchor in anchors(str(target.resolve().relative_to(ROOT))), link


@pytest.mark.parametrize("page", PAGES)
def test_tables_and_blocks_of_code_are_whole(page: str) -> None:
    assert len(re.findall(r"^ *```", read(page), re.MULTILINE)) % 2 == 0
    for lines in re.findall(r"(?:^\|.*\n)+", prose(page), re.MULTILINE):
        columns = {len(re.findall(r"(?<!\\)\|", line)) for line in lines.splitlines()}
        assert len(columns) == 1, lines


@pytest.mark.parametrize("page", PAGES)
def test_what_is_named_is_there(page: str) -> None:
    text = read(page)
    names = set(re.findall(r"\b(?:QWEN|DISCORD|TELEGRAM)_[A-Z_]*[A-Z]\b", text)) - {"QWEN_MODLE"}
    names |= set(re.findall(r"`([A-Z]+(?:_[A-Z]+)+)(?:=[^`]*)?`", text))
    assert names <= {name.upper() for name in FIELDS}
    commands = set(re.findall(r"(?:^|[`|] ?|bin/)qwen-bridge ([a-z]+)", text, re.MULTILINE))
    assert commands <= {name for name, _ in program_commands()}
    targets = set(re.findall(r"^([a-z]+):", read("Makefile"), re.MULTILINE))
    assert set(re.findall(r"`make ([a-z]+)`", text)) <= targets


def test_the_program_points_to_headings_that_the_readme_has() -> None:
    sources = [path.read_text("utf-8") for package in ("bridge", "adapters") for path in (ROOT / package).rglob("*.py")]
    headings = re.findall(r"^## (?:\d\. )?(.+)$", read("README.md"), re.MULTILINE)
    pointed = re.findall(r"\(README, ([^)]+)\)", "\n".join([*sources, read(".env.example")]))
    assert pointed
    assert set(pointed) <= set(headings)


def test_what_the_bot_says_is_quoted_as_it_says_it() -> None:
    catalog = (LOCALE / "de.po").read_text("utf-8")
    entries = re.findall(r'^msgid(?:_plural)? ((?:".*"\n)+)', catalog, re.MULTILINE)
    sentences = ["".join(ast.literal_eval(line) for line in entry.splitlines()) for entry in entries]
    quotes = re.findall(r"“([^”\n]+)”", prose("docs/troubleshooting.md").replace("\n", " "))
    for quote in quotes:
        words = quote.removesuffix("?")
        assert len(words) <= LONGEST_NAME or any(words in each.replace("*", "") for each in sentences), quote


@cache
def constants() -> list[str]:
    """Every string in the source of the program, and the fixed parts of those with values in them."""
    paths = [path for package in ("bridge", "adapters") for path in (ROOT / package).rglob("*.py")]
    nodes = (node for path in paths for node in ast.walk(ast.parse(path.read_text("utf-8"))))
    return [node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str)]


@pytest.mark.parametrize("page", ["README.md", "docs/backends.md", "docs/hosting.md", "docs/troubleshooting.md"])
def test_lines_of_the_log_are_quoted_as_the_program_prints_them(page: str) -> None:
    text = re.sub(r"\s+", " ", prose(page).replace("``", ""))
    for line in re.findall(r"`([A-Z][^`]* [^`]*[.:a-z…])`", text):
        for part in [] if line in OUTAGES else line.split("…"):
            assert any(part.strip() in constant for constant in constants()), line


def test_every_failure_has_a_sentence_for_the_person_and_one_for_the_operator() -> None:
    raised = {type(example) for example in made_by_the_wire()}
    assert raised <= set(failure_kinds())
    for kind in failure_kinds():
        assert kind.sentence.endswith("."), kind
        assert kind.sentence != errors.BridgeError.sentence, kind


def made_by_the_wire() -> Iterator[QwenError]:
    """What the table of codes and the other readings of a body can make."""
    for make in BY_CODE.values():
        yield make(("", None))
        yield make(("The chat is in progress! model limit", 4))
    for status in (401, 403, 413, 429, 500):
        if error := by_status(status):
            yield error
    yield in_body(b"", 200)
    yield in_body(b"<!doctypehtml>", 200)
    yield in_body(b"<html>", 200)


@pytest.mark.parametrize("name", FIELDS)
def test_the_example_file_has_each_setting_and_sets_none(name: str) -> None:
    example = read(".env.example")
    assert re.findall(rf"^# ?{name.upper()}=", example, re.MULTILINE) == [f"#{name.upper()}="]
    assert not re.findall(rf"^{name.upper()}=", example, re.MULTILINE)


def test_the_example_file_is_valid_when_everything_in_it_is_switched_on(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text(re.sub(r"^#(?=[A-Z_]+=)", "", read(".env.example"), flags=re.MULTILINE))
    assert Settings.read().qwen_standin is True


def test_other_readers_of_the_example_file_see_the_same(tmp_path: Path) -> None:
    """Procfile runners read .env by themselves, and some drop the blanks of what stands in no quotes."""
    switched_on = re.sub(r"^#(?=[A-Z_]+=)", "", read(".env.example"), flags=re.MULTILINE)
    (tmp_path / "on.env").write_text(switched_on)
    assert honcho.environ.parse(switched_on) == dotenv_values(tmp_path / "on.env")


async def test_the_example_of_a_platform_answers(qwen: QwenClient, store: Store) -> None:
    names: dict[str, Any] = {}
    exec("\n".join(re.findall(r"```python\n(.*?)```", read("docs/adding-a-platform.md"), re.DOTALL)), names)  # noqa: S102
    port, leaving = unused_port(), asyncio.Event()
    serving = asyncio.create_task(serve(Bridge(store, qwen), [names["LinesAdapter"](port)], 1.0, leaving))
    reader, writer = await connection(port)
    try:
        for word in (b"hello", b"and again"):
            writer.write(b"echo " + word + b"\n")
            assert await asyncio.wait_for(reader.readline(), SECONDS) == word + b"\n"
    finally:
        leaving.set()
        await serving
        writer.close()


async def connection(port: int) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """A connection, as soon as somebody listens."""
    async with asyncio.timeout(SECONDS):
        while True:
            try:
                return await asyncio.open_connection("127.0.0.1", port)
            except ConnectionRefusedError:
                await asyncio.sleep(0.005)


@pytest.mark.parametrize("name", ["requirements.txt", "requirements-dev.txt"])
def test_locks_have_hashes_and_name_no_place(name: str) -> None:
    lock = (ROOT / name).read_text()
    assert "://" not in lock
    assert "--index" not in lock
    entries = [block for block in re.split(r"\n(?=\S)", lock) if re.match(r"[a-z]", block)]
    assert len(entries) > 25
    assert all("--hash=sha256:" in entry for entry in entries)


def test_the_procfile_needs_no_installed_package() -> None:
    assert (ROOT / "Procfile").read_text() == "worker: python -m adapters run\n"


def tree_of_the_architecture() -> Iterator[str]:
    """The paths that the tree in docs/architecture.md draws."""
    tree = (ROOT / "docs" / "architecture.md").read_text().split("## The tree\n\n```text\n")[1].split("\n```")[0]
    folders: list[str] = []
    for line in tree.splitlines():
        depth = (len(line) - len(line.lstrip())) // 2
        names = re.findall(r"[\w.]+(?:\.py|/)", re.split(r" {3,}|\.py (?=the|and)", line.strip() + " ")[0] + " ")
        for name in names or re.findall(r"^[\w.]+(?:\.py|/)", line.strip()):
            yield "/".join([*folders[:depth], name.rstrip("/")])
        if names and names[-1].endswith("/") and len(names) == 1:
            folders[depth:] = [names[0].rstrip("/")]


def test_the_tree_of_the_architecture_stands() -> None:
    paths = list(tree_of_the_architecture())
    assert len(paths) > 60
    assert [path for path in paths if not (ROOT / path).exists()] == []
