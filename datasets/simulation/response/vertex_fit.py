"""The fit of two helices to a common point: linearised least squares in compiled code.

A helix is a row of `helix_rows`: sine and cosine of phi0, signed radius, centre x and y, z0, cotangent of theta, and
variances of d0, phi0, z0 and that cotangent. Lengths are in cm.
"""

from __future__ import annotations

from math import atan2, cos, erfc, sin, sqrt
from typing import Any

import numpy as np

from ..amplitudes.compilation import compiled, shared
from .charged import Tracks
from .columns import Floats
from .geometry import CURVATURE

STEPS = 2  # linearised steps of a fit: it starts where the circles cross, and helices are straight within a resolution


def helix_rows(tracks: Tracks, magnetic_field: float) -> Floats:
    """Give for each track what the fit needs, one row each: compiled code reads rows fastest. The field is in T."""
    rows = np.empty((len(tracks), 11))
    _fill_rows(
        (tracks.transverse, tracks.charge, tracks.theta, tracks.phi),
        (tracks.d0, tracks.z0),
        (tracks.d0_error, tracks.phi_error, tracks.z0_error, tracks.theta_error),
        CURVATURE * magnetic_field,
        rows,
    )
    return rows


@compiled
def _fill_rows(flight: Any, impact: Any, errors: Any, bend: float, rows: Floats) -> None:
    """Fill (compiled); `bend` is charge / radius of a transverse momentum of 1 GeV, 1/cm."""
    for i in range(rows.shape[0]):
        row, phi, polar = rows[i], flight[3][i], sin(flight[2][i])
        radius = flight[0][i] / (bend * flight[1][i])
        row[0], row[1], row[2] = sin(phi), cos(phi), radius
        row[3], row[4] = (impact[0][i] + radius) * row[0], -(impact[0][i] + radius) * row[1]
        row[5], row[6] = impact[1][i], cos(flight[2][i]) / polar
        row[7], row[8], row[9] = errors[0][i] ** 2, errors[1][i] ** 2, errors[2][i] ** 2
        row[10] = (errors[3][i] / polar**2) ** 2


@shared
def _starts(one: Any, other: Any) -> tuple[float, float, float, float]:
    """Give two points where the circles cross, or twice the one where they come closest."""
    r1, x1, y1 = abs(one[2]), one[3], one[4]
    r2, x2, y2 = abs(other[2]), other[3], other[4]
    distance = max(sqrt((x2 - x1) ** 2 + (y2 - y1) ** 2), 1e-9)
    ux, uy = (x2 - x1) / distance, (y2 - y1) / distance
    if distance >= r1 + r2:
        reach = 0.5 * (r1 + distance - r2)
        return x1 + reach * ux, y1 + reach * uy, x1 + reach * ux, y1 + reach * uy
    if distance <= abs(r1 - r2):
        reach = 0.5 * (r1 + r2 + distance) if r1 > r2 else -0.5 * (r1 + r2 - distance)
        return x1 + reach * ux, y1 + reach * uy, x1 + reach * ux, y1 + reach * uy
    along = 0.5 * (r1**2 - r2**2 + distance**2) / distance
    across = sqrt(max(r1**2 - along**2, 0.0))
    x, y = x1 + along * ux, y1 + along * uy
    return x - across * uy, y + across * ux, x + across * uy, y - across * ux


@shared
def _nearest(helix: Any, x: float, y: float) -> tuple[float, float, float, float, float]:
    """Describe a helix where it is nearest to a point.

    Returns its arc from the perigee, sine and cosine of its azimuth, z, and how far to the point's right that is.
    """
    # At azimuth phi the helix is at the circle's centre less radius (sin phi, -cos phi).
    sign = 1.0 if helix[2] > 0.0 else -1.0
    dx, dy = sign * (helix[3] - x), sign * (helix[4] - y)
    distance = sqrt(dx**2 + dy**2)
    sine, cosine = dx / distance, -dy / distance
    turned = atan2(helix[0] * cosine - helix[1] * sine, helix[1] * cosine + helix[0] * sine)
    arc = turned * helix[2]
    return arc, sine, cosine, helix[5] + arc * helix[6], sign * (distance - abs(helix[2]))


@shared
def _mismatch(one: Any, other: Any, x: float, y: float) -> tuple[float, float]:
    """Give the mean z of two helices near a transverse point, and the square of their difference over its variance."""
    arc, _, _, z, _ = _nearest(one, x, y)
    arc_b, _, _, z_b, _ = _nearest(other, x, y)
    variance = one[9] + arc**2 * one[10] + other[9] + arc_b**2 * other[10]
    return 0.5 * (z + z_b), (z - z_b) ** 2 / variance


