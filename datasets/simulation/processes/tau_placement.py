"""Compiled: taus' daughters put in their slots, turned to the taus' spins, and boosted into the frame of the event."""

from __future__ import annotations

from math import sqrt

import numpy as np
from numpy.typing import NDArray

from ..amplitudes.compilation import compiled, shared
from ..constants import LONG_KAON, NEUTRAL_PION, NEUTRAL_PION_MASS, PHOTON, SHORT_KAON
from ..phase_space.splitting import boosted, draw_unit, split

Array = NDArray[np.float64]
Integers = NDArray[np.int32]


@compiled
def store_decays(
    drawn: Array,
    pdg: Integers,
    events: NDArray[np.int64],
    side: int,
    codes: Integers,
    momenta: Array,
    generator: np.random.Generator,
) -> None:
    """Put decays of one mode in their events' slots, for a tau+ with CP, and two photons for every pi0.

    Parameters
    ----------
    drawn, pdg
        (m, p, 4) momenta of decays of the tau- at rest, GeV, and (p,) their codes.
    events, side
        (m,) rows of `codes` and `momenta`; 0 for decays of the tau-, 1 of the tau+.
    codes, momenta
        (n, 2, d) and (n, 2, d, 4), filled: the photons come last.
    generator
        Random generator.
    """
    sign = 1 - 2 * side
    for i in range(len(events)):
        row, where = codes[events[i], side], momenta[events[i], side]
        slot = 0
        for k in range(len(pdg)):
            if pdg[k] == NEUTRAL_PION:
                continue
            own = pdg[k] == LONG_KAON or pdg[k] == SHORT_KAON
            row[slot] = pdg[k] if own else sign * pdg[k]
            _write(where[slot], (drawn[i, k, 0], drawn[i, k, 1], drawn[i, k, 2], drawn[i, k, 3]), sign)
            slot += 1
        for k in range(len(pdg)):
            if pdg[k] != NEUTRAL_PION:
                continue
            pion = (drawn[i, k, 0], drawn[i, k, 1], drawn[i, k, 2], drawn[i, k, 3])
            for photon in split(NEUTRAL_PION_MASS, 0.0, 0.0, generator):
                row[slot] = PHOTON
                _write(where[slot], boosted(photon, pion, NEUTRAL_PION_MASS), sign)
                slot += 1


@shared
def _write(where: Array, momentum: tuple[float, float, float, float], sign: int) -> None:
    where[0] = momentum[0]
    for k in range(1, 4):
        where[k] = sign * momentum[k]


@compiled
def draw_turns(polarimeters: Array, correlation: Array, generator: np.random.Generator, bisectors: Array) -> None:
    """Draw axes of half turns after which the polarimeters' directions follow 1 + h.R.h'; 0 for none.

    What happens within a decay does not depend on its orientation, for which every h is even: turning it is exact, and
    saves drawing it anew.

    Parameters
    ----------
    polarimeters
        (n, 2, 3) h of tau- and tau+ at rest.
    correlation
        (n, 3, 3) R_ij of their spins.
    bisectors
        (n, 2, 3), filled: half a turn about the bisector of the old and the new direction takes one to the other.
    """
    for event in range(len(polarimeters)):
        h, r = polarimeters[event], correlation[event]
        one = sqrt(h[0, 0] ** 2 + h[0, 1] ** 2 + h[0, 2] ** 2)
        two = sqrt(h[1, 0] ** 2 + h[1, 1] ** 2 + h[1, 2] ** 2)
        strength = one * two
        bisectors[event, :, :] = 0.0
        if strength == 0.0:
            continue
        old = (h[0, 0] / one, h[0, 1] / one, h[0, 2] / one), (h[1, 0] / two, h[1, 1] / two, h[1, 2] / two)
        new = old
        while True:
            spin = 0.0
            for i in range(3):
                for j in range(3):
                    spin += new[0][i] * r[i, j] * new[1][j]
            if (1.0 + strength) * generator.random() < 1.0 + strength * spin:
                break
            new = draw_unit(generator), draw_unit(generator)
        for side in range(2):
            for i in range(3):
                bisectors[event, side, i] = old[side][i] + new[side][i]


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
