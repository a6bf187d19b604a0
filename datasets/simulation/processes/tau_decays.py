"""Tau decays at rest: momenta of the daughters and the polarimeter vector of each mode."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, partial

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
    TAU_MASS,
    TAU_NEUTRINO,
)
from ..phase_space.boosts import boost_from_rest, direction, mass_squared
from ..phase_space.rambo import rambo
from ..phase_space.two_body import back_to_back, breakup_momentum

Array = NDArray[np.float64]
Weighted = Callable[[int, np.random.Generator], tuple[Array, Array, Array]]

MOTHER = np.array([TAU_MASS, 0.0, 0.0, 0.0])
A1_MASS, A1_WIDTH = 1.23, 0.42  # PDG 2022


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
        the decay distribution is 1 + h.s for a tau- of spin direction s, and 1 - h.s for a tau+.
    """

    fraction: float
    pdg: tuple[int, ...]
    draw: Callable[[int, np.random.Generator], tuple[Array, Array]]


def isotropic(number: int, generator: np.random.Generator) -> Array:
    """Return (n, 3) unit vectors, evenly distributed."""
    return direction(2.0 * generator.random(number) - 1.0, 2.0 * np.pi * generator.random(number))


def two_body_decay(total: Array, first: float, second: float, unit: Array) -> tuple[Array, Array]:
    """Return both (n, 4) momenta of two-body decays of masses `total`, the first along (n, 3) `unit`."""
    return back_to_back(unit, breakup_momentum(total, first, second), first, second)


def leptonic(mass: float, number: int, generator: np.random.Generator) -> tuple[Array, Array]:
    """Draw tau- -> nu_tau l- nubar_l: Michel spectrum with the lepton's mass, V-A (PDG review of muon decay)."""
    largest = (TAU_MASS**2 + mass**2) / (2.0 * TAU_MASS)
    x0 = mass / largest
    x = np.empty(0)
    while len(x) < number:
        drawn = x0 + (1.0 - x0) * generator.random(3 * number + 10)
        spectrum = np.sqrt(drawn**2 - x0**2) * (3.0 * drawn - 2.0 * drawn**2 - x0**2)
        x = np.concatenate([x, drawn[1.01 * generator.random(len(drawn)) < spectrum]])
    x = x[:number]
    root = np.sqrt(x**2 - x0**2)
    asymmetry = -root * (x - 0.5 + 0.5 * (np.sqrt(1.0 - x0**2) - 1.0)) / (1.5 * x - x**2 - 0.5 * x0**2)
    unit = isotropic(number, generator)
    lepton = largest * np.concatenate([x[:, np.newaxis], root[:, np.newaxis] * unit], axis=1)
    neutrinos = MOTHER - lepton
    # At the end of the spectrum the neutrinos' mass vanishes: a floor keeps their rest frame defined.
    mass_nu = np.sqrt(np.maximum(mass_squared(neutrinos), 1e-8))
    neutrinos[:, 0] = np.sqrt(mass_nu**2 + (neutrinos[:, 1:] ** 2).sum(axis=1))
    pair = np.stack(two_body_decay(mass_nu, 0.0, 0.0, isotropic(number, generator)), axis=1)
    both = boost_from_rest(pair, neutrinos[:, np.newaxis])
    return np.concatenate([both, lepton[:, np.newaxis]], axis=1), asymmetry[:, np.newaxis] * unit


def two_body(mass: float, number: int, generator: np.random.Generator) -> tuple[Array, Array]:
    """Draw tau- -> nu_tau h-, whose polarimeter is the hadron's direction."""
    unit = isotropic(number, generator)
    hadron, neutrino = two_body_decay(np.full(number, TAU_MASS), mass, 0.0, unit)
    return np.stack([neutrino, hadron], axis=1), unit


def _weighted_rho(number: int, generator: np.random.Generator) -> tuple[Array, Array, Array]:
    """Propose tau- -> nu_tau rho-, rho- -> pi- pi0, the rho's width running with p^3 (Kuehn, Santamaria 1990)."""
    low, high = (PION_MASS + NEUTRAL_PION_MASS) ** 2, TAU_MASS**2
    pole, width = RHO_MASS**2, RHO_MASS * RHO_WIDTH
    edges = np.arctan((np.array([low, high]) - pole) / width)
    q2 = pole + width * np.tan(edges[0] + (edges[1] - edges[0]) * generator.random(number))
    q2 = np.clip(q2, low * 1.000001, high * 0.999999)
    rho, neutrino = _massive_pair(np.sqrt(q2), generator)
    pair = np.stack(two_body_decay(np.sqrt(q2), PION_MASS, NEUTRAL_PION_MASS, isotropic(number, generator)), axis=1)
    momentum = np.linalg.norm(pair[:, 0, 1:], axis=1)
    reference = two_body_decay(np.array([RHO_MASS]), PION_MASS, NEUTRAL_PION_MASS, np.array([[0.0, 0.0, 1.0]]))[0][0, 3]
    running = width * RHO_MASS / np.sqrt(q2) * (momentum / reference) ** 3
    resonance = ((q2 - pole) ** 2 + width**2) / ((q2 - pole) ** 2 + running**2)
    pions = boost_from_rest(pair, rho[:, np.newaxis])
    q = pions[:, 0] - pions[:, 1]
    qn, qq = _dot(q, neutrino), mass_squared(q)
    squared = 2.0 * qn * TAU_MASS * q[:, 0] - qq * TAU_MASS * neutrino[:, 0]
    polarimeter = (
        TAU_MASS * (2.0 * qn[:, np.newaxis] * q - qq[:, np.newaxis] * neutrino)[:, 1:] / squared[:, np.newaxis]
    )
    weight = resonance * squared * (1.0 - q2 / TAU_MASS**2) * momentum / np.sqrt(q2)
    return np.concatenate([neutrino[:, np.newaxis], pions], axis=1), polarimeter, weight


