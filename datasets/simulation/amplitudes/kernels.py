"""Compiled loops over events: arrays of momenta in, one squared amplitude for each event out.

Momenta are (n, particles, 4) arrays of E, px, py, pz in GeV in the order of the amplitude's arguments: electron and
positron beam first. The loops compile when first called (a few seconds, kept on disk).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .annihilation import lepton_pair, photon_and_vector, three_photons, two_photons
from .compilation import Vector, compiled, shared
from .emission import electron_pair_and_photon, lepton_pair_and_photon, lepton_pair_and_vector
from .four_leptons import four_leptons

Momenta = NDArray[np.float64]
Squares = NDArray[np.float64]


@shared
def _four(row: NDArray[np.float64]) -> Vector:
    return row[0], row[1], row[2], row[3]


@compiled
def lepton_pair_squares(momenta: Momenta, electron_mass: float, lepton_mass: float) -> Squares:
    """Return `annihilation.lepton_pair` of every event; momenta are e-, e+, l-, l+."""
    squares = np.empty(len(momenta))
    for i in range(len(momenta)):
        p = momenta[i]
        squares[i] = lepton_pair(_four(p[0]), _four(p[1]), _four(p[2]), _four(p[3]), electron_mass, lepton_mass)
    return squares


@compiled
def two_photon_squares(momenta: Momenta, electron_mass: float) -> Squares:
    """Return `annihilation.two_photons` of every event; momenta are e-, e+ and the photons."""
    squares = np.empty(len(momenta))
    for i in range(len(momenta)):
        p = momenta[i]
        squares[i] = two_photons(_four(p[0]), _four(p[1]), _four(p[2]), _four(p[3]), electron_mass)
    return squares


@compiled
def photon_and_vector_squares(momenta: Momenta, electron_mass: float, vector_mass: float) -> Squares:
    """Return `annihilation.photon_and_vector` of every event; momenta are e-, e+, photon, V."""
    squares = np.empty(len(momenta))
    for i in range(len(momenta)):
        p = momenta[i]
        squares[i] = photon_and_vector(_four(p[0]), _four(p[1]), _four(p[2]), _four(p[3]), electron_mass, vector_mass)
    return squares


@compiled
def three_photon_squares(momenta: Momenta, electron_mass: float) -> Squares:
    """Return `annihilation.three_photons` of every event; momenta are e-, e+ and the photons."""
    squares = np.empty(len(momenta))
    for i in range(len(momenta)):
        p = momenta[i]
        squares[i] = three_photons(_four(p[0]), _four(p[1]), _four(p[2]), _four(p[3]), _four(p[4]), electron_mass)
    return squares


@compiled
def lepton_pair_and_photon_squares(momenta: Momenta, electron_mass: float, lepton_mass: float) -> Squares:
    """Return `emission.lepton_pair_and_photon` of every event; momenta are e-, e+, l-, l+, photon."""
    squares = np.empty(len(momenta))
    for i in range(len(momenta)):
        p = momenta[i]
        squares[i] = lepton_pair_and_photon(
            _four(p[0]), _four(p[1]), _four(p[2]), _four(p[3]), _four(p[4]), electron_mass, lepton_mass
        )
    return squares


@compiled
def lepton_pair_and_vector_squares(
    momenta: Momenta, electron_mass: float, lepton_mass: float, vector_mass: float
) -> Squares:
    """Return `emission.lepton_pair_and_vector` of every event; momenta are e-, e+, l-, l+, V."""
    squares = np.empty(len(momenta))
    for i in range(len(momenta)):
        p = momenta[i]
        squares[i] = lepton_pair_and_vector(
            _four(p[0]), _four(p[1]), _four(p[2]), _four(p[3]), _four(p[4]), electron_mass, lepton_mass, vector_mass
        )
    return squares


@compiled
def electron_pair_and_photon_squares(momenta: Momenta, electron_mass: float) -> Squares:
    """Return `emission.electron_pair_and_photon` of every event; momenta are e-, e+ (in), e-, e+, photon (out)."""
    squares = np.empty(len(momenta))
    for i in range(len(momenta)):
        p = momenta[i]
        squares[i] = electron_pair_and_photon(
            _four(p[0]), _four(p[1]), _four(p[2]), _four(p[3]), _four(p[4]), electron_mass
        )
    return squares


@compiled
def four_lepton_squares(momenta: Momenta, electron_mass: float, mass: float) -> Squares:
    """Return `four_leptons.four_leptons` of every event; momenta are e-, e+, l-, l+, l-, l+."""
    squares = np.empty(len(momenta))
    for i in range(len(momenta)):
        p = momenta[i]
        squares[i] = four_leptons(
            _four(p[0]), _four(p[1]), _four(p[2]), _four(p[3]), _four(p[4]), _four(p[5]), electron_mass, mass
        )
    return squares
