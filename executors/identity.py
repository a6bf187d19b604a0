"""What a sample's histograms depend on, as a key: code without its comments, parameters, data files, versions."""

import ast
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields, is_dataclass
from functools import lru_cache
from hashlib import file_digest, sha256
from importlib.metadata import packages_distributions, version
from json import dumps
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from pydantic import BaseModel

from ..datasets.chunk import FileSurvey
from ..datasets.identity import Identity, digest
from ..datasets.provenance import ROOT, versions
from ..datasets.reading import SampleContext
from ..datasets.run_ranges import RunSelection

if TYPE_CHECKING:
    from ..processors.channel import Channel

COMMON = ("datasets", "executors/tasks.py", "executors/accumulating.py", "processors/channel.py")
DATA = {".yaml", ".csv", ".onnx"}
SHORT = 40  # characters of a parameter that are told as they are
GENERATION = "datasets/simulation"  # makes files; what is read from them does not depend on it


class UnknownIdentityError(Exception):
    """Something has no identity that outlives this process; what depends on it is never reused."""


@dataclass(frozen=True)
class Code:
    """What a run's samples have in common: found once, since it means reading and parsing all of the code.

    Attributes
    ----------
    common
        By name: digests of the code that all channels share, and the libraries' versions.
    channels
        The parts of each channel, by name; None for one without an identity.
    """

    common: Mapping[str, str]
    channels: Mapping[str, Mapping[str, str] | None]


def code_of(channels: Iterable["Channel"]) -> Code:
    """Find what is shared and what each channel is made of."""
    found: dict[str, Mapping[str, str] | None] = {}
    for channel in channels:
        try:
            found[channel.name] = channel_parts(channel)
        except UnknownIdentityError:
            found[channel.name] = None
    libraries = {f"version of {name}": each for name, each in versions().items()}
    return Code({"code that reads": digest(_common_code())} | libraries, found)


def identify(
    code: Code, context: SampleContext, surveys: Iterable[FileSurvey], selection: RunSelection | None = None
) -> Identity | None:
    """Give the identity of what the channels of `code` make of a sample; None where one has none (a notebook's cell).

    Parameters
    ----------
    code
        The shared code and the channels applied to the sample.
    context, surveys
        What channels may know of it, and how its files are read.
    selection
        Its good runs.
    """
    channels = {name: each for name, each in code.channels.items() if each is not None}
    if len(channels) < len(code.channels):
        return None
    usable = [survey for survey in surveys if survey.problem is None]
    ways = {(each.tree or "", each.schema or "", repr(each.mapping)) for each in usable}
    schemas = sorted({each.schema or "" for each in usable})
    sample = {
        "what the catalog says of the sample": digest(context.metadata()),
        "schema": ", ".join(schemas),
        "tree or mapping": digest(sorted(ways)),
        "list of good runs": digest(repr(selection)),
    }
    return Identity.of({**code.common, **sample}, channels)


def channel_digest(channel: "Channel") -> str:
    """Give one digest of all parts of a channel."""
    return digest(channel_parts(channel))


def channel_parts(channel: "Channel") -> dict[str, str]:
    """Give what a channel is made of: its code and all it imports from its own folders, parameters, data files.

    Raises
    ------
    UnknownIdentityError
        Its class was defined in no file, or a parameter is an object without a value.
    """
    kind = type(channel)
    file = getattr(sys.modules.get(kind.__module__), "__file__", None)
    if kind.__module__ == "__main__" or file is None:
        raise UnknownIdentityError(f"{kind.__qualname__} was defined in no file")
    files = imported_files(Path(file))
    parts = {"code": digest([kind.__qualname__, {path.name: source_digest(path) for path in files}])}
    parts |= {f"version of {name} for the code": each for name, each in _packages(files).items()}
    parts |= dict(_data_of(Path(file), files))
    return parts | {f"parameter {name}": _told(plain(value)) for name, value in sorted(vars(channel).items())}


def _told(value: Any) -> str:
    """Give a parameter's value as text where it is short, else its digest."""
    text = dumps(value, sort_keys=True)
    return text if len(text) <= SHORT else digest(value)


def imported_files(file: Path) -> list[Path]:
    """List a module's file and, of what it imports, all files of darkbelle's processors or of its own folder."""
    found: set[Path] = set()
    waiting = [file.resolve()]
    while waiting:
        here = waiting.pop()
        if here in found:
            continue
        found.add(here)
        waiting.extend(_imports(here))
    return sorted(found)


def source_digest(path: Path) -> str:
    """Give the digest of what a Python file does: comments, docstrings and layout do not count."""
    return _source_digest(path, path.stat().st_mtime_ns)


@lru_cache(maxsize=1024)
def _source_digest(path: Path, _modified: int) -> str:
    tree = ast.parse(path.read_bytes(), filename=str(path))
    for node in ast.walk(tree):
        if isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)) and _documented(node):
            node.body = node.body[1:] or [ast.Pass()]
    return sha256(ast.dump(tree, include_attributes=False).encode()).hexdigest()


