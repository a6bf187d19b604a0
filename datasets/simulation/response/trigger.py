"""The first-level trigger: what it sees of clusters and tracks, and which of its lines fire."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from math import cos, degrees, sin
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...frames import Beams
from ..amplitudes.compilation import compiled
from .charged import Tracks
from .clusters import Clusters
from .columns import Booleans, Columns, Floats, Integers, any_in_event, counts, length, pairs
from .geometry import within_degrees
from .trigger_conditions import count_clusters, find_pairs, sum_energies
from .trigger_lines import Line, TrackCount, TrackPair, TriggerResponse

Bounds = tuple[float | None, float | None]


@dataclass(frozen=True)
class TriggerClusters(Columns):
    """Clusters as the trigger sees them.

    Attributes
    ----------
    energy, cm_energy
        GeV, laboratory and centre-of-mass frame.
    cm_theta, cm_phi
        Degrees, centre-of-mass frame.
    ring
        Ring of trigger cells, from 1 (forward) on, 0 outside.
    """

    energy: Floats
    cm_energy: Floats
    cm_theta: Floats
    cm_phi: Floats
    ring: Integers


@dataclass(frozen=True)
class TriggerTracks(Columns):
    """Full tracks of the drift chamber's trigger.

    Attributes
    ----------
    momentum
        GeV.
    phi
        Degrees.
    neuro
        Whether a vertex along z was found, near the interaction point.
    """

    momentum: Floats
    phi: Floats
    neuro: Booleans

    @cached_property
    def pairs(self) -> tuple[Integers, Integers, Floats]:
        """Rows of all pairs of one event, and the difference of their azimuths (degrees)."""
        first, second = pairs(self.event)
        return first, second, phi_difference(self.phi[first], self.phi[second])


@dataclass(frozen=True)
class TriggerView:
    """All that the trigger sees of `number` events."""

    clusters: TriggerClusters
    tracks: TriggerTracks
    number: int


def trigger_clusters(clusters: Clusters, beams: Beams, response: TriggerResponse) -> TriggerClusters:
    """Give the clusters above the trigger cells' threshold, those of tracks included."""
    size = len(clusters)
    event, ring, real = np.empty(size, dtype=np.int64), np.empty(size, dtype=np.int64), np.empty((5, size))
    found = _to_cm(
        (clusters.event, clusters.energy, clusters.theta, clusters.phi),
        response.cluster_threshold,
        np.asarray(response.ring_edges, dtype=np.float64),
        beams.to_cm,
        (event, ring, real),
    )
    energy, cm_energy, x, y, z = real[:, :found]
    theta, phi = np.degrees(np.arctan2(length(x, y), z)), np.degrees(np.arctan2(y, x))
    return TriggerClusters(event[:found], energy, cm_energy, theta, phi, ring[:found])


@compiled
def _to_cm(clusters: Any, threshold: float, edges: Any, matrix: Any, found: Any) -> int:
    """Fill event, ring, energy, and energy and direction in another frame, of hard ones (compiled).

    Energies are in GeV, angles in degrees; the direction is a vector of any length.
    """
    events, energy, theta, phi = clusters
    event, ring, real = found
    number = 0
    for i in range(len(energy)):
        if energy[i] <= threshold:
            continue
        sine = sin(theta[i])
        px, py, pz = sine * cos(phi[i]), sine * sin(phi[i]), cos(theta[i])
        x = matrix[1, 0] + matrix[1, 1] * px + matrix[1, 2] * py + matrix[1, 3] * pz
        y = matrix[2, 0] + matrix[2, 1] * px + matrix[2, 2] * py + matrix[2, 3] * pz
        z = matrix[3, 0] + matrix[3, 1] * px + matrix[3, 2] * py + matrix[3, 3] * pz
        cell, here = 0, degrees(theta[i])
        while cell < len(edges) and edges[cell] <= here:
            cell += 1
        event[number], ring[number] = events[i], cell if cell < len(edges) else 0
        real[0, number] = energy[i]
        real[1, number] = energy[i] * (matrix[0, 0] + matrix[0, 1] * px + matrix[0, 2] * py + matrix[0, 3] * pz)
        real[2, number], real[3, number], real[4, number] = x, y, z
        number += 1
    return number


