"""`make safeguards`: take each safeguard out of a copy of the project, and name the tests that notice.

Exit code 1 where none does.
"""

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests.safeguards.table import SAFEGUARDS, Safeguard

ROOT = Path(__file__).parents[2]
PARTS = ("adapters", "bridge", "tests", "pyproject.toml", "README.md")

MOST_SECONDS = 300


def noticed(safeguard: Safeguard, folder: Path) -> list[str]:
    """The tests that fail without it."""
    path = folder / safeguard.file
    whole = path.read_text()
    if whole.count(safeguard.code) != 1:
        sys.exit(f"{safeguard.file} does not hold once: {safeguard.code}")
    path.write_text(whole.replace(safeguard.code, safeguard.without))
    try:
        ran = subprocess.run(
            [sys.executable, "-m", "pytest", "-q", "-n", "2", "-x", "--no-header", *safeguard.tests.split()],
            cwd=folder,
            env={**os.environ, "PYTHONPATH": str(folder)},
            capture_output=True,
            text=True,
            timeout=MOST_SECONDS,
            check=False,
        )
    finally:
        path.write_text(whole)
    return re.findall(r"^(?:FAILED|ERROR) \S*?(\w+\.py::.+?)(?: - |$)", ran.stdout, re.MULTILINE)


def main() -> None:
    """Print a line for each."""
    parser = argparse.ArgumentParser(prog="python -m tests.safeguards", description=__doc__)
    parser.add_argument("--only", default="", help="those whose name holds this")
    only, unnoticed = parser.parse_args().only, 0
    with tempfile.TemporaryDirectory(prefix="safeguards-") as name:
        folder = Path(name)
        for part in PARTS:
            if (ROOT / part).is_dir():
                shutil.copytree(ROOT / part, folder / part, ignore=shutil.ignore_patterns("__pycache__"))
            else:
                shutil.copy(ROOT / part, folder / part)
        for safeguard in SAFEGUARDS:
            if only not in safeguard.what:
                continue
            began = time.monotonic()
            tests = noticed(safeguard, folder)
            unnoticed += not tests
            told = ", ".join(tests) or "NOBODY NOTICED"
            print(f"{safeguard.what}: {told} ({time.monotonic() - began:.0f} s)", flush=True)
    sys.exit(bool(unnoticed))


if __name__ == "__main__":
    main()
