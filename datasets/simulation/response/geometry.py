"""Where a direction points in the detector."""

from __future__ import annotations

from collections.abc import Mapping
from math import cos, sin
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...experiment import Acceptance
from ..amplitudes.compilation import compiled
from .columns import Booleans, Floats
from .drawing import edges_below

FORWARD, BARREL, BACKWARD, FORWARD_GAP, BACKWARD_GAP, OUTSIDE = 1, 2, 3, 11, 13, 0
CURVATURE = 0.0029979  # GeV / (T cm): pt = CURVATURE B R for charge 1


def direction(theta: Floats, phi: Floats) -> Floats:
    """Give unit vectors (3, N)."""
    units = np.empty((3, len(theta)))
    _fill_units(theta, phi, units)
    return units


@compiled
def _fill_units(theta: Any, phi: Any, units: Any) -> None:
    """Fill x, y and z of unit vectors (compiled: sine and cosine of an angle come from one call)."""
    for i in range(len(theta)):
        sine = sin(theta[i])
        units[0, i], units[1, i], units[2, i] = sine * cos(phi[i]), sine * sin(phi[i]), cos(theta[i])


def wrap(phi: Floats) -> Floats:
    """Bring azimuths to [-pi, pi]."""
    return np.asarray(phi - 2.0 * np.pi * np.rint(phi / (2.0 * np.pi)))


def within(theta: Floats, *ranges: Acceptance) -> Booleans:
    """Tell which polar angles (rad) lie in any of the ranges."""
    found = np.zeros(len(theta), dtype=bool)
    for each in ranges:
        found |= within_degrees(theta, each.low, each.high)
    return found


def within_degrees(theta: Floats, low: float, high: float) -> Booleans:
    """Tell which polar angles (rad) lie between two edges in degrees."""
    return np.asarray((theta >= np.radians(low)) & (theta <= np.radians(high)))


PARTS = (("calorimeter_forward", FORWARD), ("calorimeter_barrel", BARREL), ("calorimeter_backward", BACKWARD))


def calorimeter_region(theta: Floats, acceptance: Mapping[str, Acceptance]) -> NDArray[np.int32]:
    """Give the calorimeter's part at polar angles (rad), coded as the event model's `photons.region`.

    An experiment may lack an endcap; a gap lies between parts that do not touch.
    """
    edges: list[float] = []
    codes = [OUTSIDE]
    for name, code in PARTS:
        if name not in acceptance:
            continue
        if edges:
            codes[-1] = FORWARD_GAP if code == BARREL else BACKWARD_GAP
        # Both edges are inside.
        edges += [np.nextafter(np.radians(acceptance[name].low), 0.0), np.radians(acceptance[name].high)]
        codes += [code, OUTSIDE]
    return np.array(codes, dtype=np.int32)[edges_below(edges, theta)]


def calorimeter_edges(acceptance: Mapping[str, Acceptance]) -> tuple[float, float]:
    """Give the smallest and largest polar angle (degrees) of the calorimeter."""
    parts = [acceptance[name] for name, _ in PARTS if name in acceptance]
    return min(each.low for each in parts), max(each.high for each in parts)


def edge_distance(theta: Floats, acceptance: Mapping[str, Acceptance]) -> Floats:
    """Give the distance in degrees to the nearest edge of a calorimeter part."""
    parts = [acceptance[name] for name, _ in PARTS if name in acceptance]
    edges = np.array([edge for each in parts for edge in (each.low, each.high)])
    degrees = np.degrees(theta)
    above = np.clip(edges_below(edges, degrees), 1, len(edges) - 1)
    return np.asarray(np.minimum(np.abs(degrees - edges[above - 1]), np.abs(degrees - edges[above])))


def muon_system_range(theta: Floats, acceptance: Mapping[str, Acceptance]) -> tuple[Booleans, Booleans]:
    """Tell which polar angles (rad) point at the muon system's barrel, and which at its endcaps."""
    barrel = within(theta, acceptance["muon_system_barrel"])
    endcaps = within(theta, acceptance["muon_system_forward"], acceptance["muon_system_backward"])
    return barrel, endcaps & ~barrel
