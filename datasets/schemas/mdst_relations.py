"""basf2's relations between arrays of an event: each object's best partner."""

from collections.abc import Callable

import awkward as ak
import numpy as np
from numpy.typing import NDArray

from .columns import Columns

Counts = Callable[[], NDArray[np.int64]]


class Relation:
    """A RelationContainer: weighted links from objects of one array to objects of another.

    Parameters
    ----------
    columns
        The mdst's.
    name
        The branch's, such as "TracksToECLClusters".
    """

    def __init__(self, columns: Columns, name: str) -> None:
        self._columns = columns
        self._prefix = f"{name}/m_elements/m_elements."

    @property
    def there(self) -> bool:
        """Whether the file has it."""
        return f"{self._prefix}m_from" in self._columns.table.names

    def links(self) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]:
        """Give event, index of the one object, index of the other, and weight of each link."""
        source, target, weight = (self._columns.array(f"{self._prefix}m_{name}") for name in ("from", "to", "weights"))
        fan = ak.num(target, axis=2)
        event, _ = ak.broadcast_arrays(np.arange(len(target)), source)
        repeats = np.asarray(ak.flatten(fan))
        first = np.repeat(np.asarray(ak.flatten(source)).astype(np.int64), repeats)
        events = np.repeat(np.asarray(ak.flatten(event)).astype(np.int64), repeats)
        second = np.asarray(ak.flatten(target, axis=None)).astype(np.int64)
        return events, first, second, np.asarray(ak.flatten(weight, axis=None)).astype(np.float64)

    def partners(self, counts: NDArray[np.int64], reverse: bool = False) -> NDArray[np.int64]:
        """Give the partner of largest weight of each object, -1 for none; negative weights mark rejected matches.

        Parameters
        ----------
        counts
            Objects of each event on the near side.
        reverse
            Whether the near side is the one that links point to.
        """
        event, source, target, weight = self.links()
        near, far = (target, source) if reverse else (source, target)
        order = np.argsort(weight, kind="stable")
        order = order[weight[order] >= 0.0]
        found = np.full(int(counts.sum()), -1, dtype=np.int64)
        found[(starts(counts)[event] + near)[order]] = far[order]  # the last, heaviest, stays
        return found


def starts(counts: NDArray[np.int64]) -> NDArray[np.int64]:
    """Give the place of each event's first object among all objects."""
    return np.asarray(np.cumsum(counts) - counts)
