"""The direction of imports, drawn from the source: adapters -> bridge, and inside bridge from core to values."""

import ast
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from functools import cache
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

import bridge

ROOT = Path(__file__).parent.parent

# Each may import what stands above it, and its equals in the same package. What is not here is a defect of this list.
LAYERS = [
    {"bridge.i18n"},
    {"bridge.model", "bridge.errors", "bridge.runtime"},
    {"bridge.incoming"},
    {"bridge.answer_events", "bridge.controls", "bridge.commands", "bridge.access"},
    {"bridge.ports"},
    {"bridge.streaming", "bridge.backends", "bridge.store"},
    {"bridge.core"},
]

PLATFORM = re.compile("discord|telegram|terminal", re.IGNORECASE)

SANDBOX = "adapters.sandbox"
"""The pretended servers; they know nobody, and no library of the platforms either."""

SHARED = "adapters.common"
"""What the adapters share; it knows none of them."""

COMPOSITION = ("adapters.cli", "adapters.__main__")
"""They know everybody: the program is put together there."""


PACKAGES = ("bridge", "adapters")
"""The packages whose public docstrings begin with a verb."""

VAGUE = ("What ", "Whether ", "That of", "The same")
"""The beginnings of docstrings that name no action: a newcomer does not learn from them what is called for."""

OWN = ("self", "cls", "sys", "os")
"""Names whose private attributes may be read: one's own, and two of the standard library that document theirs."""


def modules(package: str) -> list[tuple[str, set[str]]]:
    """Each module of a package with the modules of ours that it imports."""
    found = []
    for path in sorted((ROOT / package).rglob("*.py")):
        name = ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
        found.append((name, imports_of(path)))
    return found


@cache
def imports_of(path: Path) -> set[str]:
    return set(imported(ast.parse(path.read_text())))


def trees(package: str, hint: re.Pattern[str]) -> Iterator[tuple[Path, ast.Module]]:
    """Each module of a package whose source `hint` matches: parsing all of them takes seconds."""
    for path in sorted((ROOT / package).rglob("*.py")):
        if hint.search(source := path.read_text()):
            yield path, ast.parse(source)


def imported(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield from _from(node.module, [alias.name for alias in node.names])


def _from(module: str, names: list[str]) -> Iterator[str]:
    for name in names:
        submodule = ROOT.joinpath(*module.split("."), name)
        is_module = submodule.with_suffix(".py").exists() or submodule.is_dir()
        yield f"{module}.{name}" if is_module else module


def layer(module: str) -> int:
    """The layer of a module, or of the package of bridge that it is in."""
    part = ".".join(module.split(".")[:2])
    return next(number for number, names in enumerate(LAYERS) if part in names)


def test_bridge_knows_no_adapter() -> None:
    for name, imports in modules("bridge"):
        assert not [other for other in imports if other.split(".")[0] in ("adapters", "tests")], name


def test_inside_bridge_imports_run_from_the_core_to_values() -> None:
    for name, imports in modules("bridge"):
        if name == "bridge":
            continue
        for other in imports:
            if other.startswith("bridge.") and other.split(".")[1] != name.split(".")[1]:
                assert layer(other) < layer(name), f"{name} imports {other}"


def test_bridge_names_no_platform() -> None:
    for path, tree in trees("bridge", PLATFORM):
        found = [word for word in written(tree) if PLATFORM.search(word)]
        assert not found, f"{path.relative_to(ROOT)}: {found}"


def written(tree: ast.AST) -> Iterator[str]:
    """Every text and every name of a module but its prose: what stands as a statement of its own is a docstring."""
    prose = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str | bytes) and id(node) not in prose:
            yield str(node.value)
        names = (getattr(node, field, None) for field in ("id", "name", "attr", "arg", "asname", "module", "rest"))
        yield from (name for name in names if isinstance(name, str))
        if isinstance(node, ast.Global | ast.Nonlocal):
            yield from node.names


def test_an_adapter_is_declared_without_the_library_of_its_platform() -> None:
    code = "import sys, adapters.cli.main; print([name for name in sys.modules if name in ('discord', 'telegram')])"
    ran = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True, cwd=ROOT)
    assert ran.stdout == "[]\n"


def test_backends_do_not_know_each_other() -> None:
    for name, imports in modules("bridge/backends"):
        for own, others in (("qwen", "openai"), ("openai", "qwen"), ("http", "qwen"), ("http", "openai")):
            if name.startswith(f"bridge.backends.{own}"):
                assert not [other for other in imports if other.startswith(f"bridge.backends.{others}")], name


