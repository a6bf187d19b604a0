"""Compiled: tau decays at rest, drawn one by one, each proposal accepted or rejected as it comes.

Momenta are in GeV, in the tau's rest frame, the neutrinos first; polarimeters are unit vectors or shorter.
"""

from __future__ import annotations

from math import atan, sqrt, tan
from typing import Any

import numpy as np

from ..amplitudes.compilation import Vector, compiled, shared
from ..amplitudes.invariants import add, square
from ..constants import TAU_MASS
from ..phase_space.splitting import Direction, back_to_back_along, boosted, draw_unit, split
from ..phase_space.two_body import breakup_momentum
from .tau_currents import pair_current, rate_and_polarimeter, three_pion_current

Array = Any
_Limits = tuple[float, float, float, float]  # q^2 from and to, GeV^2, and the line's `_edge` at both
_A1_SHAPE, _RHO_SHAPE = (1.1, 0.4), (0.76, 0.16)  # what proposals are drawn from


@compiled
def fill_leptonic(mass: float, generator: np.random.Generator, momenta: Array, polarimeters: Array) -> None:
    """Draw tau- -> nu_tau nubar_l l-: Michel spectrum with the lepton's mass (GeV), V-A (PDG review of muon decay)."""
    largest = (TAU_MASS**2 + mass**2) / (2.0 * TAU_MASS)
    x0 = mass / largest
    for i in range(len(momenta)):
        x, root = 1.0, 1.0
        while True:
            x = x0 + (1.0 - x0) * generator.random()
            root = sqrt(x**2 - x0**2)
            if 1.01 * generator.random() < root * (3.0 * x - 2.0 * x**2 - x0**2):
                break
        asymmetry = -root * (x - 0.5 + 0.5 * (sqrt(1.0 - x0**2) - 1.0)) / (1.5 * x - x**2 - 0.5 * x0**2)
        unit = draw_unit(generator)
        size = largest * root
        # At the end of the spectrum the neutrinos' mass vanishes: a floor keeps their rest frame defined.
        pair = sqrt(max((TAU_MASS - largest * x) ** 2 - size**2, 1e-8))
        lepton, both = back_to_back_along(unit, size, mass, pair)
        one, two = split(pair, 0.0, 0.0, generator)
        polarimeter = (asymmetry * unit[0], asymmetry * unit[1], asymmetry * unit[2])
        particles = (boosted(one, both, pair), boosted(two, both, pair), lepton)
        _store(momenta[i], polarimeters[i], particles, polarimeter)


@compiled
def fill_two_body(mass: float, generator: np.random.Generator, momenta: Array, polarimeters: Array) -> None:
    """Draw tau- -> nu_tau h- with a hadron of mass in GeV, whose polarimeter is the hadron's direction."""
    for i in range(len(momenta)):
        unit = draw_unit(generator)
        hadron, neutrino = back_to_back_along(unit, breakup_momentum(TAU_MASS, mass, 0.0), mass, 0.0)
        _store(momenta[i], polarimeters[i], (neutrino, hadron), unit)


@compiled
def fill_pairs(
    masses: tuple[float, float],
    meson: tuple[float, float],
    largest: float,
    generator: np.random.Generator,
    momenta: Array,
    polarimeters: Array,
    weights: Array,
) -> None:
    """Draw tau- -> nu_tau and two pseudoscalars (masses in GeV) by way of a vector meson (its mass and width, GeV).

    Proposals are accepted against the weight `largest`, all of them for 0; `weights` takes those of the accepted.
    """
    low = (masses[0] + masses[1]) ** 2
    line = (low, TAU_MASS**2, _edge(low, meson), _edge(TAU_MASS**2, meson))
    for i in range(len(momenta)):
        while True:
            particles, polarimeter, weight = _propose_pair(masses, meson, line, generator)
            if generator.random() * largest <= weight:
                break
        _store(momenta[i], polarimeters[i], particles, polarimeter)
        weights[i] = weight


