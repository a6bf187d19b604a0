"""Where a direction points in the detector, and where a charged particle leaves the tracker."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...experiment import Acceptance
from .columns import Booleans, Floats, Integers
from .parameters import TrackResponse

FORWARD, BARREL, BACKWARD, FORWARD_GAP, BACKWARD_GAP, OUTSIDE = 1, 2, 3, 11, 13, 0
CURVATURE = 0.0029979  # GeV / (T cm): pt = CURVATURE B R for charge 1


def direction(theta: Floats, phi: Floats) -> Floats:
    """Give unit vectors (3, N)."""
    sine = np.sin(theta)
    return np.stack([sine * np.cos(phi), sine * np.sin(phi), np.cos(theta)])


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


def calorimeter_region(theta: Floats, acceptance: Mapping[str, Acceptance]) -> NDArray[np.int32]:
    """Give the calorimeter's part at polar angles (rad), coded as the event model's `photons.region`."""
    parts = (("forward", FORWARD), ("barrel", BARREL), ("backward", BACKWARD))
    region = np.full(len(theta), OUTSIDE, dtype=np.int32)
    forward, barrel, backward = (acceptance[f"calorimeter_{name}"] for name, _ in parts)
    region[(theta > np.radians(forward.high)) & (theta < np.radians(barrel.low))] = FORWARD_GAP
    region[(theta > np.radians(barrel.high)) & (theta < np.radians(backward.low))] = BACKWARD_GAP
    for each, (_, code) in zip((forward, barrel, backward), parts, strict=True):
        region[within(theta, each)] = code
    return region


def edge_distance(theta: Floats, acceptance: Mapping[str, Acceptance]) -> Floats:
    """Give the distance in degrees to the nearest edge of a calorimeter part."""
    ranges = [acceptance[f"calorimeter_{name}"] for name in ("forward", "barrel", "backward")]
    edges = np.array([edge for each in ranges for edge in (each.low, each.high)])
    degrees = np.degrees(theta)
    above = np.clip(np.searchsorted(edges, degrees), 1, len(edges) - 1)
    return np.asarray(np.minimum(np.abs(degrees - edges[above - 1]), np.abs(degrees - edges[above])))


def muon_system_range(theta: Floats, acceptance: Mapping[str, Acceptance]) -> tuple[Booleans, Booleans]:
    """Tell which polar angles (rad) point at the muon system's barrel, and which at its endcaps."""
    barrel = within(theta, acceptance["muon_system_barrel"])
    endcaps = within(theta, acceptance["muon_system_forward"], acceptance["muon_system_backward"])
    return barrel, endcaps & ~barrel


@dataclass(frozen=True)
class Impact:
    """Where particles meet the calorimeter's front face.

    Attributes
    ----------
    theta, phi
        Direction (rad) of the impact seen from the interaction point.
    reached
        Whether the particle gets there: it curls up in the tracker below 0.3 B r / 2 of transverse momentum.
    """

    theta: Floats
    phi: Floats
    reached: Booleans


def calorimeter_impact(
    theta: Floats, phi: Floats, transverse: Floats, charge: Integers, response: TrackResponse
) -> Impact:
    """Follow helices from the interaction point to the calorimeter's front face.

    Parameters
    ----------
    theta, phi
        Directions at the interaction point, rad.
    transverse
        Transverse momenta, GeV.
    charge
        In e.
    """
    radius = np.maximum(transverse, 1e-9) / (CURVATURE * response.magnetic_field)
    cotangent = 1.0 / np.tan(np.clip(theta, 1e-6, np.pi - 1e-6))
    face = np.where(cotangent > 0.0, response.calorimeter_forward_z, -response.calorimeter_backward_z)
    # A vanishing cotangent never meets an endcap: the barrel is closer.
    endcap_arc = np.abs(face) / np.maximum(np.abs(cotangent), 1e-9)
    sagitta = response.calorimeter_radius / (2.0 * radius)
    barrel_arc = np.where(sagitta < 1.0, 2.0 * radius * np.arcsin(np.minimum(sagitta, 1.0)), np.inf)
    arc = np.minimum(endcap_arc, barrel_arc)
    # Beyond half a turn the particle comes back towards the axis; such tracks are taken not to arrive.
    turned = arc / (2.0 * radius)
    reached = turned < np.pi / 2.0
    turned = np.minimum(turned, np.pi / 2.0)
    chord = 2.0 * radius * np.sin(turned)
    arc = 2.0 * radius * turned
    impact_theta = np.arctan2(chord, arc * cotangent)
    # In a field along +z positive charges turn clockwise.
    return Impact(impact_theta, wrap(phi - charge * turned), reached)
