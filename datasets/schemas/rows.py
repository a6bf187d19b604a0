"""Regrouping rows of candidates into events: contiguous blocks of one file, read on past the end of a chunk."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import awkward as ak
import numpy as np
from numpy.typing import NDArray

from .columns import Columns

EVENT_KEY = ("__experiment__", "__run__", "__event__", "__production__")
CANDIDATE = "__candidate__"
NUMBER = "__ncandidates__"
SIGNAL_SIDE = "__signalSideCandidate__"
READ_ON = 256  # rows beyond a chunk that are looked at first; twice as many each time that is not enough


@dataclass(frozen=True)
class EventRows:
    """The rows of the events that a chunk owns.

    Attributes
    ----------
    start, stop
        Rows of the first event's first and past the last event's last candidate.
    counts
        Candidates of each event.
    keys
        The columns that told events apart, for these rows: they need not be read again.
    """

    start: int
    stop: int
    counts: NDArray[np.int64]
    keys: Mapping[str, NDArray[np.int64]] = field(default_factory=dict)


def begins(keys: Mapping[str, NDArray[Any]]) -> NDArray[np.bool_]:
    """Tell which rows after the first begin an event.

    Notes
    -----
    The key alone does not do: simulations reuse it, and two such events may follow each other. Within an event the
    candidate's number rises (with holes where candidates were sampled), so where it does not, an event begins. Inside
    a loop over the rest of events the pair (signal side's number, number) rises, and the number of candidates varies.
    """
    looped = SIGNAL_SIDE in keys
    constant = [name for name in (*EVENT_KEY, *(() if looped else (NUMBER,))) if name in keys]
    first = np.zeros(max(len(next(iter(keys.values()))) - 1, 0), dtype=bool)
    for name in constant:
        first |= keys[name][1:] != keys[name][:-1]
    if CANDIDATE not in keys:
        return np.ones_like(first)
    stalls = keys[CANDIDATE][1:] <= keys[CANDIDATE][:-1]
    if looped:
        side = keys[SIGNAL_SIDE]
        stalls = (side[1:] < side[:-1]) | ((side[1:] == side[:-1]) & stalls)
    return first | stalls


def key_columns(columns: Columns) -> tuple[str, ...]:
    """Name the columns that tell events apart, as far as the table has them."""
    return tuple(n for n in (*EVENT_KEY, CANDIDATE, NUMBER, SIGNAL_SIDE) if n in columns.table.names)


def owned_rows(wanted: Columns) -> EventRows:
    """Find the rows of the events whose first row lies in the range of `wanted`.

    The row before tells whether an event begins with the first row; rows beyond are read until the last event ends.
    """
    table, start, stop = wanted.table, wanted.start, wanted.stop
    names = key_columns(wanted)
    before = max(start - 1, 0)
    beyond, step = stop, READ_ON
    keys: dict[str, NDArray[Any]] = {name: np.array([], dtype=np.int64) for name in names}
    first = np.array([], dtype=np.int64)
    reached = before
    while reached < table.entries and start < stop:
        beyond = min(beyond + step, table.entries)
        more = Columns(table, reached, beyond, wanted.log if reached == before else None)
        keys = {name: np.concatenate([keys[name], more.flat(name).astype(np.int64)]) for name in names}
        reached, step = beyond, 2 * step
        first = np.flatnonzero(begins(keys)) + before + 1
        if np.any(first >= stop):
            break
    if start == 0:
        first = np.concatenate([[0], first])
    own = first[(first >= start) & (first < stop)]
    if not len(own):
        return EventRows(start, start, np.array([], dtype=np.int64))
    later = first[first >= stop]
    end = int(later[0]) if len(later) else table.entries
    known = {name: values[int(own[0]) - before : end - before] for name, values in keys.items()}
    return EventRows(int(own[0]), end, np.diff(np.append(own, end)), known)


def unsigned_event(numbers: NDArray[Any]) -> NDArray[np.int64]:
    """Give event numbers as they are meant: releases before 2022 wrote those above 2^31 as negative int32."""
    return np.asarray(numbers).astype(np.int64) & 0xFFFFFFFF


def best_rows(counts: NDArray[np.int64], score: NDArray[Any] | None) -> NDArray[np.int64]:
    """Give each event's best row, -1 for an event without rows.

    Parameters
    ----------
    counts
        Rows of each event.
    score
        The highest is the best, NaN the worst, the first of equals; the first row for None.
    """
    offsets = np.concatenate([[0], np.cumsum(counts)])[:-1]
    place = np.zeros(len(counts), dtype=np.int64)
    if score is not None:
        ranked = ak.unflatten(np.where(np.isnan(score), -np.inf, score), counts)
        place = np.asarray(ak.fill_none(ak.argmax(ranked, axis=1), 0))
    return np.where(counts > 0, offsets + place, -1)
