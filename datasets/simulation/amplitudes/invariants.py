"""Invariants that keep their digits when an electron mass decides between finite and infinite."""

from __future__ import annotations

from .compilation import Component, Vector, shared
from .spinors import length


@shared
def add(first: Vector, second: Vector) -> Vector:
    """Return the sum of two four-vectors."""
    return first[0] + second[0], first[1] + second[1], first[2] + second[2], first[3] + second[3]


@shared
def subtract(first: Vector, second: Vector) -> Vector:
    """Return the difference of two four-vectors."""
    return first[0] - second[0], first[1] - second[1], first[2] - second[2], first[3] - second[3]


@shared
def square(momentum: Vector) -> Component:
    """Return p^2; only for masses that are not small beside the energy."""
    return momentum[0] ** 2 - momentum[1] ** 2 - momentum[2] ** 2 - momentum[3] ** 2


@shared
def one_minus_cosine(first: Vector, second: Vector) -> Component:
    """Return 1 - cos of the angle between two momenta as half the squared distance of their unit vectors."""
    one, two = length(first), length(second)
    return 0.5 * (
        (first[1] / one - second[1] / two) ** 2
        + (first[2] / one - second[2] / two) ** 2
        + (first[3] / one - second[3] / two) ** 2
    )


@shared
def product_with_photon(momentum: Vector, mass: float, photon: Vector) -> Component:
    """Return p.k for a particle of a given mass and a photon.

    p.k = k0 [m^2/(E + |p|) + |p| (1 - cos)]: the difference E - |p| cos, which loses all digits where an
    ultra-relativistic electron and a photon are collinear, is never formed.
    """
    size = length(momentum)
    gap = mass * mass / (momentum[0] + size)
    return photon[0] * (gap + size * one_minus_cosine(momentum, photon))


@shared
def momentum_transfer(first: Vector, second: Vector, mass: float) -> Component:
    """Return (p - q)^2, negative, for two momenta of the same mass.

    With S = EE' + |p||p'| the forward part g = m^2 - (EE' - |p||p'|) solves g = m^2 [g - (E - E')^2]/S, so that
    (p - q)^2 = -2 [m^2 (E - E')^2/(S - m^2) + |p||p'| (1 - cos)] without any cancellation.
    """
    one, two = length(first), length(second)
    mass_squared = mass * mass
    forward = mass_squared * (first[0] - second[0]) ** 2 / (first[0] * second[0] + one * two - mass_squared)
    return -2.0 * (forward + one * two * one_minus_cosine(first, second))
