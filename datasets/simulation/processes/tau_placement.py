"""Compiled: taus' daughters turned to their spins, into the frame of the event, and boosted with their tau."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..amplitudes.compilation import compiled

Array = NDArray[np.float64]


@compiled
def place_daughters(momenta: Array, bisectors: Array, axes: Array, taus: Array) -> None:
    """Take momenta at rest to the frame of the event, in place.

    Parameters
    ----------
    momenta
        (n, 2, d, 4) in the rest frames of tau- and tau+, GeV; empty slots have no energy and stay empty.
    bisectors
        (n, 2, 3) half a turn about these directions comes first; none where one is zero.
    axes
        (n, 3, 3) rows x, y, z of the rest frames in the frame of the event.
    taus
        (n, 2, 4) momenta of the taus, GeV.
    """
    for event in range(momenta.shape[0]):
        frame = axes[event]
        for side in range(2):
            tau, turn = taus[event, side], bisectors[event, side]
            length = turn[0] ** 2 + turn[1] ** 2 + turn[2] ** 2
            size = tau[1] ** 2 + tau[2] ** 2 + tau[3] ** 2
            mass = np.sqrt(tau[0] ** 2 - size)
            for slot in range(momenta.shape[2]):
                p = momenta[event, side, slot]
                if p[0] <= 0.0:
                    continue
                x, y, z = p[1], p[2], p[3]
                if length > 0.0:
                    along = 2.0 * (x * turn[0] + y * turn[1] + z * turn[2]) / length
                    x, y, z = along * turn[0] - x, along * turn[1] - y, along * turn[2] - z
                px = x * frame[0, 0] + y * frame[1, 0] + z * frame[2, 0]
                py = x * frame[0, 1] + y * frame[1, 1] + z * frame[2, 1]
                pz = x * frame[0, 2] + y * frame[1, 2] + z * frame[2, 2]
                energy = (tau[0] * p[0] + tau[1] * px + tau[2] * py + tau[3] * pz) / mass
                factor = (energy + p[0]) / (tau[0] + mass)
                p[0] = energy
                p[1] = px + factor * tau[1]
                p[2] = py + factor * tau[2]
                p[3] = pz + factor * tau[3]
