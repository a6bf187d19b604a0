"""What becomes of neutral particles on their way: K_S, Lambda and pi0 decay, photons convert in the tracker's matter.

Daughters carry their parent's `truth` index, as they are no generated particles.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from .columns import Floats, concatenate, is_one_of
from .drawing import edges_below
from .geometry import direction
from .particles import ELECTRON, MASSES, PHOTON, Particles
from .tracking_parameters import GeometryResponse, MaterialResponse

LIGHT = 29.9792458  # cm/ns
NEUTRON, PION0 = (2112, 0.9395654), (111, 0.1349768)  # PDG code, mass in GeV


@dataclass(frozen=True)
class Decay:
    """A two-body decay: PDG codes of the daughters of a particle, their masses (GeV), and the branching fraction."""

    daughters: tuple[int, int]
    masses: tuple[float, float]
    fraction: float


# PDG 2024: c tau in cm and the two leading decays of each, whose fractions are scaled to 1.
DECAYS: dict[int, tuple[float, tuple[Decay, ...]]] = {
    310: (
        2.6844,
        (
            Decay((211, -211), (MASSES[211], MASSES[211]), 0.6920),
            Decay((111, 111), (PION0[1], PION0[1]), 0.3069),
        ),
    ),
    3122: (
        7.89,
        (
            Decay((2212, -211), (MASSES[2212], MASSES[211]), 0.641),
            Decay((2112, 111), (NEUTRON[1], PION0[1]), 0.359),
        ),
    ),
    111: (2.55e-6, (Decay((PHOTON, PHOTON), (0.0, 0.0), 1.0),)),
}


def decay_in_flight(particles: Particles, generator: np.random.Generator) -> Particles:
    """Let K_S, Lambda and pi0 of the final state decay isotropically, and put their daughters behind their events'."""
    unstable = is_one_of(particles.species, DECAYS)
    if not unstable.any():
        return particles
    return concatenate([particles.select(~unstable), _decayed(particles.select(unstable), generator)])


def _decayed(particles: Particles, generator: np.random.Generator) -> Particles:
    for code, (flight, decays) in DECAYS.items():
        chosen = particles.species == code
        if not chosen.any():
            continue
        parents = _moved(particles.select(chosen), flight, generator)
        fractions = np.cumsum([each.fraction for each in decays])
        mode = np.searchsorted(fractions / fractions[-1], generator.random(len(parents)))
        daughters = [
            daughter
            for number, each in enumerate(decays)
            for daughter in _two_body(parents.select(mode == number), each, generator)
        ]
        particles = concatenate([particles.select(~chosen), *daughters])
    return particles


def convert(
    photons: Particles, material: MaterialResponse, geometry: GeometryResponse, generator: np.random.Generator
) -> tuple[Particles, Particles]:
    """Let photons convert to electron pairs in the matter before the drift chamber's gas.

    The chance is 1 - exp(-(7/9) t/sin theta) for t radiation lengths, shared equally by the layers that a photon
    still has ahead. The electron's share z of the energy follows 1 - (4/3) z (1 - z) (Bethe-Heitler, full screening).

    Returns
    -------
    photons
        Those that did not.
    electrons
        Two for each that did.
    """
    radii = np.array(material.conversion_radii)
    lengths = material.conversion_factor * material.radiation_lengths / len(radii)
    ahead = np.maximum(len(radii) - edges_below(np.sort(radii), photons.radius), 0)
    chance = -np.expm1(-7.0 / 9.0 * lengths * ahead / np.maximum(np.sin(photons.theta), 1e-3))
    converted = (generator.random(len(photons)) < chance) & (photons.momentum > 4.0 * MASSES[ELECTRON])
    gone = photons.select(converted)
    layer = np.sort(radii)[len(radii) - 1 - (ahead[converted] * generator.random(len(gone))).astype(np.int64)]
    return photons.select(~converted), _electron_pairs(gone, layer, geometry, generator)


