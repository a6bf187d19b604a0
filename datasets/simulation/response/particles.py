"""Stable generated particles in the laboratory, flat, each with where and when it was made."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from .columns import Columns, Floats, Integers, is_one_of, length

ELECTRON, MUON, PHOTON, MONOPOLE = 11, 13, 22, 99666
HADRONS = (211, 321, 2212)
NEUTRAL_HADRONS = (130, 2112)
NEUTRINOS = (12, 14, 16)
# GeV, PDG 2022. Whatever is neither here nor a photon nor a monopole (neutrinos, the dark sector) leaves nothing.
MASSES = {ELECTRON: 0.51099895e-3, MUON: 0.1056583755, 211: 0.13957039, 321: 0.493677, 2212: 0.93827209}


@dataclass(frozen=True)
class Particles(Columns):
    """Particles where they were made, laboratory frame.

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
    mass
        GeV.
    x, y, z
        Production vertex relative to the mean interaction point, cm.
    time
        Of production, ns after the collision.
    parent
        Index of the generated particle that decayed (or converted) at the vertex, -1 where there is none.
    """

    truth: Integers
    pdg: Integers
    momentum: Floats
    theta: Floats
    phi: Floats
    mass: Floats
    x: Floats
    y: Floats
    z: Floats
    time: Floats
    parent: Integers

    @cached_property
    def species(self) -> Integers:
        """PDG code without sign."""
        return np.abs(self.pdg)

    @cached_property
    def charge(self) -> Integers:
        """Electric charge in e; 0 for monopoles and everything that is no lepton or light hadron."""
        sign, species = np.sign(self.pdg), self.species
        lepton = (species == ELECTRON) | (species == MUON)
        return np.where(lepton, -sign, np.where(is_one_of(species, HADRONS), sign, 0))

    @cached_property
    def energy(self) -> Floats:
        """GeV."""
        return length(self.momentum, self.mass)

    @cached_property
    def velocity(self) -> Floats:
        """In units of that of light."""
        return np.asarray(self.momentum / np.maximum(self.energy, 1e-12))

    @cached_property
    def transverse(self) -> Floats:
        """Transverse momentum, GeV."""
        return self.momentum * np.sin(self.theta)

    @cached_property
    def radius(self) -> Floats:
        """Transverse distance (cm) of the production vertex from the mean interaction point."""
        return length(self.x, self.y)


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
    vertex_x, vertex_y, vertex_z
        Production vertex relative to the mean interaction point, cm.
    time
        Of production, ns after the collision.
    """

    pdg: NDArray[np.int32]
    status: NDArray[np.int8]
    mother: Integers
    energy: Floats
    px: Floats
    py: Floats
    pz: Floats
    vertex_x: Floats
    vertex_y: Floats
    vertex_z: Floats
    time: Floats
