"""Putting an event record together slot by slot: particles, their mothers, whether and where they decayed."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..constants import PHOTON
from ..generated import DECAYED, NO_MOTHER, STABLE, GeneratedEvents
from ..phase_space.boosts import boost_from_rest, mass_squared, turn

Array = NDArray[np.float64]
Integers = NDArray[np.int32]

SMALLEST_PHOTON = 1e-3
"""GeV: softer photons are no particles of the event (their momentum stays below any resolution)."""


class EventRecord:
    """Slots of n events in the CM frame, added one after the other, mothers before their daughters."""

    def __init__(self) -> None:
        self._pdg: list[Integers] = []
        self._momenta: list[Array] = []
        self._mothers: list[int] = []
        self._status: list[int] = []
        self._flights: list[Array | None] = []
        self.magnetic_charge: float | None = None
        """Of the events' monopoles, in e; None where there are none."""

    def add(
        self,
        pdg: int | Integers,
        momenta: Array,
        mother: int = NO_MOTHER,
        *,
        decayed: bool = False,
        flight: Array | None = None,
    ) -> int:
        """Add a slot: PDG code(s), 0 where it is empty, and (n, 4) momenta in GeV; its number comes back.

        `flight` is the proper time (n,) of what decays away from where it was made, times c, in cm.
        """
        codes = np.broadcast_to(np.asarray(pdg, dtype=np.int32), (len(momenta),))
        self._pdg.append(codes)
        self._momenta.append(momenta)
        self._mothers.append(mother)
        self._status.append(DECAYED if decayed else STABLE)
        self._flights.append(flight)
        return len(self._pdg) - 1

    def move(self, axes: Array, system: Array) -> None:
        """Take all slots so far to the CM frame from the rest frame of (n, 4) `system`, z along (n, 3) `axes`."""
        self._momenta = [boost_from_rest(turn(each, axes), system) for each in self._momenta]

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
            vertices=self._vertices(),
            magnetic_charge=None if self.magnetic_charge is None else np.full(len(weights), self.magnetic_charge),
        )

    def _vertices(self) -> Array | None:
        """Follow every flight; None where there is none."""
        if all(flight is None for flight in self._flights):
            return None
        points: list[Array] = []
        for mother in self._mothers:
            start = np.zeros((len(self._momenta[0]), 3)) if mother == NO_MOTHER else points[mother]
            flight = None if mother == NO_MOTHER else self._flights[mother]
            if flight is not None:
                momenta = self._momenta[mother]
                start = start + (flight / np.sqrt(mass_squared(momenta)))[:, np.newaxis] * momenta[:, 1:]
            points.append(start)
        return np.stack(points, axis=1)
