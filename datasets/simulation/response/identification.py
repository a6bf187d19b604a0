"""Particle identification: likelihood ratios whose cut at the working point has the stated rates."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from ...experiment import Acceptance
from ..amplitudes.compilation import compiled
from .columns import Booleans, Floats, Integers
from .geometry import muon_system_range
from .identification_parameters import SPECIES, IdentificationResponse
from .particles import ELECTRON, HADRONS, MASSES, MUON, Particles

ROWS = dict(zip((ELECTRON, MUON, *HADRONS), range(len(SPECIES)), strict=True))


def passing_chances(
    particles: Particles,
    with_cluster: Booleans,
    acceptance: Mapping[str, Acceptance],
    response: IdentificationResponse,
) -> Floats:
    """Give the chances (N, 5) that a track passes the cut for electron, muon, pion, kaon and proton.

    Parameters
    ----------
    particles
        What made the tracks; monopoles count as protons.
    with_cluster
        Whether the track has a cluster in the calorimeter.
    acceptance
        Where the muon system is: there is no muon outside it.
    """
    chances = np.empty((len(particles), len(SPECIES)))
    barrel, endcaps = muon_system_range(particles.theta, acceptance)
    _fill_chances(
        (true_species(particles), particles.momentum, particles.theta),
        (with_cluster, barrel | endcaps),
        (np.array(response.momenta), response.table),
        (float(np.radians(response.barrel_low)), float(np.radians(response.barrel_high))),
        response.electron_without_cluster,
        chances,
    )
    return chances


@compiled
def _fill_chances(particles: Any, seen: Any, tables: Any, barrel: Any, blind: float, chances: Floats) -> None:
    """Fill, linear in momentum between a table's points; `blind` is an electron's without a cluster (compiled)."""
    species, momentum, theta = particles
    momenta, table = tables
    for i in range(len(species)):
        region = 0 if theta[i] < barrel[0] else (1 if theta[i] < barrel[1] else 2)
        above = 1
        while above < len(momenta) - 1 and momenta[above] < momentum[i]:
            above += 1
        low, high = momenta[above - 1], momenta[above]
        share = min(max((momentum[i] - low) / (high - low), 0.0), 1.0)
        for k in range(chances.shape[1]):
            lower, upper = table[species[i], k, region, above - 1], table[species[i], k, region, above]
            chances[i, k] = lower + (upper - lower) * share
        if species[i] == 0 and not seen[0][i]:
            chances[i, 0] = blind
        if not seen[1][i]:
            chances[i, 1] = 0.0


def likelihood_ratios(
    chances: Floats, species: Integers, response: IdentificationResponse, generator: np.random.Generator
) -> Floats:
    """Draw likelihood ratios (N, 5) of electron, muon, pion, kaon and proton.

    They are shares of one likelihood: each in [0, 1], their sum 1, so that no track passes two cuts. Exact is the
    chance to pass the working point. A track that passes none has its largest share, at random below the cut, for its
    own species: a looser cut takes in more of a species and no more of its fakes.

    Parameters
    ----------
    chances
        (N, 5) to pass each cut.
    species
        (N,) the true one, 0 to 4.
    """
    ratios = np.empty_like(chances)
    _fill_ratios(chances, species, (response.working_point, response.sharpness), generator, ratios)
    return ratios


@compiled
def _fill_ratios(
    chances: Floats, species: Integers, numbers: Any, generator: np.random.Generator, ratios: Floats
) -> None:
    """Fill (compiled)."""
    cut, sharpness = numbers
    for i in range(chances.shape[0]):
        draw, height, kinds = generator.random(), generator.random(), chances.shape[1]
        winner, passed = 0, chances[i, 0]
        while winner < kinds and draw >= passed:
            winner += 1
            if winner < kinds:
                passed += chances[i, winner]
        if winner < kinds:
            top = 1.0 - (1.0 - cut) * height**sharpness
        else:
            winner, top = species[i], cut * height
        total = 0.0
        for k in range(kinds):
            # Weights between 0.5 and 1.5: of four others none gets more than half of the rest.
            ratios[i, k] = 0.0 if k == winner else 0.5 + generator.random()
            total += ratios[i, k]
        for k in range(kinds):
            ratios[i, k] = top if k == winner else ratios[i, k] * (1.0 - top) / total


def true_species(particles: Particles) -> Integers:
    """Give the row of each particle's species in the tables."""
    row = np.full(len(particles), ROWS[2212])
    for code in MASSES:
        row[particles.species == code] = ROWS[code]
    return row
