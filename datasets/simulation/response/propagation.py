"""Following particles from where they were made: to the calorimeter's front face, and back to the closest approach.

Positions are in cm relative to the interaction point, z along the solenoid; the field points along +z, so that positive
charges turn clockwise. A curvature is charge / radius of the circle in the transverse plane (1/cm), 0 for a line.
Points of closest approach follow basf2: at d0 (sin phi0, -cos phi0) in the transverse plane, z0 along the axis.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from math import atan2, cos, hypot, inf, pi, sin, sqrt
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..amplitudes.compilation import compiled, shared
from .columns import Booleans, Floats
from .geometry import CURVATURE, wrapped
from .particles import Particles
from .tracking_parameters import GeometryResponse

STRAIGHT = 1e-9  # 1/cm; less bends by no micrometre within the detector
ROUNDING = 1e-6  # rad; a particle on the cylinder itself turns by no more than that before it leaves


@dataclass(frozen=True)
class Impact:
    """Where particles meet the calorimeter's front face.

    Attributes
    ----------
    theta, phi
        Direction (rad) of the impact seen from the interaction point; of where it was made for a particle that
        begins behind the face.
    reached
        Whether the particle gets there: charged ones that turn by half a circle before are taken not to.
    depth
        How far behind the front face (cm) the particle was made, 0 for all that come from within.
    path
        Length (cm) of its way there.
    """

    theta: Floats
    phi: Floats
    reached: Booleans
    depth: Floats
    path: Floats

    def select(self, rows: NDArray[Any]) -> Impact:
        """Give those of a mask or of indices."""
        return Impact(*(getattr(self, each.name)[rows] for each in fields(self)))


@dataclass(frozen=True)
class Perigee:
    """Points of closest approach to the z axis.

    Attributes
    ----------
    phi
        Direction there, rad.
    d0, z0
        Signed transverse distance, and position along the axis, cm.
    """

    phi: Floats
    d0: Floats
    z0: Floats


def curvature_of(particles: Particles, magnetic_field: float) -> Floats:
    """Give the curvature (1/cm) in a field in T; 0 for what has no electric charge."""
    return np.asarray(CURVATURE * magnetic_field * particles.charge / np.maximum(particles.transverse, 1e-9))


def calorimeter_impact(particles: Particles, geometry: GeometryResponse) -> Impact:
    """Follow particles from their production vertices to the calorimeter's front face."""
    size = len(particles)
    places, depth, path = np.empty((4, size)), np.empty(size), np.empty(size)
    reached = np.empty(size, dtype=np.bool_)
    _impacts(
        (particles.x, particles.y, particles.z),
        (particles.theta, particles.phi, curvature_of(particles, geometry.magnetic_field)),
        (geometry.calorimeter_radius, geometry.calorimeter_forward_z, -geometry.calorimeter_backward_z),
        (places, reached, depth, path),
    )
    x, y, z, distance = places
    return Impact(np.arctan2(distance, z), np.arctan2(y, x), reached, depth, path)


def perigee(particles: Particles, magnetic_field: float) -> Perigee:
    """Follow particles back (or on) to their closest approach to the z axis."""
    phi, d0, z0 = (np.empty(len(particles)) for _ in range(3))
    curvature = curvature_of(particles, magnetic_field)
    place = (particles.x, particles.y, particles.z)
    _perigees(place, (particles.theta, particles.phi, curvature), (phi, d0, z0))
    return Perigee(phi, d0, z0)


@shared
def closest_approach(
    x: float, y: float, z: float, phi: float, cotangent: float, curvature: float
) -> tuple[float, float, float]:
    """Give phi0, d0 and z0 of the helix through a point; with 0 for the curvature, of the line."""
    along, right = x * cos(phi) + y * sin(phi), x * sin(phi) - y * cos(phi)
    if abs(curvature) < STRAIGHT:
        return phi, right, z - along * cotangent
    # The circle's centre lies 1/curvature to the right of the direction of flight.
    radius = 1.0 / curvature
    across = right + radius
    phi0 = phi + atan2(along * curvature, across * curvature)
    d0 = np.sign(curvature) * hypot(along, across) - radius
    arc = wrapped(phi0 - phi) * radius
    return wrapped(phi0), d0, z - arc * cotangent


