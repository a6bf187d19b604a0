"""Joining another tree of the same file to the events: rows differ between trees, the event key is what they share."""

from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ..files import Table
from .candidates import Candidates
from .columns import Columns, Picked
from .contract import FormatError
from .mapping import Best
from .names import Names
from .rows import EVENT_KEY, begins, key_columns


class Joined(Candidates):
    """The rows of another tree grouped in the events of `main`; nothing is read before a column is touched.

    Parameters
    ----------
    main
        Candidates that make the events.
    table
        The other tree.
    escaped
        Whether its names are escaped.
    """

    def __init__(self, main: Candidates, table: Table, escaped: bool) -> None:
        names = Names(table.order, escaped)
        super().__init__(Columns(table, 0, 0), names, Best(), np.array([], dtype=np.int64))
        self._main = main

    @cached_property
    def _found(self) -> Candidates:
        return join(self._main, self.columns.table, self.names)

    @cached_property
    def counts(self) -> NDArray[np.int64]:
        """Rows of each event."""
        return self._found.counts

    def per_row(self, variable: str) -> NDArray[Any]:
        """Give a variable of every row."""
        return self._found.per_row(variable)


def join(main: Candidates, table: Table, names: Names) -> Candidates:
    """Give the rows of another tree grouped in the events of `main`; events that it lacks have none.

    Notes
    -----
    All keys of the other tree are read for each chunk, since nothing tells where in it the chunk's events are.

    Raises
    ------
    FormatError
        The key of one of these events is there several times, so that nothing tells which rows are its.
    """
    whole = Columns(table, 0, table.entries, main.columns.log)
    keys = {name: whole.flat(name).astype(np.int64) for name in key_columns(whole)}
    first = np.concatenate([[0], np.flatnonzero(begins(keys)) + 1]) if table.entries else np.array([], dtype=np.int64)
    lengths = np.diff(np.append(first, table.entries))
    shared = [name for name in EVENT_KEY if name in keys and main.names.find(name)]
    blocks = pd.MultiIndex.from_arrays([keys[name][first] for name in shared])
    events = pd.MultiIndex.from_arrays([main.per_event(name).astype(np.int64) for name in shared])
    _refuse_ambiguous(blocks, events, shared)
    place = blocks[~blocks.duplicated(keep=False)].get_indexer(events)
    place = np.append(np.flatnonzero(~blocks.duplicated(keep=False)), -1)[place]
    counts = np.where(place >= 0, np.append(lengths, 0)[place], 0)
    rows = _runs(np.append(first, 0)[place], counts)
    return Candidates(Picked(whole, rows), names, Best(), counts)


def _refuse_ambiguous(blocks: pd.MultiIndex, events: pd.MultiIndex, shared: list[str]) -> None:
    for index in (events, blocks):
        repeated = index[index.duplicated()].intersection(events)
        if len(repeated):
            key = ", ".join(f"{name} {value}" for name, value in zip(shared, repeated[0], strict=True))
            raise FormatError(
                f"trees cannot be joined: several events have {key}.\n"
                "Simulations reuse numbers; keep samples of different productions in files of their own."
            )


def _runs(starts: NDArray[np.int64], lengths: NDArray[np.int64]) -> NDArray[np.int64]:
    """Give start, start + 1, ... of each run, one after the other."""
    before = np.concatenate([[0], np.cumsum(lengths)[:-1]]) if len(lengths) else lengths
    return np.repeat(starts - before, lengths) + np.arange(int(lengths.sum()))
