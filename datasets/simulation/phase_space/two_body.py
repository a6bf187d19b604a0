"""Two-body kinematics: momentum, volume element, beams, back-to-back pairs, and the angle of pairs of fermions."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..amplitudes.compilation import Component, shared
from .boosts import Floats, boost_to_rest, massive


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


def beam_axis(system: Floats, radiated: Floats, sqrt_s: float) -> Floats:
    """Return the unit vector between the electron's and the reversed positron's directions, in a system's frame.

    Parameters
    ----------
    system
        (n, 4) momenta of what the beams leave after radiation, GeV, CM frame.
    radiated
        (2, n, 4) momenta that electron and positron radiated.
    sqrt_s
        GeV.
    """
    electron = -radiated[0] + 0.5 * sqrt_s * np.array([1.0, 0.0, 0.0, 1.0])
    positron = -radiated[1] + 0.5 * sqrt_s * np.array([1.0, 0.0, 0.0, -1.0])
    units = []
    for beam in (electron, positron):
        momentum = boost_to_rest(beam, system)[:, 1:]
        units.append(momentum / np.maximum(np.linalg.norm(momentum, axis=1, keepdims=True), 1e-300))
    axis = units[0] - units[1]
    length = np.linalg.norm(axis, axis=1, keepdims=True)
    return np.where(length > 1e-9, axis / np.maximum(length, 1e-9), np.array([0.0, 0.0, 1.0]))


def fermion_cosine(ratio: Floats, generator: np.random.Generator) -> Floats:
    """Draw cos(theta) from 1 + cos^2 + ratio sin^2, one for each ratio = 4 m^2/M^2 of a pair of fermions."""
    cosine = np.empty(len(ratio))
    left = np.arange(len(ratio))
    while len(left):
        drawn = 2.0 * generator.random(len(left)) - 1.0
        density = 1.0 + drawn**2 + ratio[left] * (1.0 - drawn**2)
        accepted = 2.0 * generator.random(len(left)) < density
        cosine[left[accepted]] = drawn[accepted]
        left = left[~accepted]
    return cosine