def trigger_tracks(tracks: Tracks, response: TriggerResponse, generator: np.random.Generator) -> TriggerTracks:
    """Draw which tracks the drift chamber's trigger finds, and for which it finds a vertex along z."""
    full = (tracks.transverse > response.track_minimum_pt) & within_degrees(
        tracks.theta, response.track_theta_low, response.track_theta_high
    )
    found, near = generator.random((2, len(tracks)))
    full &= found < response.track_efficiency
    neuro = (near < response.neuro_efficiency) & (np.abs(tracks.z0) < response.neuro_z0)
    rows = np.flatnonzero(full)
    momentum = tracks.transverse[rows] / np.sin(tracks.theta[rows])
    return TriggerTracks(tracks.event[rows], momentum, np.degrees(tracks.phi[rows]), neuro[rows])


def fired_lines(view: TriggerView, lines: Mapping[str, Line]) -> dict[str, NDArray[np.bool_]]:
    """Evaluate all lines.

    Returns
    -------
    dict
        (number,) booleans by line, before prescale.
    """
    clusters, number = view.clusters, view.number
    # Lines share conditions: each is evaluated once.
    counts_wanted = list(dict.fromkeys(each for line in lines.values() for each in line.clusters))
    pairs_wanted = list(dict.fromkeys(each for line in lines.values() for each in line.cluster_pairs))
    counted = dict(zip(counts_wanted, count_clusters(clusters, number, counts_wanted), strict=True))
    paired = dict(zip(pairs_wanted, find_pairs(clusters, number, pairs_wanted), strict=True))
    rings = {line.energy_sum.rings for line in lines.values() if line.energy_sum is not None}
    summed = {each: sum_energies(clusters, number, each) for each in rings}
    fired: dict[str, NDArray[np.bool_]] = {}
    for name, line in lines.items():
        conditions = [
            *(counted[each] for each in line.clusters),
            *(paired[each] for each in line.cluster_pairs),
            *(_track_count(view, each) for each in line.tracks),
            *(_track_pair(view, each) for each in line.track_pairs),
            *(fired[other] for other in line.require),
            *(~fired[other] for other in line.veto),
        ]
        if line.energy_sum is not None:
            conditions.append(summed[line.energy_sum.rings] > line.energy_sum.above)
        fired[name] = np.logical_and.reduce(conditions)
    return fired


def _cut(chosen: Booleans | None, values: Floats, bounds: Bounds) -> Booleans | None:
    """Narrow a choice (None for all) to values between bounds (None for none)."""
    low, high = bounds
    if low is not None:
        inside = values >= low
        chosen = inside if chosen is None else chosen & inside
    if high is not None:
        inside = values < high
        chosen = inside if chosen is None else chosen & inside
    return chosen


def _track_count(view: TriggerView, wanted: TrackCount) -> Booleans:
    found = view.tracks
    chosen = _cut(found.neuro if wanted.neuro else None, found.momentum, wanted.momentum)
    number = counts(found.event if chosen is None else found.event[chosen], view.number)
    return (number >= wanted.at_least) & (wanted.at_most is None or number <= wanted.at_most)


def _track_pair(view: TriggerView, wanted: TrackPair) -> Booleans:
    found = view.tracks
    first, second, difference = found.pairs
    apart = _cut(None, difference, wanted.delta_phi)
    neuro = found.neuro[first].astype(int) + found.neuro[second] >= wanted.neuro
    return any_in_event(found.event[first[neuro if apart is None else neuro & apart]], view.number)


def phi_difference(one: Floats, other: Floats) -> Floats:
    """Give the difference of two azimuths, 0 to 180 degrees."""
    return np.asarray(180.0 - np.abs(np.abs(one - other) % 360.0 - 180.0))
