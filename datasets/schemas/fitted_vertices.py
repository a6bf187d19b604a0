"""Vertices that basf2 fitted in the ntuple step, from the columns of a pair and of its two tracks."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..frames import Beams
from .assembly import Records, Values
from .candidates import Candidates
from .mapping import InputMapping, VertexMapping
from .objects import MOMENTUM, Source, find_source

Array = NDArray[np.float64]
NEEDED = ("dx", "dy", "dz")
"""basf2's vertex position relative to the interaction point, cm."""


@dataclass(frozen=True)
class _Pair:
    """Columns of one pair: its own, by basf2's variable, and its tracks' places and fields."""

    columns: dict[str, str]
    wanted: VertexMapping


class FittedVertices:
    """The pairs of each event's best candidate.

    Parameters
    ----------
    candidates
        Where the columns are.
    mapping
        Which are a pair's, and which tracks they are.
    beams
        The period's.
    """

    def __init__(self, candidates: Candidates, mapping: InputMapping, beams: Beams | None) -> None:
        self._candidates = candidates
        tracks = mapping.tracks if isinstance(mapping.tracks, tuple) else ()
        self._tracks = [find_source("tracks", each, candidates, beams)[0] for each in tracks]
        found = [_find(each, candidates) for each in mapping.vertices]
        self._pairs = [pair for pair in found if pair is not None]
        self.complete = len(self._pairs) == len(found) and all(self._tracks)

    def records(self) -> Records:
        """Give the collection."""
        fields: dict[str, Callable[[], NDArray[Any]]] = {
            name: partial(self._own, variable) for name, variable in zip("xyz", NEEDED, strict=True)
        }
        if all("chiProb" in pair.columns for pair in self._pairs):
            fields["probability"] = partial(self._own, "chiProb")
        if all({"x_uncertainty", "y_uncertainty"} <= set(pair.columns) for pair in self._pairs):
            fields["radius_error"] = self._radius_error
        for name in ("first", "second"):
            fields[name] = partial(self._tracks_of, name, self._place)
            for axis in MOMENTUM:
                fields[f"{name}_{axis}"] = partial(self._tracks_of, name, partial(self._track, axis))
        return Records({name: Values(make) for name, make in fields.items()}, self._counts)

    @cached_property
    def _present(self) -> NDArray[np.bool_]:
        """Tell of each event and pair whether it is there: (events, pairs)."""
        return np.stack([np.isfinite(self._pair(pair, "dx")) for pair in self._pairs], axis=1)

    def _counts(self) -> NDArray[np.int64]:
        return np.asarray(self._present.sum(axis=1))

    def _pair(self, pair: _Pair, variable: str) -> Array:
        return self._candidates.per_event(pair.columns[variable]).astype(np.float64)

    def _own(self, variable: str) -> Array:
        return np.stack([self._pair(pair, variable) for pair in self._pairs], axis=1)[self._present]

    def _radius_error(self) -> Array:
        """Propagate both uncertainties; their correlation is not in ntuples."""
        x, y, x_error, y_error = (self._own(name) for name in ("dx", "dy", "x_uncertainty", "y_uncertainty"))
        radius = np.hypot(x, y)
        along = np.hypot(x * x_error, y * y_error) / np.where(radius > 0.0, radius, 1.0)
        return np.where(radius > 0.0, along, np.hypot(x_error, y_error))

    def _tracks_of(self, name: str, take: Callable[[int], NDArray[Any]]) -> NDArray[Any]:
        """Give something of the pairs' positive ("first") or negative track."""
        values = []
        for pair in self._pairs:
            one, other = pair.wanted.first, pair.wanted.second
            swapped = self._track("charge", one) < 0
            chosen, otherwise = (one, other) if name == "first" else (other, one)
            values.append(np.where(swapped, take(otherwise), take(chosen)))
        return np.stack(values, axis=1)[self._present]

    def _track(self, field: str, number: int) -> NDArray[Any]:
        source = self._source(number)
        if field not in source.fields:
            return np.ones(len(self._candidates.counts))
        names, make = source.fields[field]
        return make(*(self._candidates.per_event(name) for name in names))

    def _place(self, number: int) -> NDArray[np.int64]:
        """Give a track's place among those of `events.tracks`, which leaves out absent ones."""
        before = [self._there(each) for each in range(number)]
        return np.sum(before, axis=0, dtype=np.int64) if before else np.zeros(len(self._candidates.counts), np.int64)

    def _there(self, number: int) -> NDArray[np.bool_]:
        names = self._source(number).presence
        values = [self._candidates.per_event(name).astype(np.float64) for name in names]
        return np.asarray(np.any(np.isfinite(values), axis=0))

    def _source(self, number: int) -> Source:
        source = self._tracks[number]
        if source is None:
            raise AssertionError  # `complete` was asked before
        return source


def _find(wanted: VertexMapping, candidates: Candidates) -> _Pair | None:
    for template in wanted.names:
        named = {v: template.replace("{}", v) for v in (*NEEDED, "chiProb", "x_uncertainty", "y_uncertainty")}
        columns = {variable: name for variable, name in named.items() if candidates.names.find(name)}
        if set(NEEDED) <= set(columns):
            return _Pair(columns, wanted)
    return None
