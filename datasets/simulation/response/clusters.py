"""Clusters of the calorimeter: what the beams add, and which showers become one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from math import asin, sin, sqrt
from typing import Any

import numpy as np

from ...experiment import Acceptance
from ..amplitudes.compilation import Component, compiled, shared
from .calorimeter_parameters import BackgroundResponse, PhotonResponse
from .columns import Booleans, Columns, Floats, Integers, sums
from .drawing import normals
from .geometry import LAST_PART, OUTSIDE, calorimeter_edges, calorimeter_region, direction

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

    @cached_property
    def directions(self) -> Floats:
        """Unit vectors (3, N)."""
        return direction(self.theta, self.phi)

    @property
    def neutral(self) -> Booleans:
        """Whether no track is matched."""
        return np.asarray(self.owner == NOBODY)


@shared
def draw_width(response: Any, generator: np.random.Generator) -> float:
    """Draw the second moment (cm^2) of a single photon's shower."""
    width: float = abs(response.second_moment_mean + response.second_moment_width * generator.standard_normal())
    return width


@shared
def time_resolution(energy: Component, response: Any) -> Component:
    """Give the standard deviation (ns) of the times of clusters of `energy` in GeV."""
    stochastic = response.time_stochastic / np.maximum(energy, response.threshold)
    return np.sqrt(stochastic**2 + response.time_constant**2)


@shared
def draw_time(energy: float, response: Any, generator: np.random.Generator) -> float:
    """Draw the time (ns) of the cluster of a particle from the collision."""
    time: float = time_resolution(energy, response) * generator.standard_normal()
    return time


def beam_background(
    number: int,
    acceptance: Mapping[str, Acceptance],
    background: BackgroundResponse,
    photons: PhotonResponse,
    generator: np.random.Generator,
) -> Clusters:
    """Draw the beams' clusters of `number` events, uniform in cos theta and phi where there are crystals."""
    each = generator.poisson(background.clusters, number)
    size = int(each.sum())
    forward, backward = calorimeter_edges(acceptance)
    theta = np.arccos(generator.uniform(np.cos(np.radians(backward)), np.cos(np.radians(forward)), size))
    region = calorimeter_region(theta, acceptance)
    inside = (region > OUTSIDE) & (region <= LAST_PART)
    size = int(inside.sum())
    width = photons.second_moment_mean + photons.second_moment_width * normals(generator, size)
    return Clusters(
        event=np.repeat(np.arange(number), each)[inside],
        energy=background.energy_minimum + background.energy_scale * generator.standard_exponential(size),
        theta=theta[inside],
        phi=generator.uniform(-np.pi, np.pi, size),
        time=background.time_window * generator.uniform(-1.0, 1.0, size),
        second_moment=np.abs(width),
        hadronic=np.zeros(size),
        truth=np.full(size, NOBODY),
        owner=np.full(size, NOBODY),
    )


def merge(clusters: Clusters, response: PhotonResponse, radius: float, generator: np.random.Generator) -> Clusters:
    """Make one cluster of showers that lie too close together.

    Closer than `merged_below` they always are, beyond `resolved_above` never, in between the chance falls linearly.
    A shower close to a track's cluster becomes part of it; two tracks' clusters stay apart.

    Parameters
    ----------
    clusters
        Showers, ordered by event.
    radius
        Distance of the calorimeter in cm, which turns angles into the second moment's lengths.
    """
    first, second, angle = _near_pairs(clusters, np.radians(response.resolved_above))
    span = max(response.resolved_above - response.merged_below, 1e-9)
    joined = generator.random(len(angle)) < (response.resolved_above - np.degrees(angle)) / span
    head = np.arange(len(clusters))
    _find_heads(first[joined], second[joined], clusters.neutral, head)
    return _sum_groups(clusters, head, radius)


def _near_pairs(clusters: Clusters, limit: float) -> tuple[Integers, Integers, Floats]:
    """Give pairs of one event that lie closer than `limit` (rad), not both of tracks, and their angles."""
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
            if not (neutral[i] or neutral[j]) or abs(theta[i] - theta[j]) >= limit:
                continue
            tilt, turn = sin(0.5 * (theta[i] - theta[j])), sin(0.5 * (phi[i] - phi[j]))
            apart = 2.0 * asin(min(sqrt(tilt**2 + sin(theta[i]) * sin(theta[j]) * turn**2), 1.0))
            if apart >= limit:
                continue
            if number < len(angle):
                rows[0, number], rows[1, number], angle[number] = i, j, apart
            number += 1
    return number


@compiled
def _find_heads(first: Integers, second: Integers, neutral: Any, head: Integers) -> None:
    """Give each shower the first one of the chain that it is joined to, a track's before all others (compiled)."""
    for k in range(len(first)):
        one, other = first[k], second[k]
        if neutral[one] and not neutral[other]:
            one, other = other, one
        # The track's shower, or of two neutral ones the earlier, takes the other.
        old = head[other]
        if (neutral[old] and not neutral[one]) or (neutral[old] == neutral[one] and one < old):
            head[other] = one
    for k in range(len(first)):
        for row in (first[k], second[k]):
            while head[head[row]] != head[row]:
                head[row] = head[head[row]]


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
    kept = clusters.select(np.flatnonzero(single))  # a copy
    place = np.searchsorted(np.flatnonzero(single), group)
    for name, values in changed.items():
        getattr(kept, name)[place] = values
    return kept
