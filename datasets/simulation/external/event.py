"""One event of another generator's file, as it stands there, and many of them as `GeneratedEvents`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ...frames import Beams
from ..generated import DECAYED, NO_MOTHER, STABLE, GeneratedEvents
from ..response.columns import Floats

Momentum = tuple[float, float, float, float]


@dataclass(frozen=True)
class FileParticle:
    """A particle of a file's event.

    Attributes
    ----------
    pdg
        PDG code.
    momentum
        E, px, py, pz in GeV, the file's frame.
    mother
        Its place among the event's particles, -1 for none.
    stable
        Whether it is of the final state.
    flight
        Proper length c tau (cm) that it flies before it decays.
    """

    pdg: int
    momentum: Momentum
    mother: int
    stable: bool
    flight: float = 0.0


@dataclass(frozen=True)
class FileEvent:
    """An event: its weight, and its particles but for beams and a generator's notes."""

    weight: float
    particles: tuple[FileParticle, ...]

    @property
    def energy(self) -> float:
        """Energy of the final state in the file's frame, GeV."""
        return sum(each.momentum[0] for each in self.particles if each.stable)


def pack(events: Sequence[FileEvent], beams: Beams) -> GeneratedEvents:
    """Bring events to the centre-of-mass frame, the electron beam along +z, and into slots.

    Parameters
    ----------
    events
        In the frame of their file.
    beams
        The beams in that frame.
    """
    number, slots = len(events), max((len(event.particles) for event in events), default=0)
    pdg = np.zeros((number, slots), dtype=np.int32)
    momenta = np.zeros((number, slots, 4))
    mothers = np.full((number, slots), NO_MOTHER, dtype=np.int16)
    status = np.zeros((number, slots), dtype=np.int8)
    flights = np.zeros((number, slots))
    for row, event in enumerate(events):
        for slot, each in enumerate(event.particles):
            pdg[row, slot], mothers[row, slot], flights[row, slot] = each.pdg, each.mother, each.flight
            momenta[row, slot] = each.momentum
            status[row, slot] = STABLE if each.stable else DECAYED
    momenta = momenta @ beams.to_cm.T
    return GeneratedEvents(
        pdg=pdg,
        momenta=momenta,
        mothers=mothers,
        status=status,
        weights=np.array([event.weight for event in events]),
        vertices=_vertices(momenta, mothers, flights) if flights.any() else None,
    )


def _vertices(momenta: Floats, mothers: np.ndarray[tuple[int, ...], np.dtype[np.int16]], flights: Floats) -> Floats:
    """Give production vertices (cm, centre-of-mass frame): a mother's own, and her flight c tau p/m from there."""
    energy, vector = momenta[..., 0], momenta[..., 1:]
    mass = np.sqrt(np.maximum(energy**2 - np.sum(vector**2, axis=-1), 0.0))
    ratio = np.divide(flights, mass, out=np.zeros_like(flights), where=mass > 0.0)
    step = vector * ratio[..., np.newaxis]
    vertices = np.zeros_like(vector)
    rows = np.arange(len(momenta))[:, np.newaxis]
    ancestor = mothers.astype(np.int64)
    while (ancestor != NO_MOTHER).any():
        known = ancestor != NO_MOTHER
        vertices += np.where(known[..., np.newaxis], step[rows, ancestor], 0.0)
        ancestor = np.where(known, mothers[rows, ancestor], NO_MOTHER)
    return vertices
