"""Transitions of quarkonia by emission of two pions: psi(2S) -> pi pi J/psi and Y(nS) -> pi pi Y(1S)."""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray

from ..constants import PION_MASS
from ..phase_space.boosts import around, boost_from_rest, direction
from ..phase_space.two_body import back_to_back, breakup_momentum
from .process import ProcessError
from .resonances import find_resonance

Array = NDArray[np.float64]

SECOND_TERM: dict[tuple[str, str], complex] = {
    ("psi2s", "jpsi"): -0.24,
    ("upsilon2s", "upsilon1s"): -0.753,
    ("upsilon3s", "upsilon1s"): -2.523 + 1.189j,
}
"""B/A of the amplitude A (m_pipi^2 - 2 m_pi^2) + B E_1 E_2, the pions' energies in the parent's frame.

L. Brown, R. Cahn, Phys. Rev. Lett. 35 (1975) 1; for bottomonium measured by CLEO, Phys. Rev. D 76 (2007) 072001
(recalled): from the Y(3S) it gives two humps in m_pipi. For the psi(2S): -0.24 makes it equal m_pipi^2 - 4.3 m_pi^2 at
the middle of the phase space, near BES, Phys. Rev. D 62 (2000) 032002 (assumed).
"""

_HEADROOM = 1.05
_GRID = 400


def draw_transition(parent: str, daughter: str, masses: Array, generator: np.random.Generator) -> Array:
    """Draw (n, 3, 4) momenta of pi+, pi- and the lighter meson in the rest frame of parents of given masses (GeV).

    S waves only: directions are even.
    """
    if (parent, daughter) not in SECOND_TERM:
        known = ", ".join(" -> ".join(pair) for pair in SECOND_TERM)
        raise ProcessError(f"no transition {parent} -> {daughter}; known are {known}")
    light = find_resonance(daughter).mass
    second = SECOND_TERM[parent, daughter]
    largest = _HEADROOM * _largest(find_resonance(parent).mass, light, second)
    momenta = np.empty((len(masses), 3, 4))
    left = np.arange(len(masses))
    while len(left):
        u = generator.random((6, len(left)))
        pair_mass = 2.0 * PION_MASS + (masses[left] - light - 2.0 * PION_MASS) * u[0]
        cosine = 2.0 * u[1] - 1.0
        chosen = u[2] * largest < _weight(masses[left], light, pair_mass, cosine, second)
        rows = left[chosen]
        momenta[rows] = _momenta(masses[rows], light, pair_mass[chosen], cosine[chosen], u[3:, chosen])
        left = left[~chosen]
    return momenta


def _weight(total: Array, light: float, pair_mass: Array, cosine: Array, second: complex) -> Array:
    """Return |amplitude|^2 times phase space, at the angle of a pion in the pair's frame to the pair's flight."""
    momentum = breakup_momentum(total, light, pair_mass)
    inner = breakup_momentum(pair_mass, PION_MASS, PION_MASS)
    mean = 0.5 * np.sqrt(pair_mass**2 + momentum**2)
    difference = momentum / pair_mass * inner * cosine
    amplitude = pair_mass**2 - 2.0 * PION_MASS**2 + second * (mean**2 - difference**2)
    weights: Array = np.abs(amplitude) ** 2 * momentum * inner
    return weights


@cache
def _largest(total: float, light: float, second: complex) -> float:
    mass = np.linspace(2.0 * PION_MASS, total - light, _GRID)[:, np.newaxis]
    cosine = np.linspace(0.0, 1.0, _GRID)[np.newaxis]
    return float(_weight(np.array(total), light, mass, cosine, second).max())


def _momenta(total: Array, light: float, pair_mass: Array, cosine: Array, u: Array) -> Array:
    inner = breakup_momentum(pair_mass, PION_MASS, PION_MASS)
    flight = direction(2.0 * u[0] - 1.0, 2.0 * np.pi * u[1])
    pair, vector = back_to_back(flight, breakup_momentum(total, pair_mass, light), pair_mass, light)
    unit = around(flight, cosine, 2.0 * np.pi * u[2])
    pions = (boost_from_rest(each, pair) for each in back_to_back(unit, inner, PION_MASS, PION_MASS))
    return np.stack([*pions, vector], axis=1)
