"""Clusters of the calorimeter: what the beams add, and which showers become one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from math import asin, sin, sqrt
from typing import Any

import numpy as np

from ...experiment import Acceptance
from ..amplitudes.compilation import compiled
from .calorimeter_parameters import BackgroundResponse, PhotonResponse
from .columns import Booleans, Columns, Floats, Integers, length, sums
from .drawing import normals
from .geometry import OUTSIDE, calorimeter_edges, calorimeter_region, direction

NOBODY = -1


@dataclass(frozen=True)
class Clusters(Columns):
    """Showers or clusters, laboratory frame, seen from the interaction point.

    Attributes
    ----------
    energy
        Measured energy, GeV.
    theta, phi
        Measured direction, rad.
    time
        ns, relative to the event's.
    second_moment
        Second moment of the lateral energy distribution, cm^2.
    hadronic
        Share of the energy that hadrons left, 0 to 1.
    truth
        Index among the event's generated particles, -1 for none.
    owner
        Row of the charged particle whose track is matched to it, -1 for neutral clusters.
    """

    energy: Floats
    theta: Floats
    phi: Floats
    time: Floats
    second_moment: Floats
    hadronic: Floats
    truth: Integers
    owner: Integers

    @property
    def neutral(self) -> Booleans:
        """Whether no track is matched."""
        return np.asarray(self.owner == NOBODY)


def shower_width(number: int, response: PhotonResponse, generator: np.random.Generator) -> Floats:
    """Draw second moments (cm^2) of single photons' showers."""
    drawn = response.second_moment_mean + response.second_moment_width * normals(generator, number)
    return np.abs(drawn)


def time_resolution(energy: Floats, response: PhotonResponse) -> Floats:
    """Give the standard deviation (ns) of the times of clusters of `energy` in GeV."""
    return length(response.time_stochastic / np.maximum(energy, response.threshold), response.time_constant)


def cluster_time(energy: Floats, response: PhotonResponse, generator: np.random.Generator) -> Floats:
    """Draw times (ns) of clusters of particles from the collision."""
    return time_resolution(energy, response) * normals(generator, len(energy))


def beam_background(
    number: int,
    acceptance: Mapping[str, Acceptance],
    background: BackgroundResponse,
    photons: PhotonResponse,
    generator: np.random.Generator,
) -> Clusters:
    """Draw the beams' clusters of `number` events, uniform in cos theta and phi where there are crystals."""
    event = np.repeat(np.arange(number), generator.poisson(background.clusters, number))
    size = len(event)
    forward, backward = calorimeter_edges(acceptance)
    theta = np.arccos(generator.uniform(np.cos(np.radians(backward)), np.cos(np.radians(forward)), size))
    found = Clusters(
        event=event,
        energy=background.energy_minimum + background.energy_scale * generator.standard_exponential(size),
        theta=theta,
        phi=generator.uniform(-np.pi, np.pi, size),
        time=background.time_window * generator.uniform(-1.0, 1.0, size),
        second_moment=shower_width(size, photons, generator),
        hadronic=np.zeros(size),
        truth=np.full(size, NOBODY),
        owner=np.full(size, NOBODY),
    )
    region = calorimeter_region(theta, acceptance)
    return found.select((region > OUTSIDE) & (region < 10))


def merge(clusters: Clusters, response: PhotonResponse, radius: float, generator: np.random.Generator) -> Clusters:
    """Make one cluster of showers that lie too close together.

    Closer than `merged_below` they always are, beyond `resolved_above` never, in between the chance falls linearly.
    A shower close to a track's cluster becomes part of it; two tracks' clusters stay apart.

    Parameters
    ----------
    clusters
        Showers, ordered by event and within one those of tracks first.
    radius
        Distance of the calorimeter in cm, which turns angles into the second moment's lengths.
    """
    first, second, angle = _near_pairs(clusters, np.radians(response.resolved_above))
    span = max(response.resolved_above - response.merged_below, 1e-9)
    joined = generator.random(len(angle)) < (response.resolved_above - np.degrees(angle)) / span
    head = _heads(len(clusters), first[joined], second[joined])
    return _sum_groups(clusters, head, radius)