@shared
def _solve(matrix: Any, vector: Any) -> tuple[float, float, float]:
    """Solve a symmetric 3 x 3 system (xx, xy, xz, yy, yz, zz) by Cramer's rule."""
    xx, xy, xz, yy, yz, zz = matrix
    a, b, c = yy * zz - yz**2, xz * yz - xy * zz, xy * yz - xz * yy
    d, e, f = xx * zz - xz**2, xy * xz - xx * yz, xx * yy - xy**2
    determinant = xx * a + xy * b + xz * c
    u, v, w = vector
    return (
        (a * u + b * v + c * w) / determinant,
        (b * u + d * v + e * w) / determinant,
        (c * u + e * v + f * w) / determinant,
    )


@shared
def _normal(helix: Any, x: float, y: float, z: float) -> tuple[Any, Any, float, tuple[float, float]]:
    """Give one track's part of the normal equations for a step from a point, of chi-square there, and its azimuth."""
    arc, sine, cosine, height, right = _nearest(helix, x, y)
    transverse = 1.0 / (helix[7] + arc**2 * helix[8])
    longitudinal = 1.0 / (helix[9] + arc**2 * helix[10])
    # A step to the right takes from the distance; one along the flight moves the helix's z by the slope.
    nx, ny = sine, -cosine
    sx, sy = -helix[6] * cosine, -helix[6] * sine
    below = height - z
    matrix = (
        transverse * nx * nx + longitudinal * sx * sx,
        transverse * nx * ny + longitudinal * sx * sy,
        longitudinal * sx,
        transverse * ny * ny + longitudinal * sy * sy,
        longitudinal * sy,
        longitudinal,
    )
    vector = (
        transverse * right * nx + longitudinal * below * sx,
        transverse * right * ny + longitudinal * below * sy,
        longitudinal * below,
    )
    return matrix, vector, transverse * right**2 + longitudinal * below**2, (cosine, sine)


@shared
def _fit(one: Any, other: Any, x: float, y: float, z: float, limit: float) -> tuple[Any, Any, float, Any, Any]:
    """Fit from a starting point; give the point, normal matrix, chi-square, cosine and sine of both azimuths."""
    weak = 1.0 / limit**2  # keeps parallel tracks from running away
    matrix, chi_square = (0.0, 0.0, 0.0, 0.0, 0.0, 0.0), 0.0
    first, second = (1.0, 0.0), (1.0, 0.0)
    for step in range(STEPS + 1):
        m1, v1, c1, first = _normal(one, x, y, z)
        m2, v2, c2, second = _normal(other, x, y, z)
        chi_square = c1 + c2
        matrix = (
            m1[0] + m2[0] + weak,
            m1[1] + m2[1],
            m1[2] + m2[2],
            m1[3] + m2[3] + weak,
            m1[4] + m2[4],
            m1[5] + m2[5] + weak,
        )
        if step < STEPS:
            dx, dy, dz = _solve(matrix, (v1[0] + v2[0], v1[1] + v2[1], v1[2] + v2[2]))
            x, y, z = x + dx, y + dy, z + dz
    return (x, y, z), matrix, chi_square, first, second


@compiled
def fit_pairs(pairs: Any, helices: Any, limit: float, found: Any) -> None:
    """Fill x, y, z, radius error, p-value and both directions of each pair (compiled)."""
    for i in range(len(pairs[0])):
        one, other = helices[pairs[0][i]], helices[pairs[1][i]]
        xa, ya, xb, yb = _starts(one, other)
        za, miss_a = _mismatch(one, other, xa, ya)
        zb, miss_b = _mismatch(one, other, xb, yb)
        if miss_b < miss_a:
            xa, ya, za = xb, yb, zb
        point, matrix, chi_square, first, second = _fit(one, other, xa, ya, za, limit)
        x, y, z = point
        radius = sqrt(x**2 + y**2)
        ux, uy = (x / radius, y / radius) if radius > 0.0 else (1.0, 0.0)
        cx, cy, _ = _solve(matrix, (ux, uy, 0.0))
        found[0, i], found[1, i], found[2, i] = x, y, z
        found[3, i] = sqrt(max(ux * cx + uy * cy, 0.0))
        found[4, i] = erfc(sqrt(0.5 * max(chi_square, 0.0))) if radius < limit else -1.0
        found[5, i], found[6, i] = first
        found[7, i], found[8, i] = second
