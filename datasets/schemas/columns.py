"""The columns of a range of a table, each read once, when it is first touched."""

from collections.abc import Mapping, Sequence
from typing import Any

import awkward as ak
import numpy as np
from numpy.typing import NDArray

from ..files import Table
from .assembly import Make, Values, flat
from .contract import Access

DTYPES = {
    "double": "float64",
    "float": "float32",
    "bool": "bool",
    "int8_t": "int8",
    "int16_t": "int16",
    "int32_t": "int32",
    "int64_t": "int64",
    "uint8_t": "uint8",
    "uint16_t": "uint16",
    "uint32_t": "uint32",
    "uint64_t": "uint64",
    "Double32_t": "float64",
    "std::int32_t": "int32",
    "std::int64_t": "int64",
    "std::uint32_t": "uint32",
}
"""numpy's name of ROOT's types; Arrow's are numpy's, but for `ARROW`."""

ARROW = {"halffloat": "float16", "float": "float32", "double": "float64"}


class Columns:
    """Rows [start, stop) of a table.

    Parameters
    ----------
    table
        Where they are.
    start, stop
        Which.
    log
        Takes an `Access` for each column that is read.
    known
        Columns that were read before.
    """

    def __init__(
        self,
        table: Table,
        start: int,
        stop: int,
        log: list[Any] | None = None,
        known: Mapping[str, NDArray[Any]] | None = None,
    ) -> None:
        self.table = table
        self.start = start
        self.stop = stop
        self.log = log
        self._read: dict[str, ak.Array] = {name: ak.Array(values) for name, values in (known or {}).items()}

    def array(self, name: str) -> ak.Array:
        """Give a column as it is, one item a row."""
        if name not in self._read:
            if self.log is not None:
                self.log.append(Access(name))
            self._read[name] = self.table.read(name, self.start, self.stop)
        return self._read[name]

    def flat(self, name: str) -> NDArray[Any]:
        """Give the values of a column in a row, without its lists."""
        return flat(self.array(name))

    def dtype(self, name: str) -> str | None:
        """Give numpy's name of a column's type (of its items, for lists); None if it is not a number."""
        text = self.table.type(name).removesuffix("[]").removeprefix("std::vector<").removesuffix(">")
        found = DTYPES.get(text) or ARROW.get(text) or text
        try:
            return np.dtype(found).name if np.dtype(found).kind in "iufb" else None
        except (TypeError, ValueError):  # a class's name: "map<string,int>", a group of members
            return None

    def values(self, name: str) -> Values:
        """Give a column as a column of the event model."""
        return Values(lambda: self.flat(name))

    def counts(self, counter: str, column: str) -> Make:
        """Give the lengths of lists: from their counter where there is one, else from one of the columns."""
        if counter in self.table.names:
            return lambda: self.flat(counter)
        return lambda: np.asarray(ak.num(self.array(column), axis=1))

    def first_of(self, names: Sequence[str]) -> str | None:
        """Give the first of `names` that the table has."""
        return next((name for name in names if name in self.table.names), None)


class Picked(Columns):
    """Some rows of other columns, in any order.

    Parameters
    ----------
    whole
        All rows.
    rows
        Which of them.
    """

    def __init__(self, whole: Columns, rows: NDArray[np.int64]) -> None:
        super().__init__(whole.table, whole.start, whole.stop, whole.log)
        self._rows = rows

    def flat(self, name: str) -> NDArray[Any]:
        """Give the picked values of a column."""
        return super().flat(name)[self._rows]
