"""e+e- -> gamma A' with an A' that decays to a pair of leptons or mesons."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..constants import DARK_PHOTON, HBAR_C
from .dark_photon import DarkPhoton
from .dark_photon_widths import branching_fraction, total_width
from .event_record import EventRecord
from .process import ProcessError
from .vector_decay import add_pair, find_pair, radiation_tensor

Array = NDArray[np.float64]

PROMPT = 1e-6
"""cm of c tau below which no flight is followed: boosts are 500 at most, and vertices known to some 10 um."""


@dataclass(frozen=True)
class DarkPhotonVisible(DarkPhoton):
    """A photon and a narrow A'; slots are photon, A' (decayed) and its pair, the negative lepton first.

    The cross section includes the branching fraction of an A' that decays only to what it mixes into. So does the
    lifetime, hbar c/Gamma with Gamma as the square of the mixing: for a small one the pair comes from a vertex away.

    Parameters
    ----------
    mass, maximum_cosine, minimum_energy, isr
        As of `DarkPhoton`.
    decay_to
        "ee", "mumu", "pipi" or "kk".
    coupling
        Kinetic mixing: cross section and lifetime are for it.
    """

    decay_to: str = "mumu"
    coupling: float = 1.0
    name: str = "dark_photon_visible"

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.decay_to == "tautau":
            raise ProcessError("dark photons to tautau are not generated; known are ee, mumu, pipi, kk")
        find_pair(self.decay_to, self.mass)
        if self.coupling <= 0.0:
            raise ProcessError(f"coupling must be positive, got {self.coupling}")

    @property
    def branching(self) -> float:
        """Fraction of the A' that decay so."""
        return branching_fraction(self.mass, self.decay_to)

    @property
    def lifetime(self) -> float:
        """Return c tau in cm."""
        return HBAR_C / (self.coupling**2 * total_width(self.mass))

    def born_cross_section(self, s: Array) -> Array:
        """Return sigma in nb at the mixing, branching fraction included, at s in GeV^2."""
        return self.coupling**2 * super().born_cross_section(s)

    def decay(self, record: EventRecord, vector: Array, energies: Array, generator: np.random.Generator) -> None:
        """Add the A' and the pair, at angles given by the polarisation."""
        flight = self.lifetime * generator.exponential(size=len(vector)) if self.lifetime > PROMPT else None
        mother = record.add(DARK_PHOTON, vector, decayed=True, flight=flight)
        tensor = radiation_tensor(vector, energies)
        add_pair(record, mother, vector, tensor, find_pair(self.decay_to, self.mass), generator)
