"""Arrays of objects in a basf2 mdst, and what several collections take from them."""

from functools import cached_property
from typing import Any

import awkward as ak
import numpy as np
from numpy.typing import NDArray

from .columns import Columns
from .mdst_helix import Helix
from .mdst_relations import starts

PHOTON_HYPOTHESIS = 0x10
"""Bit of ECLCluster's hypotheses: the cluster was made as one of n photons (0x20: of a neutral hadron)."""


class Array:
    """One array of an mdst, such as "ECLClusters".

    Parameters
    ----------
    columns
        The mdst's.
    name
        The array's.
    """

    def __init__(self, columns: Columns, name: str) -> None:
        self.columns = columns
        self.name = name

    def column(self, member: str) -> str:
        """Name a member's branch."""
        return f"{self.name}/{self.name}.m_{member}"

    def has(self, member: str) -> bool:
        """Tell whether the file has a member."""
        return self.column(member) in self.columns.table.names

    def flat(self, member: str) -> NDArray[Any]:
        """Give a member of all objects of all events in a row."""
        return self.columns.flat(self.column(member))

    @cached_property
    def counts(self) -> NDArray[np.int64]:
        """Objects of each event."""
        return self.columns.flat(self.name).astype(np.int64)

    @cached_property
    def starts(self) -> NDArray[np.int64]:
        """Place of each event's first object among all."""
        return starts(self.counts)

    def absolute(self, local: NDArray[np.int64], counts: NDArray[np.int64]) -> NDArray[np.int64]:
        """Turn indices within events, of objects that come `counts` an event, into places among all; -1 stays."""
        place = local + np.repeat(self.starts, counts)
        return np.where(local < 0, -1, place)


def fixed_arrays(member: ak.Array, length: int) -> NDArray[Any]:
    """Give a member that is an array of fixed length, one row an object."""
    return np.asarray(ak.flatten(member, axis=None)).reshape(-1, length)


def helices(fits: Array, place: NDArray[np.int64]) -> Helix:
    """Give the helices of the fits at `place`; NaN for -1."""
    parameters = fixed_arrays(fits.columns.array(fits.column("tau[5]")), 5).astype(np.float64)
    chosen = np.vstack([parameters, np.full(5, np.nan)])[place]
    return Helix(*chosen.T)
