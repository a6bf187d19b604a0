"""Shower shapes of clusters: variables that tell one photon from two merged ones and from hadrons.

Each is drawn as mean + broadening ln(m/m0) + hadron h + noise, with m the cluster's second moment, m0 that of one
photon's shower and h the share of energy that hadrons left. Merged photons are broad because of their distance, so that
all shapes move together with the second moment; the noise of each is its own.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import inf, sqrt
from typing import Any

import numpy as np

from ..amplitudes.compilation import compiled
from .calorimeter_parameters import PhotonResponse, ShapeResponse
from .clusters import Clusters, time_resolution
from .columns import Floats, Integers
from .drawing import normals
from .geometry import direction
from .tracking_parameters import GeometryResponse

RATIOS = ("e1_over_e9", "e9_over_e21", "lateral_energy", "zernike_40", "zernike_51", "pulse_shape")
WITHIN_99 = 2.5758  # standard deviations that hold 99 % of a Gaussian


@dataclass(frozen=True)
class Shapes:
    """Shower shapes by the event model's field names (`photons`)."""

    fields: dict[str, Floats]


def draw_shapes(
    clusters: Clusters, distance: Floats, shapes: ShapeResponse, photons: PhotonResponse, generator: np.random.Generator
) -> Shapes:
    """Draw the shapes of clusters.

    Parameters
    ----------
    clusters
        Neutral ones, after merging.
    distance
        To the nearest track where that meets the calorimeter, cm.
    """
    energy = np.maximum(clusters.energy, photons.threshold)
    broad = np.log(np.maximum(clusters.second_moment, 1e-3) / photons.second_moment_mean)
    noise = normals(generator, len(RATIOS) + 1, len(clusters)) * np.sqrt(1.0 + shapes.spread_scale / energy)
    fields: dict[str, Floats] = {"time_error": WITHIN_99 * time_resolution(energy, photons)}
    for name, own in zip(RATIOS, noise, strict=False):
        mean, broadening, hadron, width = (
            getattr(shapes, f"{name}_{part}") for part in ("mean", "broadening", "hadron", "width")
        )
        fields[name] = np.clip(mean + broadening * broad + hadron * clusters.hadronic + width * own, 0.0, 1.0)
    crystals = shapes.crystals_minimum + shapes.crystals_per_log_energy * np.log(energy / photons.threshold)
    crystals += shapes.crystals_broadening * broad + shapes.crystals_width * noise[-1]
    fields["crystals"] = np.maximum(crystals, 1.0)
    fields["track_distance"] = np.minimum(distance, shapes.track_distance_maximum)
    return Shapes(fields)


def nearest_track(
    clusters: Clusters, tracks: Integers, theta: Floats, phi: Floats, geometry: GeometryResponse
) -> Floats:
    """Give each cluster's distance (cm) to the nearest track of its event on the calorimeter's front face.

    Parameters
    ----------
    tracks
        (M,) events of the tracks, never falling.
    theta, phi
        (M,) directions (rad) of where they meet the calorimeter.
    """
    distance = np.empty(len(clusters))
    surface = (geometry.calorimeter_radius, geometry.calorimeter_forward_z, geometry.calorimeter_backward_z)
    _distances((clusters.event, clusters.directions), (tracks, direction(theta, phi)), surface, distance)
    return distance


@compiled
def _distances(clusters: Any, tracks: Any, surface: Any, distance: Any) -> None:
    """Fill the distances (compiled): between unit vectors, times the cluster's distance from the centre."""
    events, units = tracks
    first = 0
    for i in range(len(distance)):
        event, x, y, cosine = clusters[0][i], clusters[1][0, i], clusters[1][1, i], clusters[1][2, i]
        while first < len(events) and events[first] < event:
            first += 1
        sine = sqrt(x**2 + y**2)
        face = surface[1] if cosine > 0.0 else surface[2]
        reach = min(surface[0] / max(sine, 1e-6), face / max(abs(cosine), 1e-6))
        j, nearest = first, inf
        while j < len(events) and events[j] == event:
            nearest = min(nearest, (x - units[0, j]) ** 2 + (y - units[1, j]) ** 2 + (cosine - units[2, j]) ** 2)
            j += 1
        distance[i] = reach * sqrt(nearest)
