"""Three photons from two beams: one soft or along a beam, the others peaked along the beams that it leaves."""

from __future__ import annotations

import numpy as np

from ..constants import ELECTRON_MASS
from .boosts import Floats, around, boost_from_rest, boost_to_rest
from .two_body import beams

# Softens the peaks of the pair along the beams; a photon that balances a visible one stays well above it.
_REGULATOR = 1e-5
# k/(E - k) up to which a photon is drawn; what is left beyond cannot put another one into a detector.
_LARGEST_ODDS = 1e6


def draw_three_photons(
    sqrt_s: float, smallest: float, number: int, generator: np.random.Generator
) -> tuple[Floats, Floats]:
    """Draw momenta of three photons where the amplitude is large.

    One photon has the energy and the angle of a photon radiated by either beam. In the rest frame of the other two,
    these lie near the direction of the electron or of the positron there. The volume is that of the mixture in which
    each photon plays the first part in turn: exact for whatever is symmetric in the photons.

    Parameters
    ----------
    sqrt_s
        Centre-of-mass energy, GeV.
    smallest
        Smallest energy of the first photon, GeV.
    number
        Number of events.
    generator
        Random generator.

    Returns
    -------
    momenta
        (n, 3, 4) in GeV, centre-of-mass frame.
    volume
        (n,) phase-space volume that each event stands for, GeV^2, (2 pi)^4 delta^4 included.
    """
    first = _radiated(sqrt_s, smallest, number, generator)
    system = np.array([sqrt_s, 0.0, 0.0, 0.0]) - first
    both = beams(sqrt_s, ELECTRON_MASS)
    chosen = both[generator.integers(0, 2, number)]
    axis = boost_to_rest(chosen, system)[:, 1:]
    axis /= np.sqrt(np.einsum("ni,ni->n", axis, axis))[:, np.newaxis]
    span = np.log1p(1.0 / _REGULATOR)
    depth = _REGULATOR * np.expm1(span * generator.random(number))
    depth = np.where(generator.random(number) < 0.5, depth, 1.0 - depth)
    unit = around(axis, 1.0 - 2.0 * depth, 2.0 * np.pi * generator.random(number))
    # M = sqrt(s (1 - 2 k/sqrt s)) exactly, for one massless photon recoils.
    energy = 0.5 * np.sqrt(sqrt_s * (sqrt_s - 2.0 * first[:, 0]))
    rest = np.concatenate([energy[:, np.newaxis], energy[:, np.newaxis] * unit], axis=1)
    second = boost_from_rest(rest, system)
    momenta = np.stack([first, second, system - second], axis=1)
    return momenta, _volume(momenta, sqrt_s, smallest)


def _radiated(sqrt_s: float, smallest: float, number: int, generator: np.random.Generator) -> Floats:
    """Return (n, 4) photons with dx/(x (1 - x)), x = k/E, and 1/(1 - b^2 cos^2), b the beams' velocity.

    The pole at x = 1 is the growth of the other two photons' cross section as 1/s'.
    """
    logit = _odds_span(sqrt_s, smallest) * generator.random(number) + np.log(2.0 * smallest / sqrt_s)
    energy = 0.5 * sqrt_s / (1.0 + np.exp(-logit))
    limit = _beam_rapidity(sqrt_s)
    rapidity = limit * (2.0 * generator.random(number) - 1.0)
    # b c = tanh(rapidity) with b = tanh(limit); sinh(difference) gives b - b c without cancellation.
    scale = np.sinh(limit) * np.cosh(rapidity)
    near = np.sinh(limit - np.abs(rapidity)) / scale
    cosine = np.copysign(1.0 - near, rapidity)
    sine = np.sqrt(near * (2.0 - near))
    azimuth = 2.0 * np.pi * generator.random(number)
    shape = np.stack([np.ones(number), sine * np.cos(azimuth), sine * np.sin(azimuth), cosine], axis=1)
    momenta: Floats = energy[:, np.newaxis] * shape
    return momenta


def _odds_span(sqrt_s: float, smallest: float) -> float:
    """Return the range of ln[x/(1 - x)] that is drawn from."""
    return float(np.log(_LARGEST_ODDS) - np.log(2.0 * smallest / sqrt_s))


def _beam_rapidity(sqrt_s: float) -> float:
    """Return artanh of the beams' velocity."""
    return float(np.arccosh(0.5 * sqrt_s / ELECTRON_MASS))


def _volume(momenta: Floats, sqrt_s: float, smallest: float) -> Floats:
    """Return the inverse of the mean density of the three mixtures per three-body phase space."""
    energy = momenta[..., 0]
    transverse = momenta[..., 1] ** 2 + momenta[..., 2] ** 2
    # p.k of electron and positron over the beam energy, E - |pz| without its cancellation.
    other = transverse / (energy + np.abs(momenta[..., 3]))
    forward = momenta[..., 3] > 0.0
    large = energy + np.abs(momenta[..., 3])
    products = np.where(forward, other, large), np.where(forward, large, other)
    limit = _beam_rapidity(sqrt_s)
    velocity, mass_term = np.tanh(limit), np.cosh(limit) ** -2
    density = np.zeros(len(momenta))
    for photon in range(3):
        one, two = (photon + 1) % 3, (photon + 2) % 3
        peaks = sum(_peak(product[:, one], product[:, two]) for product in products)
        squared_sine = transverse[:, photon] / energy[:, photon] ** 2
        pole = squared_sine + mass_term * (1.0 - squared_sine)  # 1 - b^2 cos^2
        radiated = velocity / (2.0 * limit * pole) / (2.0 * np.pi)
        left = np.maximum(1.0 - 2.0 * energy[:, photon] / sqrt_s, _LARGEST_ODDS**-1)
        spectrum = 1.0 / (energy[:, photon] * left * _odds_span(sqrt_s, smallest))
        inverse_volume = 2.0 * (2.0 * np.pi) ** 3 / energy[:, photon] * 32.0 * np.pi**2
        density += radiated * spectrum * inverse_volume * peaks / (8.0 * np.pi) / 3.0
    return 1.0 / density


def _peak(near: Floats, far: Floats) -> Floats:
    """Return the density of y = p.k1/(p.k1 + p.k2), peaked at 0 and at 1."""
    y, z = near / (near + far), far / (near + far)
    density: Floats = (1.0 / (y + _REGULATOR) + 1.0 / (z + _REGULATOR)) / (2.0 * np.log1p(1.0 / _REGULATOR))
    return density
