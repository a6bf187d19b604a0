"""Charged particles: what electrons radiate, and what the tracker measures."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from ...experiment import Acceptance
from .columns import Columns, Floats, Integers
from .geometry import within, wrap
from .parameters import TrackResponse
from .particles import ELECTRON, PHOTON, Particles


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
        Impact parameters relative to the interaction point, cm.
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
    truth: Integers
    owner: Integers


def radiate(charged: Particles, response: TrackResponse, generator: np.random.Generator) -> tuple[Particles, Particles]:
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
        The radiated ones, along the electrons' directions at the interaction point, with the electrons' `truth`.
    """
    electron = np.flatnonzero(charged.species == ELECTRON)
    mean = 4.0 / 3.0 * response.radiation_lengths * np.log(1.0 / response.radiation_threshold)
    electron = electron[generator.random(len(electron)) < -np.expm1(-mean)]
    fraction = response.radiation_threshold ** generator.random(len(electron))
    photons = charged.select(electron)
    photons = replace(photons, pdg=np.full(len(electron), PHOTON), momentum=fraction * photons.momentum)
    momentum = charged.momentum.copy()
    momentum[electron] *= 1.0 - fraction
    return replace(charged, momentum=momentum), photons


def track_efficiency(
    transverse: Floats, theta: Floats, acceptance: Mapping[str, Acceptance], response: TrackResponse
) -> Floats:
    """Give the chance of a track at a transverse momentum (GeV) and polar angle (rad)."""
    plateau = response.plateau - response.soft_loss * np.exp(-transverse / response.soft_scale)
    inside = within(theta, acceptance["tracking"]) & (transverse > response.minimum_pt)
    return np.asarray(np.clip(plateau, 0.0, 1.0) * inside)


def measure_tracks(
    charged: Particles,
    acceptance: Mapping[str, Acceptance],
    response: TrackResponse,
    generator: np.random.Generator,
) -> Tracks:
    """Draw which charged particles have a track, and its measured parameters."""
    efficiency = track_efficiency(charged.transverse, charged.theta, acceptance, response)
    owner = np.flatnonzero(generator.random(len(charged)) < efficiency)
    found = charged.select(owner)
    size = len(found)
    beta = found.momentum / found.energy
    sine = np.sin(found.theta)
    hardness = beta * found.momentum
    scattering = response.angle_scattering / (hardness * np.sqrt(sine))

    def noise(constant: float, rest: Floats) -> Floats:
        return np.hypot(constant, rest) * generator.standard_normal(size)

    relative = np.hypot(response.momentum_curvature * found.transverse, response.momentum_scattering / beta)
    # The sagitta is Gaussian, so that 1/pt is.
    pull = np.maximum(1.0 + relative * generator.standard_normal(size), 0.05)
    return Tracks(
        event=found.event,
        transverse=found.transverse / pull,
        theta=np.clip(found.theta + noise(response.theta_constant, scattering), 1e-4, np.pi - 1e-4),
        phi=wrap(found.phi + noise(response.phi_constant, scattering)),
        charge=found.charge,
        d0=noise(response.d0_constant, response.d0_scattering / (hardness * sine**1.5)),
        z0=noise(response.z0_constant, response.z0_scattering / (hardness * sine**2.5)),
        truth=found.truth,
        owner=owner,
    )
