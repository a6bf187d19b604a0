"""One exponentiated photon radiated by a pair of charged leptons, exact to first order in energy and angle."""

from __future__ import annotations

from functools import cache
from math import atanh, exp, sqrt

import numpy as np
from numpy.typing import NDArray
from scipy.integrate import quad

from ..amplitudes.compilation import shared
from ..constants import ALPHA

Array = NDArray[np.float64]

INCLUSIVE = 1.0 + 3.0 * ALPHA / (4.0 * np.pi)
"""Correction to the total by radiation from the final state (Kinoshita, Lee, Nauenberg: no logarithms)."""


def emission_strength(s: Array, mass: float) -> Array:
    """Return beta_f = (2 alpha/pi)(ln(s/m^2) - 1), at least 0, at s in GeV^2."""
    return np.maximum(2.0 * ALPHA / np.pi * (np.log(s / mass**2) - 1.0), 1e-4)


def sample_photon_share(s: Array, mass: float, generator: np.random.Generator) -> tuple[Array, Array]:
    """Draw v = 2k/sqrt(s) of the photon in the frame of pair and photon.

    The density is beta v^(beta - 1) times the hard correction (1 - v + v^2/2) (ln((1-v) s/m^2) - 1)/(ln(s/m^2) - 1).

    Returns
    -------
    shares, weights
        v, and weights whose mean is `INCLUSIVE` at every s.
    """
    beta = emission_strength(s, mass)
    largest = 1.0 - 4.0 * mass**2 / s
    share = largest * generator.random(len(s)) ** (1.0 / beta)
    return share, INCLUSIVE * _hard_correction(share, s, mass) / _mean_correction(s, mass)


@shared
def draw_sharing(share: float, s: float, mass: float, generator: np.random.Generator) -> float:
    """Draw y, where 1 - x1 = v y and 1 - x2 = v (1 - y) and x_i = 2 E_i/sqrt(s) are the leptons' energies.

    The density is that of the first-order matrix element, (x1^2 + x2^2)/((1-x1)(1-x2)) less its mass term, within the
    exact limits of phase space.

    Parameters
    ----------
    share
        v, the photon's energy over its largest one.
    s, mass
        Mass squared (GeV^2) of pair and photon, and the lepton's mass (GeV).
    """
    r = mass**2 / s
    root = sqrt(max(1.0 - 4.0 * r / (1.0 - share), 0.0))
    if root == 0.0:
        return 0.5
    limit = 2.0 * atanh(min(root, 1.0 - 1e-15))
    while True:
        drawn = 1.0 / (1.0 + exp(-limit * (2.0 * generator.random() - 1.0)))
        squares = (1.0 - share * drawn) ** 2 + (1.0 - share * (1.0 - drawn)) ** 2
        mass_term = 2.0 * r * ((1.0 - drawn) / drawn + drawn / (1.0 - drawn))
        if generator.random() * (1.0 + (1.0 - share) ** 2) < squares - mass_term:
            return drawn


def _hard_correction(share: Array, s: Array, mass: float) -> Array:
    log = np.log(s / mass**2) - 1.0
    return (1.0 - share + share**2 / 2.0) * np.maximum(log + np.log1p(-share), 0.0) / log


def _mean_correction(s: Array, mass: float) -> Array:
    grid, values = _correction_table(mass)
    return np.interp(np.log(s / mass**2), grid, values)


@cache
def _correction_table(mass: float) -> tuple[Array, Array]:
    """Tabulate the hard correction's mean over beta v^(beta-1) against ln(s/m^2), from threshold to s = 400 GeV^2."""
    grid = np.linspace(np.log(4.001), np.log(400.0 / mass**2), 60)
    values = [_mean_at(np.array(mass**2 * np.exp(log)), mass) for log in grid]
    return grid, np.array(values)


def _mean_at(s: Array, mass: float) -> float:
    beta, largest = float(emission_strength(s, mass)), 1.0 - 4.0 * mass**2 / float(s)

    def integrand(u: float) -> float:
        # v = largest u^(1/beta) makes the soft pole flat.
        return float(_hard_correction(np.array(largest * u ** (1.0 / beta)), s, mass))

    return float(quad(integrand, 0.0, 1.0, limit=200)[0])
