"""Evaluating the trigger's conditions on clusters: one compiled pass over clusters, and one over their pairs."""

from __future__ import annotations

from collections.abc import Sequence
from math import inf
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..amplitudes.compilation import compiled, shared
from .columns import Booleans, Floats, Integers
from .trigger_lines import ClusterCount, ClusterPair, Interval

MANY = np.iinfo(np.int64).max


def count_clusters(clusters: Any, number: int, wanted: Sequence[ClusterCount]) -> Booleans:
    """Tell which of `number` events have as many clusters as each condition asks for: (conditions, number).

    Parameters
    ----------
    clusters
        `TriggerClusters`.
    """
    bounds = np.array([(*_bounds(each.energy), *_bounds(each.cm_energy)) for each in wanted]).reshape(-1, 4)
    rings = _ring_table([each.rings for each in wanted], int(clusters.ring.max(initial=0)))
    least = np.array([each.at_least for each in wanted], dtype=np.int64)
    most = np.array([MANY if each.at_most is None else each.at_most for each in wanted], dtype=np.int64)
    passed = np.empty((len(wanted), number), dtype=np.bool_)
    columns = (clusters.event, clusters.energy, clusters.cm_energy, clusters.ring)
    _count(columns, bounds, rings, (least, most), passed)
    return passed


def find_pairs(clusters: Any, number: int, wanted: Sequence[ClusterPair]) -> Booleans:
    """Tell which of `number` events have a pair of clusters that each condition asks for: (conditions, number)."""
    bounds = np.array(
        [
            [
                *_bounds(each.cm_delta_phi),
                *_bounds(each.cm_sum_theta),
                *_bounds(each.lower_energy),
                *_bounds(each.higher_energy),
                *_bounds(each.lower_cm_energy),
                *_bounds(each.higher_cm_energy),
            ]
            for each in wanted
        ]
    ).reshape(-1, 12)
    found = np.zeros((len(wanted), number), dtype=np.bool_)
    columns = (clusters.energy, clusters.cm_energy, clusters.cm_theta, clusters.cm_phi)
    _pair(clusters.event, columns, bounds, found)
    return found


def sum_energies(clusters: Any, number: int, rings: Sequence[int]) -> Floats:
    """Sum the energies (GeV, laboratory) of clusters in some rings (all for none) in each of `number` events."""
    table = _ring_table([tuple(rings)], int(clusters.ring.max(initial=0)))[0]
    return np.bincount(clusters.event, clusters.energy * table[clusters.ring], minlength=number).astype(np.float64)


def _bounds(interval: Interval) -> tuple[float, float]:
    low, high = interval
    return -inf if low is None else low, inf if high is None else high


def _ring_table(wanted: Sequence[Sequence[int]], largest: int) -> NDArray[np.bool_]:
    """Give for each condition which rings (0 for outside all) count."""
    size = max([largest, *(ring for rings in wanted for ring in rings)]) + 1
    table = np.zeros((len(wanted), size), dtype=np.bool_)
    for row, rings in zip(table, wanted, strict=True):
        row[list(rings) if rings else slice(None)] = True
    return table


@shared
def _within(value: float, low: float, high: float) -> bool:
    return low <= value < high


@compiled
def _count(clusters: Any, bounds: Any, rings: Any, limits: Any, passed: Any) -> None:
    """Count each event's clusters, and fill which conditions it passes (compiled)."""
    event, energy, cm_energy, ring = clusters
    counted = np.zeros(len(bounds), dtype=np.int64)
    i = 0
    for number in range(passed.shape[1]):
        counted[:] = 0
        while i < len(event) and event[i] == number:
            for k in range(len(bounds)):
                inside = _within(energy[i], bounds[k, 0], bounds[k, 1]) and _within(
                    cm_energy[i], bounds[k, 2], bounds[k, 3]
                )
                if inside and rings[k, ring[i]]:
                    counted[k] += 1
            i += 1
        for k in range(len(bounds)):
            passed[k, number] = limits[0][k] <= counted[k] <= limits[1][k]


@compiled
def _pair(event: Integers, columns: Any, bounds: Any, found: Any) -> None:
    """Look for pairs (compiled)."""
    energy, cm_energy, theta, phi = columns
    for i in range(len(event)):
        for j in range(i + 1, len(event)):
            if event[j] != event[i]:
                break
            apart = abs(phi[i] - phi[j])  # both lie between -180 and 180
            opening = min(apart, 360.0 - apart)
            total = theta[i] + theta[j]
            low, high = min(energy[i], energy[j]), max(energy[i], energy[j])
            cm_low, cm_high = min(cm_energy[i], cm_energy[j]), max(cm_energy[i], cm_energy[j])
            for k in range(len(bounds)):
                if (
                    _within(opening, bounds[k, 0], bounds[k, 1])
                    and _within(total, bounds[k, 2], bounds[k, 3])
                    and _within(low, bounds[k, 4], bounds[k, 5])
                    and _within(high, bounds[k, 6], bounds[k, 7])
                    and _within(cm_low, bounds[k, 8], bounds[k, 9])
                    and _within(cm_high, bounds[k, 10], bounds[k, 11])
                ):
                    found[k, event[i]] = True
