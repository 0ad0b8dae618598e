"""Start the program `qwen-bridge`, once the packages `bridge` and `adapters` that Python finds are its own."""

import sys
from importlib.metadata import Distribution, distributions
from importlib.util import find_spec
from pathlib import Path

OURS = "qwen-bridge"
PACKAGES = ("bridge", "adapters")
REMEDY = "Install it where nothing else is: in a virtual environment of its own, or with pipx."


def main() -> None:
    """Run the console script. Ends with a sentence and exit code 2 where a package that it finds is not its own."""
    for package in PACKAGES:
        if reason := _not_ours(package):
            sys.stderr.write(f"Qwen Bridge can't start: its package “{package}” {reason}. {REMEDY}\n")
            sys.exit(2)
    from adapters.cli.main import main as run  # noqa: PLC0415  now it is known to be ours

    run()


def _not_ours(package: str) -> str:
    """Return why the package that Python finds is not the one beside this file alone; "" where it is."""
    spec = find_spec(package)
    if spec is None or spec.origin is None:
        return "is missing, as if another program had taken it along when it was removed"
    found, own = Path(spec.origin).resolve(), (Path(__file__).parent / package / "__init__.py").resolve()
    others = [each.name for each in distributions() if _installed(each, package, found) and each.name != OURS]
    if others:
        return f"has the same name as one of {', '.join(sorted(others))}, and Python finds only one of them"
    return "" if found == own else f"is hidden by {found}"


def _installed(distribution: Distribution, package: str, found: Path) -> bool:
    """Tell whether a distribution brought the file. Its list is searched as text: parsing takes ten times as long."""
    listed = "\n" + (distribution.read_text("RECORD") or "")
    names = [name for name in (f"{package}/__init__.py", f"{package}.py") if f"\n{name}," in listed]
    return any(Path(str(distribution.locate_file(name))).resolve() == found for name in names)
