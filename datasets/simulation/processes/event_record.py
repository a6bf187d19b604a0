"""Putting an event record together slot by slot: particles, their mothers, and whether they decayed."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..constants import PHOTON
from ..generated import DECAYED, NO_MOTHER, STABLE, GeneratedEvents

Array = NDArray[np.float64]
Integers = NDArray[np.int32]

SMALLEST_PHOTON = 1e-3
"""GeV: softer photons are no particles of the event (their momentum stays below any resolution)."""


class EventRecord:
    """Slots of n events in the CM frame, added one after the other."""

    def __init__(self) -> None:
        self._pdg: list[Integers] = []
        self._momenta: list[Array] = []
        self._mothers: list[int] = []
        self._status: list[int] = []

    def add(self, pdg: int | Integers, momenta: Array, mother: int = NO_MOTHER, *, decayed: bool = False) -> int:
        """Add a slot: PDG code(s), 0 where it is empty, and (n, 4) momenta in GeV; its number comes back."""
        codes = np.broadcast_to(np.asarray(pdg, dtype=np.int32), (len(momenta),))
        self._pdg.append(codes)
        self._momenta.append(momenta)
        self._mothers.append(mother)
        self._status.append(DECAYED if decayed else STABLE)
        return len(self._pdg) - 1

    def add_radiation(self, photons: Array) -> None:
        """Add (n, m, 4) photons, those of `SMALLEST_PHOTON` and more."""
        for each in photons.swapaxes(0, 1):
            self.add(np.where(each[:, 0] >= SMALLEST_PHOTON, np.int32(PHOTON), np.int32(0)), each)

    def events(self, weights: Array) -> GeneratedEvents:
        """Give the events of all slots."""
        pdg = np.stack(self._pdg, axis=1)
        present = pdg != 0
        return GeneratedEvents(
            pdg=pdg,
            momenta=np.where(present[..., np.newaxis], np.stack(self._momenta, axis=1), 0.0),
            mothers=np.where(present, np.array(self._mothers, dtype=np.int16), np.int16(NO_MOTHER)),
            status=np.where(present, np.array(self._status, dtype=np.int8), np.int8(0)),
            weights=weights,
        )
