"""Tracks' helices as basf2 stores them: momentum, charge, and impact parameters relative to any point.

Parameters (d0, phi0, omega, z0, tan lambda) refer to the point of closest approach to the origin in the transverse
plane, cm and rad. Signs are basf2's: omega has the charge's, d0 is positive where the origin lies to the left of the
direction, so that the point is (d0 sin phi0, -d0 cos phi0, z0) and the circle's centre (d0 + 1/omega) (sin phi0,
-cos phi0). Source: basf2, framework/dataobjects/Helix and mdst/dataobjects/TrackFitResult.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

MAGNETIC_FIELD = 1.45277
"""Bz near the origin in T, by which basf2 makes omega of momenta; what surrounds the beams there weakens the solenoid's
nominal 1.5 T. basf2 has it in its conditions, not in its files: the value is that of the Particles that basf2 itself
made of tracks in a udst (1.45274 to 1.45279, with the track's place). Generated momenta of pions agree: 1.4531 +-
0.0002 in release 5, 1.4526 +- 0.0004 in release 8.
"""

RADIUS_OF_MOMENTUM = 1e11 / (MAGNETIC_FIELD * 299_792_458.0)  # cm per GeV: radius of curvature of a unit charge

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Helix:
    """Helices of tracks, one value a track in each array; units as above."""

    d0: Array
    phi0: Array
    omega: Array
    z0: Array
    tan_lambda: Array

    @property
    def momentum(self) -> tuple[Array, Array, Array]:
        """(px, py, pz) in GeV at the point of closest approach to the origin."""
        transverse = 1.0 / (RADIUS_OF_MOMENTUM * np.abs(self.omega))
        return transverse * np.cos(self.phi0), transverse * np.sin(self.phi0), transverse * self.tan_lambda

    @property
    def charge(self) -> Array:
        """Charge in units of e."""
        return np.sign(self.omega)

    @property
    def centre(self) -> tuple[Array, Array]:
        """Centre (x, y) of the circle in the transverse plane, cm."""
        distance = self.d0 + 1.0 / self.omega
        return distance * np.sin(self.phi0), -distance * np.cos(self.phi0)

    def impact(self, point: tuple[float, float, float]) -> tuple[Array, Array]:
        """Give d0 and z0 relative to `point` (cm): signed transverse distance, and distance along z there."""
        x, y = (centre - own for centre, own in zip(self.centre, point[:2], strict=True))
        radius = 1.0 / self.omega
        d0 = np.sign(self.omega) * np.hypot(x, y) - radius
        return d0, self.z0 + self.tan_lambda * self.path_to(*point[:2]) - point[2]

    def momentum_at(self, x: Array, y: Array) -> tuple[Array, Array, Array]:
        """(px, py, pz) in GeV where the helix is nearest to (x, y) in the transverse plane, cm."""
        direction = self.phi0 - self.omega * self.path_to(x, y)
        transverse = 1.0 / (RADIUS_OF_MOMENTUM * np.abs(self.omega))
        return transverse * np.cos(direction), transverse * np.sin(direction), transverse * self.tan_lambda

    def path_to(self, x: Array | float, y: Array | float) -> Array:
        """Give the transverse path (cm) from the point of closest approach to that nearest to (x, y)."""
        centre = self.centre
        start = np.arctan2(-self.d0 * np.cos(self.phi0) - centre[1], self.d0 * np.sin(self.phi0) - centre[0])
        end = np.arctan2(np.asarray(y) - centre[1], np.asarray(x) - centre[0])
        turn = np.mod(end - start + np.pi, 2 * np.pi) - np.pi
        return np.asarray(-turn / self.omega)
