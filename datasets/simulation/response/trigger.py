"""The first-level trigger: what it sees of clusters and tracks, and which of its lines fire."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from ...frames import Beams
from .charged import Tracks
from .clusters import Clusters
from .columns import Booleans, Columns, Floats, Integers, any_in_event, counts, pairs, sums
from .geometry import direction, within_degrees
from .particles import transform
from .trigger_lines import ClusterCount, ClusterPair, EnergySum, Line, TrackCount, TrackPair, TriggerResponse

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


@dataclass(frozen=True)
class TriggerView:
    """All that the trigger sees of `number` events."""

    clusters: TriggerClusters
    tracks: TriggerTracks
    number: int

    @cached_property
    def cluster_pairs(self) -> tuple[Integers, Integers]:
        """Rows of all pairs of clusters within events."""
        return pairs(self.clusters.event)

    @cached_property
    def pair_angles(self) -> tuple[Floats, Floats]:
        """Give differences in azimuth and sums of polar angles of the pairs (degrees, centre-of-mass frame)."""
        first, second = self.cluster_pairs
        found = self.clusters
        sum_theta = found.cm_theta[first] + found.cm_theta[second]
        return phi_difference(found.cm_phi[first], found.cm_phi[second]), sum_theta


def trigger_clusters(clusters: Clusters, beams: Beams, response: TriggerResponse) -> TriggerClusters:
    """Give the clusters above the trigger cells' threshold, those of tracks included."""
    hard = clusters.select(clusters.energy > response.cluster_threshold)
    massless = np.stack([np.ones(len(hard)), *direction(hard.theta, hard.phi)]) * hard.energy
    energy, px, py, pz = transform(beams.to_cm, massless)
    edges = np.array(response.ring_edges)
    ring = np.searchsorted(edges, np.degrees(hard.theta), side="right")
    return TriggerClusters(
        event=hard.event,
        energy=hard.energy,
        cm_energy=energy,
        cm_theta=np.degrees(np.arctan2(np.hypot(px, py), pz)),
        cm_phi=np.degrees(np.arctan2(py, px)),
        ring=np.where(ring == len(edges), 0, ring),
    )


def trigger_tracks(tracks: Tracks, response: TriggerResponse, generator: np.random.Generator) -> TriggerTracks:
    """Draw which tracks the drift chamber's trigger finds, and for which it finds a vertex along z."""
    full = (tracks.transverse > response.track_minimum_pt) & within_degrees(
        tracks.theta, response.track_theta_low, response.track_theta_high
    )
    found, near = generator.random((2, len(tracks)))
    full &= found < response.track_efficiency
    neuro = (near < response.neuro_efficiency) & (np.abs(tracks.z0) < response.neuro_z0)
    seen = tracks.select(full)
    return TriggerTracks(seen.event, seen.transverse / np.sin(seen.theta), np.degrees(seen.phi), neuro[full])


def fired_lines(view: TriggerView, lines: Mapping[str, Line]) -> dict[str, NDArray[np.bool_]]:
    """Evaluate all lines.

    Returns
    -------
    dict
        (number,) booleans by line, before prescale.
    """
    fired: dict[str, NDArray[np.bool_]] = {}
    for name, line in lines.items():
        found = np.ones(view.number, dtype=bool)
        for cluster_count in line.clusters:
            found &= _cluster_count(view, cluster_count)
        for cluster_pair in line.cluster_pairs:
            found &= _cluster_pair(view, cluster_pair)
        for track_count in line.tracks:
            found &= _track_count(view, track_count)
        for track_pair in line.track_pairs:
            found &= _track_pair(view, track_pair)
        if line.energy_sum is not None:
            found &= _energy_sum(view, line.energy_sum)
        for other in line.require:
            found &= fired[other]
        for other in line.veto:
            found &= ~fired[other]
        fired[name] = found
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


def _in_rings(ring: Integers, rings: tuple[int, ...]) -> Booleans:
    table = np.zeros(max(*rings, int(ring.max(initial=0))) + 1, dtype=bool)
    table[list(rings)] = True
    return table[ring]


def _number(event: Integers, chosen: Booleans | None, view: TriggerView) -> Integers:
    return counts(event if chosen is None else event[chosen], view.number)


def _cluster_count(view: TriggerView, wanted: ClusterCount) -> Booleans:
    found = view.clusters
    chosen = _cut(_cut(None, found.energy, wanted.energy), found.cm_energy, wanted.cm_energy)
    if wanted.rings:
        inside = _in_rings(found.ring, wanted.rings)
        chosen = inside if chosen is None else chosen & inside
    number = _number(found.event, chosen, view)
    return (number >= wanted.at_least) & (wanted.at_most is None or number <= wanted.at_most)


def _cluster_pair(view: TriggerView, wanted: ClusterPair) -> Booleans:
    first, second = view.cluster_pairs
    opening, sum_theta = view.pair_angles
    chosen = _cut(_cut(None, opening, wanted.cm_delta_phi), sum_theta, wanted.cm_sum_theta)
    near = np.arange(len(first)) if chosen is None else np.flatnonzero(chosen)
    first, second = first[near], second[near]
    chosen = None
    for values, lower, higher in (
        (view.clusters.energy, wanted.lower_energy, wanted.higher_energy),
        (view.clusters.cm_energy, wanted.lower_cm_energy, wanted.higher_cm_energy),
    ):
        one, other = values[first], values[second]
        chosen = _cut(_cut(chosen, np.minimum(one, other), lower), np.maximum(one, other), higher)
    return any_in_event(view.clusters.event[first if chosen is None else first[chosen]], view.number)


def _track_count(view: TriggerView, wanted: TrackCount) -> Booleans:
    found = view.tracks
    chosen = _cut(found.neuro if wanted.neuro else None, found.momentum, wanted.momentum)
    number = _number(found.event, chosen, view)
    return (number >= wanted.at_least) & (wanted.at_most is None or number <= wanted.at_most)


def _track_pair(view: TriggerView, wanted: TrackPair) -> Booleans:
    found = view.tracks
    first, second = pairs(found.event)
    apart = _cut(None, phi_difference(found.phi[first], found.phi[second]), wanted.delta_phi)
    neuro = found.neuro[first].astype(int) + found.neuro[second] >= wanted.neuro
    return any_in_event(found.event[first[neuro if apart is None else neuro & apart]], view.number)


def _energy_sum(view: TriggerView, wanted: EnergySum) -> Booleans:
    found = view.clusters
    energy = found.energy * _in_rings(found.ring, wanted.rings) if wanted.rings else found.energy
    return sums(found.event, energy, view.number) > wanted.above


def phi_difference(one: Floats, other: Floats) -> Floats:
    """Give the difference of two azimuths, 0 to 180 degrees."""
    return np.asarray(180.0 - np.abs(np.abs(one - other) % 360.0 - 180.0))
