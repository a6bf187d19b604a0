"""Where a direction points in the detector."""

from __future__ import annotations

from collections.abc import Mapping
from math import cos, degrees, floor, inf, pi, sin
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ...experiment import Acceptance
from ..amplitudes.compilation import compiled, shared
from .columns import Booleans, Floats
from .drawing import edges_below

FORWARD, BARREL, BACKWARD, FORWARD_GAP, BACKWARD_GAP, OUTSIDE = 1, 2, 3, 11, 13, 0
LAST_PART = 10  # codes above are gaps
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


@shared
def wrapped(angle: float) -> float:
    """Bring an angle to [-pi, pi]."""
    return angle - 2.0 * pi * floor(angle / (2.0 * pi) + 0.5)


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


class CalorimeterParts(NamedTuple):
    """Where the calorimeter's parts begin and end, in polar angles.

    Attributes
    ----------
    edges
        rad, growing.
    codes
        What lies below each edge, and above the last one: codes of the event model's `photons.region`.
    degrees
        The edges in degrees.
    """

    edges: Floats
    codes: NDArray[np.int32]
    degrees: Floats


def calorimeter_parts(acceptance: Mapping[str, Acceptance]) -> CalorimeterParts:
    """Give the calorimeter's parts; an experiment may lack an endcap; a gap lies between parts that do not touch."""
    edges: list[float] = []
    in_degrees: list[float] = []
    codes = [OUTSIDE]
    for name, code in PARTS:
        if name not in acceptance:
            continue
        if edges:
            codes[-1] = FORWARD_GAP if code == BARREL else BACKWARD_GAP
        in_degrees += [acceptance[name].low, acceptance[name].high]
        # Both edges are inside.
        edges += [float(np.nextafter(np.radians(acceptance[name].low), 0.0)), float(np.radians(acceptance[name].high))]
        codes += [code, OUTSIDE]
    return CalorimeterParts(np.array(edges), np.array(codes, dtype=np.int32), np.array(in_degrees))


@shared
def region_at(theta: float, parts: CalorimeterParts) -> int:
    """Give the code of the part at a polar angle (rad)."""
    below = 0
    while below < len(parts.edges) and parts.edges[below] < theta:
        below += 1
    return parts.codes[below]  # type: ignore[no-any-return]


@shared
def edge_distance_at(theta: float, parts: CalorimeterParts) -> float:
    """Give the distance in degrees of a polar angle (rad) to the nearest edge."""
    here, nearest = degrees(theta), inf
    for edge in parts.degrees:
        nearest = min(nearest, abs(here - edge))
    return nearest


def calorimeter_region(theta: Floats, acceptance: Mapping[str, Acceptance]) -> NDArray[np.int32]:
    """Give the calorimeter's part at polar angles (rad)."""
    parts = calorimeter_parts(acceptance)
    return parts.codes[edges_below(parts.edges, theta)]


def calorimeter_edges(acceptance: Mapping[str, Acceptance]) -> tuple[float, float]:
    """Give the smallest and largest polar angle (degrees) of the calorimeter."""
    parts = [acceptance[name] for name, _ in PARTS if name in acceptance]
    return min(each.low for each in parts), max(each.high for each in parts)


def muon_system_range(theta: Floats, acceptance: Mapping[str, Acceptance]) -> tuple[Booleans, Booleans]:
    """Tell which polar angles (rad) point at the muon system's barrel, and which at its endcaps."""
    barrel = within(theta, acceptance["muon_system_barrel"])
    endcaps = within(theta, acceptance["muon_system_forward"], acceptance["muon_system_backward"])
    return barrel, endcaps & ~barrel
