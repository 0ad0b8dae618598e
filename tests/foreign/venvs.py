"""Environments of Python for packages that are no dependencies of ours: made once, and kept where the caller says."""

import subprocess
import sys
import venv
from pathlib import Path


def python(folder: Path, packages: tuple[str, ...]) -> Path:
    """Return a Python in `folder` that has these packages, pinned like "llm==0.36"; install them unless it has them.

    Exits where they cannot be installed.
    """
    found, installed, wanted = folder / "bin" / "python", folder / "installed.txt", "\n".join(packages)
    if installed.exists() and installed.read_text() == wanted:
        return found
    print(f"Installing {', '.join(packages)} …", flush=True)
    venv.create(folder, with_pip=True, clear=True)
    install = [str(found), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *packages]
    if (ran := subprocess.run(install, capture_output=True, text=True, check=False)).returncode:
        sys.exit(f"{ran.stderr}\nThey cannot be installed.")
    installed.write_text(wanted)
    return found
