"""Clusters of the muon system: muons, what hadrons leave there, and photons that the calorimeter lost."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from ...experiment import Acceptance
from .calorimeter_parameters import NeutralHadronResponse
from .columns import Columns, Floats, Integers
from .drawing import normals
from .geometry import muon_system_range, wrap
from .parameters import MuonSystemResponse
from .particles import ELECTRON, MUON, Particles
from .propagation import Impact

NO_TRACK = -1


@dataclass(frozen=True)
class MuonSystemClusters(Columns):
    """Clusters as the event model's `klm` has them.

    Attributes
    ----------
    theta, phi
        rad, seen from the interaction point.
    layers
        Number of layers with hits.
    time
        ns.
    truth
        Index among the event's generated particles.
    owner
        Row of the charged particle that made it, -1 for a neutral one.
    """

    theta: Floats
    phi: Floats
    layers: Integers
    time: Floats
    truth: Integers
    owner: Integers


def charged_hits(
    charged: Particles,
    impact: Impact,
    acceptance: Mapping[str, Acceptance],
    response: MuonSystemResponse,
    generator: np.random.Generator,
) -> MuonSystemClusters:
    """Draw the clusters of muons and hadrons that get there; electrons never do."""
    # Behind the coil the return flux bends back: the impact stands for the direction further out.
    barrel, endcap = muon_system_range(impact.theta, acceptance)
    excess = np.where(barrel, charged.transverse - response.minimum_pt, charged.momentum - response.minimum_momentum)
    reached = impact.reached & (barrel | endcap) & (excess > 0.0)
    efficiency = np.where(charged.species == MUON, response.muon_efficiency, response.hadron_efficiency)
    efficiency = efficiency * (reached & (charged.species != ELECTRON))
    owner = np.flatnonzero(generator.random(len(charged)) < efficiency)
    size = len(owner)
    # A muon goes on until its range is spent, a hadron's remnant stops anywhere before.
    depth = 2.0 + excess[owner] / response.range_per_layer
    depth = depth * np.where(charged.species[owner] == MUON, 1.0, generator.random(size))
    return _measured(charged.select(owner), impact.theta[owner], impact.phi[owner], depth, owner, response, generator)


def photon_leaks(
    lost: Particles,
    impact: Impact,
    acceptance: Mapping[str, Acceptance],
    response: MuonSystemResponse,
    generator: np.random.Generator,
) -> MuonSystemClusters:
    """Draw the clusters of hard photons that the calorimeter lost in gaps and cracks: the veto against them.

    Parameters
    ----------
    lost
        Photons without a cluster in the calorimeter, those made behind it included.
    impact
        Where they were lost.
    """
    barrel, endcap = muon_system_range(impact.theta, acceptance)
    seen = (lost.momentum > response.photon_energy) & (barrel | endcap)
    seen &= generator.random(len(lost)) < response.photon_efficiency
    return _neutral(lost, impact, np.flatnonzero(seen), response, generator)


def neutral_hadron_hits(
    passing: Particles,
    impact: Impact,
    acceptance: Mapping[str, Acceptance],
    numbers: NeutralHadronResponse,
    response: MuonSystemResponse,
    generator: np.random.Generator,
) -> MuonSystemClusters:
    """Draw the clusters of K_L and neutrons that the calorimeter let pass."""
    barrel, endcap = muon_system_range(impact.theta, acceptance)
    seen = (passing.momentum > numbers.minimum_momentum) & (barrel | endcap)
    seen &= generator.random(len(passing)) < numbers.muon_system_probability
    return _neutral(passing, impact, np.flatnonzero(seen), response, generator)


def _neutral(
    particles: Particles, impact: Impact, seen: Integers, response: MuonSystemResponse, generator: np.random.Generator
) -> MuonSystemClusters:
    depth = 1.0 + generator.poisson(max(response.photon_layers - 1.0, 0.0), len(seen)).astype(np.float64)
    owner = np.full(len(seen), NO_TRACK)
    return _measured(particles.select(seen), impact.theta[seen], impact.phi[seen], depth, owner, response, generator)


def _measured(
    particles: Particles,
    theta: Floats,
    phi: Floats,
    depth: Floats,
    owner: Integers,
    response: MuonSystemResponse,
    generator: np.random.Generator,
) -> MuonSystemClusters:
    size = len(particles)
    shift = response.angle_resolution * normals(generator, 2, size)
    return MuonSystemClusters(
        event=particles.event,
        theta=np.clip(theta + shift[0], 0.0, np.pi),
        phi=wrap(phi + shift[1] / np.maximum(np.sin(theta), 0.1)),
        layers=np.clip(np.floor(depth), 1.0, response.layers).astype(np.int64),
        time=particles.time + response.time_resolution * normals(generator, size),
        truth=particles.truth,
        owner=owner,
    )
