"""What the calorimeter makes of a photon: a cluster with resolution and tail, or a loss."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from ...experiment import Acceptance
from .clusters import NOBODY, Clusters, cluster_time, shower_shape
from .columns import Booleans, Floats
from .geometry import BACKWARD, BARREL, FORWARD, calorimeter_region, edge_distance, wrap
from .parameters import PhotonResponse
from .particles import Particles


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
    shift = generator.standard_normal(len(energy))
    leaking = generator.random(len(energy)) < response.tail_fraction
    shift[leaking] -= response.tail_scale * generator.standard_exponential(int(leaking.sum()))
    return np.asarray(energy * (1.0 + energy_resolution(energy, region, response) * shift))


def photon_efficiency(
    energy: Floats,
    theta: Floats,
    region: NDArray[np.int32],
    acceptance: Mapping[str, Acceptance],
    response: PhotonResponse,
) -> Floats:
    """Give the chance of a cluster: none in gaps and outside, less near edges and for soft photons.

    Parameters
    ----------
    energy, theta, region
        Generated energy (GeV), polar angle (rad) and the calorimeter's part there.
    """
    hard = response.hard_loss + (response.soft_loss - response.hard_loss) * np.exp(-energy / response.hard_scale)
    turn_on = -np.expm1(-np.maximum(energy - response.threshold, 0.0) / response.turn_on)
    edge = response.edge_loss * np.exp(-edge_distance(theta, acceptance) / response.edge_width)
    inside = (region == FORWARD) | (region == BARREL) | (region == BACKWARD)
    return np.asarray(inside * (1.0 - hard) * turn_on * (1.0 - edge))


def measured_direction(
    energy: Floats, theta: Floats, phi: Floats, response: PhotonResponse, generator: np.random.Generator
) -> tuple[Floats, Floats]:
    """Draw measured directions (rad) of showers of `energy` in GeV."""
    width = np.hypot(response.angle_stochastic / np.sqrt(np.maximum(energy, 1e-6)), response.angle_constant)
    across = width / np.maximum(np.sin(theta), 1e-3)
    drawn = np.abs(theta + width * generator.standard_normal(len(theta)))
    return np.minimum(drawn, np.pi), wrap(phi + across * generator.standard_normal(len(phi)))


def photon_clusters(
    photons: Particles,
    acceptance: Mapping[str, Acceptance],
    response: PhotonResponse,
    generator: np.random.Generator,
) -> tuple[Clusters, Booleans]:
    """Give the clusters of photons, and which of the photons the calorimeter lost.

    Losses for want of energy alone (below the threshold) count as lost too.
    """
    region = calorimeter_region(photons.theta, acceptance)
    energy = photons.momentum
    seen = generator.random(len(photons)) < photon_efficiency(energy, photons.theta, region, acceptance, response)
    measured = measured_energy(energy, region, response, generator)
    seen &= measured > response.threshold
    theta, phi = measured_direction(energy, photons.theta, photons.phi, response, generator)
    clusters = Clusters(
        event=photons.event,
        energy=measured,
        theta=theta,
        phi=phi,
        time=cluster_time(energy, response, generator),
        second_moment=shower_shape(len(photons), response, generator),
        truth=photons.truth,
        owner=np.full(len(photons), NOBODY),
    )
    return clusters.select(seen), ~seen
