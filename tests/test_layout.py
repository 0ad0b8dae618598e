"""The direction of imports, drawn from the source: adapters -> bridge, and inside bridge from core to values."""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import bridge

ROOT = Path(__file__).parent.parent

# Each may import what stands above it, and its equals in the same package. What is not here is a defect of this list.
LAYERS = [
    {"bridge.i18n"},
    {"bridge.model", "bridge.errors", "bridge.runtime"},
    {"bridge.controls", "bridge.commands", "bridge.access"},
    {"bridge.ports"},
    {"bridge.streaming", "bridge.backends", "bridge.store", "bridge.firmly"},
    {"bridge.core"},
]

SHARED = "adapters.common"
"""What the adapters share; it knows none of them."""

SANDBOX = "adapters.sandbox"
"""The pretended servers; they know nobody, and no library of the platforms either."""

COMPOSITION = ("adapters.cli", "adapters.__main__")
"""They know everybody: the program is put together there."""


@cache
def modules(package: str) -> list[tuple[str, set[str]]]:
    """Each module of a package with the modules of ours that it imports."""
    found = []
    for path in sorted((ROOT / package).rglob("*.py")):
        name = ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
        found.append((name, set(imported(ast.parse(path.read_text())))))
    return found


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


def test_public_names_are_pinned() -> None:
    assert sorted(bridge.__all__) == [
        "Adapter",
        "Attachment",
        "Author",
        "Backoff",
        "CannotShow",
        "CannotStart",
        "Choice",
        "Command",
        "Controls",
        "ConversationKey",
        "Incoming",
        "Intake",
        "Invocation",
        "Press",
        "Quote",
        "Reply",
        "Said",
        "ShowLater",
        "TABLE",
        "Turn",
        "__version__",
        "fingerprint",
        "sentences",
        "translated",
    ]


def test_every_module_says_what_it_is_for() -> None:
    for package in ("bridge", "adapters", "tests"):
        for path in (ROOT / package).rglob("*.py"):
            source = path.read_text()
            assert not source or source.startswith('"""'), path
