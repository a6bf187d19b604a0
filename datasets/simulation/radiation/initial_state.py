"""Photons radiated by the beams: the electron's structure function, and the angle of what it radiates."""

from __future__ import annotations

from math import cos, sin, sqrt
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..amplitudes.compilation import Vector, compiled, shared
from ..constants import ALPHA, ELECTRON_MASS

Array = NDArray[np.float64]

NON_LOGARITHMIC = 1.0 + ALPHA / np.pi * (np.pi**2 / 3.0 - 0.5)
"""What the structure functions of both beams leave out of the first order (soft and virtual photons)."""

HARD_SHARE = 0.25
"""Share of the proposals spent on hard radiation (radiative return), which 1/s' enhances."""


def logarithm(s: float) -> float:
    """Return L = ln(s/m_e^2) at s in GeV^2."""
    return float(np.log(s / ELECTRON_MASS**2))


def structure_function(x: Array, s: float, log_soft: Array | None = None) -> Array:
    """Return D(x, s), the density of an electron that kept the share x of its energy.

    Parameters
    ----------
    x
        Share of the energy that is left, 0 < x < 1.
    s
        Scale in GeV^2.
    log_soft
        ln(1 - x), where 1 - x is too small to be recovered from x.

    Notes
    -----
    Kuraev and Fadin, Sov. J. Nucl. Phys. 41 (1985) 466: soft photons exponentiated, hard ones to second order.
    """
    log = logarithm(s)
    beta = 2.0 * ALPHA / np.pi * (log - 1.0)
    soft = np.log1p(-x) if log_soft is None else log_soft
    delta = 1.0 + 3.0 * beta / 8.0 - beta**2 / 48.0 * (log / 3.0 + np.pi**2 - 47.0 / 8.0)
    leading = delta * beta / 2.0 * np.exp((beta / 2.0 - 1.0) * soft)
    # ln x/(1-x) tends to -1 for soft photons.
    ratio = np.where(soft < -20.0, -1.0, np.log(x) / np.maximum(np.exp(soft), 1e-300))
    second = (1.0 + x) * (-4.0 * soft + 3.0 * np.log(x)) - 4.0 * ratio - 5.0 - x
    density: Array = leading - beta / 4.0 * (1.0 + x) + beta**2 / 32.0 * second
    return density


def sample_energy_share(
    s: float, smallest: float | Array, number: int, generator: np.random.Generator
) -> tuple[Array, Array]:
    """Draw the photon's share 1 - x of the beam energy, from a mixture of D's soft pole and 1/x.

    Parameters
    ----------
    s
        Scale in GeV^2.
    smallest
        Smallest x, one or (number,) of them.
    number
        How many.
    generator
        Random generator.

    Returns
    -------
    shares, weights
        1 - x, and D(x) over the density it was drawn from; 0 < 1 - x < 1 - smallest.
    """
    half = ALPHA / np.pi * (logarithm(s) - 1.0)
    largest = 1.0 - smallest
    u, hard = generator.random(number), generator.random(number) < HARD_SHARE
    log_soft = np.where(hard, np.log(-np.expm1(np.log(smallest) * u)), np.log(largest) + np.log(u) / half)
    share = np.exp(log_soft)
    x = -np.expm1(log_soft)
    density = (1.0 - HARD_SHARE) * half * np.exp((half - 1.0) * log_soft) / largest**half
    density = density + HARD_SHARE / (x * -np.log(smallest))
    return share, structure_function(np.maximum(x, smallest), s, log_soft) / density


def sample_angle(
    share: Array, s: float, generator: np.random.Generator, widest: Array | float = 2.0
) -> tuple[Array, Array]:
    """Draw 1 - cos(theta) of a photon to the beam that radiates it, up to `widest`.

    Exact to first order: per beam, (2-2x+x^2) (1/(2d) - mu/(4d^2)) - x^2/4 + x^2 mu/(4d^2) with d = 1 - beta cos,
    mu = m^2/E^2, x the photon's share (Bonneau and Martin, Nucl. Phys. B 27 (1971) 381). Leaving out the -x^2/4 makes
    wide-angle photons 14 % too many.

    Returns
    -------
    one_minus_cosine, weights
        The weights are 1 on average.
    """
    mu = 4.0 * ELECTRON_MASS**2 / s
    small = mu / (1.0 + np.sqrt(1.0 - mu))  # 1 - beta
    largest = small + (1.0 - small) * np.asarray(widest)  # d at the widest angle
    distance = small * (largest / small) ** generator.random(len(share))
    splitting = 2.0 - 2.0 * share + share**2
    ratio = 1.0 - mu / (2.0 * distance) + share**2 * (mu / distance - distance) / (2.0 * splitting)
    log = np.log(largest / small)
    return (distance - small) / (1.0 - small), ratio * log / (log - 1.0)


def photon_momenta(share: Array, one_minus_cosine: Array, azimuth: Array, sqrt_s: float, direction: float) -> Array:
    """Return (n, 4) momenta (GeV, CM frame) of photons around the electron (`direction` +1) or the positron (-1)."""
    momenta = np.empty((len(share), 4))
    _fill_photons((share, one_minus_cosine, azimuth), 0.5 * sqrt_s, direction, momenta)
    return momenta


@shared
def photon_momentum(share: float, one_minus_cosine: float, azimuth: float, half: float, direction: float) -> Vector:
    """Give what `photon_momenta` does of one photon; `half` is the beam's energy in GeV."""
    energy = half * share
    sine = sqrt(one_minus_cosine * (2.0 - one_minus_cosine))
    along = direction * (1.0 - one_minus_cosine)
    return energy, energy * sine * cos(azimuth), energy * sine * sin(azimuth), energy * along


@compiled
def _fill_photons(drawn: Any, half: float, direction: float, momenta: Any) -> None:
    """Fill (compiled)."""
    for i in range(len(momenta)):
        photon = photon_momentum(drawn[0][i], drawn[1][i], drawn[2][i], half, direction)
        for k in range(4):
            momenta[i, k] = photon[k]
