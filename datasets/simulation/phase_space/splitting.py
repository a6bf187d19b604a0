"""One particle that splits into two, inside compiled loops: directions, back-to-back momenta and boosts of one event.

Momenta are (E, px, py, pz) tuples in GeV; random numbers come from the generator one by one.
"""

from __future__ import annotations

from math import cos, pi, sin, sqrt

import numpy as np

from ..amplitudes.compilation import Component, Vector, shared
from .two_body import breakup_momentum

Direction = tuple[Component, Component, Component]


@shared
def draw_unit(generator: np.random.Generator) -> Direction:
    """Draw a unit vector evenly over all directions."""
    cosine, azimuth = 2.0 * generator.random() - 1.0, 2.0 * pi * generator.random()
    sine = sqrt(1.0 - cosine**2)
    return sine * cos(azimuth), sine * sin(azimuth), cosine


@shared
def back_to_back_along(unit: Direction, momentum: float, first: float, second: float) -> tuple[Vector, Vector]:
    """Give the momenta of two particles of given masses (GeV) in their rest frame, the first one along `unit`."""
    x, y, z = momentum * unit[0], momentum * unit[1], momentum * unit[2]
    square = momentum**2
    return (sqrt(square + first**2), x, y, z), (sqrt(square + second**2), -x, -y, -z)


@shared
def split(total: float, first: float, second: float, generator: np.random.Generator) -> tuple[Vector, Vector]:
    """Draw an isotropic decay of a mass `total` to two masses (GeV), in its rest frame."""
    return back_to_back_along(draw_unit(generator), breakup_momentum(total, first, second), first, second)


@shared
def boosted(momentum: Vector, parent: Vector, mass: float) -> Vector:
    """Boost a momentum from the rest frame of `parent`, whose mass (GeV) is given, to the frame of `parent`."""
    along = parent[1] * momentum[1] + parent[2] * momentum[2] + parent[3] * momentum[3]
    energy = (parent[0] * momentum[0] + along) / mass
    factor = (energy + momentum[0]) / (parent[0] + mass)
    return (
        energy,
        momentum[1] + factor * parent[1],
        momentum[2] + factor * parent[2],
        momentum[3] + factor * parent[3],
    )
