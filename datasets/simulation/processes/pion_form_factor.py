"""The pion's electromagnetic form factor: rho, omega and two excited rhos after Gounaris and Sakurai."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..constants import PION_MASS

Array = NDArray[np.float64]
Complex = NDArray[np.complex128]

# BaBar's fit, J. P. Lees et al., Phys. Rev. D 86 (2012) 032013 (recalled): mass and width in GeV, size and phase.
RHO = 0.77502, 0.14959
OMEGA = 0.78191, 0.00813, 1.644e-3, -0.011
EXCITED = ((1.493, 0.427, 0.158, 3.76), (1.861, 0.316, 0.068, 1.39), (2.254, 0.109, 0.0051, 0.70))


def form_factor_squared(square: Array) -> Array:
    """Return |F_pi|^2 at s in GeV^2 above threshold, vacuum polarisation included, final-state radiation not.

    [GS_rho (1 + c_omega BW_omega)/(1 + c_omega) + sum of c_i GS_i]/(1 + sum of c_i), the omega by its mixing.
    """
    mass, width, size, phase = OMEGA
    mixing = size * np.exp(1j * phase)
    omega = mass**2 / (mass**2 - square - 1j * mass * width)
    total = _gounaris_sakurai(square, *RHO) * (1.0 + mixing * omega) / (1.0 + mixing)
    norm = 1.0 + 0.0j
    for excited_mass, excited_width, excited_size, excited_phase in EXCITED:
        strength = excited_size * np.exp(1j * excited_phase)
        total = total + strength * _gounaris_sakurai(square, excited_mass, excited_width)
        norm += strength
    return np.asarray(np.abs(total / norm) ** 2, dtype=np.float64)


def _gounaris_sakurai(square: Array, mass: float, width: float) -> Complex:
    """Return the amplitude of G. Gounaris, J. Sakurai, Phys. Rev. Lett. 21 (1968) 244, 1 at s = 0."""
    k, pole = _momentum(square), float(_momentum(np.array(mass**2)))
    h, h_pole = _h(square), float(_h(np.array(mass**2)))
    slope = h_pole * (1.0 / (8.0 * pole**2) - 1.0 / (2.0 * mass**2)) + 1.0 / (2.0 * np.pi * mass**2)
    shift = width * mass**2 / pole**3 * (k**2 * (h - h_pole) + (mass**2 - square) * pole**2 * slope)
    constant = (
        3.0 / np.pi * PION_MASS**2 / pole**2 * np.log((mass + 2.0 * pole) / (2.0 * PION_MASS))
        + mass / (2.0 * np.pi * pole)
        - PION_MASS**2 * mass / (np.pi * pole**3)
    )
    running = width * (k / pole) ** 3 * mass / np.sqrt(square)
    return np.asarray(mass**2 * (1.0 + constant * width / mass) / (mass**2 - square + shift - 1j * mass * running))


def _momentum(square: Array) -> Array:
    return np.asarray(0.5 * np.sqrt(np.maximum(square - 4.0 * PION_MASS**2, 0.0)))


def _h(square: Array) -> Array:
    root, k = np.sqrt(square), _momentum(square)
    return np.asarray(2.0 / np.pi * k / root * np.log((root + 2.0 * k) / (2.0 * PION_MASS)))
