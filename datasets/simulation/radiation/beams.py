"""Photons of both beams and the system that they leave behind, drawn together."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..phase_space.boosts import mass_squared
from ..phase_space.fermion_angles import beam_axis
from .initial_state import NON_LOGARITHMIC, photon_momenta, sample_angle, sample_energy_share

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
    photons, weights = [], np.full(number, NON_LOGARITHMIC)
    for beam in (1.0, -1.0):
        share, density = sample_energy_share(s, smallest / s, number, generator)
        distance, angular = sample_angle(share, s, generator, widest)
        azimuth = 2.0 * np.pi * generator.random(number)
        photons.append(photon_momenta(share, distance, azimuth, sqrt_s, beam))
        weights = weights * density * angular
    radiated = np.stack(photons)
    system = -radiated.sum(axis=0)
    system[:, 0] += sqrt_s
    squares = mass_squared(system)
    possible = (squares > smallest) & (system[:, 0] > 0.0)
    system = np.where(possible[:, np.newaxis], system, np.array([sqrt_s, 0.0, 0.0, 0.0]))
    return Radiated(radiated, system, np.where(possible, squares, s), weights * possible)
