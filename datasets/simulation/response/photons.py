"""What the calorimeter makes of a photon: a cluster with resolution and tail, or a loss."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from ...experiment import Acceptance
from .calorimeter_parameters import PhotonResponse
from .clusters import NOBODY, Clusters, cluster_time, shower_width
from .columns import Booleans, Floats, length
from .drawing import normals
from .geometry import BARREL, OUTSIDE, calorimeter_region, direction, edge_distance, wrap
from .particles import Particles
from .propagation import Impact
from .secondaries import LIGHT
from .tracking_parameters import GeometryResponse


def energy_resolution(energy: Floats, region: NDArray[np.int32], response: PhotonResponse) -> Floats:
    """Give the relative resolution sigma_E/E of electromagnetic showers of `energy` in GeV."""
    energy = np.maximum(energy, response.threshold)
    squares = (response.energy_noise / energy) ** 2 + response.energy_constant**2
    squares += response.energy_stochastic**2 / np.sqrt(energy)
    return np.asarray(np.sqrt(squares) * np.where(region == BARREL, 1.0, response.endcap_factor))


def measured_energy(
    energy: Floats, region: NDArray[np.int32], response: PhotonResponse, generator: np.random.Generator
) -> Floats:
    """Draw measured energies (GeV): a Gaussian and, for some, an exponential loss towards low energy."""
    shift = normals(generator, len(energy))
    leaking = generator.random(len(energy)) < response.tail_fraction
    shift[leaking] -= response.tail_scale * generator.standard_exponential(int(leaking.sum()))
    return np.asarray(energy * (1.0 + response.energy_bias + energy_resolution(energy, region, response) * shift))


def photon_efficiency(
    energy: Floats,
    theta: Floats,
    region: NDArray[np.int32],
    acceptance: Mapping[str, Acceptance],
    response: PhotonResponse,
) -> Floats:
    """Give the chance of a cluster: none outside, a fixed one in gaps, less near edges and for soft photons.

    Parameters
    ----------
    energy, theta, region
        Generated energy (GeV), polar angle (rad) and the calorimeter's part there.
    """
    hard = response.hard_loss + (response.soft_loss - response.hard_loss) * np.exp(-energy / response.hard_scale)
    turn_on = -np.expm1(-np.maximum(energy - response.threshold, 0.0) / response.turn_on)
    edge = response.edge_loss * np.exp(-edge_distance(theta, acceptance) / response.edge_width)
    inside = np.where(region > 10, response.gap_efficiency, (1.0 - hard) * (1.0 - edge))
    return np.asarray((region != OUTSIDE) * turn_on * inside)


def measured_direction(
    energy: Floats, theta: Floats, phi: Floats, response: PhotonResponse, generator: np.random.Generator
) -> tuple[Floats, Floats]:
    """Draw measured directions (rad) of showers of `energy` in GeV."""
    width = length(response.angle_stochastic / np.sqrt(np.maximum(energy, 1e-6)), response.angle_constant)
    across = width / np.maximum(np.sin(theta), 1e-3)
    drawn = np.abs(theta + width * normals(generator, len(theta)))
    return np.minimum(drawn, np.pi), wrap(phi + across * normals(generator, len(phi)))


def photon_clusters(
    photons: Particles,
    impact: Impact,
    acceptance: Mapping[str, Acceptance],
    response: PhotonResponse,
    geometry: GeometryResponse,
    generator: np.random.Generator,
) -> tuple[Clusters, Booleans]:
    """Give the clusters of photons, and which of the photons the calorimeter lost.

    Losses for want of energy alone (below the threshold) count as lost too. A photon made within the crystals showers
    where it was made, in what is left of them; one made behind them is lost.
    """
    region = calorimeter_region(impact.theta, acceptance)
    energy = photons.momentum
    seen = generator.random(len(photons)) < photon_efficiency(energy, impact.theta, region, acceptance, response)
    measured = measured_energy(energy, region, response, generator)
    left = np.maximum(geometry.calorimeter_depth - impact.depth, 0.0)
    late = impact.depth > 0.0
    measured = np.where(late, -np.expm1(-left / response.late_leakage), 1.0) * measured
    seen &= measured > response.threshold
    theta, phi = measured_direction(energy, impact.theta, impact.phi, response, generator)
    clusters = Clusters(
        event=photons.event,
        energy=measured,
        theta=theta,
        phi=phi,
        time=cluster_time(energy, response, generator) + delay(photons, impact),
        second_moment=shower_width(len(photons), response, generator),
        hadronic=np.zeros(len(photons)),
        truth=photons.truth,
        owner=np.full(len(photons), NOBODY),
    )
    return clusters.select(seen), ~seen


def delay(particles: Particles, impact: Impact) -> Floats:
    """Give how much later (ns) than light from the interaction point particles of displaced vertices arrive."""
    late = np.zeros(len(particles))
    rows = np.flatnonzero(particles.time > 0.0)
    if len(rows):
        found, path = particles.select(rows), impact.path[rows]
        vertex = np.stack([found.x, found.y, found.z])
        arrival = vertex + direction(found.theta, found.phi) * path
        late[rows] = found.time + (path - np.linalg.norm(arrival, axis=0)) / LIGHT
    return late