def _documented(node: ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    return ast.get_docstring(node, clean=False) is not None


def _packages(files: Iterable[Path]) -> dict[str, str]:
    """Give the versions of the installed packages that files outside darkbelle import."""
    outside = [file for file in files if not file.is_relative_to(ROOT)]
    if not outside:
        return {}  # darkbelle's own are in `versions`
    nodes = [node for file in outside for node in ast.walk(ast.parse(file.read_bytes(), filename=str(file)))]
    names = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    names |= {str(node.module) for node in nodes if isinstance(node, ast.ImportFrom) and not node.level}
    known = packages_distributions()
    packages = sorted({each for name in names for each in known.get(name.partition(".")[0], ())})
    return {each: version(each) for each in packages}


def _imports(file: Path) -> list[Path]:
    """List the files that one imports: relative names, and modules that lie beside it."""
    tree = ast.parse(file.read_bytes(), filename=str(file))
    found: list[Path] = []
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.level:
            folder = file.parents[node.level - 1].joinpath(*(node.module or "").split("."))
            names = [folder, *(folder / alias.name for alias in node.names)]
        elif isinstance(node, ast.ImportFrom):
            names = [file.parent.joinpath(*str(node.module).split("."))]
        elif isinstance(node, ast.Import):
            names = [file.parent.joinpath(*alias.name.split(".")) for alias in node.names]
        else:
            continue
        found.extend(each for name in names for each in (name.with_suffix(".py"), name / "__init__.py"))
    common = {ROOT / "datasets", ROOT / "executors"}
    return [each.resolve() for each in found if each.is_file() and not common & set(each.resolve().parents)]


def plain(value: Any) -> Any:
    """Give a parameter as something JSON can hold; UnknownIdentityError for what has no value of its own."""
    if isinstance(value, (str, Path)):
        return _content(value)
    if value is None or isinstance(value, (bool, int, float)):
        return value
    if isinstance(value, (bytes, np.ndarray)):
        array = np.frombuffer(value, np.uint8) if isinstance(value, bytes) else value
        return [str(array.dtype), array.shape, sha256(array.tobytes()).hexdigest()]
    if isinstance(value, np.generic):
        return value.item()
    if is_dataclass(value) and not isinstance(value, type):
        return [type(value).__qualname__, {each.name: plain(getattr(value, each.name)) for each in fields(value)}]
    if isinstance(value, BaseModel):
        return [type(value).__qualname__, plain(value.model_dump(mode="json"))]
    if isinstance(value, Mapping):
        return sorted(([plain(key), plain(each)] for key, each in value.items()), key=dumps)
    if isinstance(value, (list, tuple)):
        return [plain(each) for each in value]
    if isinstance(value, (set, frozenset)):
        return sorted((plain(each) for each in value), key=dumps)
    raise UnknownIdentityError(f"a parameter is a {type(value).__qualname__}")


def _content(value: str | Path) -> str:
    """Give a text as it is, and for the path of a file what the file holds: where it lies does not matter."""
    path = _file(value)
    return str(value) if path is None else _bytes_digest(path)


def _file(value: str | Path, *folders: Path) -> Path | None:
    """Find the file that a text may be the path of, from the working folder or others; None where it is none."""
    name = Path(value)
    if not name.suffix:
        return None
    try:
        return next((path for path in (name, *(folder / name for folder in folders)) if path.is_file()), None)
    except OSError:  # too long for a name, or where nobody may look
        return None


def _common_code() -> list[tuple[str, str]]:
    files: list[Path] = []
    for name in COMMON:
        path = ROOT / name
        files += sorted(path.rglob("*")) if path.is_dir() else [path]
    return [
        (file.relative_to(ROOT).as_posix(), source_digest(file) if file.suffix == ".py" else _bytes_digest(file))
        for file in files
        if file.suffix in {".py", *DATA} and not file.is_relative_to(ROOT / GENERATION)
    ]


def _data_of(file: Path, files: Iterable[Path]) -> list[tuple[str, str]]:
    """Give the digests of a channel's data files: those beside its module, and those that a user's code names.

    The ones of darkbelle lie in folders of their own below it; a user's folder may hold anything below.
    """
    inside = file.resolve().is_relative_to(ROOT)
    beside = (path for path in (file.parent.rglob("*") if inside else file.parent.iterdir()) if path.suffix in DATA)
    found = {path.relative_to(file.parent).as_posix(): path for path in beside}
    if inside:
        return [("data files", digest({name: _bytes_digest(path) for name, path in found.items()}))]
    for source in files:
        for node in ast.walk(ast.parse(source.read_bytes(), filename=str(source))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                path = _file(node.value, source.parent)
                if path is not None and path.suffix != ".py":
                    found.setdefault(node.value, path)
    return [(f"data file {name}", _bytes_digest(path)) for name, path in sorted(found.items())]


def _bytes_digest(path: Path) -> str:
    """Give the digest of a file; large ones are read once as long as they stay as they are."""
    told = path.stat()
    return _stored_digest(path.resolve(), told.st_mtime_ns, told.st_size)


@lru_cache(maxsize=4096)
def _stored_digest(path: Path, _modified: int, _size: int) -> str:
    with path.open("rb") as stream:
        return file_digest(stream, "sha256").hexdigest()
