"""The running of the fine-structure constant: leptons at one loop, hadrons as a smooth parametrisation."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..constants import ALPHA, ELECTRON_MASS, MUON_MASS, TAU_MASS

Array = NDArray[np.float64]

# H. Burkhardt, B. Pietrzyk, Phys. Lett. B 356 (1995) 398, coefficients of the 2001 update: A + B ln(1 + C |s|).
_EDGES = np.array([0.7**2, 2.0**2, 4.0**2, 10.0**2])
_A = np.array([0.0, 0.0, 0.0, 0.0, 0.0010485])
_B = np.array([0.0023092, 0.0022333, 0.0024402, 0.0027340, 0.0029431])
_C = np.array([3.9925370, 4.2191779, 3.2496684, 2.0995092, 1.0])


def hadronic_shift(scale_squared: Array) -> Array:
    """Return the five flavours' part of Delta alpha at |s| in GeV^2 (smooth: narrow resonances are averaged over)."""
    region = np.searchsorted(_EDGES, np.abs(scale_squared))
    shift: Array = _A[region] + _B[region] * np.log1p(_C[region] * np.abs(scale_squared))
    return shift


def leptonic_shift(scale_squared: Array) -> Array:
    """Return the charged leptons' one-loop part of Delta alpha at s in GeV^2 (negative below zero: spacelike)."""
    total = np.zeros_like(np.asarray(scale_squared, dtype=np.float64))
    for mass in (ELECTRON_MASS, MUON_MASS, TAU_MASS):
        total = total + _one_loop(np.asarray(scale_squared, dtype=np.float64), mass)
    return total


def vacuum_polarisation_factor(scale_squared: Array) -> Array:
    """Return |alpha(s)/alpha(0)|^2, what multiplies the cross section of one virtual photon at s in GeV^2."""
    factor: Array = (1.0 - hadronic_shift(scale_squared) - leptonic_shift(scale_squared)) ** -2
    return factor


def _one_loop(s: Array, mass: float) -> Array:
    """Real part of the one-loop vacuum polarisation of one lepton (Berestetskii, Lifshitz, Pitaevskii, par. 113)."""
    r = 4.0 * mass**2 / s
    root = np.sqrt(np.abs(1.0 - r))
    above = root * np.log(np.abs((1.0 + root) / (1.0 - root)))
    below = 2.0 * root * np.arctan(1.0 / np.maximum(root, 1e-12))
    function = np.where((s > 0.0) & (r > 1.0), below, above)
    return ALPHA / (3.0 * np.pi) * ((1.0 + r / 2.0) * function - 5.0 / 3.0 - r)
