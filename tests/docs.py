"""The generated parts of the documents: `make docs` writes them anew, and tests/test_documents.py compares them.

Each stands in its page between two lines, <!-- name --> and <!-- /name -->.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import click
from pydantic.fields import FieldInfo

from adapters.cli.main import cli
from adapters.cli.settings import Settings
from bridge import TABLE, errors
from bridge.errors import QwenError
from bridge.i18n import sentences

ROOT = Path(__file__).parent.parent
FIELDS = Settings.model_fields

MOST_USED = (
    "discord_bot_token",
    "telegram_bot_token",
    "qwen_umidtoken",
    "qwen_cookie",
    "qwen_model",
    "qwen_backend",
    "qwen_search",
    "allow",
    "admins",
    "questions_per_day",
    "keep_days",
    "proxy_url",
)
"""The settings that the README lists; docs/settings.md lists all."""

MOST_OPTIONS = 8
"""A command with more of them lists them in its own --help."""


@dataclass(frozen=True)
class Part:
    """A generated part of a page. `page` is a path from the root, `make` returns the Markdown without its markers."""

    page: str
    name: str
    make: Callable[[], str]

    def renewed(self, text: str) -> str:
        """Return the page's text with this part made anew. Raises ValueError where its markers are missing."""
        begin, end = f"<!-- {self.name} -->\n", f"<!-- /{self.name} -->"
        before, found, rest = text.partition(begin)
        _, closed, after = rest.partition(end)
        if not (found and closed):
            raise ValueError(f"{self.page} has no part {self.name}")
        return f"{before}{begin}{self.make()}\n{end}{after}"


def table(head: tuple[str, ...], rows: Iterator[tuple[str, ...]]) -> str:
    """Return a table in Markdown; an empty cell is one blank."""
    lines = [head, *rows]
    written = ["|" + "".join(f" {cell} |" if cell else " |" for cell in line) for line in lines]
    return "\n".join([written[0], "|" + "---|" * len(head), *written[1:]])


def default(name: str, field: FieldInfo) -> str:
    """Return a field's default as a newcomer reads it."""
    if name == "database_url":
        return "in your data folder"
    value = int(field.default) if isinstance(field.default, bool | float) else field.default
    return f"`{value}`" if value not in (None, "") else ""


def _settings(names: tuple[str, ...]) -> str:
    rows = ((f"`{name.upper()}`", FIELDS[name].description or "", default(name, FIELDS[name])) for name in names)
    return table(("variable", "what it is", "default"), rows)


def all_settings() -> str:
    """Return a row for each setting, in the order of the class."""
    return _settings(tuple(FIELDS))


def most_used_settings() -> str:
    """Return the same rows of MOST_USED alone."""
    return _settings(MOST_USED)


def commands() -> str:
    """Return what people may type, what follows it, and who may."""
    rows = (
        (f"`/{each.name}`", sentences.FOLLOWS.get(each.name, ""), each.help, "admins" if each.option else "")
        for each in TABLE
    )
    return table(("command", "what follows", "what it does", "in shared places"), rows)


def programs() -> str:
    """Return the commands of the program `qwen-bridge`, as its own --help lists them."""
    rows = (
        (_usage(name, each), each.get_short_help_str(200), _options(name, each)) for name, each in program_commands()
    )
    return table(("command", "what it does", "options"), rows)


def program_commands() -> Iterator[tuple[str, click.Command]]:
    """Yield the commands of the program by name."""
    context = click.Context(cli)
    for name in cli.list_commands(context):
        if command := cli.get_command(context, name):
            yield name, command


def _usage(name: str, command: click.Command) -> str:
    arguments = [
        each.human_readable_name if each.required else f"[{each.human_readable_name}]"
        for each in command.params
        if isinstance(each, click.Argument)
    ]
    return "`" + " ".join(["qwen-bridge", name, *arguments]) + "`"


def _options(name: str, command: click.Command) -> str:
    options = [each.opts[0] for each in command.params if isinstance(each, click.Option)]
    if len(options) > MOST_OPTIONS:
        return f"see `qwen-bridge {name} --help`"
    return ", ".join(f"`{option}`" for option in options)


def failure_kinds() -> Iterator[type[QwenError]]:
    """Yield each way in which Qwen does not answer, in the order of bridge.errors."""
    return (
        kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, QwenError) and kind.remedy
    )


def failures() -> str:
    """Return what each failure is called, what people and the operator read, and how often a question is asked."""
    rows = ((kind.__name__, kind.sentence, kind.remedy, f"{kind.tries}×") for kind in failure_kinds())
    return table(("what", "the person reads", "the operator reads", "asked in all"), rows)


def page_names() -> list[str]:
    """List the pages in docs, in the order in which the README links them."""
    linked = re.findall(r"\]\(docs/([\w-]+\.md)", (ROOT / "README.md").read_text().partition("## Where to read on")[2])
    return list(dict.fromkeys(linked))


def index() -> str:
    """Return a line for each page: its title, and the sentence that says what it answers."""
    return "\n".join(f"- [{title}]({name}): {sentence}" for name, title, sentence in map(_opening, page_names()))


def _opening(name: str) -> tuple[str, str, str]:
    title, sentence = (ROOT / "docs" / name).read_text().split("\n\n")[:2]
    return name, title.removeprefix("# "), sentence.replace("\n", " ")


PARTS = (
    Part("README.md", "most used settings", most_used_settings),
    Part("docs/settings.md", "settings", all_settings),
    Part("docs/commands.md", "commands", commands),
    Part("docs/commands.md", "programs", programs),
    Part("docs/troubleshooting.md", "failures", failures),
    Part("docs/README.md", "pages", index),
)


def main() -> None:
    """Write every generated part anew."""
    for part in PARTS:
        path = ROOT / part.page
        path.write_text(part.renewed(path.read_text("utf-8")), "utf-8")


if __name__ == "__main__":
    main()
