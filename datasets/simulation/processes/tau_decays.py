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
    SHORT_KAON,
    TAU_MASS,
    TAU_NEUTRINO,
)
from ..phase_space.boosts import boost_from_rest, direction, mass_squared
from ..phase_space.rambo import rambo
from ..phase_space.three_body import split_twice
from ..phase_space.two_body import back_to_back, breakup_momentum
from .tau_currents import pair_current, rate_and_polarimeter, three_pion_current

Array = NDArray[np.float64]
Weighted = tuple[Array, Array, Array]
Propose = Callable[[int, np.random.Generator], Weighted]
Draw = Callable[[int, np.random.Generator], tuple[Array, Array]]

MOTHER = np.array([TAU_MASS, 0.0, 0.0, 0.0])
KSTAR = 0.89167, 0.0514  # charged, in tau decays (PDG 2022)
_A1_SHAPE, _RHO_SHAPE = (1.1, 0.4), (0.76, 0.16)  # what proposals are drawn from


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


def _weighted_pair(
    masses: tuple[float, float], meson: tuple[float, float], number: int, generator: np.random.Generator
) -> Weighted:
    """Propose tau- -> nu_tau and two pseudoscalars by way of a vector meson (its mass and width, GeV)."""
    low, high = sum(masses) ** 2, TAU_MASS**2
    q2, line = _draw_line(low, high, meson, number, generator)
    hadrons, neutrino = _massive_pair(np.sqrt(q2), generator)
    pair = two_body_decay(np.sqrt(q2), *masses, isotropic(number, generator))
    momentum = np.sqrt((pair[0][:, 1:] ** 2).sum(axis=1))
    first, second = (boost_from_rest(each, hadrons) for each in pair)
    rate, polarimeter = rate_and_polarimeter(pair_current(first, second, *meson), neutrino)
    weight = rate / line * (1.0 - q2 / TAU_MASS**2) * momentum / np.sqrt(q2)
    return np.stack([neutrino, first, second], axis=1), polarimeter, weight


def _weighted_triple(masses: tuple[float, float, float], number: int, generator: np.random.Generator) -> Weighted:
    """Propose tau- -> nu_tau and three pions, of which the first two are alike, by way of the a1.

    Either of the two is drawn as a rho with the third one.
    """
    first, _, odd = masses
    q2, line = _draw_line(sum(masses) ** 2, TAU_MASS**2, _A1_SHAPE, number, generator)
    totals = np.sqrt(q2)
    square, _ = _draw_line((first + odd) ** 2, (totals - first) ** 2, _RHO_SHAPE, number, generator)
    pions, element = split_twice(totals, np.sqrt(square), (odd, first, first), generator)
    swapped = generator.random(number) < 0.5
    pions[swapped, 1:] = pions[swapped, :0:-1]
    odds, ones, twos = (pions[:, slot] for slot in range(3))
    edges = _edges((first + odd) ** 2, (totals - first) ** 2, _RHO_SHAPE)
    lines = sum(_line(mass_squared(odds + each), _RHO_SHAPE) for each in (ones, twos)) / (edges[1] - edges[0])
    hadrons, neutrino = _massive_pair(totals, generator)
    odds, ones, twos = (boost_from_rest(each, hadrons) for each in (odds, ones, twos))
    rate, polarimeter = rate_and_polarimeter(three_pion_current(ones, twos, odds), neutrino)
    weight = rate / (line * lines) * (1.0 - q2 / TAU_MASS**2) * element / np.sqrt(square)
    return np.stack([neutrino, ones, twos, odds], axis=1), polarimeter, weight


def _draw_line(
    low: float, high: Array | float, meson: tuple[float, float], number: int, generator: np.random.Generator
) -> tuple[Array, Array]:
    """Draw q^2 between two limits from a line of given mass and width; its density comes with it, up to a constant."""
    pole, width = meson[0] ** 2, meson[0] * meson[1]
    edges = _edges(low, high, meson)
    q2 = pole + width * np.tan(edges[0] + (edges[1] - edges[0]) * generator.random(number))
    q2 = np.clip(q2, low * 1.000001, np.asarray(high) * 0.999999)
    return q2, _line(q2, meson)


def _edges(low: float, high: Array | float, meson: tuple[float, float]) -> tuple[Array, Array]:
    pole, width = meson[0] ** 2, meson[0] * meson[1]
    return np.arctan((np.asarray(low) - pole) / width), np.arctan((np.asarray(high) - pole) / width)


def _line(square: Array, meson: tuple[float, float]) -> Array:
    return np.asarray(1.0 / ((square - meson[0] ** 2) ** 2 + (meson[0] * meson[1]) ** 2))


def _massive_pair(mass: Array, generator: np.random.Generator) -> tuple[Array, Array]:
    energy = (TAU_MASS**2 + mass**2) / (2.0 * TAU_MASS)
    momentum = (TAU_MASS - energy)[:, np.newaxis] * isotropic(len(mass), generator)
    hadron = np.concatenate([energy[:, np.newaxis], momentum], axis=1)
    return hadron, MOTHER - hadron


def _weighted_phase_space(masses: tuple[float, ...], number: int, generator: np.random.Generator) -> Weighted:
    """Propose a decay by phase space; no polarimeter."""
    momenta, weight = rambo(TAU_MASS, (0.0, *masses), number, generator)
    return momenta, np.zeros((number, 3)), weight


@cache
def _pilot(propose: Propose) -> tuple[float, float]:
    """Find what to accept proposals against and how many pass, from a stream of its own so that it never changes."""
    weights = propose(40_000, np.random.Generator(np.random.Philox(1)))[2]
    largest = float(np.quantile(weights, 0.9999))
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
    return partial(unweighted, partial(_weighted_pair, (first, second), meson))


def _by_a1(first: float, second: float, odd: float) -> Draw:
    return partial(unweighted, partial(_weighted_triple, (first, second, odd)))


MODES = (
    Mode(0.1782, (TAU_NEUTRINO, -ELECTRON_NEUTRINO, ELECTRON), partial(leptonic, ELECTRON_MASS)),
    Mode(0.1739, (TAU_NEUTRINO, -MUON_NEUTRINO, MUON), partial(leptonic, MUON_MASS)),
    Mode(0.1082, (TAU_NEUTRINO, -PION), partial(two_body, PION_MASS)),
    Mode(0.2549, (TAU_NEUTRINO, -PION, NEUTRAL_PION), _by_vector(PION_MASS, NEUTRAL_PION_MASS, (RHO_MASS, RHO_WIDTH))),
    Mode(0.0070, (TAU_NEUTRINO, -KAON), partial(two_body, KAON_MASS)),
    Mode(
        0.1030,  # with pi- 3 pi0 (1.04 %), of which one pi0 is left out
        (TAU_NEUTRINO, NEUTRAL_PION, NEUTRAL_PION, -PION),
        _by_a1(NEUTRAL_PION_MASS, NEUTRAL_PION_MASS, PION_MASS),
    ),
    Mode(0.0902, (TAU_NEUTRINO, -PION, -PION, PION), _by_a1(PION_MASS, PION_MASS, PION_MASS)),
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
