"""Two pairs of like leptons: as two virtual photons, or one pair radiated by a member of the other one."""

from __future__ import annotations

import numpy as np

from .boosts import Floats, boost_from_rest, direction, mass_squared
from .two_body import back_to_back, breakup_momentum

# Share of the proposals in which both pairs are made back to back; the rest radiates one pair from the other.
_BACK_TO_BACK = 0.4
# Two virtual photons lie along the beams, as 1/(1 - b^2 cos^2) with this velocity.
_VELOCITY = 0.99999
# Slots are l-, l+, l-, l+: ways to pair them, and (radiating lepton, its partner, the radiated pair).
_PAIRINGS = (((0, 1), (2, 3)), ((0, 3), (2, 1)))
_CHAINS = tuple(
    (leg, pair[1] if leg == pair[0] else pair[0], other)
    for pairing in _PAIRINGS
    for pair, other in (pairing, pairing[::-1])
    for leg in pair
)


def draw_two_pairs(totals: Floats, mass: float, generator: np.random.Generator) -> tuple[Floats, Floats]:
    """Draw l-, l+, l-, l+ of a given mass at rest, the colliding electrons along z.

    Parameters
    ----------
    totals
        (n,) total energies, GeV.
    mass
        Mass of the leptons, GeV.
    generator
        Random generator.

    Returns
    -------
    momenta
        (n, 4, 4) in GeV.
    volume
        (n,) phase-space volume that each event stands for, GeV^4, (2 pi)^4 delta^4 included.
    """
    number = len(totals)
    momenta = np.empty((number, 4, 4))
    apart = generator.random(number) < _BACK_TO_BACK
    which = generator.integers(0, len(_CHAINS), number)
    for index, chain in enumerate(_CHAINS):
        rows = np.flatnonzero(~apart & (which == index))
        momenta[rows] = _draw_chain(totals[rows], mass, chain, generator)
    for index, pairing in enumerate(_PAIRINGS):
        rows = np.flatnonzero(apart & (which % len(_PAIRINGS) == index))
        momenta[rows] = _draw_pairs(totals[rows], mass, pairing, generator)
    density = np.zeros(number)
    for chain in _CHAINS:
        density += (1.0 - _BACK_TO_BACK) / len(_CHAINS) * _chain_density(momenta, totals, mass, chain)
    for pairing in _PAIRINGS:
        density += _BACK_TO_BACK / len(_PAIRINGS) * _pairs_density(momenta, totals, mass, pairing)
    return momenta, 1.0 / density


def _log_draw(low: Floats, high: Floats, u: Floats) -> Floats:
    return np.asarray(low * (high / low) ** u, dtype=np.float64)


def _log_density(value: Floats, low: Floats, high: Floats) -> Floats:
    inside = (value > low * (1.0 - 1e-9)) & (value < high * (1.0 + 1e-9))
    return np.asarray(inside / (value * np.log(high / low)), dtype=np.float64)


def _isotropic(number: int, generator: np.random.Generator) -> Floats:
    return direction(2.0 * generator.random(number) - 1.0, 2.0 * np.pi * generator.random(number))


def _split(parent: Floats, total: Floats, first: Floats | float, second: Floats | float, unit: Floats) -> list[Floats]:
    rest = back_to_back(unit, breakup_momentum(total, first, second), first, second)
    return [boost_from_rest(each, parent) for each in rest]


def _at_rest(totals: Floats) -> Floats:
    parent = np.zeros((len(totals), 4))
    parent[:, 0] = totals
    return parent


def _pair_masses(totals: Floats, mass: float) -> tuple[Floats, Floats]:
    return np.full(len(totals), 4.0 * mass**2), (totals - 2.0 * mass) ** 2


