"""omega, phi -> pi+ pi- pi0 at rest, by way of the rho in its three charges."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..constants import NEUTRAL_PION_MASS, PION_MASS, RHO_MASS, RHO_WIDTH
from ..phase_space.boosts import mass_squared
from ..phase_space.three_body import draw_three_bodies
from ..phase_space.two_body import breakup_momentum

Array = NDArray[np.float64]

_HEADROOM = 1.2  # above the largest weight of as many draws as there are events, a fresh one for each
_PILOT = 5_000


def draw_three_pions(masses: Array, axis: Array, generator: np.random.Generator) -> Array:
    """Draw (n, 3, 4) momenta of pi+, pi-, pi0 in the rest frame of mesons of the given masses (GeV).

    |p+ x p-|^2 |BW(pi+pi-) + BW(pi+pi0) + BW(pi-pi0)|^2 (M. Gell-Mann, D. Sharp, W. Wagner, Phys. Rev. Lett. 8 (1962)
    261) with widths that run with p^3; the normal of the plane follows sin^2 about (n, 3) `axis`, that of a meson
    polarised across it.
    """
    pions = np.empty((len(masses), 3, 4))
    if not len(masses):
        return pions
    pilot = np.random.Generator(np.random.SFC64(1))
    largest = _HEADROOM * _propose(np.full(_PILOT, masses.max()), np.tile([0.0, 0.0, 1.0], (_PILOT, 1)), pilot)[1].max()
    left = np.arange(len(masses))
    while len(left):
        momenta, weights = _propose(masses[left], axis[left], generator)
        good = generator.random(len(left)) * largest < weights
        pions[left[good]] = momenta[good]
        left = left[~good]
    return pions


def _propose(masses: Array, axis: Array, generator: np.random.Generator) -> tuple[Array, Array]:
    momenta, volume = draw_three_bodies(masses, (PION_MASS, PION_MASS, NEUTRAL_PION_MASS), generator)
    plus, minus, neutral = (momenta[:, slot] for slot in range(3))
    normal = np.cross(plus[:, 1:], minus[:, 1:])
    along = (normal * axis).sum(axis=1)
    across = (normal**2).sum(axis=1) - along**2  # |p+ x p-|^2 sin^2
    amplitude = _rho(plus + minus, PION_MASS) + sum(_rho(each + neutral, NEUTRAL_PION_MASS) for each in (plus, minus))
    return momenta, volume * masses * across * np.abs(amplitude) ** 2


def _rho(pair: Array, second_mass: float) -> NDArray[np.complex128]:
    square = np.maximum(mass_squared(pair), (PION_MASS + second_mass) ** 2)
    momentum = breakup_momentum(np.sqrt(square), PION_MASS, second_mass)
    reference = breakup_momentum(np.array(RHO_MASS), PION_MASS, second_mass)
    width = RHO_WIDTH * (momentum / reference) ** 3 * RHO_MASS / np.sqrt(square)
    return np.asarray(RHO_MASS**2 / (square - RHO_MASS**2 + 1j * np.sqrt(square) * width))
