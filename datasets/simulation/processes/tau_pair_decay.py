"""Decays of both taus of a pair: modes, orientations by the correlation of their spins, boosts, and pi0 to photons."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .tau_decays import COMPLETE, MODES
from .tau_placement import draw_turns, place_daughters, store_decays

Array = NDArray[np.float64]
Integers = NDArray[np.int32]

DAUGHTERS = 6
"""Slots for the final-state particles of a tau: at most nu, pi-, 4 photons or nu, 3 pi, 2 photons."""

BATCH = 10_000
"""Events decayed at a time: their arrays stay in the processor's cache."""


def decay_taus(
    taus: Array,
    axes: Array,
    correlation: Array | None,
    generator: np.random.Generator,
    codes: Integers,
    momenta: Array,
) -> None:
    """Decay tau- and tau+ of every event.

    Parameters
    ----------
    taus
        (n, 2, 4) momenta of tau- and tau+ in GeV.
    axes
        (n, 3, 3) rows x, y, z of both taus' rest frames, in the frame of the momenta.
    correlation
        (n, 3, 3) R_ij of the spins of tau- (i) and tau+ (j) along these axes; None for none.
    generator
        Random generator.
    codes, momenta
        (n, 2, 6) PDG codes and (n, 2, 6, 4) momenta in GeV, both full of zeros, filled; empty slots stay 0.
    """
    for start in range(0, len(taus), BATCH):
        rows = slice(start, start + BATCH)
        spins = None if correlation is None else correlation[rows]
        _decay_batch(taus[rows], axes[rows], spins, generator, codes[rows], momenta[rows])


def _decay_batch(
    taus: Array,
    axes: Array,
    correlation: Array | None,
    generator: np.random.Generator,
    codes: Integers,
    momenta: Array,
) -> None:
    number = len(taus)
    polarimeters = np.empty((number, 2, 3))
    modes = generator.choice(len(MODES), size=(number, 2), p=_fractions()).astype(np.int8)
    for index, mode in enumerate(MODES):
        for side in (0, 1):
            events = np.flatnonzero(modes[:, side] == index)
            drawn, polarimeters[events, side] = mode.draw(len(events), generator)
            store_decays(drawn, np.array(mode.pdg, dtype=np.int32), events, side, codes, momenta, generator)
    bisectors = np.zeros((number, 2, 3))
    if correlation is not None:
        draw_turns(polarimeters, correlation, generator, bisectors)
    place_daughters(momenta, bisectors, axes, taus)


def _fractions() -> Array:
    fractions = np.array([mode.fraction for mode in MODES])
    fractions[COMPLETE:] *= (1.0 - fractions[:COMPLETE].sum()) / fractions[COMPLETE:].sum()
    return fractions
