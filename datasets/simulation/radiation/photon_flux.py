"""The flux of quasi-real photons in an electron (equivalent-photon approximation)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..constants import ALPHA, ELECTRON_MASS

Array = NDArray[np.float64]


def minimum_virtuality(energy_share: Array) -> Array:
    """Return the smallest Q^2 in GeV^2 of a photon that takes the share y of the electron's energy: m^2 y^2/(1-y)."""
    return ELECTRON_MASS**2 * energy_share**2 / (1.0 - energy_share)


def flux(energy_share: Array, virtuality: Array) -> Array:
    """Return dN/(dy dln Q^2), the photons in an electron.

    Parameters
    ----------
    energy_share
        y, share of the electron's energy that the photon takes.
    virtuality
        Q^2 in GeV^2.

    Notes
    -----
    Budnev, Ginzburg, Meledin, Serbo, Phys. Rept. 15 (1975) 181, with the electron's mass term.
    """
    y = energy_share
    suppression = 2.0 * (1.0 - y) / y * minimum_virtuality(y) / virtuality
    return ALPHA / (2.0 * np.pi) * ((1.0 + (1.0 - y) ** 2) / y - suppression)
