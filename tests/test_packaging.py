"""What is shipped, pinned and imported is what the tree says."""

import re
import shutil
import subprocess
import sys
import tomllib
import zipfile
from importlib.metadata import distribution
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[1]
FOLDERS = ("commands", "datasets", "executors", "limits", "processors")
EXTRAS = re.findall(r"^EXTRAS := (.*)$", (ROOT / "Makefile").read_text(), re.MULTILINE)[0].split(",")
HEAVY = ("awkward", "coffea", "dask", "distributed", "hist", "matplotlib", "numba", "numpy", "pandas", "pyhf", "uproot")
FOREIGN = re.compile(rb"pypi[.]org|python[h]osted|index[-_]url|find[-_]links|/(?:work|root|home|opt|Users)/")


def source_files() -> list[Path]:
    """Tracked files and those that could be, relative to the root."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return [Path(name) for name in sorted(set(listed.split("\0"))) if name and (ROOT / name).is_file()]


def package_files() -> set[str]:
    """Everything in the package's folders, and its files at the root, by their names in a wheel."""
    at_root = {"__init__.py", "__main__.py", "py.typed"}
    found = {file for file in source_files() if file.parts[0] in FOLDERS or str(file) in at_root}
    return {f"darkbelle/{file.as_posix()}" for file in found}


def setuptools_settings() -> dict[str, object]:
    settings: dict[str, object] = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["setuptools"]
    return settings


def constraints() -> dict[str, str]:
    """Pinned version by canonical name, as far as the markers admit this interpreter."""
    lines = (ROOT / "constraints.txt").read_text().splitlines()
    pins = [Requirement(line) for line in lines if line and not line.startswith("#")]
    chosen = [pin for pin in pins if pin.marker is None or pin.marker.evaluate()]
    assert len({canonicalize_name(pin.name) for pin in chosen}) == len(chosen), "a package is pinned twice"
    return {canonicalize_name(pin.name): str(pin.specifier).removeprefix("==") for pin in chosen}


def required() -> set[str]:
    """Names of all that darkbelle and its extras need, directly or not, in this environment."""
    found: set[str] = set()
    waiting = [("darkbelle", extra) for extra in EXTRAS]
    while waiting:
        name, extra = waiting.pop()
        for requirement in map(Requirement, distribution(name).requires or ()):
            if requirement.marker is not None and not requirement.marker.evaluate({"extra": extra}):
                continue
            needed = canonicalize_name(requirement.name)
            steps = [(needed, wanted) for wanted in ("", *requirement.extras)]
            waiting += [step for step in steps if step[0] not in found or (step[1] and step not in waiting)]
            found.add(needed)
    return found


@pytest.mark.slow
def test_a_wheel_holds_the_packages_files_and_nothing_else(tmp_path: Path) -> None:
    clean = tmp_path / "source"
    for file in source_files():
        (clean / file).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(ROOT / file, clean / file)
    build = ["-m", "pip", "wheel", "--quiet", "--no-deps", "--no-index", "--no-build-isolation", "--wheel-dir"]
    subprocess.run([sys.executable, *build, tmp_path, clean], check=True, capture_output=True, timeout=200)
    (wheel,) = tmp_path.glob("darkbelle-*.whl")
    with zipfile.ZipFile(wheel) as archive:
        shipped = {name for name in archive.namelist() if ".dist-info/" not in name}
    assert shipped == package_files()


def test_every_folder_with_python_is_a_listed_package() -> None:
    folders = {Path(name).parent.as_posix() for name in package_files() if name.endswith(".py")}
    assert setuptools_settings()["packages"] == sorted(folder.replace("/", ".") for folder in folders)


def test_every_package_has_an_init() -> None:
    files = package_files()
    folders = {Path(name).parent.as_posix() for name in files if name.endswith(".py")}
    assert [folder for folder in sorted(folders) if f"{folder}/__init__.py" not in files] == []


@pytest.mark.parametrize("statement", ["import darkbelle", "import darkbelle.__main__"])
def test_importing_loads_nothing_heavy(statement: str) -> None:
    code = f"{statement}; import sys; print(*[name for name in {HEAVY!r} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True, timeout=60)
    assert done.stdout.split() == []


def test_files_name_no_package_index_and_no_machine() -> None:
    found = {str(file): FOREIGN.findall((ROOT / file).read_bytes()) for file in source_files()}
    assert {file: matches for file, matches in found.items() if matches} == {}


@pytest.fixture
def locked() -> dict[str, str]:
    """Give the pins; skip in an environment that was made without the constraints on purpose."""
    pytest.importorskip("dask_awkward", reason="not the locked environment")
    return constraints()


def test_constraints_pin_what_is_needed_and_nothing_else(locked: dict[str, str]) -> None:
    assert set(locked) == required() | {"pip", "setuptools"}


def test_the_environment_is_the_locked_one(locked: dict[str, str]) -> None:
    installed = {name: distribution(name).version for name in locked}
    assert installed == locked