def _electron_pairs(
    photons: Particles, radius: Floats, geometry: GeometryResponse, generator: np.random.Generator
) -> Particles:
    size = len(photons)
    sine = np.maximum(np.sin(photons.theta), 1e-3)
    step = np.maximum(radius - photons.radius, 0.0) / sine
    at = _shifted(photons, step)
    # A far forward photon leaves the tracker's ends before it reaches the layer.
    inside = (at.z < geometry.calorimeter_forward_z) & (at.z > -geometry.calorimeter_backward_z)
    at = at.select(inside)
    share = _bethe_heitler(size, generator)[inside]
    turn = generator.uniform(-np.pi, np.pi, len(at))
    parts = []
    for sign, part in ((1, share), (-1, 1.0 - share)):
        energy = np.maximum(part * at.momentum, 1.001 * MASSES[ELECTRON])
        opening = np.minimum(MASSES[ELECTRON] / energy, 0.5)
        parts.append(
            replace(
                at,
                pdg=np.full(len(at), sign * ELECTRON),
                momentum=np.sqrt(energy**2 - MASSES[ELECTRON] ** 2),
                mass=np.full(len(at), MASSES[ELECTRON]),
                theta=np.clip(at.theta + sign * opening * np.cos(turn), 1e-4, np.pi - 1e-4),
                phi=at.phi + sign * opening * np.sin(turn) / np.maximum(np.sin(at.theta), 1e-3),
                parent=at.truth,
            )
        )
    return concatenate(parts)


def _bethe_heitler(size: int, generator: np.random.Generator) -> Floats:
    """Draw shares z from 1 - (4/3) z (1 - z): an even distribution and 3 (1 - 2 z)^2 in shares of 6 : 1."""
    even = generator.random(size)
    # The integral of 3 (1 - 2 z)^2 inverts to a cube root.
    squared = 0.5 * (1.0 + np.cbrt(2.0 * generator.random(size) - 1.0))
    return np.where(generator.random(size) < 6.0 / 7.0, even, squared)


def _moved(particles: Particles, flight: float, generator: np.random.Generator) -> Particles:
    """Take particles of a proper flight length c tau (cm) to where they decay."""
    length = flight * generator.standard_exponential(len(particles)) * particles.momentum / particles.mass
    return _shifted(particles, length)


def _shifted(particles: Particles, length: Floats) -> Particles:
    x, y, z = direction(particles.theta, particles.phi) * length
    time = length / (LIGHT * np.maximum(particles.velocity, 1e-6))
    return replace(particles, x=particles.x + x, y=particles.y + y, z=particles.z + z, time=particles.time + time)


def _two_body(parents: Particles, decay: Decay, generator: np.random.Generator) -> list[Particles]:
    size = len(parents)
    cosine, azimuth = generator.uniform(-1.0, 1.0, size), generator.uniform(-np.pi, np.pi, size)
    unit = direction(np.arccos(cosine), azimuth)
    one, other = decay.masses
    mass = parents.mass
    momentum = np.sqrt(np.maximum((mass**2 - (one + other) ** 2) * (mass**2 - (one - other) ** 2), 0.0)) / (2.0 * mass)
    flight = direction(parents.theta, parents.phi)
    gamma, speed = parents.energy / mass, parents.velocity
    daughters = []
    for code, own, sign in zip(decay.daughters, decay.masses, (1.0, -1.0), strict=True):
        vector, energy = sign * momentum * unit, np.hypot(momentum, own)
        along = np.sum(vector * flight, axis=0)
        boosted = vector + flight * ((gamma - 1.0) * along + gamma * speed * energy)
        daughters.append(_daughter(parents, code, own, boosted))
    return daughters


def _daughter(parents: Particles, code: int, mass: float, momentum: Floats) -> Particles:
    px, py, pz = momentum
    # Daughters of an antiparticle are the antiparticles of its daughters, where those have one.
    own = code in (PHOTON, PION0[0])
    codes = np.full(len(parents), code) if own else code * np.sign(parents.pdg)
    return replace(
        parents,
        pdg=codes,
        momentum=np.sqrt(px**2 + py**2 + pz**2),
        theta=np.arctan2(np.hypot(px, py), pz),
        phi=np.arctan2(py, px),
        mass=np.full(len(parents), mass),
        parent=parents.truth,
    )