def _near_pairs(clusters: Clusters, limit: float) -> tuple[Integers, Integers, Floats]:
    """Give pairs (i, j), i < j, of the same event that lie closer than `limit` (rad), j neutral, and their angles."""
    rows = np.empty((2, 4 * len(clusters) + 64), dtype=np.int64)
    angle = np.empty(rows.shape[1])
    while True:
        number = _fill_near((clusters.event, clusters.theta, clusters.phi), clusters.neutral, limit, rows, angle)
        if number <= len(angle):
            return rows[0, :number], rows[1, :number], angle[:number]
        rows, angle = np.empty((2, number), dtype=np.int64), np.empty(number)


@compiled
def _fill_near(clusters: Any, neutral: Any, limit: float, rows: Any, angle: Any) -> int:
    """Fill pairs and angles as far as there is room, and give the number of pairs (compiled)."""
    event, theta, phi = clusters
    number = 0
    for i in range(len(event)):
        for j in range(i + 1, len(event)):
            if event[j] != event[i]:
                break
            # Most pairs are far apart in theta alone, which costs no sines.
            if not neutral[j] or abs(theta[i] - theta[j]) >= limit:
                continue
            tilt, turn = sin(0.5 * (theta[i] - theta[j])), sin(0.5 * (phi[i] - phi[j]))
            apart = 2.0 * asin(min(sqrt(tilt**2 + sin(theta[i]) * sin(theta[j]) * turn**2), 1.0))
            if apart >= limit:
                continue
            if number < len(angle):
                rows[0, number], rows[1, number], angle[number] = i, j, apart
            number += 1
    return number


def _heads(number: int, first: Integers, second: Integers) -> Integers:
    """Give each shower the first one of the chain that it is joined to."""
    head = np.arange(number)
    np.minimum.at(head, second, first)
    while True:
        further = head[head]
        if np.array_equal(further, head):
            return head
        head = further


def _sum_groups(clusters: Clusters, head: Integers, radius: float) -> Clusters:
    number = len(clusters)
    single = head == np.arange(number)
    absorbed = np.flatnonzero(~single)
    if not len(absorbed):
        return clusters
    # Only the few showers of real groups are touched: the others stay as they are, to the last bit.
    group = np.unique(head[absorbed])
    members = np.sort(np.concatenate([group, absorbed]))
    energy = clusters.energy[members]
    units = direction(clusters.theta[members], clusters.phi[members])
    label = np.searchsorted(group, head[members])

    def total(values: Floats) -> Floats:
        return sums(label, values, len(group))

    mean = np.stack([total(energy * component) for component in units])
    axis = mean / np.maximum(np.linalg.norm(mean, axis=0), 1e-12)
    away = radius**2 * np.sum((units - axis[:, label]) ** 2, axis=0)
    moment = total(energy * (clusters.second_moment[members] + away)) / total(energy)
    # The last of each group when ordered by energy is the hardest: its time and its origin are the cluster's.
    order = np.lexsort((energy, label))
    hardest = members[order[np.searchsorted(label[order], np.arange(len(group)), side="right") - 1]]
    changed = {
        "energy": total(energy),
        "theta": np.arctan2(np.hypot(mean[0], mean[1]), mean[2]),
        "phi": np.arctan2(mean[1], mean[0]),
        "time": clusters.time[hardest],
        "second_moment": moment,
        "hadronic": total(energy * clusters.hadronic[members]) / total(energy),
        "truth": clusters.truth[hardest],
    }
    columns = {name: getattr(clusters, name).copy() for name in changed}
    for name, values in changed.items():
        columns[name][group] = values
    return replace(clusters, **columns).select(single)
