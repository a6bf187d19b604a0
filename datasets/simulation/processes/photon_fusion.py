"""Pairs made by two real photons: electrons, muons, taus by Breit and Wheeler, pions by their charge and the f2."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..constants import (
    ALPHA,
    ELECTRON,
    ELECTRON_MASS,
    MUON,
    MUON_MASS,
    NANOBARN,
    PION,
    PION_MASS,
    TAU,
    TAU_MASS,
)

Array = NDArray[np.float64]

# f2(1270), PDG 2022 (recalled): mass, width and two-photon width in GeV, branching fraction to charged pions.
F2_MASS, F2_WIDTH, F2_PHOTON_WIDTH, F2_PIONS = 1.2755, 0.1867, 2.6e-6, 0.561
# Above it pions are no points: 1/(1 + (W/1.5 GeV)^6) leaves 0.5 nb at |cos| < 0.6 and W = 2.4 GeV, about what Belle
# measured (Phys. Lett. B 615 (2005) 39; recalled).
PION_SCALE, PION_POWER = 1.5, 6


@dataclass(frozen=True)
class Pair:
    """Particle and antiparticle: PDG code of the negative one, and its mass in GeV."""

    code: int
    mass: float


PAIRS = {
    "electron": Pair(ELECTRON, ELECTRON_MASS),
    "muon": Pair(MUON, MUON_MASS),
    "tau": Pair(TAU, TAU_MASS),
    "pion": Pair(-PION, PION_MASS),
}


def fermion_cross_section(total: Array, mass: float) -> Array:
    """Return sigma(gamma gamma -> f+ f-) in nb at invariant mass W in GeV (G. Breit, J. Wheeler, 1934)."""
    r = 4.0 * mass**2 / total**2
    beta = np.sqrt(1.0 - r)
    logarithm = 2.0 * np.arctanh(beta)
    polynomial = (1.0 + r - r**2 / 2.0) * logarithm - beta * (1.0 + r)
    section: Array = 4.0 * np.pi * ALPHA**2 / total**2 * polynomial * NANOBARN
    return section


def draw_angle(pair: Pair, total: Array, u: Array) -> tuple[Array, Array]:
    """Draw cos(theta) in the pair's frame from 1/(1 - b^2 cos^2), b the velocity.

    Returns
    -------
    cosine, section
        The cosine, and dsigma/dcos (nb, at W = `total` in GeV) over the density it was drawn from.
    """
    beta = np.sqrt(1.0 - 4.0 * pair.mass**2 / total**2)
    rapidity = np.arctanh(beta)
    cosine = np.tanh(rapidity * (2.0 * u - 1.0)) / beta
    pole = 1.0 - beta**2 * cosine**2
    density = beta / (2.0 * rapidity * pole)
    shape = _pions if pair.code == -PION else _fermions
    return cosine, shape(total, beta, cosine, pole) / density * NANOBARN


def _fermions(total: Array, beta: Array, cosine: Array, pole: Array) -> Array:
    sine_squared = 1.0 - cosine**2
    numerator = 1.0 + 2.0 * beta**2 * sine_squared - beta**4 - beta**4 * sine_squared**2
    return np.asarray(2.0 * np.pi * ALPHA**2 * beta / total**2 * numerator / pole**2)


def _pions(total: Array, beta: Array, cosine: Array, pole: Array) -> Array:
    """Scalar QED (S. Brodsky, T. Kinoshita, H. Terazawa, Phys. Rev. D 4 (1971) 1532), and the f2 of helicity 2 beside.

    Their interference is left out.
    """
    sine_fourth = (1.0 - cosine**2) ** 2
    points = np.pi * ALPHA**2 * beta / total**2 * ((1.0 - beta**2) ** 2 + beta**4 * sine_fourth) / pole**2
    points = points / (1.0 + (total / PION_SCALE) ** PION_POWER)
    line = (total**2 - F2_MASS**2) ** 2 + (F2_MASS * F2_WIDTH) ** 2
    resonance = 40.0 * np.pi * F2_PHOTON_WIDTH * F2_WIDTH * F2_PIONS / line
    return np.asarray(points + resonance * 15.0 / 16.0 * sine_fourth)
