"""Charged particles: what electrons radiate, and what the tracker measures."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from math import cos, exp, pi, sin, sqrt
from typing import Any

import numpy as np

from ...experiment import Acceptance
from ..amplitudes.compilation import compiled, shared
from .columns import Columns, Floats, Integers, is_one_of
from .geometry import wrapped
from .numbers import numbers
from .parameters import Response
from .particles import ELECTRON, MASSES, MONOPOLE, PHOTON, Particles
from .propagation import closest_approach, curvature_of
from .tracking_parameters import MaterialResponse


@dataclass(frozen=True)
class Tracks(Columns):
    """Measured tracks, laboratory frame.

    Attributes
    ----------
    transverse, theta, phi
        Transverse momentum (GeV) and direction (rad) at the point of closest approach.
    charge
        In e.
    d0, z0
        Impact parameters relative to the mean interaction point, cm; signed as `propagation` says.
    theta_error, phi_error, d0_error, z0_error
        Uncertainties of the angles (rad) and of the impact parameters (cm).
    truth
        Index among the event's generated particles.
    owner
        Row of the charged particle that made it.
    """

    transverse: Floats
    theta: Floats
    phi: Floats
    charge: Integers
    d0: Floats
    z0: Floats
    theta_error: Floats
    phi_error: Floats
    d0_error: Floats
    z0_error: Floats
    truth: Integers
    owner: Integers


def radiate(
    charged: Particles, material: MaterialResponse, generator: np.random.Generator
) -> tuple[Particles, Particles]:
    """Let electrons lose energy to one photon in the matter before the tracker.

    The number of photons above the threshold k (a fraction of the energy) is Poisson with mean
    (4/3) t ln(1/k), their spectrum dz/z: Bethe-Heitler for a thin radiator. More than one is treated as one.

    Parameters
    ----------
    charged
        Charged particles of any species.

    Returns
    -------
    charged
        The same with what is left of the momentum.
    photons
        The radiated ones, along the electrons' directions where those begin, with the electrons' `truth`.
    """
    electron = np.flatnonzero(charged.species == ELECTRON)
    mean = 4.0 / 3.0 * material.radiation_lengths * np.log(1.0 / material.radiation_threshold)
    electron = electron[generator.random(len(electron)) < -np.expm1(-mean)]
    fraction = material.radiation_threshold ** generator.random(len(electron))
    photons = charged.select(electron)
    photons = replace(
        photons,
        pdg=np.full(len(electron), PHOTON),
        momentum=fraction * photons.momentum,
        mass=np.zeros(len(electron)),
    )
    momentum = charged.momentum.copy()
    momentum[electron] *= 1.0 - fraction
    return replace(charged, momentum=momentum), photons


@shared
def track_efficiency(transverse: float, radius: float, numbers: Any) -> float:
    """Give the chance of a track within the tracker's angles.

    Parameters
    ----------
    transverse
        Transverse momentum, GeV.
    radius
        Transverse distance (cm) of the production vertex: the chance falls linearly with it.
    numbers
        The parameters of `TrackResponse`.
    """
    if transverse <= numbers.minimum_pt:
        return 0.0
    plateau = numbers.plateau - numbers.soft_loss * exp(-transverse / numbers.soft_scale)
    chance: float = min(max(plateau, 0.0), 1.0) * min(max(1.0 - radius / numbers.displaced_radius, 0.0), 1.0)
    return chance


def find_tracks(
    charged: Particles, acceptance: Mapping[str, Acceptance], response: Response, generator: np.random.Generator
) -> Integers:
    """Draw the rows of charged particles that have a track."""
    rows = np.empty(len(charged), dtype=np.int64)
    tracking = acceptance["tracking"]
    found = _fill_found(
        (charged.theta, charged.transverse, charged.radius, charged.z),
        (float(np.radians(tracking.low)), float(np.radians(tracking.high))),
        (numbers(response.tracks), numbers(response.geometry)),
        generator,
        rows,
    )
    return rows[:found]


@compiled
def _fill_found(particles: Any, tracking: Any, responses: Any, generator: np.random.Generator, rows: Integers) -> int:
    """Fill the rows with a track, and give their number (compiled)."""
    thetas, transverse, radius, z = particles
    low, high = tracking
    tracks, geometry = responses
    found = 0
    for i in range(len(thetas)):
        reach = geometry.calorimeter_forward_z if z[i] > 0.0 else geometry.calorimeter_backward_z
        if thetas[i] < low or thetas[i] > high or abs(z[i]) >= reach:
            continue
        if generator.random() < track_efficiency(transverse[i], radius[i], tracks):
            rows[found] = i
            found += 1
    return found


def measure_tracks(found: Particles, owner: Integers, response: Response, generator: np.random.Generator) -> Tracks:
    """Draw the measured parameters of tracks.

    Parameters
    ----------
    found
        The particles that have one.
    owner
        Their rows among the charged ones.
    """
    size = len(found)
    real, charge = np.empty((9, size)), np.empty(size, dtype=np.int64)
    _fill_tracks(
        (found.species, found.charge, curvature_of(found, response.geometry.magnetic_field)),
        (found.momentum, found.transverse, found.velocity, found.theta, found.phi),
        (found.x, found.y, found.z),
        (numbers(response.tracks), response.geometry.silicon_radius),
        generator,
        (real, charge),
    )
    transverse, theta, phi, d0, z0, theta_error, phi_error, d0_error, z0_error = real
    return Tracks(
        event=found.event,
        transverse=transverse,
        theta=theta,
        phi=phi,
        charge=charge,
        d0=d0,
        z0=z0,
        theta_error=theta_error,
        phi_error=phi_error,
        d0_error=d0_error,
        z0_error=z0_error,
        truth=found.truth,
        owner=owner,
    )


@compiled
def _fill_tracks(
    kinds: Any, flight: Any, place: Any, responses: Any, generator: np.random.Generator, found: Any
) -> None:
    """Fill transverse momentum, theta, phi, d0, z0, the last four's errors, and the charge (compiled)."""
    species, charges, curvatures = kinds
    momentum, transverse, velocity, thetas, phis = flight
    tracks, silicon = responses
    real, charge = found
    for i in range(len(species)):
        x, y, z = place[0][i], place[1][i], place[2][i]
        phi, d0, z0, sine = _true_parameters(x, y, z, thetas[i], phis[i], curvatures[i])
        # Multiple scattering goes with 1/(p beta); without the silicon detector all is worse.
        hard = velocity[i] * momentum[i]
        worse = tracks.outer_factor if x**2 + y**2 > silicon**2 else 1.0
        scattering = tracks.angle_scattering / (hard * sqrt(sine))
        theta_error = worse * sqrt(tracks.theta_constant**2 + scattering**2)
        phi_error = worse * sqrt(tracks.phi_constant**2 + scattering**2)
        d0_error = worse * sqrt(tracks.d0_constant**2 + (tracks.d0_scattering / hard) ** 2 / sine**3)
        z0_error = worse * sqrt(tracks.z0_constant**2 + (tracks.z0_scattering / hard) ** 2 / sine**5)
        measured = thetas[i] + theta_error * generator.standard_normal()
        real[1, i] = min(max(measured, 1e-4), pi - 1e-4)
        real[2, i] = wrapped(phi + phi_error * generator.standard_normal())
        real[3, i] = d0 + d0_error * generator.standard_normal()
        real[4, i] = z0 + z0_error * generator.standard_normal()
        real[5, i], real[6, i], real[7, i], real[8, i] = theta_error, phi_error, d0_error, z0_error
        # The sagitta is Gaussian, so that 1/pt is.
        noise = generator.standard_normal()
        scattered = tracks.momentum_scattering / max(velocity[i], 1e-6)
        if species[i] == MONOPOLE:
            # It does not bend in the transverse plane: all that is measured is the resolution, and a charge by chance.
            curvature = noise * sqrt(tracks.momentum_curvature**2 + (scattered / transverse[i]) ** 2)
            real[0, i], charge[i] = 1.0 / max(abs(curvature), 1e-4), 1 if noise > 0.0 else -1
        else:
            relative = sqrt((tracks.momentum_curvature * transverse[i]) ** 2 + scattered**2)
            real[0, i] = transverse[i] * (1.0 + tracks.momentum_bias) / max(1.0 + relative * noise, 0.05)
            charge[i] = charges[i]


@shared
def _true_parameters(
    x: float, y: float, z: float, theta: float, phi: float, curvature: float
) -> tuple[float, float, float, float]:
    """Give phi0, d0, z0 of a particle made at a point (cm), and the sine of its theta."""
    polar = min(max(theta, 1e-6), pi - 1e-6)
    sine = sin(polar)
    phi0, d0, z0 = closest_approach(x, y, z, phi, cos(polar) / sine, curvature)
    return phi0, d0, z0, sine


def is_charged(particles: Particles) -> Integers:
    """Give the rows of particles that ionise: charged ones and monopoles."""
    return np.flatnonzero(is_one_of(particles.species, (*MASSES, MONOPOLE)))
