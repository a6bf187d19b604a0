"""Particle identification: likelihood ratios whose cut at the working point has the stated rates."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from ...experiment import Acceptance
from .columns import Booleans, Floats, Integers
from .drawing import edges_below
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
    momenta = np.array(response.momenta)
    table = response.table
    row = true_species(particles)
    degrees = np.degrees(particles.theta)
    region = np.where(degrees < response.barrel_low, 0, np.where(degrees < response.barrel_high, 1, 2))
    above = np.clip(edges_below(momenta, particles.momentum), 1, len(momenta) - 1)
    share = np.clip((particles.momentum - momenta[above - 1]) / (momenta[above] - momenta[above - 1]), 0.0, 1.0)
    upper, lower = table[row, :, region, above], table[row, :, region, above - 1]
    chances = lower + (upper - lower) * share[:, np.newaxis]
    chances[:, 0] = np.where((row == 0) & ~with_cluster, response.electron_without_cluster, chances[:, 0])
    barrel, endcap = muon_system_range(particles.theta, acceptance)
    chances[:, 1] *= barrel | endcap
    return np.asarray(chances)


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
    size, kinds = chances.shape
    cut = response.working_point
    draw, height = generator.random((2, size))
    winner = (draw[:, np.newaxis] >= np.cumsum(chances, axis=1)).sum(axis=1)
    passed = winner < kinds
    winner = np.where(passed, winner, species)
    top = np.where(passed, 1.0 - (1.0 - cut) * height**response.sharpness, cut * height)
    # Weights between 0.5 and 1.5: of four others none gets more than half of the rest.
    ratios = 0.5 + generator.random((size, kinds))
    rows = np.arange(size)
    ratios[rows, winner] = 0.0
    ratios *= ((1.0 - top) / ratios.sum(axis=1))[:, np.newaxis]
    ratios[rows, winner] = top
    return ratios


def true_species(particles: Particles) -> Integers:
    """Give the row of each particle's species in the tables."""
    row = np.full(len(particles), ROWS[2212])
    for code in MASSES:
        row[particles.species == code] = ROWS[code]
    return row
