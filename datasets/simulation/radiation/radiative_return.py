"""Radiative return: photons of both beams that leave behind a system of a given mass."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..constants import ALPHA
from ..phase_space.fermion_angles import beam_axis
from .initial_state import NON_LOGARITHMIC, logarithm, photon_momenta, sample_angle, structure_function

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Return:
    """What the beams radiated and what is left, in the CM frame.

    Attributes
    ----------
    photons
        (2, n, 4) momenta of the photons of electron and positron, GeV.
    system
        (n, 4) momenta of what is left, GeV.
    axes
        (n, 3) direction of the colliding electron in the rest frame of what is left.
    weights
        (n,) their mean is W(z), the density in z = M^2/s of what the beams are left with.
    """

    photons: Array
    system: Array
    axes: Array
    weights: Array


def draw_return(masses: Array, sqrt_s: float, generator: np.random.Generator) -> Return:
    """Draw the photons that leave systems of masses M below sqrt_s (GeV).

    W(z) is the convolution of both beams' structure functions; cross sections are the integral of sigma_0(z s) W(z)
    over z. With x_1 = e^-a and x_2 = e^-b the sum a + b = ln(1/z) is fixed, and a follows the soft pole of either beam.
    """
    s = sqrt_s**2
    number = len(masses)
    total = 2.0 * np.log(sqrt_s / masses)
    half = ALPHA / np.pi * (logarithm(s) - 1.0)
    soft = total * generator.random(number) ** (1.0 / half)
    hard = total - soft
    by_electron = generator.random(number) < 0.5
    depths = np.where(by_electron, soft, hard), np.where(by_electron, hard, soft)
    # ln of the density of `a`, an even mixture of both poles, a^(half - 1) half/total^half and the same of b.
    poles = [(half - 1.0) * np.log(np.maximum(depth, 1e-300)) for depth in depths]
    log_density = np.logaddexp(*poles) + np.log(0.5 * half) - half * np.log(total)
    weights = np.exp(-log_density) * NON_LOGARITHMIC
    photons = []
    for depth, beam in zip(depths, (1.0, -1.0), strict=True):
        share = -np.expm1(-depth)
        weights = weights * structure_function(np.exp(-depth), s, np.log(np.maximum(share, 1e-300)))
        distance, angular = sample_angle(share, s, generator)
        photons.append(photon_momenta(share, distance, 2.0 * np.pi * generator.random(number), sqrt_s, beam))
        weights = weights * angular
    radiated = _scaled(np.stack(photons), masses, sqrt_s)
    system = -radiated.sum(axis=0)
    system[:, 0] += sqrt_s
    return Return(radiated, system, beam_axis(system, radiated, sqrt_s), weights)


def _scaled(photons: Array, masses: Array, sqrt_s: float) -> Array:
    """Scale photons so that the rest has exactly the given mass; at finite angles the shares alone miss it a little."""
    energy = photons[..., 0].sum(axis=0)
    one, two = photons
    product = one[:, 0] * two[:, 0] - (one[:, 1:] * two[:, 1:]).sum(axis=1)
    missing = sqrt_s**2 - masses**2
    # s - 2 sqrt(s) f K + 2 f^2 k1.k2 = M^2 solved for f, without cancellation.
    root = np.sqrt((sqrt_s * energy) ** 2 - 2.0 * product * missing)
    scaled: Array = photons * (missing / (sqrt_s * energy + root))[:, np.newaxis]
    return scaled
