"""e+e- -> e+e- and a pair by two quasi-real photons (equivalent-photon approximation, electrons kept in the event)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..constants import ELECTRON, TAU
from ..generated import GeneratedEvents
from ..phase_space.boosts import boost_from_rest, direction
from ..phase_space.two_body import back_to_back, breakup_momentum
from ..radiation.photon_flux import flux, minimum_virtuality
from .event_record import EventRecord
from .photon_fusion import PAIRS, draw_angle
from .process import Integral, ProcessError
from .tau_pair_decay import DAUGHTERS, decay_taus
from .unweighting import Proposals, accept, integrate_sampler

Array = NDArray[np.float64]


QUANTILE = 0.98
"""Pairs from the end of the photons' virtualities weigh more: the few beyond it keep their weight."""

SMALLEST_MASS = 0.1
"""GeV: lighter pairs of electrons leave no track in a detector."""


@dataclass(frozen=True)
class TwoPhotonPair:
    """Pairs from two quasi-real photons; slots are the scattered e-, e+, the pair, and the daughters of taus.

    The photons' virtualities run up to W^2/4, the choice that reproduces AAFH's total for muons (18.9 nb for W > 0.5
    GeV) at the per-cent level; other usual choices give up to a factor 2 more, so 10 % is the accuracy to expect, for
    pions 30 %. The photons' transverse momenta are those of the scattered electrons, so that the pair's is realistic.
    Electrons of the pair and of the beams are taken as different particles. Taus decay without spins.

    Parameters
    ----------
    pair
        "electron", "muon", "tau" or "pion".
    minimum_mass
        Smallest invariant mass W of the pair, GeV; for 0 that of the threshold, and `SMALLEST_MASS` for electrons.
    minimum_transverse_momentum
        Both particles must have at least this transverse momentum (GeV, CM frame).
    minimum_angle, maximum_angle
        Both must lie between these polar angles (degrees, CM frame). The cross section is that of what is left.
    """

    pair: str = "muon"
    minimum_mass: float = 0.0
    minimum_transverse_momentum: float = 0.0
    minimum_angle: float = 0.0
    maximum_angle: float = 180.0
    name: str = "two_photon_pair"

    def __post_init__(self) -> None:
        if self.pair not in PAIRS:
            raise ProcessError(f"unknown pair {self.pair!r}; known are {', '.join(PAIRS)}")
        if self.minimum_mass and self.minimum_mass <= 2.0 * PAIRS[self.pair].mass:
            raise ProcessError(f"minimum_mass must exceed two {self.pair} masses, got {self.minimum_mass} GeV")
        if not 0.0 <= self.minimum_angle < self.maximum_angle <= 180.0:
            raise ProcessError(f"angles must grow, got {self.minimum_angle} to {self.maximum_angle} degrees")

    def integrate(self, sqrt_s: float, generator: np.random.Generator, evaluations: int = 400_000) -> Integral:
        """Return cross section (nb, cuts included) and maximum weight at sqrt_s in GeV."""
        return integrate_sampler(lambda n, rng: self._propose(sqrt_s, n, rng), generator, evaluations, QUANTILE)

    def generate(
        self, sqrt_s: float, number: int, integral: Integral, generator: np.random.Generator
    ) -> GeneratedEvents:
        """Return exactly `number` events at sqrt_s in GeV."""
        (momenta,), weights = accept(
            lambda n, rng: self._propose(sqrt_s, n, rng), number, integral.maximum_weight, generator
        )
        code = PAIRS[self.pair].code
        record = EventRecord()
        for slot, each in enumerate((ELECTRON, -ELECTRON, code, -code)):
            record.add(each, momenta[:, slot], decayed=abs(each) == TAU)
        if code == TAU:
            # Without spins any axes do.
            codes, daughters = np.zeros((number, 2, DAUGHTERS), np.int32), np.zeros((number, 2, DAUGHTERS, 4))
            decay_taus(momenta[:, 2:], np.tile(np.eye(3), (number, 1, 1)), None, generator, codes, daughters)
            for tau in (0, 1):
                for slot in range(codes.shape[2]):
                    record.add(codes[:, tau, slot], daughters[:, tau, slot], 2 + tau)
        return record.events(weights)

    def _propose(self, sqrt_s: float, number: int, generator: np.random.Generator) -> Proposals:
        u = generator.random((8, number))
        # W^-2 and the pair's rapidity uniform: the flux goes as dW/W and the photons' cross section as W^-2.
        pair = PAIRS[self.pair]
        low, high = max(self.minimum_mass, 2.0 * pair.mass * (1.0 + 1e-9), SMALLEST_MASS), 0.98 * sqrt_s
        if low >= high:
            raise ProcessError(f"minimum_mass {low:.3f} GeV is beyond sqrt(s) = {sqrt_s:.3f} GeV")
        nominal = (low**-2 + (high**-2 - low**-2) * u[0]) ** -0.5
        half = np.log(sqrt_s / nominal)
        rapidity = half * (2.0 * u[1] - 1.0)
        y = np.stack([nominal / sqrt_s * np.exp(rapidity), nominal / sqrt_s * np.exp(-rapidity)])
        y = np.minimum(y, 1.0 - 1e-9)
        smallest = minimum_virtuality(y)
        span = np.log(np.maximum(nominal**2 / 4.0 / smallest, 1.0))
        virtuality = smallest * np.exp(span * u[2:4])
        electrons = _scattered(sqrt_s, y, virtuality, smallest, 2.0 * np.pi * u[4:6])
        system = -electrons.sum(axis=0)
        system[:, 0] += sqrt_s
        mass_squared = system[:, 0] ** 2 - (system[:, 1:] ** 2).sum(axis=1)
        possible = (mass_squared > low**2) & (span.min(axis=0) > 0.0)
        mass = np.sqrt(np.where(possible, mass_squared, low**2))
        cosine, angular = draw_angle(pair, mass, u[6])
        produced = _decay(system, mass, pair.mass, cosine, 2.0 * np.pi * u[7])
        # dy1 dy2 = 2 y1 y2 dlnW drapidity, and dlnW = W^2 d(W^-2)/2.
        volume = y.prod(axis=0) * nominal**2 * (low**-2 - high**-2) * 2.0 * half * span.prod(axis=0)
        weight = volume * flux(y, virtuality).prod(axis=0) * angular * possible * self._accepted(produced)
        momenta = np.stack([electrons[0], electrons[1], produced[0], produced[1]], axis=1)
        return (momenta,), weight

    def _accepted(self, pair: Array) -> NDArray[np.bool_]:
        transverse = np.hypot(pair[..., 1], pair[..., 2])
        angle = np.degrees(np.arctan2(transverse, pair[..., 3]))
        good = (transverse >= self.minimum_transverse_momentum) & (angle >= self.minimum_angle)
        return np.asarray((good & (angle <= self.maximum_angle)).all(axis=0))


def _scattered(sqrt_s: float, y: Array, virtuality: Array, smallest: Array, azimuth: Array) -> Array:
    """Return (2, n, 4) momenta of the scattered e- and e+ (mass neglected) with Q^2 - Q^2_min = 2 E E' (1 - cos)."""
    energy = 0.5 * sqrt_s * (1.0 - y)
    cosine = 1.0 - np.minimum((virtuality - smallest) / (sqrt_s * energy), 2.0)
    sine = np.sqrt(1.0 - cosine**2)
    along = np.array([[1.0], [-1.0]]) * cosine
    return np.stack([energy, energy * sine * np.cos(azimuth), energy * sine * np.sin(azimuth), energy * along], axis=-1)


def _decay(system: Array, total: Array, mass: float, cosine: Array, azimuth: Array) -> Array:
    """Return (2, n, 4) momenta of a pair of given mass (GeV), the polar axis of its frame taken along the beam."""
    unit = direction(cosine, azimuth)
    rest = np.stack(back_to_back(unit, breakup_momentum(total, mass, mass), mass, mass))
    return boost_from_rest(rest, system)
