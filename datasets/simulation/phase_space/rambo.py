"""RAMBO: democratic phase space for any number of particles (Kleiss, Stirling, Ellis, CPC 40 (1986) 359)."""

from __future__ import annotations

from collections.abc import Sequence
from math import factorial

import numpy as np

from .boosts import Floats, direction

_NEWTON_STEPS = 8
_PRECISION = 1e-13


def massless_volume(number: int, sqrt_s: float) -> float:
    """Return the volume of massless n-body phase space, each particle with d^3p/((2 pi)^3 2E), times (2 pi)^4.

    (pi/2)^(n-1) s^(n-2)/((n-1)! (n-2)!) (2 pi)^(4 - 3n), equation 2.14 of the paper.
    """
    s = sqrt_s * sqrt_s
    shape = (np.pi / 2.0) ** (number - 1) * s ** (number - 2) / (factorial(number - 1) * factorial(number - 2))
    return float(shape * (2.0 * np.pi) ** (4 - 3 * number))


def rambo(sqrt_s: float, masses: Sequence[float], events: int, generator: np.random.Generator) -> tuple[Floats, Floats]:
    """Draw momenta evenly in phase space.

    Parameters
    ----------
    sqrt_s
        Total energy in the rest frame, GeV.
    masses
        Masses of the particles, GeV; their sum below `sqrt_s`.
    events
        Number of events.
    generator
        Random generator.

    Returns
    -------
    momenta
        (events, particles, 4) in GeV, in the rest frame of the total.
    weights
        (events,) volume elements: their mean is the phase-space volume, in GeV^(2n - 4).
    """
    number = len(masses)
    momenta = _massless(sqrt_s, number, events, generator)
    weights = np.full(events, massless_volume(number, sqrt_s))
    squares = np.square(masses)
    if not squares.any():
        return momenta, weights
    energies = momenta[..., 0]
    scale = np.full(events, np.sqrt(1.0 - (np.sum(masses) / sqrt_s) ** 2))
    for _ in range(_NEWTON_STEPS):
        massive_energies = np.sqrt(squares + (scale[:, np.newaxis] * energies) ** 2)
        excess = np.einsum("np->n", massive_energies) - sqrt_s
        scale = scale - excess / (scale * np.einsum("np,np->n", energies, energies / massive_energies))
        if np.abs(excess).max() < _PRECISION * sqrt_s:
            break
    lengths = scale[:, np.newaxis] * energies
    momenta[..., 1:] *= scale[:, np.newaxis, np.newaxis]
    momenta[..., 0] = np.sqrt(squares + lengths**2)
    # Equation 4.11 of the paper: the Jacobian of shrinking massless momenta onto their mass shells.
    velocities = lengths / momenta[..., 0]
    ratio = np.prod(velocities, axis=1) / np.einsum("np,np->n", lengths, velocities)
    weights *= ratio * sqrt_s * (np.einsum("np->n", lengths) / sqrt_s) ** (2 * number - 3)
    return momenta, weights


def _massless(sqrt_s: float, number: int, events: int, generator: np.random.Generator) -> Floats:
    """Return massless momenta that add up to (sqrt_s, 0): isotropic ones, boosted and scaled (equations 2.5 to 2.8)."""
    shape = (events, number)
    energies = -np.log(generator.random(shape) * generator.random(shape))
    isotropic = np.empty((*shape, 4))
    isotropic[..., 0] = energies
    isotropic[..., 1:] = energies[..., np.newaxis] * direction(
        2.0 * generator.random(shape) - 1.0, 2.0 * np.pi * generator.random(shape)
    )
    total = np.einsum("npi->ni", isotropic)
    mass = np.sqrt(total[:, 0] ** 2 - np.einsum("ni,ni->n", total[:, 1:], total[:, 1:]))
    velocity = -total[:, 1:] / mass[:, np.newaxis]
    gamma = total[:, 0] / mass
    along = np.einsum("ni,npi->np", velocity, isotropic[..., 1:])
    momenta = np.empty_like(isotropic)
    momenta[..., 0] = gamma[:, np.newaxis] * energies + along
    pull = energies + along / (1.0 + gamma)[:, np.newaxis]
    momenta[..., 1:] = isotropic[..., 1:] + velocity[:, np.newaxis, :] * pull[..., np.newaxis]
    momenta *= (sqrt_s / mass)[:, np.newaxis, np.newaxis]
    return momenta
