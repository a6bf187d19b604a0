"""Particle identification: likelihood ratios whose cut at the working point has the stated efficiencies."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from ...experiment import Acceptance
from .columns import Booleans, Floats
from .geometry import muon_system_range
from .parameters import IdentificationResponse
from .particles import ELECTRON, MUON, Particles


def electron_chance(particles: Particles, with_cluster: Booleans, response: IdentificationResponse) -> Floats:
    """Give the chance that a track passes the electron cut, by its true species and whether it has a cluster."""
    electron = np.where(with_cluster, response.electron, response.electron_without_cluster)
    other = np.where(particles.species == MUON, response.muon_as_electron, response.hadron_as_electron)
    return np.asarray(np.where(particles.species == ELECTRON, electron, other))


def muon_chance(particles: Particles, acceptance: Mapping[str, Acceptance], response: IdentificationResponse) -> Floats:
    """Give the chance that a track passes the muon cut, by true species, momentum and polar angle."""
    barrel, endcap = muon_system_range(particles.theta, acceptance)
    muon = response.muon_barrel * barrel + response.muon_endcap * endcap
    above = np.maximum(particles.momentum - response.muon_threshold, 0.0)
    muon = muon * -np.expm1(-above / response.muon_turn_on)
    fake = np.where(particles.species == ELECTRON, response.electron_as_muon, response.hadron_as_muon)
    return np.asarray(np.where(particles.species == MUON, muon, fake * (barrel | endcap) * (above > 0.0)))


def likelihood_ratios(
    electron: Floats, muon: Floats, response: IdentificationResponse, generator: np.random.Generator
) -> tuple[Floats, Floats]:
    """Draw electron and muon likelihood ratios.

    They are shares of one likelihood: both in [0, 1], their sum at most 1, so that no track passes both cuts. Only
    the chance to pass the working point means anything; on either side of it the values are spread evenly.

    Parameters
    ----------
    electron, muon
        Chances to pass either cut.
    """
    cut = response.working_point
    draw, height, rest = generator.random((3, len(electron)))
    as_electron = draw < electron
    as_muon = ~as_electron & (draw < electron + muon)
    passing = 1.0 - (1.0 - cut) * height
    first = np.where(as_electron | as_muon, passing, cut * height)
    second = np.minimum(1.0 - first, cut) * rest
    muon_first = as_muon | (~as_electron & (draw >= 0.5 * (1.0 + electron + muon)))
    return np.where(muon_first, second, first), np.where(muon_first, first, second)
