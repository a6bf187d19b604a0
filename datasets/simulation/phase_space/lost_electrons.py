"""A photon at a large angle and two electrons, one of which hardly leaves its beam: the poles of t-channel exchange."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..constants import ELECTRON_MASS
from .boosts import Floats, around, boost_from_rest, boost_to_rest, direction, massive
from .two_body import beams

Booleans = NDArray[np.bool_]

# The photon's spectrum falls steeply: dk/k^2 shares the events out over it.
_SPECTRUM = 2.0


def draw_lost_electrons(
    sqrt_s: float, smallest: float, angles: tuple[float, float], number: int, generator: np.random.Generator
) -> Floats:
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
    """
    by_electron = generator.random(number) < 0.5
    photon = _draw_photon(sqrt_s, smallest, angles, by_electron, generator)
    system, poles, size, _ = _recoiling(photon, sqrt_s)
    depth = np.where(by_electron, *(pole.draw(generator.random(number)) for pole in poles))
    axis = np.where(by_electron[:, np.newaxis], poles[0].axis, poles[1].axis)
    unit = around(axis, 1.0 - depth, 2.0 * np.pi * generator.random(number))
    scattered = boost_from_rest(massive(size[:, np.newaxis] * unit, ELECTRON_MASS), system)
    # The other one is put on its mass shell anew: the difference of energies would lose the mass.
    other = massive(system[:, 1:] - scattered[:, 1:], ELECTRON_MASS)
    sign = by_electron[:, np.newaxis]
    return np.stack([np.where(sign, scattered, other), np.where(sign, other, scattered), photon], axis=1)


def density_of_lost_electrons(momenta: Floats, sqrt_s: float, smallest: float, angles: tuple[float, float]) -> Floats:
    """Return how densely `draw_lost_electrons` fills phase space at (n, 3, 4) momenta, GeV^-2; same arguments."""
    photon = momenta[:, 2]
    system, poles, size, energy = _recoiling(photon, sqrt_s)
    densities = _photon_densities(photon, sqrt_s, smallest, angles)
    total = np.zeros(len(momenta))
    for slot, (pole, spectrum) in enumerate(zip(poles, densities, strict=True)):
        rest = boost_to_rest(momenta[:, slot], system)[:, 1:]
        unit = rest / np.sqrt(np.einsum("ni,ni->n", rest, rest))[:, np.newaxis]
        total += 0.5 * spectrum * pole.density(unit) / (2.0 * np.pi)
    # Phase space: k dk dOmega/(2 (2 pi)^3) of the photon times |p| dOmega/(16 pi^2 M) of the pair.
    element = photon[:, 0] / (2.0 * (2.0 * np.pi) ** 3) * size / (16.0 * np.pi**2 * 2.0 * energy)
    return np.asarray(total / element, dtype=np.float64)


def _recoiling(photon: Floats, sqrt_s: float) -> tuple[Floats, list[_Pole], Floats, Floats]:
    """Return what recoils against a photon: its momentum, the beams' poles, an electron's momentum and energy there."""
    system = np.array([sqrt_s, 0.0, 0.0, 0.0]) - photon
    # A photon near the end point leaves a pair at threshold; there only other ways of drawing reach.
    mass_squared = np.maximum(sqrt_s * (sqrt_s - 2.0 * photon[:, 0]), 4.0 * ELECTRON_MASS**2 * (1.0 + 1e-6))
    system[:, 0] = np.sqrt(photon[:, 0] ** 2 + mass_squared)
    energy = 0.5 * np.sqrt(mass_squared)
    size = np.sqrt(energy**2 - ELECTRON_MASS**2)
    poles = [_Pole(boost_to_rest(beam, system), energy, size) for beam in beams(sqrt_s, ELECTRON_MASS)]
    return system, poles, size, energy


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
) -> Floats:
    """Return photons (n, 4) that the other beam made.

    With 1/(1 + cos) even between its limits the density is 1/(1 + cos)^2: a photon along the positron beam, for an
    electron that is scattered little. The mirrored one holds for a positron that is.
    """
    number = len(by_electron)
    ends = _spectrum_ends(sqrt_s, smallest)
    energy = (ends[0] + (ends[1] - ends[0]) * generator.random(number)) ** (1.0 / (1.0 - _SPECTRUM))
    upper, lower = np.cos(angles[0]), np.cos(angles[1])
    near = np.where(by_electron, 1.0 / (1.0 + lower), 1.0 / (1.0 - upper))
    far = np.where(by_electron, 1.0 / (1.0 + upper), 1.0 / (1.0 - lower))
    cosine = np.where(by_electron, 1.0, -1.0) * (1.0 / (far + (near - far) * generator.random(number)) - 1.0)
    return massive(energy[:, np.newaxis] * direction(cosine, 2.0 * np.pi * generator.random(number)), 0.0)


def _photon_densities(
    photon: Floats, sqrt_s: float, smallest: float, angles: tuple[float, float]
) -> tuple[Floats, Floats]:
    """Return the densities in k and angles of photons were either beam the one that is scattered little."""
    energy, cosine = photon[:, 0], photon[:, 3] / photon[:, 0]
    upper, lower = np.cos(angles[0]), np.cos(angles[1])
    ends = _spectrum_ends(sqrt_s, smallest)
    spectrum = energy**-_SPECTRUM * (1.0 - _SPECTRUM) / (ends[1] - ends[0]) / (2.0 * np.pi)
    inside = (energy > smallest) & (energy < _largest(sqrt_s)) & (cosine > lower) & (cosine < upper)
    norms = 1.0 / (1.0 + lower) - 1.0 / (1.0 + upper), 1.0 / (1.0 - upper) - 1.0 / (1.0 - lower)
    spectrum = spectrum * inside
    return spectrum / (norms[0] * (1.0 + cosine) ** 2), spectrum / (norms[1] * (1.0 - cosine) ** 2)


def _spectrum_ends(sqrt_s: float, smallest: float) -> tuple[float, float]:
    power = 1.0 - _SPECTRUM
    return smallest**power, _largest(sqrt_s) ** power


def _largest(sqrt_s: float) -> float:
    return 0.5 * sqrt_s * (1.0 - 4.0 * ELECTRON_MASS**2 / sqrt_s**2) * (1.0 - 1e-6)
