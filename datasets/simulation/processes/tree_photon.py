"""A photon at a large angle beside two leptons: what the exact trees of electron and muon pairs have in common."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from ..constants import ALPHA, ELECTRON_MASS, NANOBARN
from ..phase_space.boosts import Floats
from ..phase_space.two_body import beams
from .process import ProcessError


def check_photon(minimum_energy: float, minimum_angle: float, maximum_angle: float) -> None:
    """Refuse an energy (GeV) that is not positive, and polar angles (degrees) that enclose nothing."""
    if minimum_energy <= 0.0:
        raise ProcessError(f"minimum_energy must be positive, got {minimum_energy} GeV")
    if not 0.0 < minimum_angle < maximum_angle < 180.0:
        raise ProcessError(
            f"minimum_angle must lie below maximum_angle, got {minimum_angle} and {maximum_angle} degrees"
        )


def check_reach(minimum_energy: float, sqrt_s: float) -> None:
    """Refuse an energy (GeV) that no photon can have at sqrt_s in GeV."""
    if minimum_energy >= 0.45 * sqrt_s:
        raise ProcessError(f"minimum_energy {minimum_energy} GeV is beyond what the photon can have")


def tree_weights(
    sqrt_s: float, momenta: Floats, volume: Floats, accepted: NDArray[np.bool_], squares: Callable[[Floats], Floats]
) -> Floats:
    """Give the weights (nb) of lepton, antilepton and photon; 0 for what is not accepted.

    Parameters
    ----------
    sqrt_s
        GeV.
    momenta, volume
        (n, 3, 4) in the CM frame, GeV, and the phase-space volumes that they stand for.
    accepted
        Which of them count, (n,).
    squares
        Gives |M|^2 / e^6 of (n, 5, 4): electron, positron, and those three.
    """
    chosen = np.flatnonzero(accepted)
    event = np.empty((len(chosen), 5, 4))
    event[:, :2] = beams(sqrt_s, ELECTRON_MASS)
    event[:, 2:] = momenta[chosen]
    weights = np.zeros(len(momenta))
    weights[chosen] = (4.0 * np.pi * ALPHA) ** 3 * squares(event) * volume[chosen] / (2.0 * sqrt_s**2) * NANOBARN
    return weights
