"""Charged particles: what electrons radiate, and what the tracker measures."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from ...experiment import Acceptance
from .columns import Columns, Floats, Integers, is_one_of, length
from .drawing import normals
from .geometry import within, wrap
from .parameters import Response
from .particles import ELECTRON, MASSES, MONOPOLE, PHOTON, Particles
from .propagation import perigee
from .tracking_parameters import MaterialResponse, TrackResponse


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


def track_efficiency(
    transverse: Floats, theta: Floats, radius: Floats, acceptance: Mapping[str, Acceptance], response: TrackResponse
) -> Floats:
    """Give the chance of a track.

    Parameters
    ----------
    transverse, theta
        Transverse momentum (GeV) and polar angle (rad).
    radius
        Transverse distance (cm) of the production vertex: the chance falls linearly with it.
    """
    plateau = response.plateau - response.soft_loss * np.exp(-transverse / response.soft_scale)
    inside = within(theta, acceptance["tracking"]) & (transverse > response.minimum_pt)
    displaced = np.clip(1.0 - radius / response.displaced_radius, 0.0, 1.0)
    return np.asarray(np.clip(plateau, 0.0, 1.0) * inside * displaced)


def find_tracks(
    charged: Particles, acceptance: Mapping[str, Acceptance], response: Response, generator: np.random.Generator
) -> Integers:
    """Draw the rows of charged particles that have a track."""
    geometry = response.geometry
    reach = np.where(charged.z > 0.0, geometry.calorimeter_forward_z, geometry.calorimeter_backward_z)
    efficiency = track_efficiency(charged.transverse, charged.theta, charged.radius, acceptance, response.tracks)
    return np.flatnonzero(generator.random(len(charged)) < efficiency * (np.abs(charged.z) < reach))


def measure_tracks(found: Particles, owner: Integers, response: Response, generator: np.random.Generator) -> Tracks:
    """Draw the measured parameters of tracks.

    Parameters
    ----------
    found
        The particles that have one.
    owner
        Their rows among the charged ones.
    """
    numbers, geometry = response.tracks, response.geometry
    true = perigee(found, geometry.magnetic_field)
    sine = np.sin(found.theta)
    hardness = found.velocity * found.momentum
    worse = np.where(found.radius > geometry.silicon_radius, numbers.outer_factor, 1.0)
    scattering = numbers.angle_scattering / (hardness * np.sqrt(sine))
    errors = {
        "theta": worse * length(numbers.theta_constant, scattering),
        "phi": worse * length(numbers.phi_constant, scattering),
        "d0": worse * length(numbers.d0_constant, numbers.d0_scattering / (hardness * sine**1.5)),
        "z0": worse * length(numbers.z0_constant, numbers.z0_scattering / (hardness * sine**2.5)),
    }
    drawn = {name: error * normals(generator, len(found)) for name, error in errors.items()}
    transverse, charge = _bending(found, numbers, generator)
    return Tracks(
        event=found.event,
        transverse=transverse,
        theta=np.clip(found.theta + drawn["theta"], 1e-4, np.pi - 1e-4),
        phi=wrap(true.phi + drawn["phi"]),
        charge=charge,
        d0=true.d0 + drawn["d0"],
        z0=true.z0 + drawn["z0"],
        theta_error=errors["theta"],
        phi_error=errors["phi"],
        d0_error=errors["d0"],
        z0_error=errors["z0"],
        truth=found.truth,
        owner=owner,
    )


def _bending(found: Particles, numbers: TrackResponse, generator: np.random.Generator) -> tuple[Floats, Integers]:
    """Draw measured transverse momenta (GeV) and charges; the sagitta is Gaussian, so that 1/pt is.

    A monopole does not bend in the transverse plane: all that is measured is the resolution, and a charge by chance.
    """
    noise = normals(generator, len(found))
    beta = np.maximum(found.velocity, 1e-6)
    relative = length(numbers.momentum_curvature * found.transverse, numbers.momentum_scattering / beta)
    pull = np.maximum(1.0 + relative * noise, 0.05)
    transverse = found.transverse * (1.0 + numbers.momentum_bias) / pull
    charge = found.charge
    magnetic = found.species == MONOPOLE
    if magnetic.any():
        curvature = noise * length(numbers.momentum_curvature, numbers.momentum_scattering / beta / found.transverse)
        transverse = np.where(magnetic, 1.0 / np.maximum(np.abs(curvature), 1e-4), transverse)
        charge = np.where(magnetic, np.where(noise > 0.0, 1, -1), charge)
    return transverse, charge


def is_charged(particles: Particles) -> Integers:
    """Give the rows of particles that ionise: charged ones and monopoles."""
    return np.flatnonzero(is_one_of(particles.species, (*MASSES, MONOPOLE)))
