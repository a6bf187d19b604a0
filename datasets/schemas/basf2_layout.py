"""The event model from basf2's analysis variables, for all of its ntuple formats."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..files import InputFile
from ..frames import Beams
from .assembly import Layout, Records, Values
from .candidates import Candidates
from .contract import FormatError
from .fitted_vertices import FittedVertices
from .mapping import InputMapping, TriggerMapping
from .momentum import period_beams
from .names import is_reserved
from .objects import Kind, objects
from .rows import unsigned_event

Joined = Callable[[str], Candidates]

BEFORE_PRESCALE = re.compile(r"L1FTDL\((\w+)\)")
AFTER_PRESCALE = re.compile(r"L1PSNM\((\w+)\)")
SCALARS = {"experiment": "__experiment__", "run": "__run__", "production": "__production__"}
BEAMS = {"beam_energy": "beamE", "beam_px": "beamPx", "beam_py": "beamPy", "beam_pz": "beamPz"}
OBJECTS: tuple[Kind, ...] = ("photons", "tracks", "klm")


@dataclass(frozen=True)
class Made:
    """A layout, and a line for each object that the mapping names and the file has not."""

    layout: Layout
    problems: tuple[str, ...] = ()


def basf2_layout(candidates: Candidates, mapping: InputMapping, metadata: Mapping[str, Any], joined: Joined) -> Made:
    """Say how each column of the event model is made.

    Parameters
    ----------
    candidates
        The events' candidates.
    mapping
        Which columns are which object's.
    metadata
        Of the events: their beams, and whether they are data; {} only to know what there is.
    joined
        Gives the rows of another tree of the file, grouped in the same events.

    Raises
    ------
    FormatError
        The mapping names columns that there are not.
    """
    beams = period_beams(metadata)
    made: dict[str, Records] = {}
    problems: list[str] = []
    for kind in OBJECTS:
        wanted = getattr(mapping, kind)
        if wanted is None:
            continue
        records, told = objects(kind, wanted, candidates, joined, beams)
        problems.extend(told)
        if records is not None:
            made[kind] = records
    if mapping.vertices:
        fitted = FittedVertices(candidates, mapping, beams)
        if fitted.complete:
            made["vertices"] = fitted.records()
        else:
            problems.append("vertices: no columns of the pairs' dx, dy and dz, or of their tracks.")
    trigger = _trigger(candidates, mapping.trigger, metadata.get("kind"))
    if trigger:
        made["trigger"] = Records(trigger)
    made["candidates"] = _candidates(candidates, mapping)
    return Made(Layout(_scalars(candidates, beams), made), tuple(problems))


def made_layout(
    file: InputFile, candidates: Candidates, mapping: InputMapping, metadata: Mapping[str, Any], joined: Joined
) -> Made:
    """Do `basf2_layout`, and name the file in what it refuses."""
    try:
        return basf2_layout(candidates, mapping, metadata, joined)
    except FormatError as error:
        raise FormatError(f"{file.path}: {error}", error.kind) from error


def _scalars(candidates: Candidates, beams: Beams | None) -> dict[str, Values]:
    found = {
        field: Values(partial(candidates.per_event, column))
        for field, column in SCALARS.items()
        if candidates.names.find(column)
    }
    found["event"] = Values(lambda: unsigned_event(candidates.per_event("__event__")))
    weights = [name for name in ("__weight__", "generatorEventWeight") if candidates.names.find(name)]
    found["weight"] = Values(lambda: _product(candidates, weights))
    return found | _beams(candidates, beams)


def _product(candidates: Candidates, weights: list[str]) -> NDArray[np.float64]:
    """Multiply sampling weight and generator weight; an event without candidates has no sampling weight: 1."""
    product = np.ones(len(candidates.counts))
    for name in weights:
        values = candidates.per_event(name).astype(np.float64)
        product *= np.nan_to_num(values, nan=1.0) if name == "__weight__" else values
    return product


def _beams(candidates: Candidates, beams: Beams | None) -> dict[str, Values]:
    """Take the beams' four-momentum where it is complete; else scale the period's to Ecms, which keeps its boost."""
    if all(candidates.names.find(variable) for variable in BEAMS.values()):
        return {field: Values(partial(candidates.per_event, variable)) for field, variable in BEAMS.items()}
    if candidates.names.find("Ecms"):

        def scaled(index: int) -> NDArray[np.float64]:
            if beams is None:
                raise AssertionError  # only asked what there is
            return np.asarray(candidates.per_event("Ecms") / beams.sqrt_s * beams.total[index], dtype=np.float64)

        return {field: Values(partial(scaled, i)) for i, field in enumerate(BEAMS)}
    return {}


def _trigger(candidates: Candidates, wanted: TriggerMapping, kind: str | None) -> dict[str, Values]:
    """Find the lines: of data after prescale where there are both, of simulation before (it has no prescales)."""
    before = {m[1]: name for name in candidates.names.columns if (m := BEFORE_PRESCALE.fullmatch(name))}
    after = {m[1]: name for name in candidates.names.columns if (m := AFTER_PRESCALE.fullmatch(name))}
    lines = (before | after) if kind == "data" else (after | before)
    for line, column in wanted.columns.items():
        if candidates.names.find(column) is None:
            raise FormatError(
                f"mapping: trigger line {line}: no column {column!r}; {candidates.names.nearest(column)}."
            )
        lines[line] = column
    found = {line: Values(partial(_fired, candidates, column)) for line, column in lines.items()}
    return found | assumed_lines(wanted, kind, lambda: len(candidates.counts))


def _fired(candidates: Candidates, column: str) -> NDArray[np.bool_]:
    return np.asarray(candidates.per_event(column) == 1)


def assumed_lines(wanted: TriggerMapping, kind: str | None, events: Callable[[], int]) -> dict[str, Values]:
    """Give the lines that a mapping takes as fired; FormatError for data, which was triggered by something."""
    if wanted.assumed and kind == "data":
        raise FormatError("mapping: trigger lines are assumed to have fired, which data must not.")
    return {line: Values(lambda: np.ones(events(), dtype=bool)) for line in wanted.assumed}


def _candidates(candidates: Candidates, mapping: InputMapping) -> Records:
    """Give the columns of `events.candidates`: numbers only, named as in basf2 without spaces."""
    chosen = candidates.names.columns if mapping.candidates is None else mapping.candidates
    fields: dict[str, Values] = {}
    for variable in chosen:
        column = candidates.names.find(variable)
        if column is None:
            raise FormatError(f"mapping: candidates: no column {variable!r}; {candidates.names.nearest(variable)}.")
        dtype = candidates.columns.dtype(column)
        if dtype is not None and (not is_reserved(variable) or variable in CANDIDATE_COLUMNS):
            fields["".join(variable.split())] = Values(partial(candidates.per_row, variable), dtype)
    fields["best"] = Values(candidates.is_best, "bool")
    return Records(fields, lambda: candidates.counts)


CANDIDATE_COLUMNS = ("__candidate__", "__ncandidates__", "__weight__")
"""Reserved columns that `events.candidates` has too."""
