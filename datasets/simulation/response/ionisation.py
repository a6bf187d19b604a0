"""Hits and ionisation of tracks in the drift chamber."""

from __future__ import annotations

from functools import cache

import numpy as np

from .columns import Floats
from .drawing import normals
from .particles import ELECTRON, MASSES, MONOPOLE, Particles
from .propagation import curvature_of
from .tracking_parameters import GeometryResponse, IonisationResponse, TrackResponse


def relative_ionisation(beta_gamma: Floats, response: IonisationResponse) -> Floats:
    """Give the mean ionisation of charge 1 over its minimum.

    Bethe's formula (PDG, "Passage of particles through matter"), (1/beta^2) (ln(2 m_e beta^2 gamma^2/I) - beta^2), in
    which beyond an onset X the density effect keeps beta gamma from growing: x^2 -> x^2/(1 + x^2/X^2).
    """
    return _bethe(beta_gamma, response.excitation_energy, response.density_onset) / _minimum(
        response.excitation_energy, response.density_onset
    )


def ionisation(found: Particles, magnetic_charge: Floats, response: IonisationResponse) -> Floats:
    """Give the mean ionisation of charged particles and monopoles over the minimum of charge 1.

    A monopole of charge g (in e) ionises as an electric charge g beta does (Ahlen, Rev. Mod. Phys. 52 (1980) 121).

    Parameters
    ----------
    magnetic_charge
        g of each particle; only monopoles' count.
    """
    beta = np.maximum(found.velocity, 1e-3)
    mean = relative_ionisation(np.maximum(found.momentum / found.mass, 1e-3), response)
    return np.where(found.species == MONOPOLE, (magnetic_charge * beta) ** 2, 1.0) * mean


def chamber_hits(
    found: Particles, tracks: TrackResponse, geometry: GeometryResponse, generator: np.random.Generator
) -> Floats:
    """Draw the number of hits in the layers between where a particle begins and where it leaves or turns back.

    Binomial, by its Gaussian limit: numbers are rounded and stay within the layers crossed.
    """
    tangent = np.tan(np.clip(found.theta, 1e-3, np.pi - 1e-3))
    face = np.where(tangent > 0.0, geometry.calorimeter_forward_z, -geometry.calorimeter_backward_z)
    leaves = np.maximum((face - found.z) * tangent, 0.0)
    turns = 2.0 / np.maximum(np.abs(curvature_of(found, geometry.magnetic_field)), 1e-6)
    outer = np.minimum(np.minimum(leaves, turns), tracks.outer_radius)
    inner = np.maximum(found.radius, tracks.inner_radius)
    crossed = tracks.layers * np.clip((outer - inner) / (tracks.outer_radius - tracks.inner_radius), 0.0, 1.0)
    layers, share = np.rint(crossed), tracks.hit_efficiency
    spread = np.sqrt(layers * share * (1.0 - share)) * normals(generator, len(found))
    return np.clip(np.rint(layers * share + spread), 0.0, layers)


def bending(
    found: Particles,
    magnetic_charge: Floats,
    tracks: TrackResponse,
    geometry: GeometryResponse,
    generator: np.random.Generator,
) -> Floats:
    """Draw the curvature d2z/dr2 (1/cm) in the r-z plane: g B E/pt^2 of a monopole, none of an electric charge."""
    drawn = tracks.bending_resolution * normals(generator, len(found))
    magnetic = found.species == MONOPOLE
    if magnetic.any():
        force = 0.0029979 * geometry.magnetic_field * magnetic_charge * np.sign(found.pdg)
        drawn += np.where(magnetic, force * found.energy / np.maximum(found.transverse, 1e-3) ** 2, 0.0)
    return drawn


def _bethe(beta_gamma: Floats, excitation: float, onset: float) -> Floats:
    square = np.asarray(beta_gamma) ** 2
    beta2 = square / (1.0 + square)
    logarithm = np.log(2.0 * MASSES[ELECTRON] / excitation * square / (1.0 + square / onset**2))
    # Below the formula's reach the stopping power is held at that of slow protons, about twenty minima and more.
    return np.maximum(logarithm - beta2, 1.0) / beta2


@cache
def _minimum(excitation: float, onset: float) -> float:
    return float(_bethe(np.geomspace(0.5, 50.0, 2000), excitation, onset).min())
