"""e+e- -> gamma A' with an A' that decays to a pair of leptons or mesons."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..constants import DARK_PHOTON
from .dark_photon import DarkPhoton
from .dark_photon_widths import branching_fraction
from .event_record import EventRecord
from .process import ProcessError
from .vector_decay import add_pair, find_pair, radiation_tensor

Array = NDArray[np.float64]


@dataclass(frozen=True)
class DarkPhotonVisible(DarkPhoton):
    """A photon and a prompt, narrow A'; slots are photon, A' (decayed) and its pair, the negative lepton first.

    The cross section includes the branching fraction of an A' that decays only to what it mixes into.

    Parameters
    ----------
    mass, maximum_cosine, minimum_energy, isr
        As of `DarkPhoton`.
    decay_to
        "ee", "mumu", "pipi" or "kk".
    """

    decay_to: str = "mumu"
    name: str = "dark_photon_visible"

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.decay_to == "tautau":
            raise ProcessError("dark photons to tautau are not generated; known are ee, mumu, pipi, kk")
        find_pair(self.decay_to, self.mass)

    @property
    def branching(self) -> float:
        """Fraction of the A' that decay so."""
        return branching_fraction(self.mass, self.decay_to)

    def decay(self, record: EventRecord, vector: Array, energies: Array, generator: np.random.Generator) -> None:
        """Add the A' and the pair, at angles given by the polarisation."""
        mother = record.add(DARK_PHOTON, vector, decayed=True)
        tensor = radiation_tensor(vector, energies)
        add_pair(record, mother, vector, tensor, find_pair(self.decay_to, self.mass), generator)