def _draw_pairs(
    totals: Floats, mass: float, pairing: tuple[tuple[int, int], tuple[int, int]], generator: np.random.Generator
) -> Floats:
    """Masses of both pairs with dM^2/M^2, the second one up to what the first one leaves."""
    number = len(totals)
    u = generator.random((4, number))
    low, high = _pair_masses(totals, mass)
    first = np.sqrt(_log_draw(low, high, u[0]))
    second = np.sqrt(_log_draw(low, (totals - first) ** 2, u[1]))
    cosine = np.tanh(np.arctanh(_VELOCITY) * (2.0 * u[2] - 1.0)) / _VELOCITY
    pairs = _split(_at_rest(totals), totals, first, second, direction(cosine, 2.0 * np.pi * u[3]))
    momenta = np.empty((number, 4, 4))
    for parent, total, slots in zip(pairs, (first, second), pairing, strict=True):
        momenta[:, slots[0]], momenta[:, slots[1]] = _split(parent, total, mass, mass, _isotropic(number, generator))
    return momenta


def _pairs_density(
    momenta: Floats, totals: Floats, mass: float, pairing: tuple[tuple[int, int], tuple[int, int]]
) -> Floats:
    pairs = [momenta[:, slots[0]] + momenta[:, slots[1]] for slots in pairing]
    squares = [mass_squared(pair) for pair in pairs]
    low, high = _pair_masses(totals, mass)
    drawn = _log_density(squares[0], low, high)
    drawn = drawn * _log_density(squares[1], low, (totals - np.sqrt(squares[0])) ** 2)
    size = np.sqrt((pairs[0][:, 1:] ** 2).sum(axis=1))
    cosine = pairs[0][:, 3] / np.maximum(size, 1e-300)
    drawn = drawn * _VELOCITY / (np.arctanh(_VELOCITY) * (1.0 - (_VELOCITY * cosine) ** 2))  # relative to even angles
    velocities = [np.sqrt(np.maximum(1.0 - 4.0 * mass**2 / each, 0.0)) for each in squares]
    return np.asarray(drawn / _volumes(size / totals, 0.5 * velocities[0], 0.5 * velocities[1]))


def _draw_chain(
    totals: Floats, mass: float, chain: tuple[int, int, tuple[int, int]], generator: np.random.Generator
) -> Floats:
    """Mass of the radiated pair with dM^2/M^2, of it and its radiator with dS/(S - m^2), all angles even."""
    number = len(totals)
    leg, partner, pair = chain
    u = generator.random((2, number))
    low, high = _pair_masses(totals, mass)
    total = np.sqrt(_log_draw(low, high, u[0]))
    excess = _log_draw((total + mass) ** 2 - mass**2, (totals - mass) ** 2 - mass**2, u[1])
    three = np.sqrt(excess + mass**2)
    momenta = np.empty((number, 4, 4))
    radiating, momenta[:, partner] = _split(_at_rest(totals), totals, three, mass, _isotropic(number, generator))
    virtual, momenta[:, leg] = _split(radiating, three, total, mass, _isotropic(number, generator))
    momenta[:, pair[0]], momenta[:, pair[1]] = _split(virtual, total, mass, mass, _isotropic(number, generator))
    return momenta


def _chain_density(momenta: Floats, totals: Floats, mass: float, chain: tuple[int, int, tuple[int, int]]) -> Floats:
    leg, partner, pair = chain
    virtual = momenta[:, pair[0]] + momenta[:, pair[1]]
    square = mass_squared(virtual)
    three = mass_squared(virtual + momenta[:, leg])
    low, high = _pair_masses(totals, mass)
    total = np.sqrt(square)
    drawn = _log_density(square, low, high)
    limits = (total + mass) ** 2 - mass**2, (totals - mass) ** 2 - mass**2
    drawn = drawn * _log_density(three - mass**2, *limits)
    size = np.sqrt((momenta[:, partner, 1:] ** 2).sum(axis=1))
    root = np.sqrt(three)
    inner = breakup_momentum(root, total, mass) / root
    last = breakup_momentum(total, mass, mass) / total
    return np.asarray(drawn / _volumes(size / totals, inner, last))


def _volumes(*ratios: Floats) -> Floats:
    """Return what goes with two squared masses: dS/(2 pi) dM^2/(2 pi) and three two-body volumes p/(4 pi M)."""
    volume = 1.0 / ((4.0 * np.pi) ** 3 * (2.0 * np.pi) ** 2)
    return np.asarray(volume * np.maximum(ratios[0] * ratios[1] * ratios[2], 1e-300), dtype=np.float64)
