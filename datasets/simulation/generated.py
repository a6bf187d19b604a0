"""What a generator hands to the detector response: particles in slots, in the centre-of-mass frame."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

STABLE = 1
DECAYED = 2
NO_MOTHER = -1


@dataclass(frozen=True)
class GeneratedEvents:
    """Generated events in the e+e- centre-of-mass frame, the electron beam along +z.

    Every event has the same number of slots k (the largest multiplicity of its process); a slot whose PDG code is 0
    is empty and its momentum is 0. The final state (status 1) carries the whole four-momentum of the beams.

    Attributes
    ----------
    pdg
        (n, k) PDG codes, 0 where a slot is empty.
    momenta
        (n, k, 4) E, px, py, pz in GeV.
    mothers
        (n, k) slot of the mother, -1 for none.
    status
        (n, k) 1 stable (it enters the detector or is invisible), 2 decayed, 0 for an empty slot.
    weights
        (n,) event weights, 1 on average: an event stands for cross_section * weight / sum(weights).
    vertices
        (n, k, 3) production vertices x, y, z in cm, centre-of-mass frame, relative to the collision; None where all
        particles come from there. Only its distance from the mother's own vertex counts: a particle with a mother
        was made |vertex - mother's vertex| along the mother's flight, which the response follows in the laboratory.
    magnetic_charge
        (n,) magnetic charge of the event's monopoles (PDG code 99666, as in basf2) in units of e; None where there
        are none.
    """

    pdg: NDArray[np.int32]
    momenta: NDArray[np.float64]
    mothers: NDArray[np.int16]
    status: NDArray[np.int8]
    weights: NDArray[np.float64]
    vertices: NDArray[np.float64] | None = None
    magnetic_charge: NDArray[np.float64] | None = None

    def __len__(self) -> int:
        """Return the number of events."""
        return len(self.weights)

    @property
    def final_state(self) -> NDArray[np.bool_]:
        """(n, k) mask of the particles that are left at the end."""
        mask: NDArray[np.bool_] = self.status == STABLE
        return mask

    def select(self, rows: slice | NDArray[np.bool_] | NDArray[np.int64]) -> GeneratedEvents:
        """Give some of the events."""
        columns: dict[str, Any] = {each.name: getattr(self, each.name) for each in fields(self)}
        chosen: dict[str, Any] = {name: None if one is None else one[rows] for name, one in columns.items()}
        return GeneratedEvents(**chosen)


def prompt_events(
    pdg: NDArray[np.int32], momenta: NDArray[np.float64], weights: NDArray[np.float64] | None = None
) -> GeneratedEvents:
    """Make events whose particles all come from the collision itself and none of which decays.

    Parameters
    ----------
    pdg
        (n, k) PDG codes, 0 for an empty slot.
    momenta
        (n, k, 4) E, px, py, pz in GeV, centre-of-mass frame.
    weights
        (n,) event weights; all 1 when left out.
    """
    present = pdg != 0
    return GeneratedEvents(
        pdg=pdg.astype(np.int32),
        momenta=np.where(present[..., np.newaxis], momenta, 0.0),
        mothers=np.full(pdg.shape, NO_MOTHER, dtype=np.int16),
        status=np.where(present, STABLE, 0).astype(np.int8),
        weights=np.ones(len(pdg)) if weights is None else weights,
    )
