"""Photons of both beams and the system that they leave behind, drawn together."""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..amplitudes.compilation import compiled
from ..amplitudes.invariants import subtract
from ..phase_space.fermion_angles import beam_axis
from .initial_state import NON_LOGARITHMIC, photon_momentum, sample_angle, sample_energy_share

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Radiated:
    """What n collisions radiated before they met, and what is left, in the CM frame.

    Attributes
    ----------
    photons
        (2, n, 4) momenta of the photons of electron and positron, GeV.
    system
        (n, 4) momenta of what is left, GeV; at rest with all the energy where nothing possible is left.
    squares
        (n,) its mass squared, GeV^2.
    weights
        (n,) structure functions over the density drawn from: mean of sigma(squares) times these is the cross section;
        0 where nothing possible is left.
    """

    photons: Array
    system: Array
    squares: Array
    weights: Array

    def axes(self, sqrt_s: float) -> Array:
        """Return (n, 3) directions of the colliding electron in the frame of what is left, from beams at sqrt_s."""
        return beam_axis(self.system, self.photons, sqrt_s)


def radiate_beams(
    sqrt_s: float, smallest: float, number: int, generator: np.random.Generator, widest: Array | float = 2.0
) -> Radiated:
    """Draw photons that leave at least the mass squared `smallest` (GeV^2) of beams at sqrt_s (GeV).

    One structure function for each beam, photons at finite angles: 1 - cos up to `widest`.
    """
    s = sqrt_s**2
    drawn, weights = np.empty((2, 3, number)), np.full(number, NON_LOGARITHMIC)
    for beam in range(2):
        share, density = sample_energy_share(s, smallest / s, number, generator)
        distance, angular = sample_angle(share, s, generator, widest)
        drawn[beam] = share, distance, 2.0 * np.pi * generator.random(number)
        weights *= density * angular
    radiated = Radiated(np.empty((2, number, 4)), np.empty((number, 4)), np.empty(number), weights)
    _leave(drawn, sqrt_s, smallest, (radiated.photons, radiated.system, radiated.squares, weights))
    return radiated


@compiled
def _leave(drawn: Any, sqrt_s: float, smallest: float, found: Any) -> None:
    """Fill photons, what they leave and its mass squared, and take the weight of what is impossible (compiled)."""
    photons, system, squares, weights = found
    for i in range(len(squares)):
        left = (sqrt_s, 0.0, 0.0, 0.0)
        for beam in range(2):
            share, distance, azimuth = drawn[beam, 0, i], drawn[beam, 1, i], drawn[beam, 2, i]
            photon = photon_momentum(share, distance, azimuth, 0.5 * sqrt_s, 1.0 - 2.0 * beam)
            left = subtract(left, photon)
            for k in range(4):
                photons[beam, i, k] = photon[k]
        size = sqrt(left[1] ** 2 + left[2] ** 2 + left[3] ** 2)
        squares[i] = (left[0] - size) * (left[0] + size)
        if squares[i] <= smallest or left[0] <= 0.0:
            left, squares[i], weights[i] = (sqrt_s, 0.0, 0.0, 0.0), sqrt_s**2, 0.0
        for k in range(4):
            system[i, k] = left[k]
