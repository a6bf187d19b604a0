"""The axis of colliding beams and the angles of pairs of fermions around it: event by event, and for arrays."""

from __future__ import annotations

from math import cos, sin, sqrt
from typing import Any

import numpy as np

from ..amplitudes.compilation import Vector, compiled, shared
from .boosts import Floats
from .splitting import Direction, boosted


@shared
def axis_of(system: Vector, first: Vector, second: Vector, half: float) -> Direction:
    """Give the unit vector between the electron's and the reversed positron's directions, in a system's frame.

    Parameters
    ----------
    system
        What the beams leave after radiation, GeV, CM frame.
    first, second
        Momenta that electron and positron radiated.
    half
        Energy of each beam, GeV.
    """
    size = sqrt(system[1] ** 2 + system[2] ** 2 + system[3] ** 2)
    mass = sqrt((system[0] - size) * (system[0] + size))
    mirrored = (system[0], -system[1], -system[2], -system[3])
    electron = boosted((half - first[0], -first[1], -first[2], half - first[3]), mirrored, mass)
    positron = boosted((half - second[0], -second[1], -second[2], -half - second[3]), mirrored, mass)
    one = max(sqrt(electron[1] ** 2 + electron[2] ** 2 + electron[3] ** 2), 1e-300)
    other = max(sqrt(positron[1] ** 2 + positron[2] ** 2 + positron[3] ** 2), 1e-300)
    x, y, z = (
        electron[1] / one - positron[1] / other,
        electron[2] / one - positron[2] / other,
        electron[3] / one - positron[3] / other,
    )
    length = sqrt(x**2 + y**2 + z**2)
    return (x / length, y / length, z / length) if length > 1e-9 else (0.0, 0.0, 1.0)


@shared
def draw_fermion_cosine(ratio: float, generator: np.random.Generator) -> float:
    """Draw cos(theta) from 1 + cos^2 + ratio sin^2, with ratio = 4 m^2/M^2 of a pair of fermions."""
    while True:
        drawn = 2.0 * generator.random() - 1.0
        if 2.0 * generator.random() < 1.0 + drawn**2 + ratio * (1.0 - drawn**2):
            return drawn


@shared
def unit_around(axis: Direction, cosine: float, azimuth: float) -> Direction:
    """Give the unit vector at a polar angle's cosine and an azimuth (rad) around a unit vector.

    The frame is that of `boosts.transverse_axes`.
    """
    x, y, z = axis
    sign = 1.0 if z >= 0.0 else -1.0
    scale = -1.0 / (sign + z)
    sine = sqrt(max(1.0 - cosine**2, 0.0))
    one, other = sine * cos(azimuth), sine * sin(azimuth)
    return (
        one * (1.0 + sign * x * x * scale) + other * x * y * scale + cosine * x,
        one * sign * x * y * scale + other * (sign + y * y * scale) + cosine * y,
        -one * sign * x - other * y + cosine * z,
    )


def beam_axis(system: Floats, radiated: Floats, sqrt_s: float) -> Floats:
    """Return (n, 3) axes as `axis_of` gives them, of (n, 4) systems and (2, n, 4) radiated momenta at sqrt_s in GeV."""
    axes = np.empty((len(system), 3))
    first, second = np.ascontiguousarray(radiated[0]), np.ascontiguousarray(radiated[1])
    _fill_axes(np.ascontiguousarray(system), first, second, 0.5 * sqrt_s, axes)
    return axes


def fermion_cosine(ratio: Floats, generator: np.random.Generator) -> Floats:
    """Draw cosines as `draw_fermion_cosine` does, one for each ratio."""
    cosine = np.empty(len(ratio))
    _fill_cosines(np.ascontiguousarray(ratio), generator, cosine)
    return cosine


@compiled
def _fill_axes(system: Any, first: Any, second: Any, half: float, axes: Any) -> None:
    """Fill (compiled)."""
    for i in range(len(axes)):
        axes[i, 0], axes[i, 1], axes[i, 2] = axis_of(row(system, i), row(first, i), row(second, i), half)


@compiled
def _fill_cosines(ratio: Any, generator: np.random.Generator, cosine: Any) -> None:
    """Fill (compiled)."""
    for i in range(len(cosine)):
        cosine[i] = draw_fermion_cosine(ratio[i], generator)


@shared
def row(momenta: Any, i: int) -> Vector:
    """Give one of (n, 4) momenta."""
    return momenta[i, 0], momenta[i, 1], momenta[i, 2], momenta[i, 3]
