"""Tau decays at rest: momenta of the daughters and the polarimeter vector of each mode."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..constants import (
    ELECTRON,
    ELECTRON_MASS,
    ELECTRON_NEUTRINO,
    KAON,
    KAON_MASS,
    LONG_KAON,
    MUON,
    MUON_MASS,
    MUON_NEUTRINO,
    NEUTRAL_KAON_MASS,
    NEUTRAL_PION,
    NEUTRAL_PION_MASS,
    PION,
    PION_MASS,
    RHO_MASS,
    RHO_WIDTH,
    SHORT_KAON,
    TAU_MASS,
    TAU_NEUTRINO,
)
from ..phase_space.rambo import rambo
from .tau_drawing import fill_leptonic, fill_pairs, fill_triples, fill_two_body

Array = NDArray[np.float64]
Weighted = tuple[Array, Array, Array]
Propose = Callable[[int, np.random.Generator], Weighted]
Draw = Callable[[int, np.random.Generator], tuple[Array, Array]]

KSTAR = 0.89167, 0.0514  # charged, in tau decays (PDG 2022)
PILOT, CARRIED = 40_000, 0.9999  # proposals to find the largest weight with, and the quantile that counts as it


@dataclass(frozen=True)
class Mode:
    """One decay mode of the tau-.

    Attributes
    ----------
    fraction
        Branching fraction (PDG 2022).
    pdg
        Daughters, the neutrinos first.
    draw
        Gives n unweighted decays at rest: (n, daughters, 4) momenta in GeV and (n, 3) polarimeter vectors h, so that
        the decay distribution is 1 + h.s for a tau- of spin direction s. Orientations are even. A tau+ has the
        opposite momenta and the same h (CP).
    """

    fraction: float
    pdg: tuple[int, ...]
    draw: Draw


def leptonic(mass: float, number: int, generator: np.random.Generator) -> tuple[Array, Array]:
    """Draw tau- -> nu_tau nubar_l l- with a lepton of mass in GeV."""
    momenta, polarimeters = np.empty((number, 3, 4)), np.empty((number, 3))
    fill_leptonic(mass, generator, momenta, polarimeters)
    return momenta, polarimeters


def two_body(mass: float, number: int, generator: np.random.Generator) -> tuple[Array, Array]:
    """Draw tau- -> nu_tau h- with a hadron of mass in GeV."""
    momenta, polarimeters = np.empty((number, 2, 4)), np.empty((number, 3))
    fill_two_body(mass, generator, momenta, polarimeters)
    return momenta, polarimeters


def resonant(
    fill: Callable[..., None],
    shape: tuple[Any, ...],
    particles: int,
    number: int,
    generator: np.random.Generator,
) -> tuple[Array, Array]:
    """Draw exactly n decays by `fill_pairs` or `fill_triples` with masses and mesons `shape`."""
    momenta, polarimeters = np.empty((number, particles, 4)), np.empty((number, 3))
    fill(*shape, _largest(fill, shape, particles), generator, momenta, polarimeters, np.empty(number))
    return momenta, polarimeters


@cache
def _largest(fill: Callable[..., None], shape: tuple[Any, ...], particles: int) -> float:
    """Find what to accept proposals against, from a stream of its own so that it never changes.

    The rarest 1e-4 of the weights are cut off.
    """
    weights = np.empty(PILOT)
    stream = np.random.Generator(np.random.SFC64(1))
    fill(*shape, 0.0, stream, np.empty((PILOT, particles, 4)), np.empty((PILOT, 3)), weights)
    return float(np.quantile(weights, CARRIED))


def _weighted_phase_space(masses: tuple[float, ...], number: int, generator: np.random.Generator) -> Weighted:
    """Propose a decay by phase space; no polarimeter."""
    momenta, weight = rambo(TAU_MASS, (0.0, *masses), number, generator)
    return momenta, np.zeros((number, 3)), weight


@cache
def _pilot(propose: Propose) -> tuple[float, float]:
    """Find what to accept proposals against and how many pass, from a stream of its own so that it never changes."""
    weights = propose(PILOT, np.random.Generator(np.random.SFC64(1)))[2]
    largest = float(np.quantile(weights, CARRIED))
    return largest, float(np.minimum(weights / largest, 1.0).mean())


def unweighted(propose: Propose, number: int, generator: np.random.Generator) -> tuple[Array, Array]:
    """Draw exactly n decays from weighted proposals (the rarest 1e-4 of the weights are cut off)."""
    largest, share = _pilot(propose)
    momenta, polarimeters, missing = [], [], number
    while missing > 0:
        drawn, polarimeter, weight = propose(int(1.1 * missing / share) + 20, generator)
        kept = np.flatnonzero(generator.random(len(weight)) * largest < weight)[:missing]
        momenta.append(drawn[kept])
        polarimeters.append(polarimeter[kept])
        missing -= len(kept)
    if not momenta:
        drawn, polarimeter, _ = propose(1, generator)
        return drawn[:0], polarimeter[:0]
    return np.concatenate(momenta), np.concatenate(polarimeters)


def _by_vector(first: float, second: float, meson: tuple[float, float]) -> Draw:
    return partial(resonant, fill_pairs, ((first, second), meson), 3)


def _by_a1(alike: float, odd: float) -> Draw:
    return partial(resonant, fill_triples, (alike, odd), 4)


MODES = (
    Mode(0.1782, (TAU_NEUTRINO, -ELECTRON_NEUTRINO, ELECTRON), partial(leptonic, ELECTRON_MASS)),
    Mode(0.1739, (TAU_NEUTRINO, -MUON_NEUTRINO, MUON), partial(leptonic, MUON_MASS)),
    Mode(0.1082, (TAU_NEUTRINO, -PION), partial(two_body, PION_MASS)),
    Mode(0.2549, (TAU_NEUTRINO, -PION, NEUTRAL_PION), _by_vector(PION_MASS, NEUTRAL_PION_MASS, (RHO_MASS, RHO_WIDTH))),
    Mode(0.0070, (TAU_NEUTRINO, -KAON), partial(two_body, KAON_MASS)),
    Mode(
        0.1030,  # with pi- 3 pi0 (1.04 %), of which one pi0 is left out
        (TAU_NEUTRINO, NEUTRAL_PION, NEUTRAL_PION, -PION),
        _by_a1(NEUTRAL_PION_MASS, PION_MASS),
    ),
    Mode(0.0902, (TAU_NEUTRINO, -PION, -PION, PION), _by_a1(PION_MASS, PION_MASS)),
    Mode(0.0043, (TAU_NEUTRINO, -KAON, NEUTRAL_PION), _by_vector(KAON_MASS, NEUTRAL_PION_MASS, KSTAR)),
    Mode(0.0042, (TAU_NEUTRINO, -PION, LONG_KAON), _by_vector(PION_MASS, NEUTRAL_KAON_MASS, KSTAR)),
    Mode(0.0042, (TAU_NEUTRINO, -PION, SHORT_KAON), _by_vector(PION_MASS, NEUTRAL_KAON_MASS, KSTAR)),
    Mode(
        0.0462,
        (TAU_NEUTRINO, -PION, -PION, PION, NEUTRAL_PION),
        partial(unweighted, partial(_weighted_phase_space, (PION_MASS, PION_MASS, PION_MASS, NEUTRAL_PION_MASS))),
    ),
)
"""The modes simulated; the remaining 2.6 % (rarer multi-body modes) are shared among those after the kaon's."""

COMPLETE = 5  # the first modes keep their fractions
