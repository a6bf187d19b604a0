"""Hadronic currents of tau decays, and the decay's rate and polarimeter that follow from a current."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..constants import PION_MASS
from ..phase_space.boosts import mass_squared
from ..phase_space.two_body import breakup_momentum

Array = NDArray[np.float64]
Complex = NDArray[np.complex128]

# J. H. Kuehn, A. Santamaria, Z. Phys. C 48 (1990) 445: GeV.
RHO = 0.773, 0.145
EXCITED_RHO = 1.370, 0.510
EXCITED_SHARE = -0.145
A1 = 1.251, 0.599


def rate_and_polarimeter(current: Complex, neutrino: Array) -> tuple[Array, Array]:
    """Contract a current with the leptonic part of a tau- at rest.

    The amplitude is chi^dagger (J^0 + sigma.J) xi with the two-spinors chi of a left-handed neutrino and xi of the tau:
    V - A, tau at rest. Its square is proportional to 1 + h.s.

    Parameters
    ----------
    current
        (n, 4) current, upper index.
    neutrino
        (n, 4) momentum of the tau neutrino in the tau's rest frame, GeV.

    Returns
    -------
    rate, polarimeter
        (n,) squared amplitude up to a constant, and (n, 3) h of length 1.
    """
    unit = neutrino[:, 1:] / neutrino[:, :1]
    up, down = -(unit[:, 0] + 1j * unit[:, 1]), 1.0 + unit[:, 2]  # chi^dagger times sqrt(2 (1 + n_z))
    raised, lowered = current[:, 1] + 1j * current[:, 2], current[:, 1] - 1j * current[:, 2]
    first = up * (current[:, 0] + current[:, 3]) + down * raised
    second = up * lowered + down * (current[:, 0] - current[:, 3])
    one, two = np.abs(first) ** 2, np.abs(second) ** 2
    total = np.maximum(one + two, 1e-300)
    cross = 2.0 * first * np.conj(second)
    polarimeter = np.stack([cross.real, cross.imag, one - two], axis=1) / total[:, np.newaxis]
    rate = total * neutrino[:, 0] / np.maximum(down, 1e-300)
    return rate, polarimeter


def pair_current(first: Array, second: Array, mass: float, width: float) -> Complex:
    """Return the current of two pseudoscalars by way of a vector meson whose width runs with p^3."""
    total = first + second
    square = mass_squared(total)
    difference = first - second
    along = _dot(total, difference) / square
    transverse = difference - along[:, np.newaxis] * total
    masses = _mass(first), _mass(second)
    return np.asarray(transverse * _line(square, mass, width, *masses)[:, np.newaxis])


def three_pion_current(first: Array, second: Array, odd: Array) -> Complex:
    """Return the current a1 -> rho pi -> 3 pi, `first` and `second` alike, each making a rho with `odd`."""
    total = first + second + odd
    square = mass_squared(total)
    current = np.zeros(total.shape, dtype=np.complex128)
    for pion in (first, second):
        difference = pion - odd
        along = _dot(total, difference) / square
        current += _rhos(pion, odd)[:, np.newaxis] * (difference - along[:, np.newaxis] * total)
    mass, width = A1
    running = width * _a1_width(square) / float(_a1_width(np.array(mass**2)))
    return np.asarray(current * (mass**2 / (mass**2 - square - 1j * mass * running))[:, np.newaxis])


def _rhos(one: Array, two: Array) -> Complex:
    square = mass_squared(one + two)
    lines = [_line(square, *each, PION_MASS, PION_MASS) for each in (RHO, EXCITED_RHO)]
    return np.asarray((lines[0] + EXCITED_SHARE * lines[1]) / (1.0 + EXCITED_SHARE))


def _line(square: Array, mass: float, width: float, first: Array | float, second: Array | float) -> Complex:
    root = np.sqrt(square)
    reference = breakup_momentum(np.asarray(mass), first, second)
    running = width * mass / root * (breakup_momentum(root, first, second) / reference) ** 3
    return np.asarray(mass**2 / (mass**2 - square - 1j * root * running))


def _a1_width(square: Array) -> Array:
    """Return g(Q^2), the phase space of a1 -> rho pi as Kuehn and Santamaria parametrise it (their equation 3.16)."""
    above = square - 9.0 * PION_MASS**2
    low = 4.1 * above**3 * (1.0 - 3.3 * above + 5.8 * above**2)
    high = square * (1.623 + 10.38 / square - 9.32 / square**2 + 0.65 / square**3)
    return np.asarray(np.where(square < (RHO[0] + PION_MASS) ** 2, low, high), dtype=np.float64)


def _mass(momenta: Array) -> Array:
    return np.asarray(np.sqrt(np.maximum(mass_squared(momenta), 0.0)))


def _dot(first: Array, second: Array) -> Array:
    product: Array = first[:, 0] * second[:, 0] - (first[:, 1:] * second[:, 1:]).sum(axis=1)
    return product
