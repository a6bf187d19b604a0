"""Two electrons and a photon, all at large angles: exchange of a photon at a large angle and radiation afterwards."""

from __future__ import annotations

import numpy as np

from ..constants import ELECTRON_MASS
from .boosts import Floats, around, boost_from_rest, boost_to_rest, direction, massive

# Shares of the proposals: a photon apart from both electrons, a pair of small mass, either electron radiating.
_APART, _PAIR, _RADIATING = 0.35, 0.05, 0.3
# A photon at a large angle to the beams is even in cos to within this velocity.
_FLATTEST = 0.97
# Pairs of electrons are drawn down to this mass^2 over their smallest one.
_ABOVE_THRESHOLD = 1.0 + 1e-6


def draw_visible_electrons(
    sqrt_s: float, smallest: float, angle: float, number: int, generator: np.random.Generator
) -> Floats:
    """Draw e-, e+ and a photon: the sum of four ways, each known to every event.

    The photon is even in all angles and falls as 1/k, and the electron follows 1/(a - cos)^2 about its beam in the rest
    frame of e+ and e-. Or e+ and e- come from a virtual photon, with dM^2/M^2, and are even in their rest frame. Or one
    of the two follows the pole about its own beam, and the other one radiates: the mass of what it turns into has
    dM^2/(M^2 - m^2), and the photon takes the share z of its energy with dz/z.

    Parameters
    ----------
    sqrt_s
        Centre-of-mass energy, GeV.
    smallest
        Smallest photon energy, GeV.
    angle
        Smallest angle of the electrons to the beams that matters, rad.
    number
        Number of events.
    generator
        Random generator.

    Returns
    -------
    momenta
        (n, 3, 4) of e-, e+ and photon in GeV, centre-of-mass frame.
    """
    pole = _Pole(angle)
    apart, pair, one, two = generator.multinomial(number, (_APART, _PAIR, _RADIATING, _RADIATING))
    drawn = (
        _draw_apart(sqrt_s, smallest, pole, apart, generator),
        _draw_pair(sqrt_s, smallest, pair, generator),
        _draw_radiating(sqrt_s, smallest, pole, one, generator),
        _mirrored(_draw_radiating(sqrt_s, smallest, pole, two, generator)),
    )
    return np.concatenate(drawn)[generator.permutation(number)]


def density_of_visible_electrons(momenta: Floats, sqrt_s: float, smallest: float, angle: float) -> Floats:
    """Return how densely `draw_visible_electrons` fills phase space at (n, 3, 4) momenta, GeV^-2; same arguments."""
    pole = _Pole(angle)
    density = _APART * _density_apart(momenta, sqrt_s, smallest, pole)
    density += _PAIR * _density_pair(momenta, sqrt_s, smallest)
    for each in (momenta, _mirrored(momenta)):
        density += _RADIATING * _density_radiating(each, sqrt_s, smallest, pole)
    return np.asarray(density, dtype=np.float64)


def _mirrored(momenta: Floats) -> Floats:
    """Exchange electron and positron and reflect: the beams stay what they are."""
    return np.asarray((momenta * np.array([1.0, 1.0, 1.0, -1.0]))[:, [1, 0, 2]], dtype=np.float64)


class _Pole:
    """The distribution 1/(regulator + 1 - cos)^2 of 1 - cos in (0, 2): exchange of a photon, down to about an angle."""

    def __init__(self, angle: float) -> None:
        self.regulator = regulator = 0.5 * (1.0 - np.cos(angle))
        self.norm = 1.0 / regulator - 1.0 / (2.0 + regulator)

    def draw(self, u: Floats) -> Floats:
        """Return 1 - cos."""
        return np.asarray(1.0 / (1.0 / self.regulator - self.norm * u) - self.regulator, dtype=np.float64)

    def density(self, depth: Floats) -> Floats:
        """Return the density in the cosine at 1 - cos."""
        return np.asarray(1.0 / (self.norm * (depth + self.regulator) ** 2), dtype=np.float64)


def _draw_pair(sqrt_s: float, smallest: float, number: int, generator: np.random.Generator) -> Floats:
    u = generator.random((5, number))
    low, high = _pair_limits(sqrt_s, smallest)
    square = low * (high / low) ** u[0]
    rapidity = np.arctanh(_FLATTEST)
    cosine = np.tanh(rapidity * (2.0 * u[1] - 1.0)) / _FLATTEST
    energy = (sqrt_s**2 - square) / (2.0 * sqrt_s)
    photon = massive(energy[:, np.newaxis] * direction(cosine, 2.0 * np.pi * u[2]), 0.0)
    system = np.concatenate([np.sqrt(energy**2 + square)[:, np.newaxis], -photon[:, 1:]], axis=1)
    size = np.sqrt(np.maximum(0.25 * square - ELECTRON_MASS**2, 0.0))
    unit = direction(2.0 * u[3] - 1.0, 2.0 * np.pi * u[4])
    electron = boost_from_rest(massive(size[:, np.newaxis] * unit, ELECTRON_MASS), system)
    electron = massive(electron[:, 1:], ELECTRON_MASS)
    return np.stack([electron, massive(system[:, 1:] - electron[:, 1:], ELECTRON_MASS), photon], axis=1)


