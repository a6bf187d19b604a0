"""e+e- -> mu+mu- Z' with a Z' that leaves nothing."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..constants import ZPRIME
from ..phase_space.boosts import Floats
from .event_record import EventRecord
from .zprime import Zprime


@dataclass(frozen=True)
class ZprimeInvisible(Zprime):
    """Slots are mu-, mu+, Z'; the cross section is that of the production, whatever the invisible fraction."""

    name: str = "zprime_invisible"

    def decay(self, record: EventRecord, energies: Floats, momenta: Floats, generator: np.random.Generator) -> None:  # noqa: ARG002
        """Add the Z'."""
        record.add(ZPRIME, momenta[:, 2])
