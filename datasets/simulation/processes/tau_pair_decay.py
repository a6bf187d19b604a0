"""Decays of both taus of a pair: modes, orientations by the correlation of their spins, boosts, and pi0 to photons."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..constants import LONG_KAON, NEUTRAL_PION, NEUTRAL_PION_MASS, PHOTON, SHORT_KAON
from ..phase_space.boosts import boost_from_rest
from .tau_decays import COMPLETE, MODES, isotropic, two_body_decay
from .tau_placement import place_daughters

Array = NDArray[np.float64]
Integers = NDArray[np.int32]

DAUGHTERS = 6
"""Slots for the final-state particles of a tau: at most nu, pi-, 4 photons or nu, 3 pi, 2 photons."""

BATCH = 10000
"""Events decayed at a time: their arrays stay in the processor's cache."""


def decay_taus(
    taus: Array, axes: Array, correlation: Array | None, generator: np.random.Generator
) -> tuple[Integers, Array]:
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

    Returns
    -------
    codes, momenta
        (n, 2, 6) PDG codes, 0 for empty slots, and (n, 2, 6, 4) momenta in GeV.
    """
    codes = np.empty((len(taus), 2, DAUGHTERS), dtype=np.int32)
    momenta = np.empty((len(taus), 2, DAUGHTERS, 4))
    for start in range(0, len(taus), BATCH):
        rows = slice(start, start + BATCH)
        spins = None if correlation is None else correlation[rows]
        codes[rows], momenta[rows] = _decay_batch(taus[rows], axes[rows], spins, generator)
    return codes, momenta


def _decay_batch(
    taus: Array, axes: Array, correlation: Array | None, generator: np.random.Generator
) -> tuple[Integers, Array]:
    number = len(taus)
    momenta = np.zeros((number, 2, DAUGHTERS, 4))
    codes = np.zeros((number, 2, DAUGHTERS), dtype=np.int32)
    polarimeter = np.zeros((number, 2, 3))
    modes = generator.choice(len(MODES), size=(number, 2), p=_fractions()).astype(np.int8)
    for index, mode in enumerate(MODES):
        rows, tau = np.nonzero(modes == index)
        drawn, polarimeter[rows, tau] = mode.draw(len(rows), generator)
        drawn, pdg = _with_photons(drawn, mode.pdg, generator)
        sign = 1 - 2 * tau
        drawn[..., 1:] *= sign[:, np.newaxis, np.newaxis]  # CP
        momenta[rows, tau, : len(pdg)] = drawn
        own = np.array(pdg, dtype=np.int32)
        neutral = np.isin(own, (PHOTON, LONG_KAON, SHORT_KAON))
        codes[rows, tau, : len(pdg)] = np.where(neutral, own, own * sign[:, np.newaxis])
    bisectors = np.zeros((number, 2, 3)) if correlation is None else _turns(polarimeter, correlation, generator)
    place_daughters(momenta, bisectors, axes, taus)
    return codes, momenta


def _turns(polarimeter: Array, correlation: Array, generator: np.random.Generator) -> Array:
    """Return (n, 2, 3) axes of half turns after which the polarimeters' directions follow 1 + h.R.h'; 0 for none.

    What happens within a decay does not depend on its orientation, for which every h is even: turning it is exact, and
    saves drawing it anew.
    """
    lengths = np.sqrt(np.einsum("nti,nti->nt", polarimeter, polarimeter))
    analysed = np.flatnonzero(lengths.prod(axis=1) > 0.0)
    units = polarimeter[analysed] / lengths[analysed, :, np.newaxis]
    strength = lengths[analysed].prod(axis=1)
    wanted = units.copy()
    left = np.arange(len(analysed))
    while len(left):
        one, two = wanted[left, 0], wanted[left, 1]
        turned = np.einsum("nij,nj->ni", correlation[analysed[left]], two)
        spin = strength[left] * np.einsum("ni,ni->n", one, turned)
        left = left[(1.0 + strength[left]) * generator.random(len(left)) >= 1.0 + spin]
        wanted[left] = isotropic(2 * len(left), generator).reshape(-1, 2, 3)
    # Half a turn about the bisector of the old and the new direction takes one to the other.
    bisectors = np.zeros_like(polarimeter)
    bisectors[analysed] = units + wanted
    return bisectors


def _fractions() -> Array:
    fractions = np.array([mode.fraction for mode in MODES])
    fractions[COMPLETE:] *= (1.0 - fractions[:COMPLETE].sum()) / fractions[COMPLETE:].sum()
    return fractions


def _with_photons(
    momenta: Array, pdg: tuple[int, ...], generator: np.random.Generator
) -> tuple[Array, tuple[int, ...]]:
    """Replace every pi0 by two photons."""
    kept = [slot for slot, code in enumerate(pdg) if code != NEUTRAL_PION]
    parts, codes = [momenta[:, kept]], [pdg[slot] for slot in kept]
    for slot in (slot for slot, code in enumerate(pdg) if code == NEUTRAL_PION):
        unit = isotropic(len(momenta), generator)
        photons = np.stack(two_body_decay(np.full(len(momenta), NEUTRAL_PION_MASS), 0.0, 0.0, unit), axis=1)
        parts.append(boost_from_rest(photons, momenta[:, slot, np.newaxis]))
        codes += [PHOTON, PHOTON]
    return np.concatenate(parts, axis=1), tuple(codes)