@shared
def _along_circle(
    along: float, right: float, endcap: float, curvature: float, radius: float
) -> tuple[float, float, float, bool]:
    """Follow a circle from a point to the cylinder or the face.

    Parameters
    ----------
    along, right
        Of the point along the flight and to its right, cm.
    endcap
        Transverse arc (cm) to the face.
    curvature, radius
        Of the circle, 1/cm, and the cylinder's, cm.

    Returns
    -------
    along, right
        Where it gets, counted from the point, cm.
    arc, reached
        Transverse, cm, and whether that is there, not half a turn after the closest approach.
    """
    bend = abs(curvature)
    across = (right + 1.0 / curvature) if curvature > 0.0 else -(right + 1.0 / curvature)
    centre = sqrt(along**2 + across**2)
    # Angles at the circle's centre, counted from the closest approach along the flight: where it starts and ends.
    start_sine, start_cosine = along / centre, across / centre
    cosine = min((centre**2 + 1.0 / bend**2 - radius**2) * bend / (2.0 * centre), 1.0)
    turned, reached = endcap * bend, True
    if cosine <= -1.0:
        half = pi - atan2(start_sine, start_cosine)
        turned, reached = min(turned, half), turned < half
    else:
        end = sqrt(1.0 - cosine**2)
        sine, turn = end * start_cosine - cosine * start_sine, cosine * start_cosine + end * start_sine
        whole = atan2(sine, turn)
        # Only a particle that flies inwards turns by more than half a circle before it leaves.
        whole = whole if whole > -ROUNDING else whole + 2.0 * pi
        if whole <= turned:
            return sine / bend, (1.0 - turn) / curvature, whole / bend, True
    return sin(turned) / bend, (1.0 - cos(turned)) / curvature, turned / bend, reached


@compiled
def _impacts(place: Any, flight: Any, surface: Any, found: Any) -> None:
    """Fill x, y, z and distance from the axis, reached, depth and path of each particle's impact (compiled)."""
    radius, forward, backward = surface
    places, reached, depth, path = found
    for i in range(len(place[0])):
        x, y, z = place[0][i], place[1][i], place[2][i]
        curvature = flight[2][i]
        distance = sqrt(x**2 + y**2)
        behind = max(distance - radius, z - forward, backward - z)
        if behind > 0.0:
            places[0, i], places[1, i], places[2, i], places[3, i] = x, y, z, distance
            reached[i], depth[i], path[i] = True, behind, 0.0
            continue
        polar = min(max(flight[0][i], 1e-6), pi - 1e-6)
        cotangent = cos(polar) / sin(polar)
        sine, cosine = sin(flight[1][i]), cos(flight[1][i])
        endcap = inf
        if abs(cotangent) > STRAIGHT:
            endcap = ((forward if cotangent > 0.0 else backward) - z) / cotangent
        along, right = x * cosine + y * sine, x * sine - y * cosine
        if abs(curvature) < STRAIGHT:
            arc = min(endcap, sqrt(max(radius**2 - right**2, 0.0)) - along)
            along, right, reached[i] = arc, 0.0, True
        else:
            along, right, arc, reached[i] = _along_circle(along, right, endcap, curvature, radius)
        x, y = x + along * cosine + right * sine, y + along * sine - right * cosine
        places[0, i], places[1, i], places[2, i], places[3, i] = x, y, z + arc * cotangent, sqrt(x**2 + y**2)
        depth[i], path[i] = 0.0, arc * sqrt(1.0 + cotangent**2)


@compiled
def _perigees(place: Any, flight: Any, found: Any) -> None:
    """Fill phi0, d0 and z0 of each particle (compiled)."""
    for i in range(len(place[0])):
        polar = min(max(flight[0][i], 1e-6), pi - 1e-6)
        cotangent = cos(polar) / sin(polar)
        found[0][i], found[1][i], found[2][i] = closest_approach(
            place[0][i], place[1][i], place[2][i], flight[1][i], cotangent, flight[2][i]
        )
