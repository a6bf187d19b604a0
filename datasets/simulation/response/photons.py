"""What the calorimeter makes of a photon: a cluster with resolution and tail, or a loss."""

from __future__ import annotations

from collections.abc import Mapping
from math import cos, exp, expm1, pi, sin, sqrt
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...experiment import Acceptance
from ..amplitudes.compilation import Component, compiled, shared
from .calorimeter_parameters import PhotonResponse
from .clusters import NOBODY, Clusters, draw_time, draw_width
from .columns import Booleans, Floats
from .geometry import (
    BARREL,
    LAST_PART,
    OUTSIDE,
    CalorimeterParts,
    calorimeter_parts,
    edge_distance_at,
    region_at,
    wrapped,
)
from .numbers import numbers
from .particles import Particles
from .propagation import Impact
from .secondaries import LIGHT
from .tracking_parameters import GeometryResponse


@shared
def energy_resolution(energy: Component, region: Component, response: Any) -> Component:
    """Give the relative resolution sigma_E/E of electromagnetic showers of `energy` in GeV."""
    energy = np.maximum(energy, response.threshold)
    squares = (response.energy_noise / energy) ** 2 + response.energy_constant**2
    squares += response.energy_stochastic**2 / np.sqrt(energy)
    # A power of 0 or 1 instead of a choice: it works for arrays and in compiled loops alike.
    return np.sqrt(squares) * response.endcap_factor ** (region != BARREL)


@shared
def draw_energy(energy: float, region: int, response: Any, generator: np.random.Generator) -> float:
    """Draw a measured energy (GeV): a Gaussian and, for some, an exponential loss towards low energy."""
    shift = generator.standard_normal()
    if generator.random() < response.tail_fraction:
        shift -= response.tail_scale * generator.standard_exponential()
    relative: float = 1.0 + response.energy_bias + energy_resolution(energy, region, response) * shift
    return energy * relative


@shared
def efficiency_at(energy: float, theta: float, region: int, parts: CalorimeterParts, response: Any) -> float:
    """Give the chance of a cluster: none outside, a fixed one in gaps, less near edges and for soft photons.

    Parameters
    ----------
    energy, theta, region
        Generated energy (GeV), polar angle (rad) and the calorimeter's part there.
    """
    if region == OUTSIDE:
        return 0.0
    turn_on = -expm1(-max(energy - response.threshold, 0.0) / response.turn_on)
    if region > LAST_PART:
        leaking: float = turn_on * response.gap_efficiency
        return leaking
    hard = response.hard_loss + (response.soft_loss - response.hard_loss) * exp(-energy / response.hard_scale)
    edge = response.edge_loss * exp(-edge_distance_at(theta, parts) / response.edge_width)
    chance: float = turn_on * (1.0 - hard) * (1.0 - edge)
    return chance


def photon_efficiency(
    energy: Floats,
    theta: Floats,
    region: NDArray[np.int32],
    acceptance: Mapping[str, Acceptance],
    response: PhotonResponse,
) -> Floats:
    """Give the chances of clusters as `efficiency_at` does, of arrays."""
    chances = np.empty(len(energy))
    _fill_chances((energy, theta, region), calorimeter_parts(acceptance), numbers(response), chances)
    return chances


@compiled
def _fill_chances(photons: Any, parts: CalorimeterParts, response: Any, chances: Any) -> None:
    """Fill (compiled)."""
    energy, theta, region = photons
    for i in range(len(chances)):
        chances[i] = efficiency_at(energy[i], theta[i], region[i], parts, response)


@shared
def draw_direction(
    energy: float, theta: float, phi: float, response: Any, generator: np.random.Generator
) -> tuple[float, float]:
    """Draw the measured direction (rad) of a shower of `energy` in GeV."""
    width = sqrt(response.angle_stochastic**2 / max(energy, 1e-6) + response.angle_constant**2)
    across = width / max(sin(theta), 1e-3)
    drawn = abs(theta + width * generator.standard_normal())
    return min(drawn, pi), wrapped(phi + across * generator.standard_normal())


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
    size = len(photons)
    whole, real, lost = np.empty((2, size), dtype=np.int64), np.empty((5, size)), np.empty(size, dtype=np.bool_)
    found = _fill_photons(
        (photons.event, photons.truth),
        (photons.momentum, photons.theta, photons.phi, photons.time),
        (photons.x, photons.y, photons.z),
        (impact.theta, impact.phi, impact.depth, impact.path),
        calorimeter_parts(acceptance),
        numbers(response),
        geometry.calorimeter_depth,
        generator,
        (whole, real, lost),
    )
    energy, theta, phi, time, moment = real[:, :found]
    event, truth = whole[:, :found]
    clusters = Clusters(event, energy, theta, phi, time, moment, np.zeros(found), truth, np.full(found, NOBODY))
    return clusters, lost


@compiled
def _fill_photons(
    records: Any,
    flight: Any,
    place: Any,
    impact: Any,
    parts: CalorimeterParts,
    response: Any,
    thickness: float,
    generator: np.random.Generator,
    found: Any,
) -> int:
    """Fill event and truth; energy, direction, time and second moment of clusters; losses; give the number (compiled).

    `thickness` is the crystals', cm.
    """
    events, truths = records
    momentum, polar, azimuth, times = flight
    whole, real, lost = found
    number = 0
    for i in range(len(events)):
        theta, phi, depth, path = impact[0][i], impact[1][i], impact[2][i], impact[3][i]
        region, energy = region_at(theta, parts), momentum[i]
        lost[i] = True
        if generator.random() >= efficiency_at(energy, theta, region, parts, response):
            continue
        measured = draw_energy(energy, region, response, generator)
        if depth > 0.0:
            measured *= -expm1(-max(thickness - depth, 0.0) / response.late_leakage)
        if measured <= response.threshold:
            continue
        lost[i] = False
        whole[0, number], whole[1, number] = events[i], truths[i]
        real[0, number] = measured
        real[1, number], real[2, number] = draw_direction(energy, theta, phi, response, generator)
        real[3, number] = draw_time(energy, response, generator)
        if times[i] > 0.0:
            real[3, number] += delay(times[i], (place[0][i], place[1][i], place[2][i]), polar[i], azimuth[i], path)
        real[4, number] = draw_width(response, generator)
        number += 1
    return number


@shared
def delay(time: float, vertex: tuple[float, float, float], theta: float, phi: float, path: float) -> float:
    """Give how much later (ns) than light from the interaction point a particle of a displaced vertex arrives.

    Parameters
    ----------
    time, vertex
        Of production, ns after the collision and cm.
    theta, phi
        Its direction there, rad.
    path
        Length (cm) of its way to the calorimeter.
    """
    sine = sin(theta)
    x, y, z = vertex[0] + path * sine * cos(phi), vertex[1] + path * sine * sin(phi), vertex[2] + path * cos(theta)
    return time + (path - sqrt(x**2 + y**2 + z**2)) / LIGHT