@compiled
def fill_triples(
    alike: float,
    odd: float,
    largest: float,
    generator: np.random.Generator,
    momenta: Array,
    polarimeters: Array,
    weights: Array,
) -> None:
    """Draw tau- -> nu_tau, two pions of mass `alike` and one of mass `odd` (GeV) by way of the a1; as `fill_pairs`."""
    low, pair = (2.0 * alike + odd) ** 2, (alike + odd) ** 2
    line = (low, TAU_MASS**2, _edge(low, _A1_SHAPE), _edge(TAU_MASS**2, _A1_SHAPE))
    start = (pair, _edge(pair, _RHO_SHAPE))
    for i in range(len(momenta)):
        while True:
            particles, polarimeter, weight = _propose_triple(alike, odd, line, start, generator)
            if generator.random() * largest <= weight:
                break
        _store(momenta[i], polarimeters[i], particles, polarimeter)
        weights[i] = weight


@shared
def _propose_pair(
    masses: tuple[float, float], meson: tuple[float, float], limits: _Limits, generator: np.random.Generator
) -> tuple[tuple[Vector, Vector, Vector], Direction, float]:
    """Propose two pseudoscalars behind a neutrino, with the polarimeter and a weight."""
    q2, line = _draw_line(limits, meson, generator)
    total = sqrt(q2)
    neutrino, hadrons = split(TAU_MASS, 0.0, total, generator)
    momentum = breakup_momentum(total, masses[0], masses[1])
    one, two = back_to_back_along(draw_unit(generator), momentum, masses[0], masses[1])
    first, second = boosted(one, hadrons, total), boosted(two, hadrons, total)
    rate, polarimeter = rate_and_polarimeter(pair_current(first, second, masses, meson), neutrino)
    weight = rate / line * (1.0 - q2 / TAU_MASS**2) * momentum / total
    return (neutrino, first, second), polarimeter, weight


@shared
def _propose_triple(
    alike: float, odd: float, limits: _Limits, start: tuple[float, float], generator: np.random.Generator
) -> tuple[tuple[Vector, Vector, Vector, Vector], Direction, float]:
    """Propose three pions behind a neutrino, either of the two alike drawn as a rho with the third one."""
    q2, line = _draw_line(limits, _A1_SHAPE, generator)
    total = sqrt(q2)
    (low, first), high = start, (total - alike) ** 2
    last = _edge(high, _RHO_SHAPE)
    drawn, _ = _draw_line((low, high, first, last), _RHO_SHAPE, generator)
    rho = sqrt(drawn)
    element = breakup_momentum(total, rho, alike) * breakup_momentum(rho, odd, alike) / total
    neutrino, hadrons = split(TAU_MASS, 0.0, total, generator)
    pair, far = split(total, rho, alike, generator)
    lone, near = split(rho, odd, alike, generator)
    lone, near = boosted(lone, pair, rho), boosted(near, pair, rho)
    lines = _density(square(add(lone, near)), _RHO_SHAPE) + _density(square(add(lone, far)), _RHO_SHAPE)
    if generator.random() < 0.5:
        near, far = far, near
    third, one, two = boosted(lone, hadrons, total), boosted(near, hadrons, total), boosted(far, hadrons, total)
    rate, polarimeter = rate_and_polarimeter(three_pion_current(one, two, third), neutrino)
    weight = rate / (line * lines) * (last - first) * (1.0 - q2 / TAU_MASS**2) * element / rho
    return (neutrino, one, two, third), polarimeter, weight


@shared
def _draw_line(limits: _Limits, meson: tuple[float, float], generator: np.random.Generator) -> tuple[float, float]:
    """Draw q^2 between two limits from a line of given mass and width; its density comes with it, up to a constant."""
    low, high, first, last = limits
    q2 = meson[0] ** 2 + meson[0] * meson[1] * tan(first + (last - first) * generator.random())
    q2 = min(max(q2, low * 1.000001), high * 0.999999)
    return q2, _density(q2, meson)


@shared
def _edge(limit: float, meson: tuple[float, float]) -> float:
    """Give the angle that a line's distribution is even in."""
    return atan((limit - meson[0] ** 2) / (meson[0] * meson[1]))


@shared
def _density(q2: float, meson: tuple[float, float]) -> float:
    return 1.0 / ((q2 - meson[0] ** 2) ** 2 + (meson[0] * meson[1]) ** 2)


@shared
def _store(momenta: Array, polarimeter: Array, particles: tuple[Vector, ...], direction: Direction) -> None:
    """Write a decay's momenta into (particles, 4), and its polarimeter."""
    for slot in range(len(particles)):
        for k in range(4):
            momenta[slot, k] = particles[slot][k]
    for k in range(3):
        polarimeter[k] = direction[k]
