"""Hadronic currents of tau decays, and the decay's rate and polarimeter that follow from a current.

Functions of components: of one decay in compiled loops, of arrays in NumPy. Momenta are in GeV.
"""

from __future__ import annotations

import numpy as np

from ..amplitudes.compilation import Component, Vector, shared
from ..amplitudes.invariants import add, square, subtract
from ..constants import PION_MASS
from ..phase_space.two_body import breakup_momentum

# J. H. Kuehn, A. Santamaria, Z. Phys. C 48 (1990) 445: GeV.
RHO = 0.773, 0.145
EXCITED_RHO = 1.370, 0.510
EXCITED_SHARE = -0.145
A1 = 1.251, 0.599


@shared
def rate_and_polarimeter(current: Vector, neutrino: Vector) -> tuple[Component, tuple[Component, Component, Component]]:
    """Contract a current with the leptonic part of a tau- at rest.

    The amplitude is chi^dagger (J^0 + sigma.J) xi with the two-spinors chi of a left-handed neutrino and xi of the tau:
    V - A, tau at rest. Its square is proportional to 1 + h.s.

    Parameters
    ----------
    current
        Complex components, upper index.
    neutrino
        Momentum of the tau neutrino in the tau's rest frame, GeV.

    Returns
    -------
    rate, polarimeter
        Squared amplitude up to a constant, and h of length 1.
    """
    energy = neutrino[0]
    # chi^dagger times sqrt(2 (1 + n_z)), n the neutrino's direction.
    up, down = -(neutrino[1] / energy + 1j * neutrino[2] / energy), 1.0 + neutrino[3] / energy
    first = up * (current[0] + current[3]) + down * (current[1] + 1j * current[2])
    second = up * (current[1] - 1j * current[2]) + down * (current[0] - current[3])
    one, two = first.real**2 + first.imag**2, second.real**2 + second.imag**2
    total = np.maximum(one + two, 1e-300)
    cross = 2.0 * first * np.conj(second)
    return total * energy / np.maximum(down, 1e-300), (cross.real / total, cross.imag / total, (one - two) / total)


@shared
def pair_current(
    first: Vector, second: Vector, masses: tuple[float, float], meson: tuple[float, float]
) -> tuple[Component, Component, Component, Component]:
    """Return the current of two pseudoscalars by way of a vector meson whose width runs with p^3.

    Parameters
    ----------
    first, second
        Momenta.
    masses, meson
        Of both pseudoscalars; mass and width of the meson, GeV.
    """
    total = add(first, second)
    q2 = square(total)
    return _scaled(_transverse(first, second, total, q2), _line(q2, meson, masses[0], masses[1]))


@shared
def three_pion_current(first: Vector, second: Vector, odd: Vector) -> tuple[Component, Component, Component, Component]:
    """Return the current a1 -> rho pi -> 3 pi, `first` and `second` alike, each making a rho with `odd`."""
    total = add(add(first, second), odd)
    q2 = square(total)
    one = _scaled(_transverse(first, odd, total, q2), _rhos(square(add(first, odd))))
    two = _scaled(_transverse(second, odd, total, q2), _rhos(square(add(second, odd))))
    mass, width = A1
    running = width * _a1_width(q2) / _a1_width(mass**2)
    return _scaled(add(one, two), _breit_wigner(q2, mass, running))


@shared
def _transverse(first: Vector, second: Vector, total: Vector, q2: Component) -> Vector:
    """Return the difference of two momenta less its part along `total`, whose square is q2."""
    difference = subtract(first, second)
    along = (
        total[0] * difference[0] - total[1] * difference[1] - total[2] * difference[2] - total[3] * difference[3]
    ) / q2
    return subtract(difference, _scaled(total, along))


@shared
def _scaled(vector: Vector, factor: Component) -> Vector:
    return factor * vector[0], factor * vector[1], factor * vector[2], factor * vector[3]


@shared
def _rhos(q2: Component) -> Component:
    ground, excited = _line(q2, RHO, PION_MASS, PION_MASS), _line(q2, EXCITED_RHO, PION_MASS, PION_MASS)
    return (ground + EXCITED_SHARE * excited) / (1.0 + EXCITED_SHARE)


@shared
def _line(q2: Component, meson: tuple[float, float], first: float, second: float) -> Component:
    mass, width = meson
    root = np.sqrt(q2)
    ratio = breakup_momentum(root, first, second) / breakup_momentum(mass, first, second)
    return _breit_wigner(q2, mass, width * ratio * ratio * ratio)


@shared
def _breit_wigner(q2: Component, mass: float, width: Component) -> Component:
    """Return m^2/(m^2 - q^2 - i m width), without a division of complex numbers, which is slow."""
    distance, breadth = mass**2 - q2, mass * width
    return (distance + 1j * breadth) * (mass**2 / (distance * distance + breadth * breadth))


@shared
def _a1_width(q2: Component) -> Component:
    """Return g(Q^2), the phase space of a1 -> rho pi as Kuehn and Santamaria parametrise it (their equation 3.16)."""
    above = q2 - 9.0 * PION_MASS**2
    low = 4.1 * above * above * above * (1.0 - 3.3 * above + 5.8 * above * above)
    high = q2 * (1.623 + 10.38 / q2 - 9.32 / (q2 * q2) + 0.65 / (q2 * q2 * q2))
    below = q2 < (RHO[0] + PION_MASS) ** 2
    return below * low + (1.0 - below) * high
