"""Two-body kinematics: momentum, volume element, beams and back-to-back pairs."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..amplitudes.compilation import Component, shared
from .boosts import Floats, massive


@shared
def breakup_momentum(total: Component, first: Component, second: Component) -> Component:
    """Return the momentum of two particles in the rest frame of a total mass, GeV; 0 below threshold.

    Parameters
    ----------
    total, first, second
        Masses in GeV. The square root is taken of a product of sums and differences of masses (Kallen's function in
        factors), which stays accurate at threshold.
    """
    above = (total - first - second) * (total + first + second)
    beside = (total - first + second) * (total + first - second)
    return np.sqrt(np.maximum(above * beside, 0.0)) / (2.0 * total)


def two_body_volume(total: Floats, momentum: Floats) -> Floats:
    """Return the two-body phase space integrated over all angles, |p|/(4 pi M).

    Normalised as the integral of d^3p1/((2 pi)^3 2E1) d^3p2/((2 pi)^3 2E2) (2 pi)^4 delta^4.
    """
    return np.asarray(momentum / (4.0 * np.pi * total), dtype=np.float64)


def back_to_back(
    directions: Floats, momentum: Floats, first: Floats | float, second: Floats | float
) -> tuple[Floats, Floats]:
    """Return both (..., 4) momenta in their rest frame, the first one along `directions` (..., 3)."""
    vectors = directions * np.asarray(momentum)[..., np.newaxis]
    return massive(vectors, first), massive(-vectors, second)


def beams(sqrt_s: float, mass: float) -> NDArray[np.float64]:
    """Return (2, 4) momenta of electron (along +z) and positron in the centre-of-mass frame, GeV."""
    energy = 0.5 * sqrt_s
    momentum = np.sqrt((energy - mass) * (energy + mass))
    return np.array([[energy, 0.0, 0.0, momentum], [energy, 0.0, 0.0, -momentum]])


def beams_of(energies: Floats, mass: float) -> Floats:
    """Return (n, 2, 4) momenta of electron (along +z) and positron of (n,) total energies, GeV."""
    half = 0.5 * energies
    momentum = np.sqrt((half - mass) * (half + mass))
    both = np.zeros((len(energies), 2, 4))
    both[..., 0] = half[:, np.newaxis]
    both[:, 0, 3], both[:, 1, 3] = momentum, -momentum
    return both