def _density_pair(momenta: Floats, sqrt_s: float, smallest: float) -> Floats:
    photon = momenta[:, 2]
    low, high = _pair_limits(sqrt_s, smallest)
    square = pair_square(momenta)
    cosine = photon[:, 3] / photon[:, 0]
    angular = _FLATTEST / (2.0 * np.arctanh(_FLATTEST) * (1.0 - (_FLATTEST * cosine) ** 2)) / (2.0 * np.pi)
    velocity = np.sqrt(np.maximum(1.0 - 4.0 * ELECTRON_MASS**2 / square, 1e-12))
    # dM^2/(2 pi) k dOmega/(16 pi^2 sqrt(s)) b dOmega'/(32 pi^2), the pair even in 4 pi
    element = photon[:, 0] / (16.0 * np.pi**2 * sqrt_s) * velocity / (8.0 * np.pi) / (2.0 * np.pi)
    inside = (square > low) & (square < high)
    return np.asarray(angular / (square * np.log(high / low)) / element * inside, dtype=np.float64)


def pair_square(momenta: Floats) -> Floats:
    """Return (p- + p+)^2 in GeV^2 without the cancellation of two electrons along one another."""
    one, two = momenta[:, 0], momenta[:, 1]
    sizes = [np.sqrt((each[:, 1:] ** 2).sum(axis=1)) for each in (one, two)]
    difference = one[:, 1:] / sizes[0][:, np.newaxis] - two[:, 1:] / sizes[1][:, np.newaxis]
    opening = 0.5 * (difference**2).sum(axis=1)
    mass = ELECTRON_MASS**2
    # E E' - p p' = m^2 [(E - E')^2/(E E' + p p' - m^2) + 1]
    energies, product = one[:, 0] * two[:, 0], sizes[0] * sizes[1]
    gap = mass * ((one[:, 0] - two[:, 0]) ** 2 / (energies + product - mass) + 1.0)
    return np.asarray(2.0 * (mass + gap + product * opening), dtype=np.float64)


def _draw_apart(sqrt_s: float, smallest: float, pole: _Pole, number: int, generator: np.random.Generator) -> Floats:
    u = generator.random((5, number))
    energy = smallest * (_largest(sqrt_s) / smallest) ** u[0]
    photon = massive(energy[:, np.newaxis] * direction(2.0 * u[1] - 1.0, 2.0 * np.pi * u[2]), 0.0)
    system = np.array([sqrt_s, 0.0, 0.0, 0.0]) - photon
    unit = around(_beam(system, sqrt_s), 1.0 - pole.draw(u[3]), 2.0 * np.pi * u[4])
    half = 0.5 * np.sqrt(sqrt_s * (sqrt_s - 2.0 * energy))
    size = np.sqrt(half**2 - ELECTRON_MASS**2)
    electron = boost_from_rest(massive(size[:, np.newaxis] * unit, ELECTRON_MASS), system)
    positron = massive(system[:, 1:] - electron[:, 1:], ELECTRON_MASS)
    return np.stack([electron, positron, photon], axis=1)


def _density_apart(momenta: Floats, sqrt_s: float, smallest: float, pole: _Pole) -> Floats:
    photon = momenta[:, 2]
    energy = photon[:, 0]
    system = np.array([sqrt_s, 0.0, 0.0, 0.0]) - photon
    rest = boost_to_rest(momenta[:, 0], system)
    size = np.sqrt((rest[:, 1:] ** 2).sum(axis=1))
    depth = 1.0 - (rest[:, 1:] * _beam(system, sqrt_s)).sum(axis=1) / size
    half = 0.5 * np.sqrt(sqrt_s * np.maximum(sqrt_s - 2.0 * energy, 1e-12))
    drawn = pole.density(np.maximum(depth, 0.0)) / (2.0 * np.pi) / (energy * np.log(_largest(sqrt_s) / smallest))
    # k dk dOmega/(2 (2 pi)^3) of the photon times |p| dOmega/(16 pi^2 M) of the pair; its own angles are even.
    element = energy / (2.0 * (2.0 * np.pi) ** 3) * size / (16.0 * np.pi**2 * 2.0 * half)
    inside = (energy > smallest) & (energy < _largest(sqrt_s))
    return np.asarray(drawn / (4.0 * np.pi) / element * inside, dtype=np.float64)