def _massive_pair(mass: Array, generator: np.random.Generator) -> tuple[Array, Array]:
    energy = (TAU_MASS**2 + mass**2) / (2.0 * TAU_MASS)
    momentum = (TAU_MASS - energy)[:, np.newaxis] * isotropic(len(mass), generator)
    hadron = np.concatenate([energy[:, np.newaxis], momentum], axis=1)
    return hadron, MOTHER - hadron


def _weighted_phase_space(
    masses: tuple[float, ...], resonant: bool, number: int, generator: np.random.Generator
) -> tuple[Array, Array, Array]:
    """Propose a decay by phase space, the hadrons' mass shaped by the a1 where it dominates; no polarimeter."""
    momenta, weight = rambo(TAU_MASS, (0.0, *masses), number, generator)
    if resonant:
        q2 = mass_squared(MOTHER - momenta[:, 0])
        weight = weight * (TAU_MASS**2 - q2) * (TAU_MASS**2 + 2.0 * q2)
        weight = weight / ((q2 - A1_MASS**2) ** 2 + (A1_MASS * A1_WIDTH) ** 2)
    return momenta, np.zeros((number, 3)), weight


@cache
def _largest_weight(propose: Weighted) -> float:
    """Find what to accept proposals against, from a stream of its own so that it never changes."""
    weights = propose(40_000, np.random.Generator(np.random.Philox(1)))[2]
    return float(np.quantile(weights, 0.9999))


def unweighted(propose: Weighted, number: int, generator: np.random.Generator) -> tuple[Array, Array]:
    """Draw exactly n decays from weighted proposals (the rarest 1e-4 of the weights are cut off)."""
    largest = _largest_weight(propose)
    momenta, polarimeters, missing = [], [], number
    while missing > 0:
        drawn, polarimeter, weight = propose(4 * missing + 20, generator)
        kept = np.flatnonzero(generator.random(len(weight)) * largest < weight)[:missing]
        momenta.append(drawn[kept])
        polarimeters.append(polarimeter[kept])
        missing -= len(kept)
    if not momenta:
        drawn, polarimeter, _ = propose(1, generator)
        return drawn[:0], polarimeter[:0]
    return np.concatenate(momenta), np.concatenate(polarimeters)


def _dot(first: Array, second: Array) -> Array:
    product: Array = first[:, 0] * second[:, 0] - (first[:, 1:] * second[:, 1:]).sum(axis=1)
    return product


def _spread(masses: tuple[float, ...], *, resonant: bool = False) -> Callable[..., tuple[Array, Array]]:
    return partial(unweighted, partial(_weighted_phase_space, masses, resonant))


MODES = (
    Mode(0.1782, (TAU_NEUTRINO, -ELECTRON_NEUTRINO, ELECTRON), partial(leptonic, ELECTRON_MASS)),
    Mode(0.1739, (TAU_NEUTRINO, -MUON_NEUTRINO, MUON), partial(leptonic, MUON_MASS)),
    Mode(0.1082, (TAU_NEUTRINO, -PION), partial(two_body, PION_MASS)),
    Mode(0.2549, (TAU_NEUTRINO, -PION, NEUTRAL_PION), partial(unweighted, _weighted_rho)),
    Mode(0.0070, (TAU_NEUTRINO, -KAON), partial(two_body, KAON_MASS)),
    Mode(
        0.1030,  # with pi- 3 pi0 (1.04 %), of which one pi0 is left out
        (TAU_NEUTRINO, -PION, NEUTRAL_PION, NEUTRAL_PION),
        _spread((PION_MASS, NEUTRAL_PION_MASS, NEUTRAL_PION_MASS), resonant=True),
    ),
    Mode(0.0902, (TAU_NEUTRINO, -PION, -PION, PION), _spread((PION_MASS, PION_MASS, PION_MASS), resonant=True)),
    Mode(
        0.0462,
        (TAU_NEUTRINO, -PION, -PION, PION, NEUTRAL_PION),
        _spread((PION_MASS, PION_MASS, PION_MASS, NEUTRAL_PION_MASS)),
    ),
    Mode(0.0043, (TAU_NEUTRINO, -KAON, NEUTRAL_PION), _spread((KAON_MASS, NEUTRAL_PION_MASS))),
    Mode(0.0084, (TAU_NEUTRINO, -PION, LONG_KAON), _spread((PION_MASS, NEUTRAL_KAON_MASS))),
)
"""The modes simulated; the remaining 2.6 % (rarer multi-body modes) are shared among those without polarimeter."""

POLARISED = 5  # the first modes carry a polarimeter
