"""Candidates of an analyst's reconstruction: rows grouped in events, and one best row an event."""

from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .columns import Columns
from .contract import FormatError
from .mapping import Best
from .names import Names
from .rows import best_rows


class Candidates:
    """Candidates by event, whatever the layout: one row a candidate, or one entry an event with lists.

    Parameters
    ----------
    columns
        The columns, over rows or over entries.
    names
        Their variables.
    best
        Which candidate is the best.
    counts
        Candidates of each event, where entries are rows; None where entries are events.
    counter
        The column with the number of candidates, where entries are events.
    """

    def __init__(
        self,
        columns: Columns,
        names: Names,
        best: Best,
        counts: NDArray[np.int64] | None = None,
        counter: str | None = None,
    ) -> None:
        self.columns = columns
        self.names = names
        self._best = best
        self._rows = counts
        self._counter = counter
        self.check_best()

    def check_best(self) -> None:
        """Refuse a mapping that ranks candidates by a variable that there is not."""
        variable = self._best.highest or self._best.lowest
        if variable is not None and self.names.find(variable) is None:
            raise FormatError(
                f"no column {variable!r} to choose the best candidate by; {self.names.nearest(variable)}."
            )

    @cached_property
    def counts(self) -> NDArray[np.int64]:
        """Candidates of each event."""
        if self._rows is not None:
            return self._rows
        if self._counter is None:
            return np.ones(self.columns.stop - self.columns.start, dtype=np.int64)
        return self.columns.flat(self._counter).astype(np.int64)

    @cached_property
    def best(self) -> NDArray[np.int64]:
        """Row of each event's best candidate, -1 for none."""
        variable = self._best.highest or self._best.lowest
        if variable is None:
            return best_rows(self.counts, None)
        score = self.per_row(variable).astype(np.float64)
        return best_rows(self.counts, score if self._best.highest else -score)

    def is_best(self) -> NDArray[np.bool_]:
        """Tell of each row whether it is its event's best."""
        flags = np.zeros(int(self.counts.sum()), dtype=bool)
        flags[self.best[self.best >= 0]] = True
        return flags

    def per_row(self, variable: str) -> NDArray[Any]:
        """Give a variable of every candidate; an event's variable is repeated for each of its candidates."""
        column = self._column(variable)
        values = self.columns.flat(column)
        return np.repeat(values, self.counts) if self._of_event(column) else values

    def per_event(self, variable: str) -> NDArray[Any]:
        """Give a variable of every event: of its best candidate, unless it is the event's own; NaN without one."""
        column = self._column(variable)
        values = self.columns.flat(column)
        if self._of_event(column):
            return values
        if not np.any(self.best < 0):
            return values[self.best]
        return np.append(values.astype(np.float64), np.nan)[self.best]  # -1 takes the last

    def _of_event(self, column: str) -> bool:
        return self._rows is None and not self.columns.table.type(column).endswith("[]")

    def _column(self, variable: str) -> str:
        column = self.names.find(variable)
        if column is None:
            raise FormatError(f"no column {variable!r}; {self.names.nearest(variable)}.")
        return column
