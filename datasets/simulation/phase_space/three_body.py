"""Three particles in the rest frame of their sum: a pair of them, then its two members."""

from __future__ import annotations

import numpy as np

from .boosts import Floats, boost_from_rest, direction
from .two_body import back_to_back, breakup_momentum


def draw_three_bodies(
    totals: Floats, masses: tuple[float, float, float], generator: np.random.Generator
) -> tuple[Floats, Floats]:
    """Draw momenta of three particles, evenly in the invariant mass of the first two and in all angles.

    Parameters
    ----------
    totals
        (n,) masses of the sums, GeV, above threshold.
    masses
        GeV.
    generator
        Random generator.

    Returns
    -------
    momenta
        (n, 3, 4) in the rest frame of each sum, GeV.
    volume
        (n,) three-body phase-space element of each draw up to a constant, GeV^2.
    """
    span = totals - sum(masses)
    pair_mass = masses[0] + masses[1] + span * generator.random(len(totals))
    momenta, element = split_twice(totals, pair_mass, masses, generator)
    return momenta, span * element


def split_twice(
    totals: Floats, pair_mass: Floats, masses: tuple[float, float, float], generator: np.random.Generator
) -> tuple[Floats, Floats]:
    """Split sums into a pair of given mass and a third particle, and the pair into two, evenly in all angles.

    Returns
    -------
    momenta
        (n, 3, 4) in the rest frame of each sum, GeV.
    element
        (n,) three-body phase space for an interval of the pair's mass up to a constant, GeV.
    """
    u = generator.random((4, len(totals)))
    outer = breakup_momentum(totals, pair_mass, masses[2])
    inner = breakup_momentum(pair_mass, masses[0], masses[1])
    pair, third = back_to_back(direction(2.0 * u[0] - 1.0, 2.0 * np.pi * u[1]), outer, pair_mass, masses[2])
    unit = direction(2.0 * u[2] - 1.0, 2.0 * np.pi * u[3])
    first, second = (boost_from_rest(each, pair) for each in back_to_back(unit, inner, masses[0], masses[1]))
    return np.stack([first, second, third], axis=1), outer * inner / totals
