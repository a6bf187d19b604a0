"""Stable generated particles in the laboratory, flat."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from ...frames import Beams
from ..generated import NO_MOTHER, STABLE, GeneratedEvents
from .columns import Columns, Floats, Integers, position

ELECTRON, MUON, PHOTON = 11, 13, 22
HADRONS = (211, 321, 2212)
# GeV, PDG 2022. Whatever is neither here nor a photon (neutrinos, K_L, neutrons, the dark sector) leaves nothing.
MASSES = {ELECTRON: 0.51099895e-3, MUON: 0.1056583755, 211: 0.13957039, 321: 0.493677, 2212: 0.93827209}


@dataclass(frozen=True)
class Particles(Columns):
    """Particles at the interaction point, laboratory frame.

    Attributes
    ----------
    truth
        Index among the event's generated particles.
    pdg
        PDG code.
    momentum
        Magnitude, GeV.
    theta, phi
        Direction, rad; phi in (-pi, pi].
    """

    truth: Integers
    pdg: Integers
    momentum: Floats
    theta: Floats
    phi: Floats

    @cached_property
    def species(self) -> Integers:
        """PDG code without sign."""
        return np.abs(self.pdg)

    @property
    def charge(self) -> Integers:
        """Charge in e; only meaningful for charged particles."""
        sign = np.sign(self.pdg)
        return np.where(self.species < PHOTON, -sign, sign)

    @cached_property
    def energy(self) -> Floats:
        """GeV."""
        mass = np.zeros(len(self))
        species = self.species
        for code, value in MASSES.items():
            mass[species == code] = value
        return np.hypot(self.momentum, mass)

    @cached_property
    def transverse(self) -> Floats:
        """Transverse momentum, GeV."""
        return self.momentum * np.sin(self.theta)


@dataclass(frozen=True)
class TruthParticles(Columns):
    """All generated particles, decayed ones included, laboratory frame.

    Attributes
    ----------
    pdg, status
        As in `GeneratedEvents`.
    mother
        Index of the mother among the event's particles, -1 for none.
    energy, px, py, pz
        GeV.
    """

    pdg: NDArray[np.int32]
    status: NDArray[np.int8]
    mother: Integers
    energy: Floats
    px: Floats
    py: Floats
    pz: Floats


def truth_particles(
    events: GeneratedEvents, beams: Beams, energy_spread: float, generator: np.random.Generator
) -> TruthParticles:
    """Flatten generated events and boost them to the laboratory, with the spread of the beams' energy.

    The spread of sqrt(s) scales all four-momenta of an event by one Gaussian factor. It is 5e-4 at Belle II, so that
    masses, which are scaled too, stay right within what any resolution shows. The spread of the boost is left out.

    Parameters
    ----------
    events
        Generated in the centre-of-mass frame.
    beams
        The mean beams.
    energy_spread
        Standard deviation of sqrt(s), GeV.
    """
    present = events.pdg != 0
    filled = np.flatnonzero(present)
    event = filled // present.shape[1]
    scale = 1.0 + energy_spread / beams.sqrt_s * generator.standard_normal(len(events))
    mother = events.mothers.ravel()[filled].astype(np.int64)
    # Empty slots go, so that a mother's index is the number of filled slots before hers.
    index = np.cumsum(present, axis=1) - 1 if (mother >= 0).any() else np.zeros(present.shape, dtype=np.int64)
    momenta = np.ascontiguousarray(events.momenta.reshape(-1, 4).take(filled, axis=0).T)
    energy, px, py, pz = transform(beams.to_laboratory, momenta) * scale.take(event)
    return TruthParticles(
        event=event,
        pdg=events.pdg.ravel()[filled],
        status=events.status.ravel()[filled],
        mother=np.where(mother >= 0, index[event, mother], NO_MOTHER),
        energy=energy,
        px=px,
        py=py,
        pz=pz,
    )


def transform(matrix: Floats, momenta: Floats) -> Floats:
    """Apply a Lorentz matrix to (4, N) components E, px, py, pz, in an order of sums that no library changes."""
    energy, px, py, pz = momenta
    return np.stack([row[0] * energy + row[1] * px + row[2] * py + row[3] * pz for row in matrix])


def stable_particles(truth: TruthParticles, number: int) -> Particles:
    """Give the final state of `number` events."""
    stable = np.flatnonzero(truth.status == STABLE)
    found = truth.select(stable)
    transverse = np.hypot(found.px, found.py)
    return Particles(
        event=found.event,
        truth=position(truth.event, number)[stable],
        pdg=found.pdg.astype(np.int64),
        momentum=np.hypot(transverse, found.pz),
        theta=np.arctan2(transverse, found.pz),
        phi=np.arctan2(found.py, found.px),
    )