def test_adapters_know_only_the_public_names_of_bridge_and_never_each_other() -> None:
    for name, imports in modules("adapters"):
        if name.startswith(COMPOSITION):
            continue
        own = ".".join(name.split(".")[:2])
        for other in imports:
            if other.split(".")[0] == "bridge":
                assert other in ("bridge", "bridge.sentences"), f"{name} imports {other}"
            if other.startswith("adapters."):
                assert other.startswith((own, SHARED)), f"{name} imports {other}"


def test_the_sandbox_is_an_independent_reading_of_the_wires() -> None:
    for name, imports in modules(SANDBOX.replace(".", "/")):
        ours = [other for other in imports if other.split(".")[0] in ("bridge", "adapters", "tests")]
        assert not [other for other in ours if not other.startswith(SANDBOX)], name
        assert not [other for other in imports if other.split(".")[0] in ("discord", "telegram")], name


def test_the_pretended_servers_do_not_know_each_other() -> None:
    for name, imports in modules(SANDBOX.replace(".", "/")):
        own = ".".join(name.split(".")[:3])
        assert not [other for other in imports if other.startswith(f"{SANDBOX}.") and not other.startswith(own)], name


def test_only_the_program_knows_the_sandbox() -> None:
    for package in ("bridge", "adapters"):
        for name, imports in modules(package):
            if not name.startswith((SANDBOX, *COMPOSITION)):
                assert not [other for other in imports if other.startswith(SANDBOX)], name


def test_what_is_imported_is_declared_and_nothing_else() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    declared = {normalized(re.match(r"[\w.-]+", line)[0]) for line in project["dependencies"]}  # type: ignore[index]
    assert foreign("bridge") | foreign("adapters") == declared


def foreign(package: str) -> set[str]:
    """The distributions, other than our own and Python's, that a package imports from."""
    imports = {other.split(".")[0] for _, others in modules(package) for other in others}
    libraries = imports - {"bridge", "adapters", *sys.stdlib_module_names}
    return {normalized(name) for library in libraries for name in packages_distributions()[library]}


def normalized(name: str) -> str:
    """A distribution's name in the one form of its many spellings (PEP 503)."""
    return re.sub(r"[-_.]+", "-", name).lower()


def test_public_names_are_pinned() -> None:
    assert sorted(bridge.__all__) == [
        "Adapter",
        "Attachment",
        "Author",
        "Backoff",
        "Beginning",
        "CannotShow",
        "CannotStart",
        "Choice",
        "Command",
        "Complete",
        "Controls",
        "ConversationKey",
        "Declined",
        "FileRefused",
        "Incoming",
        "Intake",
        "Invocation",
        "Kinds",
        "LinkRefused",
        "Literal",
        "PictureReply",
        "Press",
        "Quote",
        "Reply",
        "RuleRefused",
        "Said",
        "ShowLater",
        "TABLE",
        "TextTooLong",
        "Turn",
        "WordsRefused",
        "__version__",
        "fingerprint",
        "is_formula",
        "is_late",
        "literals",
        "masked",
        "sentences",
        "shortened",
        "translated",
        "whole_pairs",
    ]


def test_every_module_says_what_it_is_for() -> None:
    for package in ("bridge", "adapters", "tests"):
        for path in (ROOT / package).rglob("*.py"):
            source = path.read_text()
            assert not source or source.startswith('"""'), path


Documented = ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef


def public_definitions(tree: ast.AST) -> Iterator[Documented]:
    """The public classes and functions of a module, and the public methods of those classes."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, Documented) and not node.name.startswith("_"):
            yield node
            if isinstance(node, ast.ClassDef):
                yield from public_definitions(node)


@pytest.mark.parametrize("package", PACKAGES)
def test_public_docstrings_begin_with_a_verb(package: str) -> None:
    for module, tree in trees(package, re.compile(rf"[\"']\s*(?:{'|'.join(VAGUE)})")):
        for definition in public_definitions(tree):
            docstring = ast.get_docstring(definition) or ""
            assert not docstring.startswith(VAGUE), f"{module.name}: {definition.name}: {docstring.splitlines()[0]}"


def is_private_of_another(node: ast.AST) -> bool:
    if not isinstance(node, ast.Attribute) or not node.attr.startswith("_") or node.attr.startswith("__"):
        return False
    return not (isinstance(node.value, ast.Name) and node.value.id in OWN)


def test_no_test_reads_a_private_attribute() -> None:
    """A test that does fails when the inside changes, and says nothing of what people see."""
    for module, tree in trees("tests", re.compile(r"\.\s*_[^_]")):
        found = [ast.unparse(node) for node in ast.walk(tree) if is_private_of_another(node)]
        assert not found, f"{module.name}: {', '.join(found)}"
