"""Helicity primitives: spinors, polarisation vectors, slashed vectors and currents in the chiral basis.

The layout follows HELAS (Murayama, Watanabe, Hagiwara, KEK-91-11). In the chiral basis
gamma^mu = ((0, sigma^mu), (sigmabar^mu, 0)), sigma = (1, sigma_i), sigmabar = (1, -sigma_i); metric (+, -, -, -).
"""

from __future__ import annotations

import numpy as np

from .compilation import Component, Spinor, Vector, shared

PARTICLE = 1
ANTIPARTICLE = -1


@shared
def length(momentum: Vector) -> Component:
    """Return |p| of a four-vector."""
    return np.sqrt(momentum[1] ** 2 + momentum[2] ** 2 + momentum[3] ** 2)


@shared
def external_spinor(momentum: Vector, mass: float, handedness: int, kind: int) -> Spinor:
    """Return u(p) or v(p) whose two-spinor is an eigenvector of sigma.p.

    u = (sqrt(p.sigma) chi, sqrt(p.sigmabar) chi), v = (sqrt(p.sigma) chi, -sqrt(p.sigmabar) chi); the small square
    root sqrt(E - |p|) is taken as m/sqrt(E + |p|), which loses no digits. Summed over `handedness` they give
    pslash + m and pslash - m.

    Parameters
    ----------
    momentum, mass
        On-shell four-momentum and mass, GeV; |p| > 0.
    handedness
        +1 or -1: eigenvalue of sigma.p/|p| on chi.
    kind
        `PARTICLE` for u, `ANTIPARTICLE` for v.
    """
    size = length(momentum)
    across = (momentum[1] + 1j * momentum[2]) / size
    along = momentum[3] / size
    # Two forms of the same eigenvector (up to a phase), each good in its own hemisphere.
    forward = 1.0 * (along > 0.0)
    norm = 1.0 / np.sqrt(2.0 * (1.0 + np.abs(along)))
    first = norm * (forward * (1.0 + along) + (1.0 - forward) * np.conj(across))
    second = norm * (forward * across + (1.0 - forward) * (1.0 - along))
    large = np.sqrt(momentum[0] + size)
    small = mass / large
    if handedness > 0:
        return small * first, small * second, kind * large * first, kind * large * second
    turned = (-np.conj(second), np.conj(first))
    return large * turned[0], large * turned[1], kind * small * turned[0], kind * small * turned[1]


@shared
def adjoint(spinor: Spinor) -> Spinor:
    """Return the row spinor psibar = psi^dagger gamma^0."""
    return np.conj(spinor[2]), np.conj(spinor[3]), np.conj(spinor[0]), np.conj(spinor[1])


@shared
def transverse_polarisations(momentum: Vector) -> tuple[Vector, Vector]:
    """Return two real unit vectors across a momentum (which must not lie exactly on the z axis)."""
    size = length(momentum)
    across = np.sqrt(momentum[1] ** 2 + momentum[2] ** 2)
    cosine, sine = momentum[3] / size, across / size
    first = (0.0 * size, cosine * momentum[1] / across, cosine * momentum[2] / across, -sine)
    second = (0.0 * size, -momentum[2] / across, momentum[1] / across, 0.0 * size)
    return first, second


@shared
def longitudinal_polarisation(momentum: Vector, mass: float) -> Vector:
    """Return the third polarisation (|p|, E p/|p|)/m of a massive vector particle."""
    size = length(momentum)
    scale = momentum[0] / (size * mass)
    return size / mass, scale * momentum[1], scale * momentum[2], scale * momentum[3]


@shared
def slash(vector: Vector, spinor: Spinor) -> Spinor:
    """Return gamma.V psi."""
    plus, minus = vector[0] + vector[3], vector[0] - vector[3]
    up, down = vector[1] + 1j * vector[2], vector[1] - 1j * vector[2]
    return (
        minus * spinor[2] - down * spinor[3],
        plus * spinor[3] - up * spinor[2],
        plus * spinor[0] + down * spinor[1],
        up * spinor[0] + minus * spinor[1],
    )


@shared
def adjoint_slash(row: Spinor, vector: Vector) -> Spinor:
    """Return psibar gamma.V."""
    plus, minus = vector[0] + vector[3], vector[0] - vector[3]
    up, down = vector[1] + 1j * vector[2], vector[1] - 1j * vector[2]
    return (
        row[2] * plus + row[3] * up,
        row[2] * down + row[3] * minus,
        row[0] * minus - row[1] * up,
        row[1] * plus - row[0] * down,
    )


@shared
def contract(row: Spinor, spinor: Spinor) -> Component:
    """Return psibar psi."""
    return row[0] * spinor[0] + row[1] * spinor[1] + row[2] * spinor[2] + row[3] * spinor[3]


@shared
def current(row: Spinor, spinor: Spinor) -> Vector:
    """Return psibar gamma^mu psi."""
    upper_same = row[0] * spinor[2], row[1] * spinor[3]
    lower_same = row[2] * spinor[0], row[3] * spinor[1]
    upper_cross = row[0] * spinor[3], row[1] * spinor[2]
    lower_cross = row[2] * spinor[1], row[3] * spinor[0]
    return (
        upper_same[0] + upper_same[1] + lower_same[0] + lower_same[1],
        upper_cross[0] + upper_cross[1] - lower_cross[0] - lower_cross[1],
        -1j * (upper_cross[0] - upper_cross[1] - lower_cross[0] + lower_cross[1]),
        upper_same[0] - upper_same[1] - lower_same[0] + lower_same[1],
    )


@shared
def dot(first: Vector, second: Vector) -> Component:
    """Return the Minkowski product of two four-vectors."""
    return first[0] * second[0] - first[1] * second[1] - first[2] * second[2] - first[3] * second[3]


@shared
def squared_modulus(amplitude: Component) -> Component:
    """Return |a|^2 of a complex number."""
    return amplitude.real**2 + amplitude.imag**2
