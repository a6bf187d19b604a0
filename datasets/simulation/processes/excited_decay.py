"""chi_2 -> chi_1 x+ x- through a virtual dark photon: branching fractions, masses and angles of the pair."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from ..constants import DARK_MATTER
from ..phase_space.boosts import boost_from_rest, boost_to_rest, direction
from ..phase_space.two_body import back_to_back, breakup_momentum
from .event_record import EventRecord
from .pion_form_factor import form_factor_squared
from .vector_decay import PAIRS, add_pair

Array = NDArray[np.float64]

MODES = ("ee", "mumu", "pipi")
_GRID = 4000


@dataclass(frozen=True)
class ExcitedDecay:
    """Decays of chi_2 of mass `heavy` to chi_1 of mass `light` through a dark photon of mass `mediator`, GeV.

    With Q the pair's mass dGamma/dQ^2 = p Q^2 H(Q^2) f(Q^2)/(Q^2 - M^2)^2, H = k_1.k_2 - 3 m_1 m_2 +
    2 (k_1.Q)(k_2.Q)/Q^2 of the off-diagonal vector current and f the pair's share: (1 + 2r) sqrt(1 - 4r) of leptons,
    beta^3 |F_pi|^2/4 of pions.
    """

    light: float
    heavy: float
    mediator: float

    def branching_fraction(self, decay: str) -> float:
        """Return the fraction of the decays to "ee", "mumu" or "pipi"; 0 below threshold."""
        rates = {mode: _spectrum(self, mode)[1][-1] for mode in MODES}
        return float(rates.get(decay, 0.0) / sum(rates.values()))

    def add(self, record: EventRecord, mother: int, heavy: Array, decay: str, generator: np.random.Generator) -> None:
        """Add chi_1 and the pair to chi_2 of (n, 4) momenta, unpolarised, and the pair polarised by the transition."""
        number = len(heavy)
        grid, rate = _spectrum(self, decay)
        mass = np.interp(generator.random(number) * rate[-1], rate, grid)
        unit = direction(2.0 * generator.random(number) - 1.0, 2.0 * np.pi * generator.random(number))
        momentum = breakup_momentum(np.full(number, self.heavy), mass, self.light)
        vector, light = (boost_from_rest(each, heavy) for each in back_to_back(unit, momentum, mass, self.light))
        record.add(DARK_MATTER, light, mother)
        # In the pair's frame both states have the same momentum k: 2 k k + delta (k_1.k_2 - m_1 m_2).
        size = boost_to_rest(light, vector)[:, 1:]
        gap = 0.5 * ((self.heavy - self.light) ** 2 - mass**2)
        tensor = 2.0 * size[:, :, np.newaxis] * size[:, np.newaxis, :] + gap[:, np.newaxis, np.newaxis] * np.eye(3)
        add_pair(record, mother, vector, tensor, PAIRS[decay], generator)


@cache
def _spectrum(decay: ExcitedDecay, mode: str) -> tuple[Array, Array]:
    """Return masses Q of the pair and the rate up to each, in common units; all 0 below threshold."""
    least, most = 2.0 * float(PAIRS[mode].mass), decay.heavy - decay.light
    if least >= most:
        return np.array([0.0, 1.0]), np.zeros(2)
    # Even in ln Q: electron pairs pile up at small masses.
    grid = least * (most / least) ** np.linspace(0.0, 1.0, _GRID)
    middle = np.sqrt(grid[1:] * grid[:-1])
    square = middle**2
    one, two = decay.light**2, decay.heavy**2
    product = 0.5 * (one + two - square) - 3.0 * decay.light * decay.heavy
    transition = product + 0.5 * ((two - one) ** 2 - square**2) / square
    momentum = breakup_momentum(np.full_like(middle, decay.heavy), middle, decay.light)
    r = (float(PAIRS[mode].mass) / middle) ** 2
    beta = np.sqrt(1.0 - 4.0 * r)
    share = beta * (1.0 + 2.0 * r) if PAIRS[mode].fermions else 0.25 * beta**3 * form_factor_squared(square)
    rate = momentum * square * transition * share / (square - decay.mediator**2) ** 2
    return grid, np.concatenate([[0.0], np.cumsum(rate * np.diff(grid**2))])
