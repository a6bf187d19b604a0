"""e+e- -> gamma A' with an A' that leaves nothing."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..constants import DARK_PHOTON
from .dark_photon import DarkPhoton
from .event_record import EventRecord
from .process import ProcessError
from .vector_decay import add_pair, find_pair, radiation_tensor

Array = NDArray[np.float64]


@dataclass(frozen=True)
class DarkPhotonInvisible(DarkPhoton):
    """A photon and an A' that escapes, or decays to dark matter; all of them do. Slots are photon, A', chi, anti-chi.

    Parameters
    ----------
    mass, maximum_cosine, minimum_energy, isr
        As of `DarkPhoton`.
    dark_mass
        Mass of a fermionic chi (GeV) that the A' decays to; 0 for an A' that is left as it is.
    """

    dark_mass: float = 0.0
    name: str = "dark_photon_invisible"

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.dark_mass < 0.0:
            raise ProcessError(f"dark_mass must not be negative, got {self.dark_mass} GeV")
        if self.dark_mass:
            find_pair("chichi", self.mass, self.dark_mass)

    def decay(self, record: EventRecord, vector: Array, energies: Array, generator: np.random.Generator) -> None:
        """Add the A' and, where it has a mass, the dark matter."""
        mother = record.add(DARK_PHOTON, vector, decayed=self.dark_mass > 0.0)
        if self.dark_mass:
            pair = find_pair("chichi", self.mass, self.dark_mass)
            add_pair(record, mother, vector, radiation_tensor(vector, energies), pair, generator)