def _draw_radiating(sqrt_s: float, smallest: float, pole: _Pole, number: int, generator: np.random.Generator) -> Floats:
    """Draw events whose electron radiates and whose positron is scattered."""
    u = generator.random((6, number))
    low, high = _square_limits(sqrt_s, smallest)
    excess = low * (high / low) ** u[0]  # M^2 - m^2
    square = excess + ELECTRON_MASS**2
    unit = direction(1.0 - pole.draw(u[1]), 2.0 * np.pi * u[2])  # of the electron and its photon together
    energy = (sqrt_s**2 + square - ELECTRON_MASS**2) / (2.0 * sqrt_s)
    size = np.sqrt(energy**2 - square)
    system = np.concatenate([energy[:, np.newaxis], size[:, np.newaxis] * unit], axis=1)
    share = _smallest_share(sqrt_s, smallest) ** u[3]
    photon_energy = excess / (2.0 * np.sqrt(square))
    rest = photon_energy[:, np.newaxis] * around(unit, 2.0 * share - 1.0, 2.0 * np.pi * u[4])
    photon = boost_from_rest(massive(rest, 0.0), system)
    electron = massive(system[:, 1:] - photon[:, 1:], ELECTRON_MASS)
    positron = massive(-system[:, 1:], ELECTRON_MASS)
    return np.stack([electron, positron, photon], axis=1)


def _density_radiating(momenta: Floats, sqrt_s: float, smallest: float, pole: _Pole) -> Floats:
    electron, positron, photon = (momenta[:, slot] for slot in range(3))
    size = np.sqrt((positron[:, 1:] ** 2).sum(axis=1))
    depth = 1.0 + positron[:, 3] / size
    # (p + k)^2 - m^2 = s - 2 sqrt(s) E+ exactly, from the positron alone.
    excess = sqrt_s * (sqrt_s - 2.0 * positron[:, 0])
    square = excess + ELECTRON_MASS**2
    energy = electron[:, 0] + photon[:, 0]
    # E_k = k* (E + |P| cos')/M with k* = (M^2 - m^2)/(2 M): cos' from the photon's energy.
    cosine = (2.0 * square * photon[:, 0] / np.maximum(excess, 1e-300) - energy) / size
    share = np.clip(0.5 * (1.0 + cosine), 1e-12, 1.0)
    low, high = _square_limits(sqrt_s, smallest)
    drawn = pole.density(depth) / (2.0 * np.pi) / (np.maximum(excess, 1e-300) * np.log(high / low))
    # dcos' = 2 dz, evenly in azimuth
    drawn = drawn / (2.0 * share * -np.log(_smallest_share(sqrt_s, smallest))) / (2.0 * np.pi)
    # dM^2/(2 pi) |P| dOmega/(16 pi^2 sqrt(s)) k* dOmega'/(16 pi^2 M)
    element = size / (16.0 * np.pi**2 * sqrt_s) * excess / (32.0 * np.pi**2 * square) / (2.0 * np.pi)
    inside = (share > _smallest_share(sqrt_s, smallest)) & (excess > low) & (excess < high)
    return np.asarray(drawn / element * inside, dtype=np.float64)


def _beam(system: Floats, sqrt_s: float) -> Floats:
    """Return the electron beam's direction in the rest frame of a system."""
    beam = boost_to_rest(0.5 * sqrt_s * np.array([1.0, 0.0, 0.0, 1.0]), system)[:, 1:]
    return np.asarray(beam / np.sqrt((beam**2).sum(axis=1, keepdims=True)), dtype=np.float64)


def _largest(sqrt_s: float) -> float:
    """Return the largest photon energy drawn beside electrons apart; beyond, they come from a virtual photon."""
    return 0.45 * sqrt_s


def _smallest_share(sqrt_s: float, smallest: float) -> float:
    return smallest / sqrt_s


def _pair_limits(sqrt_s: float, smallest: float) -> tuple[float, float]:
    """Return the limits of the squared mass of e+ e-, GeV^2."""
    return 4.0 * ELECTRON_MASS**2 * _ABOVE_THRESHOLD, sqrt_s * (sqrt_s - 2.0 * smallest)


def _square_limits(sqrt_s: float, smallest: float) -> tuple[float, float]:
    """Return the limits of M^2 - m^2 of a radiating electron, GeV^2; m^2 k/E is the smallest there is."""
    return ELECTRON_MASS**2 * smallest / sqrt_s, sqrt_s * (sqrt_s - 2.0 * ELECTRON_MASS) * (1.0 - 1e-6)
