"""A lepton pair and a photon: two channels, radiation from the beams and from the pair, weighed against each other."""

from __future__ import annotations

import numpy as np

from ..constants import ELECTRON_MASS
from .boosts import Floats, around, boost_from_rest, direction, massive


def draw_pair_and_photon(
    sqrt_s: float, lepton_mass: float, smallest: float, number: int, generator: np.random.Generator
) -> tuple[Floats, Floats]:
    """Draw l-, l+ and a photon where radiation from the beams or from the pair is large.

    The photon has dx/(x (1 - x)), x = k/E: soft photons and the growth as 1/s'. Then either it follows
    1/(1 - b^2 cos^2) about the beams and the pair is even in its rest frame, or it is even and the pair follows
    1/(1 - b'^2 cos^2) about it, b' the leptons' velocity.

    Parameters
    ----------
    sqrt_s
        Centre-of-mass energy, GeV.
    lepton_mass
        GeV.
    smallest
        Smallest photon energy, GeV.
    number
        Number of events.
    generator
        Random generator.

    Returns
    -------
    momenta
        (n, 3, 4) of l-, l+ and photon in GeV, centre-of-mass frame.
    volume
        (n,) phase-space volume that each event stands for, GeV^2, (2 pi)^4 delta^4 included.
    """
    from_beams = generator.random(number) < 0.5
    logits = [np.log(x / (1.0 - x)) for x in (2.0 * smallest / sqrt_s, 1.0 - 4.0 * lepton_mass**2 / sqrt_s**2)]
    span = logits[1] - logits[0]
    share = 1.0 / (1.0 + np.exp(-logits[0] - span * generator.random(number)))
    rapidity = float(np.arccosh(0.5 * sqrt_s / ELECTRON_MASS))
    even, peaked = 2.0 * generator.random((2, number)) - 1.0
    cosine = np.where(from_beams, np.clip(np.tanh(rapidity * peaked) / np.tanh(rapidity), -1.0, 1.0), even)
    photon_unit = direction(cosine, 2.0 * np.pi * generator.random(number))
    photon = massive(0.5 * sqrt_s * (share[:, np.newaxis] * photon_unit), 0.0)
    mass = sqrt_s * np.sqrt(1.0 - share)
    velocity = np.sqrt(np.maximum(1.0 - (2.0 * lepton_mass / mass) ** 2, 1e-12))
    tilt = np.where(from_beams, velocity * even, np.tanh(np.arctanh(velocity) * peaked))
    unit = around(photon_unit, tilt / velocity, 2.0 * np.pi * generator.random(number))
    system = np.array([sqrt_s, 0.0, 0.0, 0.0]) - photon
    lepton = boost_from_rest(massive(0.5 * (mass * velocity)[:, np.newaxis] * unit, lepton_mass), system)
    pole = (1.0 - cosine) * (1.0 + cosine) + (cosine / np.cosh(rapidity)) ** 2
    by_beams = np.tanh(rapidity) / (2.0 * rapidity * pole)
    by_pair = velocity / (2.0 * np.arctanh(velocity) * (1.0 - tilt**2))
    spectrum = 2.0 / (sqrt_s * span * share * (1.0 - share))
    density = spectrum * 0.5 * (by_beams + by_pair) / (8.0 * np.pi**2)
    # k dk dOmega/(2 (2 pi)^3) of the photon times |p| dOmega/(16 pi^2 M) of the pair.
    element = photon[:, 0] / (2.0 * (2.0 * np.pi) ** 3) * velocity / (32.0 * np.pi**2)
    return np.stack([lepton, system - lepton, photon], axis=1), element / density
