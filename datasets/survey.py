"""Surveying a file: which tree and schema it has, its entries, clusters, branches and generated weight."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
import uproot

from .catalog import is_remote
from .chunk import FileSurvey
from .errors import InputError

EVENTS = "events"
METADATA = "metadata"
NATIVE = "darkbelle"

ProblemKind = Literal["missing", "unreadable", "not-root", "no-tree", "no-schema", "damaged"]


@dataclass(frozen=True)
class Wanted:
    """A file of a sample, and how the catalog says to read it (None where the file shall tell).

    Attributes
    ----------
    sample, file
        Whose file it is.
    tree, schema
        Names from the catalog.
    """

    sample: str
    file: str
    tree: str | None = None
    schema: str | None = None


class SurveyError(InputError):
    """A file cannot be used; one line says why, `kind` sorts it."""

    def __init__(self, message: str, kind: ProblemKind) -> None:
        super().__init__(message)
        self.kind = kind


def survey_file(wanted: Wanted) -> FileSurvey:
    """Survey one file; whatever is wrong with it becomes the survey's `problem`."""
    try:
        return examine(wanted)
    except SurveyError as error:
        return FileSurvey(wanted.sample, wanted.file, problem=str(error))


def examine(wanted: Wanted, deep: bool = False) -> FileSurvey:
    """Survey one file, and with `deep` read every branch of it.

    Raises
    ------
    SurveyError
        The file is missing, truncated, not ROOT, or has no tree or schema that darkbelle knows.
    """
    file = wanted.file
    if not is_remote(file) and not Path(file).is_file():
        raise SurveyError(f"{file}: there is no such file.", "missing")
    with _opened(file) as directory:
        _refuse_truncated(file, directory)
        try:
            return _survey(wanted, directory, deep)
        except SurveyError:
            raise
        except Exception as error:
            text = f"{file}: cannot be read; it is truncated or damaged ({_line(error)})."
            raise SurveyError(text, "damaged") from error


def _opened(file: str) -> Any:
    try:
        return uproot.open(file)
    except PermissionError as error:
        raise SurveyError(f"{file}: cannot be opened ({error.strerror}).", "unreadable") from error
    except Exception as error:  # uproot raises ValueError, OSError, struct.error, IndexError and others here
        if not is_remote(file) and not _looks_like_root(file):
            raise SurveyError(f"{file}: is not a ROOT file.", "not-root") from error
        text = f"{file}: cannot be opened; it is truncated or damaged ({_line(error)})."
        raise SurveyError(text, "damaged") from error


def _refuse_truncated(file: str, directory: Any) -> None:
    """Compare the size with what the header says: the trees of a cut file may open, and fail only when read."""
    if not is_remote(file) and (size := Path(file).stat().st_size) < directory.file.fEND:
        message = f"{file}: is truncated: it has {size} of {directory.file.fEND} bytes; copy or produce it again."
        raise SurveyError(message, "damaged")


def _looks_like_root(file: str) -> bool:
    with Path(file).open("rb") as stream:
        return stream.read(4) == b"root"


def _survey(wanted: Wanted, directory: Any, deep: bool) -> FileSurvey:
    trees = set(directory.keys(recursive=True, cycle=False, filter_classname="/TTree|.*RNTuple/"))
    name = wanted.tree or EVENTS
    if name not in trees:
        found = f"it has {', '.join(sorted(trees))}" if trees else "it has none (was its writer stopped?)"
        raise SurveyError(f"{wanted.file}: no tree {name!r}; {found}.", "no-tree")
    schema = wanted.schema or guess_schema(trees, wanted.file)
    tree = directory[name]
    entries = int(tree.num_entries)
    if deep:
        _read_all(tree)
    return FileSurvey(
        sample=wanted.sample,
        file=wanted.file,
        tree=name,
        schema=schema,
        entries=entries,
        events=entries,  # one entry is one event
        generated=_generated(directory, trees),
        edges=_edges(tree, entries),
        branches=frozenset(tree.keys(recursive=False)),
        identity=str(directory.file.uuid),
    )


def guess_schema(trees: set[str], file: str) -> str:
    """Tell the schema from the trees that a file has; SurveyError if it looks like none that darkbelle knows."""
    if {EVENTS, METADATA} <= trees:
        return NATIVE
    raise SurveyError(f"{file}: its format is not recognised; give the sample `schema:` in the catalog.", "no-schema")


def _generated(directory: Any, trees: set[str]) -> float | None:
    if METADATA not in trees or "generated" not in directory[METADATA].keys():  # noqa: SIM118  # not a dict
        return None
    return float(np.sum(directory[METADATA]["generated"].array(library="np")))


def _edges(tree: Any, entries: int) -> tuple[int, ...]:
    edges = sorted({int(edge) for edge in tree.common_entry_offsets()})
    return tuple(edges) if edges and edges[0] == 0 and edges[-1] == entries else ()


def _read_all(tree: Any) -> None:
    for _ in tree.iterate(step_size="64 MB", library="np"):
        pass


def _line(error: BaseException) -> str:
    text = str(error).strip().splitlines()
    return f"{type(error).__name__}: {text[0][:160]}" if text else type(error).__name__
