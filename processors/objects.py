"""Objects of a chunk's events (tracks, photons, ...) as flat columns, each object with the number of its event."""

from collections.abc import Callable, Mapping
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.floating[Any]]
Mask = NDArray[np.bool_]
Index = NDArray[np.int64]


class Objects:
    """Objects in flat columns, ordered by event; a column is made when it is first asked for, and kept.

    Own code beside awkward: after the first cuts few events are left, and there a jagged operation costs some hundred
    microseconds of overhead, a flat one some microseconds. With many searches and shifts that is most of the time.

    Parameters
    ----------
    column
        Gives a column by its field's name (units of `datasets/event_model.py`).
    counts
        Number of objects of each event.
    """

    def __init__(self, column: Callable[[str], NDArray[np.generic]], counts: Index) -> None:
        self._column = column
        self.counts = counts
        self.event: Index = np.repeat(np.arange(len(counts)), counts)
        self._kept: dict[str, NDArray[np.generic]] = {}

    def __len__(self) -> int:
        return len(self.event)

    def __getitem__(self, name: str) -> Array:
        """Give a column in double precision."""
        return np.asarray(self.column(name), dtype=np.float64)

    def column(self, name: str) -> NDArray[np.generic]:
        """Give a column as it is stored."""
        if name not in self._kept:
            self._kept[name] = self._column(name)
        return self._kept[name]

    @property
    def events(self) -> int:
        """Number of events."""
        return len(self.counts)

    @cached_property
    def first(self) -> Index:
        """Position of each event's first object."""
        return np.cumsum(self.counts) - self.counts

    def keep(self, chosen: Mask) -> "Objects":
        """Keep some objects of the same events."""
        return self._take(np.flatnonzero(chosen), self.count(chosen))

    def of(self, events: Index) -> "Objects":
        """Keep all objects of some events (ascending numbers), which are numbered anew."""
        counts = self.counts[events]
        before = np.cumsum(counts) - counts
        return self._take(np.repeat(self.first[events] - before, counts) + np.arange(counts.sum()), counts)

    def ordered(self, by: Array) -> "Objects":
        """Order each event's objects by falling `by`; what is not a number comes first, lest a veto overlook it."""
        key = np.where(np.isnan(by), -np.inf, -by)
        return self._take(np.lexsort((key, self.event)), self.counts)

    def with_columns(self, columns: Mapping[str, NDArray[np.generic]]) -> "Objects":
        """Replace or add columns."""
        made = Objects(self.column, self.counts)
        made._kept.update(columns)
        return made

    def numbered(self) -> "Objects":
        """Add a column `index`: each object's position in its event, which it keeps when others are left out."""
        return self.with_columns({"index": np.arange(len(self)) - self.first[self.event]})

    def pairs_with(self, others: "Objects") -> tuple[Index, Index]:
        """Give positions of all combinations of an object and one of `others` in the same event, ordered by event."""
        mine = np.repeat(np.arange(len(self)), others.counts[self.event])
        counts = others.counts[self.event]
        before = np.cumsum(counts) - counts
        theirs = np.arange(len(mine)) - np.repeat(before, counts) + np.repeat(others.first[self.event], counts)
        return mine, theirs

    def count(self, chosen: Mask) -> Index:
        """Count each event's chosen objects."""
        return np.bincount(self.event[chosen], minlength=self.events).astype(np.int64)

    def any(self, chosen: Mask) -> Mask:
        """Tell which events have a chosen object."""
        return np.asarray(self.count(chosen) > 0)

    def sum(self, values: Array) -> Array:
        """Add values up by event."""
        return np.asarray(np.bincount(self.event, weights=values, minlength=self.events), dtype=np.float64)

    def nth(self, values: Array, number: int) -> Array:
        """Give the value of each event's object `number` (from 0); NaN where there are fewer."""
        there = self.counts > number
        result = np.full(self.events, np.nan)
        result[there] = values[self.first[there] + number]
        return result

    def table(self, values: Array, number: int) -> Array:
        """Give the values of each event's first `number` objects as (events, number); NaN where there are fewer."""
        return np.stack([self.nth(values, each) for each in range(number)], axis=-1)

    def _take(self, index: Index, counts: Index) -> "Objects":
        return Objects(lambda name: self.column(name)[index], counts)
