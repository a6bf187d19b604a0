"""e+e- -> L pi+ pi-, L -> x+ x- after a flight: a model of inclusive production of a long-lived particle."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..constants import DARK_SCALAR, PION, PION_MASS
from .event_record import EventRecord
from .process import ProcessError
from .signal import Columns, Signal
from .two_body_decays import add_two_body, draw_isotropic
from .unweighting import Proposals
from .vector_decay import find_pair

Array = NDArray[np.float64]

REFERENCE = 1e-3
"""nb: the cross section of coupling 1."""


@dataclass(frozen=True)
class DisplacedPair(Signal):
    """A scalar L, two charged pions for what it is made with, and its pair; slots are L (decayed), pions, pair.

    A search for L + anything needs a spectrum: here all momenta that the energy allows come alike, evenly in all
    directions, as the efficiencies of BaBar, Phys. Rev. Lett. 114 (2015) 171801 are given over even ranges of
    transverse momentum (recalled). The cross section is 1 pb at any energy, all L decaying to the pair.

    Parameters
    ----------
    mass, lifetime
        Of L: GeV, c tau in cm.
    decay_to
        "ee", "mumu", "pipi" or "kk".
    isr
        Whether the beams radiate.
    """

    mass: float
    lifetime: float
    decay_to: str = "mumu"
    isr: bool = True
    name: str = "displaced_pair"

    def __post_init__(self) -> None:
        if self.lifetime <= 0.0:
            raise ProcessError(f"lifetime must be positive, got {self.lifetime} cm")
        if self.decay_to == "tautau":
            raise ProcessError("unknown decay 'tautau' of a long-lived particle; known are ee, mumu, pipi, kk")
        find_pair(self.decay_to, self.mass)

    @property
    def threshold(self) -> float:
        """A hundredth of a GeV above L and two pions."""
        return self.mass + 2.0 * PION_MASS + 0.01

    def propose(self, energies: Array, generator: np.random.Generator) -> Proposals:  # noqa: ARG002
        """Weigh all energies alike."""
        return (), np.full(len(energies), REFERENCE)

    def record(self, energies: Array, columns: Columns, generator: np.random.Generator) -> EventRecord:  # noqa: ARG002
        """Draw L, the pions and the pair."""
        number = len(energies)
        largest = np.sqrt((energies**2 - self.threshold**2) * (energies**2 - (2 * self.mass - self.threshold) ** 2))
        momentum = largest / (2.0 * energies) * generator.random(number)
        energy = np.hypot(momentum, self.mass)
        particle = np.concatenate(
            [energy[:, np.newaxis], momentum[:, np.newaxis] * draw_isotropic(number, generator)], axis=1
        )
        rest = -particle
        rest[:, 0] += energies
        record = EventRecord()
        flight = self.lifetime * generator.exponential(size=number)
        mother = record.add(DARK_SCALAR, particle, decayed=True, flight=flight)
        add_two_body(record, None, rest, (PION, -PION), (PION_MASS, PION_MASS), generator)
        pair = find_pair(self.decay_to, self.mass)
        code, mass = int(pair.code), float(pair.mass)
        add_two_body(record, mother, particle, (code, -code), (mass, mass), generator)
        return record
