"""Provenance: which code, configuration, versions and inputs a result was made from."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from hashlib import sha256
from importlib.metadata import PackageNotFoundError, version
from json import dumps
from pathlib import Path
from platform import python_version
from typing import Any

ROOT = Path(__file__).parents[1]
PACKAGES = ("commands", "datasets", "executors", "limits", "processors")  # the folder itself also holds data and .git
DEPENDENCIES = (
    "awkward",
    "boost-histogram",
    "coffea",
    "dask",
    "distributed",
    "hist",
    "numpy",
    "uproot",
    "vector",
)


@dataclass(frozen=True)
class Provenance:
    """What a result was made from.

    Attributes
    ----------
    code
        SHA-256 of the package's sources and data files.
    config
        SHA-256 of what was asked: catalog, channels, options.
    versions
        Versions of Python, darkbelle and the packages that touch the numbers.
    inputs
        What was read, with the identity it had then: a file's UUID, a document's SHA-256.
    created
        When, UTC, ISO 8601.
    """

    code: str
    config: str
    versions: Mapping[str, str]
    inputs: Mapping[str, str]
    created: str

    @classmethod
    def of(cls, config: Any, inputs: Mapping[str, str], packages: Iterable[str] = PACKAGES) -> "Provenance":
        """Describe a result made now from `config` (anything that JSON can hold) and `inputs`."""
        created = datetime.now(UTC).isoformat(timespec="seconds")
        return cls(code_hash(packages), config_hash(config), versions(), dict(inputs), created)

    def to_json(self) -> dict[str, Any]:
        """Give the fields as a JSON object."""
        return asdict(self)

    @classmethod
    def from_json(cls, content: Mapping[str, Any]) -> "Provenance":
        """Make it from what `to_json` gave."""
        return cls(**content)


def config_hash(config: Any) -> str:
    """Give the SHA-256 of `config` as canonical JSON."""
    return sha256(dumps(config, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def code_hash(packages: Iterable[str] = PACKAGES) -> str:
    """Give the SHA-256 of the sources and data files of `packages`, names included."""
    digest = sha256()
    for file in source_files(packages):
        digest.update(f"{file.relative_to(ROOT).as_posix()}\0".encode())
        digest.update(file.read_bytes())
        digest.update(b"\0")
    return digest.hexdigest()


def source_files(packages: Iterable[str] = PACKAGES) -> list[Path]:
    """List the Python and YAML files of `packages` and their subpackages, sorted."""
    folders = (ROOT / name for name in packages)
    return sorted(file for folder in folders for file in folder.rglob("*") if file.suffix in {".py", ".yaml"})


def file_hash(path: Path) -> str:
    """Give the SHA-256 of a file's content."""
    return sha256(path.read_bytes()).hexdigest()


def versions() -> dict[str, str]:
    """Give the versions of Python, darkbelle and the packages that touch the numbers."""
    return {"python": python_version()} | {name: _version(name) for name in ("darkbelle", *DEPENDENCIES)}


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "not installed"
