"""A photon at a large angle and two electrons, one of which hardly leaves its beam: the poles of t-channel exchange."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..constants import ELECTRON_MASS
from .boosts import Floats, around, boost_from_rest, boost_to_rest, massive
from .two_body import beams

Booleans = NDArray[np.bool_]

# The photon's spectrum falls steeply: dk/k^2 shares the events out over it.
_SPECTRUM = 2.0


def draw_lost_electrons(
    sqrt_s: float, smallest: float, angles: tuple[float, float], number: int, generator: np.random.Generator
) -> tuple[Floats, Floats]:
    """Draw e-, e+ and a photon; either the electron or the positron goes along its beam, as 1/t.

    The other beam makes the photon, by Compton scattering off the exchanged one: about its direction the photon
    follows 1/(1 - cos)^2. In the rest frame of e+ and e- the one that is scattered little follows 1/(a - cos) about
    the direction of its beam there, where t = -2 p p' (a - cos) exactly.

    Parameters
    ----------
    sqrt_s
        Centre-of-mass energy, GeV.
    smallest
        Smallest photon energy, GeV.
    angles
        Limits of the photon's polar angle, rad.
    number
        Number of events.
    generator
        Random generator.

    Returns
    -------
    momenta
        (n, 3, 4) of e-, e+ and photon in GeV, centre-of-mass frame.
    volume
        (n,) phase-space volume that each event stands for, GeV^2, (2 pi)^4 delta^4 included.
    """
    by_electron = generator.random(number) < 0.5
    photon, photon_densities = _draw_photon(sqrt_s, smallest, angles, by_electron, generator)
    system = np.array([sqrt_s, 0.0, 0.0, 0.0]) - photon
    mass_squared = sqrt_s * (sqrt_s - 2.0 * photon[:, 0])
    energy = 0.5 * np.sqrt(mass_squared)
    size = np.sqrt(energy**2 - ELECTRON_MASS**2)
    poles = [_Pole(boost_to_rest(beam, system), energy, size) for beam in beams(sqrt_s, ELECTRON_MASS)]
    depth = np.where(by_electron, *(pole.draw(generator.random(number)) for pole in poles))
    axis = np.where(by_electron[:, np.newaxis], poles[0].axis, poles[1].axis)
    unit = around(axis, 1.0 - depth, 2.0 * np.pi * generator.random(number))
    scattered = boost_from_rest(massive(size[:, np.newaxis] * unit, ELECTRON_MASS), system)
    # The other one is put on its mass shell anew: the difference of energies would lose the mass.
    other = massive(system[:, 1:] - scattered[:, 1:], ELECTRON_MASS)
    sign = by_electron[:, np.newaxis]
    electron, positron = np.where(sign, scattered, other), np.where(sign, other, scattered)
    electron_unit = np.where(sign, unit, -unit)
    by_pole = poles[0].density(electron_unit), poles[1].density(-electron_unit)
    density = 0.5 * (photon_densities[0] * by_pole[0] + photon_densities[1] * by_pole[1]) / (2.0 * np.pi)
    # Phase space: k dk dOmega/(2 (2 pi)^3) of the photon times |p| dOmega/(16 pi^2 M) of the pair.
    element = photon[:, 0] / (2.0 * (2.0 * np.pi) ** 3) * size / (16.0 * np.pi**2 * 2.0 * energy)
    return np.stack([electron, positron, photon], axis=1), element / density


class _Pole:
    """The distribution 1/(a - cos) of a scattered electron about its beam, in the rest frame of both electrons."""

    def __init__(self, beam: Floats, energy: Floats, size: Floats) -> None:
        length = np.sqrt(np.einsum("ni,ni->n", beam[:, 1:], beam[:, 1:]))
        self.axis = beam[:, 1:] / length[:, np.newaxis]
        # a - 1 = (E E' - p p' - m^2)/(p p') = m^2 (E - E')^2/(p p' (E E' + p p' - m^2))
        product = length * size
        mass_squared = ELECTRON_MASS**2
        gap = (beam[:, 0] - energy) ** 2 / (product * (beam[:, 0] * energy + product - mass_squared))
        self.gap = np.maximum(mass_squared * gap, 1e-14)
        self.span = np.log1p(2.0 / self.gap)

    def draw(self, uniform: Floats) -> Floats:
        """Return 1 - cos."""
        return np.asarray(np.minimum(self.gap * np.expm1(self.span * uniform), 2.0), dtype=np.float64)

    def density(self, unit: Floats) -> Floats:
        """Return the density in the cosine at (n, 3) unit vectors."""
        difference = unit - self.axis
        depth = 0.5 * np.einsum("ni,ni->n", difference, difference)
        return np.asarray(1.0 / (self.span * (self.gap + depth)), dtype=np.float64)


def _draw_photon(
    sqrt_s: float, smallest: float, angles: tuple[float, float], by_electron: Booleans, generator: np.random.Generator
) -> tuple[Floats, tuple[Floats, Floats]]:
    """Return photons (n, 4) that the other beam made, and their densities in k and angles were it either beam.

    With 1/(1 + cos) even between its limits the density is 1/(1 + cos)^2: a photon along the positron beam, for an
    electron that is scattered little. The mirrored one holds for a positron that is.
    """
    number = len(by_electron)
    power = 1.0 - _SPECTRUM
    largest = 0.5 * sqrt_s * (1.0 - 4.0 * ELECTRON_MASS**2 / sqrt_s**2) * (1.0 - 1e-6)
    ends = smallest**power, largest**power
    energy = (ends[0] + (ends[1] - ends[0]) * generator.random(number)) ** (1.0 / power)
    signs = np.where(by_electron, 1.0, -1.0)
    upper, lower = np.cos(angles[0]), np.cos(angles[1])
    near = np.where(by_electron, 1.0 / (1.0 + lower), 1.0 / (1.0 - upper))
    far = np.where(by_electron, 1.0 / (1.0 + upper), 1.0 / (1.0 - lower))
    cosine = signs * (1.0 / (far + (near - far) * generator.random(number)) - 1.0)
    sine = np.sqrt(1.0 - cosine**2)
    azimuth = 2.0 * np.pi * generator.random(number)
    shape = np.stack([np.ones(number), sine * np.cos(azimuth), sine * np.sin(azimuth), cosine], axis=1)
    spectrum = energy**-_SPECTRUM * power / (ends[1] - ends[0]) / (2.0 * np.pi)
    norms = 1.0 / (1.0 + lower) - 1.0 / (1.0 + upper), 1.0 / (1.0 - upper) - 1.0 / (1.0 - lower)
    densities = spectrum / (norms[0] * (1.0 + cosine) ** 2), spectrum / (norms[1] * (1.0 - cosine) ** 2)
    return energy[:, np.newaxis] * shape, densities
