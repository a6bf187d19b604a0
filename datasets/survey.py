"""Surveying a file: which table and schema it has, its entries, clusters, fields and generated weight."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from .chunk import FileSurvey
from .errors import InputError
from .files import InputFile, Table, is_parquet, missing_bytes, opened
from .locations import is_remote
from .remote import STORAGE_ERRORS, UnreachableError, describe, forget, rotated
from .schemas.contract import FormatError
from .schemas.mapping import NO_MAPPING, InputMapping
from .schemas.registry import choose

DEEP_ENTRIES = 100_000  # read at a time when all of a file is read

ProblemKind = Literal["missing", "unreadable", "not-root", "no-tree", "no-schema", "damaged", "defect", "unreachable"]


Look = Callable[[InputFile, FileSurvey], None]


@dataclass(frozen=True)
class Wanted:
    """A file of a sample, and how the catalog says to read it (None where the file shall tell).

    Attributes
    ----------
    sample, file
        Whose file it is.
    tree, schema, mapping
        From the catalog.
    replicas
        All places where it is, in the order to try them; empty for a file in one place.
    """

    sample: str
    file: str
    tree: str | None = None
    schema: str | None = None
    mapping: InputMapping | None = None
    replicas: tuple[str, ...] = ()


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


def examine(wanted: Wanted, deep: bool = False, look: Look | None = None) -> FileSurvey:
    """Survey one file, and with `deep` read every branch of it; `look` is called with it while it is open.

    Raises
    ------
    SurveyError
        The file is missing, truncated, not ROOT, or has no tree or schema that darkbelle knows.
    """
    try:
        return _examine(wanted, deep, look)
    except _BrokenOffError as broken:
        forget(broken.place)
    try:
        return _examine(replace(wanted, replicas=rotated(wanted.replicas, 1)), deep, look)
    except _BrokenOffError as broken:
        raise SurveyError(str(broken), "unreachable") from broken


class _BrokenOffError(SurveyError):
    """A server failed while a file was read from it."""

    def __init__(self, file: str, place: str, error: Exception) -> None:
        super().__init__(f"{file}: {place} failed while it was read ({describe(error)}).", "unreachable")
        self.place = place


def _examine(wanted: Wanted, deep: bool, look: Look | None) -> FileSurvey:
    file = wanted.file
    place = file
    if not wanted.replicas and not is_remote(file) and not Path(file).is_file():
        raise SurveyError(f"{file}: there is no such file.", "missing")
    try:
        with opened(file, wanted.replicas) as source:
            place = source.path
            _refuse_truncated(source)
            found = _survey(wanted, source, deep)
            if look is not None:
                look(source, found)
            return found
    except SurveyError:
        raise
    except FormatError as error:
        raise SurveyError(str(error), error.kind) from error
    except UnreachableError as error:
        raise SurveyError(str(error), "unreachable") from error
    except PermissionError as error:
        raise SurveyError(f"{file}: cannot be opened ({error.strerror}).", "unreadable") from error
    except Exception as error:  # uproot raises ValueError, OSError, struct.error, IndexError and others here
        if is_remote(place) and isinstance(error, STORAGE_ERRORS):
            raise _BrokenOffError(file, place, error) from error
        if not is_remote(place) and not _looks_right(place):
            what = "parquet" if is_parquet(file) else "ROOT"
            raise SurveyError(f"{file}: is not a {what} file.", "not-root") from error
        text = f"{file}: cannot be read; it is truncated or damaged ({_line(error)})."
        raise SurveyError(text, "damaged") from error


def _refuse_truncated(source: InputFile) -> None:
    missing = missing_bytes(source)
    if missing is not None:
        raise SurveyError(f"{source.path}: is truncated: {missing}; copy or produce it again.", "damaged")


def _looks_right(file: str) -> bool:
    with Path(file).open("rb") as stream:
        return stream.read(4) == (b"PAR1" if is_parquet(file) else b"root")


def _survey(wanted: Wanted, source: InputFile, deep: bool) -> FileSurvey:
    mapping = wanted.mapping or NO_MAPPING
    schema, name = choose(source, wanted.schema, wanted.tree or mapping.tree)
    found = schema.inspect(source, name, mapping)
    table = source.table(name)
    if deep:
        _read_all(table)
    return FileSurvey(
        sample=wanted.sample,
        file=wanted.file,
        tree=name,
        schema=schema.name,
        mapping=wanted.mapping,
        entries=found.entries,
        events=found.events,
        generated=found.generated,
        edges=found.edges,
        branches=table.names,
        fields=found.fields,
        identity=source.identity,
        releases=found.releases,
        warnings=found.warnings,
        replicas=(source.path, *(each for each in wanted.replicas if each != source.path)) if wanted.replicas else (),
    )


def _read_all(table: Table) -> None:
    for start in range(0, table.entries, DEEP_ENTRIES):
        for name in table.leaves:
            table.read(name, start, min(start + DEEP_ENTRIES, table.entries))


def _line(error: BaseException) -> str:
    text = str(error).strip().splitlines()
    return f"{type(error).__name__}: {text[0][:160]}" if text else type(error).__name__
