"""Amplitudes with a dark vector: its polarisation when muons radiate it, and a vertex that turns e into mu."""

from __future__ import annotations

from itertools import product

import numpy as np
from numpy.typing import NDArray

from .compilation import Component, Vector, compiled, shared
from .emission import annihilation_currents, creation_with_vector
from .invariants import add, momentum_transfer, square
from .lines import (
    CurrentTable,
    adjoint_states,
    antiparticle_states,
    currents,
    ends_with_emission,
    opposite,
    particle_states,
    starts_with_emission,
    sum_of_currents,
)
from .spinors import dot, longitudinal_polarisation, squared_modulus, transverse_polarisations

Floats = NDArray[np.float64]


def polarisation_tensor(momenta: Floats, electron_mass: float, lepton_mass: float, vector_mass: float) -> Floats:
    """Return (n, 3, 3) sum over spins of M_a M_b of e- e+ -> l- l+ V in the rest frame of V, l alone coupling to it.

    Real part, in axes of the frame that a boost along V's flight leads to; masses in GeV.

    Parameters
    ----------
    momenta
        (n, 5, 4) of e-, e+, l-, l+, V in GeV.
    """
    electron, positron, lepton, antilepton, vector = (_components(momenta[:, slot]) for slot in range(5))
    beams = annihilation_currents(electron, positron, electron_mass)
    products = dot(lepton, vector), dot(antilepton, vector)
    transverse = transverse_polarisations(vector)
    polarisations = (*transverse, longitudinal_polarisation(vector, vector_mass))
    pairs = [
        creation_with_vector(lepton, antilepton, lepton_mass, vector, each, products, vector_mass)
        for each in polarisations
    ]
    flight = momenta[:, 4, 1:] / np.linalg.norm(momenta[:, 4, 1:], axis=1, keepdims=True)
    axes = np.stack([*(np.stack(each[1:], axis=1) for each in transverse), flight], axis=1)
    tensor = np.zeros((len(momenta), 3, 3))
    for end, start, out_end, out_start in product(range(2), repeat=4):
        amplitude = np.stack([dot(beams[end][start], pair[out_end][out_start]) for pair in pairs], axis=1)
        vectors = np.einsum("na,nai->ni", amplitude, axes)
        tensor += (vectors[:, :, np.newaxis] * vectors[:, np.newaxis, :].conj()).real
    return tensor


def _components(momenta: Floats) -> Vector:
    return momenta[:, 0], momenta[:, 1], momenta[:, 2], momenta[:, 3]


@shared
def created_flavours(
    electron: Vector,
    antimuon: Vector,
    vector: Vector,
    polarisation: Vector,
    masses: tuple[float, float, float],
) -> CurrentTable:
    """Return the current of e- mu+ V from a photon.

    The propagator is the other flavour's: a muon after the electron has taken V, an electron before the antimuon has.
    """
    electron_mass, muon_mass, vector_mass = masses
    difference = electron_mass * electron_mass - muon_mass * muon_mass
    starts = antiparticle_states(antimuon, muon_mass)
    ends = adjoint_states(particle_states(electron, electron_mass))
    squared = vector_mass * vector_mass
    late_denominator = 2.0 * dot(electron, vector) + squared + difference
    early_denominator = 2.0 * dot(antimuon, vector) + squared - difference
    early = starts_with_emission(starts, opposite(antimuon), electron_mass, vector, polarisation, early_denominator)
    late = ends_with_emission(ends, electron, muon_mass, vector, polarisation, late_denominator)
    return sum_of_currents(currents(ends, early), currents(late, starts))


@shared
def scattered_flavours(
    positron: Vector, antimuon: Vector, vector: Vector, polarisation: Vector, masses: tuple[float, float, float]
) -> CurrentTable:
    """Return the current of a positron that turns into an antimuon and V, before or after it took a photon."""
    electron_mass, muon_mass, vector_mass = masses
    difference = electron_mass * electron_mass - muon_mass * muon_mass
    squared = vector_mass * vector_mass
    starts = antiparticle_states(antimuon, muon_mass)
    ends = adjoint_states(antiparticle_states(positron, electron_mass))
    early = starts_with_emission(
        starts,
        opposite(antimuon),
        electron_mass,
        vector,
        polarisation,
        2.0 * dot(antimuon, vector) + squared - difference,
    )
    late = ends_with_emission(
        ends, opposite(positron), muon_mass, vector, polarisation, difference + squared - 2.0 * dot(positron, vector)
    )
    return sum_of_currents(currents(ends, early), currents(late, starts))


@shared
def electron_muon_and_vector(
    electron: Vector,
    positron: Vector,
    scattered: Vector,
    antimuon: Vector,
    vector: Vector,
    masses: tuple[float, float, float],
) -> Component:
    """Return |M|^2 of e- e+ -> e- mu+ V, V coupled to ebar gamma mu: two annihilation and two scattering diagrams.

    Spins as in `emission`, charges 1: times (4 pi alpha)^2 g'^2. Masses of electron, muon and V in GeV.
    """
    electron_mass = masses[0]
    total = square(add(electron, positron))
    transfer = momentum_transfer(electron, scattered, electron_mass)
    beams = annihilation_currents(electron, positron, electron_mass)
    electrons = currents(
        adjoint_states(particle_states(scattered, electron_mass)), particle_states(electron, electron_mass)
    )
    transverse = transverse_polarisations(vector)
    result = 0.0 * electron[0]
    for polarisation in (transverse[0], transverse[1], longitudinal_polarisation(vector, masses[2])):
        pair = created_flavours(scattered, antimuon, vector, polarisation, masses)
        positrons = scattered_flavours(positron, antimuon, vector, polarisation, masses)
        for end in range(2):
            for out_end in range(2):
                for out_start in range(2):
                    amplitude = dot(beams[end][0], pair[out_end][out_start]) / total
                    # Exchange of the two lines' ends: Fermi statistics makes the sign.
                    amplitude = amplitude - dot(electrons[out_end][0], positrons[end][out_start]) / transfer
                    result = result + squared_modulus(amplitude)
    return 0.5 * result


@compiled
def electron_muon_and_vector_squares(momenta: Floats, masses: tuple[float, float, float]) -> Floats:
    """Return `electron_muon_and_vector` of every event; momenta (n, 5, 4) are e-, e+ (in), e-, mu+, V (out)."""
    squares = np.empty(len(momenta))
    for i in range(len(momenta)):
        p = momenta[i]
        squares[i] = electron_muon_and_vector(
            (p[0, 0], p[0, 1], p[0, 2], p[0, 3]),
            (p[1, 0], p[1, 1], p[1, 2], p[1, 3]),
            (p[2, 0], p[2, 1], p[2, 2], p[2, 3]),
            (p[3, 0], p[3, 1], p[3, 2], p[3, 3]),
            (p[4, 0], p[4, 1], p[4, 2], p[4, 3]),
            masses,
        )
    return squares
