"""An installed program beside another distribution whose packages have the same names."""

import subprocess
import sys
import venv
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.process import Ended, environment

ROOT = Path(__file__).parent.parent
PIP = ("--disable-pip-version-check", "-q", "--no-index", "--no-deps")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel of the program."""
    folder = tmp_path_factory.mktemp("wheel")
    _done(sys.executable, "-m", "pip", "wheel", *PIP, "--no-build-isolation", "-w", str(folder), str(ROOT))
    return next(folder.glob("*.whl"))


@pytest.fixture
def install(tmp_path: Path, wheel: Path) -> Callable[..., Path]:
    """Install wheels (or the names of foreign ones) one after another; returns the folder of the new environment."""

    def installed(*names: str) -> Path:
        home = tmp_path / "venv"
        venv.create(home)
        site = next(home.glob("lib/python*/site-packages"))
        site.joinpath("libraries.pth").write_text(next(each for each in sys.path if each.endswith("site-packages")))
        for name in names:
            taken = wheel if name == "qwen-bridge" else _foreign_wheel(tmp_path, name)
            _done(sys.executable, "-m", "pip", "--python", str(home), "install", *PIP, str(taken))
        return home

    return installed


def _foreign_wheel(folder: Path, package: str) -> Path:
    """Make the wheel of a distribution "other-NAME" that holds one package."""
    path, info = folder / f"other_{package}-1-py3-none-any.whl", f"other_{package}-1.dist-info"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(f"{package}/__init__.py", "raise SystemExit('the other one ran')\n")
        archive.writestr(f"{info}/METADATA", f"Metadata-Version: 2.1\nName: other-{package}\nVersion: 1\n")
        archive.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        archive.writestr(f"{info}/RECORD", "".join(f"{name},,\n" for name in [*archive.namelist(), f"{info}/RECORD"]))
    return path


def _done(*command: str) -> None:
    subprocess.run(command, check=True, capture_output=True, timeout=120)


def _asked(home: Path, **variables: str) -> Ended:
    program = str(home / "bin" / "qwen-bridge")
    variables = environment(home, **variables)
    ran = subprocess.run([program, "--version"], env=variables, capture_output=True, text=True, timeout=60, check=False)
    return Ended(ran.returncode, ran.stdout, ran.stderr)


def test_an_installed_program_starts_where_its_packages_are_its_own(
    install: Callable[..., Path], tmp_path: Path
) -> None:
    home = install("qwen-bridge")
    assert _asked(home).code == 0, _asked(home).err
    tmp_path.joinpath("bridge.py").write_text("raise SystemExit('the other one ran')\n")
    hidden = _asked(home, PYTHONPATH=str(tmp_path))
    assert (hidden.code, hidden.out) == (2, "")
    assert f"“bridge” is hidden by {tmp_path / 'bridge.py'}" in hidden.err


@pytest.mark.parametrize(
    "names",
    [("bridge", "qwen-bridge"), ("qwen-bridge", "adapters")],
    ids=["the other one was first", "the other one came later"],
)
def test_a_distribution_with_a_package_of_the_same_name_is_named(
    install: Callable[..., Path], names: tuple[str, str]
) -> None:
    other = next(name for name in names if name != "qwen-bridge")
    ended = _asked(install(*names))
    assert (ended.code, ended.out, ended.err.count("\n")) == (2, "", 1)
    assert f"its package “{other}” has the same name as one of other-{other}" in ended.err
    assert "virtual environment" in ended.err
    assert "pipx" in ended.err
