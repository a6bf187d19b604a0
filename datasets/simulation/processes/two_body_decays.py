"""Two-body decays of particles in flight, added to an event record."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..generated import NO_MOTHER
from ..phase_space.boosts import boost_from_rest, direction, mass_squared
from ..phase_space.two_body import back_to_back, breakup_momentum
from .event_record import EventRecord, Integers

Array = NDArray[np.float64]
Code = int | Integers


def draw_isotropic(number: int, generator: np.random.Generator) -> Array:
    """Return (n, 3) unit vectors, evenly distributed."""
    return direction(2.0 * generator.random(number) - 1.0, 2.0 * np.pi * generator.random(number))


def add_two_body(
    record: EventRecord,
    mother: int | None,
    momenta: Array,
    codes: tuple[Code, Code],
    masses: tuple[float | Array, float | Array],
    generator: np.random.Generator,
    *,
    unit: Array | None = None,
    flights: tuple[float | None, float | None] = (None, None),
    decayed: tuple[bool, bool] = (False, False),
) -> tuple[tuple[int, Array], tuple[int, Array]]:
    """Add both daughters of particles of (n, 4) momenta (GeV, CM frame).

    Parameters
    ----------
    mother
        Slot of the particle, None for a system that is none.
    codes, masses
        PDG codes and masses (GeV) of the daughters.
    unit
        (n, 3) direction of the first one in the rest frame; even where absent.
    flights
        c tau (cm) of daughters that decay away from where they are made; these count as decayed.
    decayed
        Which of the daughters decay where they are made.

    Returns
    -------
    slot and momenta of both
    """
    number = len(momenta)
    along = draw_isotropic(number, generator) if unit is None else unit
    momentum = breakup_momentum(np.sqrt(mass_squared(momenta)), *masses)
    added = []
    for index, daughter in enumerate(back_to_back(along, momentum, *masses)):
        moving, mean = boost_from_rest(daughter, momenta), flights[index]
        flight = None if mean is None else mean * generator.exponential(size=number)
        slot = record.add(
            codes[index],
            moving,
            NO_MOTHER if mother is None else mother,
            decayed=decayed[index] or mean is not None,
            flight=flight,
        )
        added.append((slot, moving))
    return added[0], added[1]
