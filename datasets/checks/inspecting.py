"""Looking into one file: what the survey finds, its runs, undefined values, and what its events are known by."""

from collections.abc import Sequence
from dataclasses import replace
from hashlib import blake2b
from typing import Any

import awkward as ak
import numpy as np
from numpy.typing import NDArray

from ..chunk import FileSurvey
from ..files import InputFile, Table
from ..schemas.columns import Columns
from ..schemas.contract import Part
from ..schemas.mapping import NO_MAPPING
from ..schemas.native import METADATA
from ..schemas.persistent import read_provenance
from ..schemas.registry import SCHEMAS
from ..survey import SurveyError, Wanted, examine
from .findings import Findings
from .identity import event_hashes, sketch_of

ROWS = 1000  # looked at for undefined values without `deep`


def inspect_files(wanted: Sequence[Wanted], kinds: Sequence[str], deep: bool) -> list[Findings]:
    """Look into a few files, each of a sample of the given kind ("data", "background", "signal")."""
    return [inspect_file(each, kind, deep) for each, kind in zip(wanted, kinds, strict=True)]


def inspect_file(wanted: Wanted, kind: str, deep: bool = False) -> Findings:
    """Look into one file; whatever is wrong with it becomes the findings' `problem`.

    Parameters
    ----------
    wanted
        Which, and how the catalog says to read it.
    kind
        Its sample's.
    deep
        Whether to read all of it, which finds damage inside.
    """
    found: list[Findings] = []

    def look(source: InputFile, survey: FileSurvey) -> None:
        found.append(_findings(source, survey, kind, deep))

    try:
        examine(wanted, deep, look)
    except SurveyError as error:
        return Findings(problem=(error.kind, str(error)))
    return found[-1]


def _findings(source: InputFile, survey: FileSurvey, kind: str, deep: bool) -> Findings:
    table = source.table(survey.tree or "")
    undefined, looked_at, fingerprint = _values(table, table.entries if deep else min(ROWS, table.entries))
    base = Findings(
        tree=survey.tree or "",
        schema=survey.schema or "",
        entries=survey.entries or 0,
        events=survey.events or 0,
        generated=survey.generated,
        cross_section=_cross_section(source),
        branches=tuple(sorted(survey.branches)),
        fields=tuple(sorted(survey.fields)),
        releases=read_provenance(source).releases,
        undefined=undefined,
        looked_at=looked_at,
        fingerprint=fingerprint,
        warnings=survey.warnings,
    )
    return _with_keys(base, source, survey, kind)


def _with_keys(base: Findings, source: InputFile, survey: FileSurvey, kind: str) -> Findings:
    """Add what the events' numbers tell; of simulation, whose numbers repeat, only how many events there are."""
    part = Part(survey.tree or "", 0, base.entries, survey.mapping or NO_MAPPING, {"kind": kind})
    events = SCHEMAS[base.schema].events(source, part)
    if not {"experiment", "run", "event"} <= set(events.fields):
        return replace(base, events=len(events))
    experiments, runs = np.asarray(events.experiment), np.asarray(events.run)
    pairs, counts = np.unique(np.stack([experiments, runs]), axis=1, return_counts=True)
    numbers = tuple(((int(experiment), int(run)), int(n)) for (experiment, run), n in zip(pairs.T, counts, strict=True))
    if kind != "data":
        return replace(base, events=len(events), runs=numbers)
    hashes = event_hashes(events)
    repeated = len(hashes) - len(np.unique(hashes))
    return replace(base, events=len(events), runs=numbers, sketch=sketch_of(hashes), repeated=repeated)


def _values(table: Table, rows: int) -> tuple[tuple[tuple[str, float], ...], int, str]:
    """Look at the floating-point columns: shares of undefined values, and a fingerprint of all values."""
    columns = Columns(table, 0, rows)
    names = [name for name in sorted(table.names) if (columns.dtype(name) or "").startswith("float")]
    digest = blake2b(f"{table.entries};{','.join(names)}".encode(), digest_size=16)
    undefined: list[tuple[str, float]] = []
    for name in names:
        values = _numbers(table.read(name, 0, rows))
        lost = int(np.count_nonzero(np.isnan(values)))
        if lost:
            undefined.append((name, lost / len(values)))
        digest.update(name.encode())
        digest.update(np.ascontiguousarray(values).view(np.uint8).tobytes())
    return tuple(undefined), rows, digest.hexdigest() if rows else ""


def _numbers(array: Any) -> NDArray[Any]:
    flat = ak.flatten(array, axis=None) if array.ndim > 1 else array
    return np.asarray(ak.to_numpy(flat))


def _cross_section(source: InputFile) -> float | None:
    """Read the cross section (nb) that a simulated file of our own was made for."""
    if METADATA not in source.tables:
        return None
    metadata = source.table(METADATA)
    if "cross_section" not in metadata.names or not metadata.entries:
        return None
    return float(metadata.read("cross_section", 0, 1)[0])
