"""e+e- -> chi_1 chi_2 through a virtual dark photon, chi_2 -> chi_1 x+ x- after a flight."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..constants import ALPHA, DARK_MATTER, EXCITED_DARK_MATTER, NANOBARN
from ..phase_space.two_body import breakup_momentum
from .event_record import EventRecord
from .excited_decay import ExcitedDecay
from .process import ProcessError
from .two_body_signal import TwoBodySignal, draw_polynomial

Array = NDArray[np.float64]


@dataclass(frozen=True)
class InelasticDarkMatter(TwoBodySignal):
    """Slots are chi_1, chi_2 (decayed), chi_1 and the pair, the negative lepton or positive meson first.

    Two Majorana states that the dark photon couples off-diagonally (E. Izaguirre, G. Krnjaic, B. Shuve,
    Phys. Rev. D 93 (2016) 063523; M. Duerr et al., JHEP 02 (2020) 039): with momentum p and energies E_i of the pair
    dsigma/dcos = (4 pi alpha alpha_D eps^2 p/s^(5/2)) s^2/|s - M^2 + i M Gamma|^2 [E_1 E_2 + m_1 m_2 + p^2 cos^2].
    The cross section is for eps = 1 and includes the fraction of chi_2 that decay to the pair; that the chi_2 is
    polarised is left out.

    Parameters
    ----------
    mass, lifetime
        Of chi_1 in GeV, c tau of chi_2 in cm.
    splitting
        (m_2 - m_1)/m_1.
    mediator_ratio
        Dark photon's mass over m_1.
    dark_alpha
        alpha_D.
    decay_to
        "ee", "mumu" or "pipi".
    isr
        Whether the beams radiate.
    """

    mass: float
    lifetime: float
    splitting: float = 0.4
    mediator_ratio: float = 3.0
    dark_alpha: float = 0.1
    decay_to: str = "mumu"
    isr: bool = True
    name: str = "inelastic_dark_matter"

    def __post_init__(self) -> None:
        for what in ("mass", "lifetime", "splitting", "dark_alpha"):
            if getattr(self, what) <= 0.0:
                raise ProcessError(f"{what} must be positive, got {getattr(self, what)}")
        if self.mediator_ratio <= 2.0 + self.splitting:
            raise ProcessError(f"mediator_ratio {self.mediator_ratio}: the dark photon must outweigh both states")
        if not self.decays.branching_fraction(self.decay_to):
            raise ProcessError(f"mass {self.mass} GeV: chi_2 is too light for {self.decay_to}; raise the splitting")

    @property
    def masses(self) -> tuple[float, float]:
        """chi_1 and chi_2, GeV."""
        return self.mass, self.mass * (1.0 + self.splitting)

    @property
    def decays(self) -> ExcitedDecay:
        """What chi_2 does."""
        return ExcitedDecay(*self.masses, self.mediator_ratio * self.mass)

    def born_cross_section(self, s: Array) -> Array:
        """Return sigma in nb at eps = 1 at s in GeV^2, decay included."""
        momentum, constant = self._angular(np.sqrt(s))
        mediator = self.mediator_ratio * self.mass
        inner, at_pole = self._angular(np.array(mediator))
        width = 2.0 * self.dark_alpha * inner * (at_pole + inner**2 / 3.0) / mediator**2
        propagator = s**2 / ((s - mediator**2) ** 2 + (mediator * width) ** 2)
        angular = 2.0 * (constant + momentum**2 / 3.0)
        strength = 4.0 * np.pi * ALPHA * self.dark_alpha * NANOBARN * self.decays.branching_fraction(self.decay_to)
        return np.asarray(strength * momentum / s**2.5 * propagator * angular)

    def draw_cosine(self, s: Array, generator: np.random.Generator) -> Array:
        """Draw cos theta* of chi_1."""
        momentum, constant = self._angular(np.sqrt(s))
        return draw_polynomial(constant, momentum**2, generator)

    def fill(self, record: EventRecord, first: Array, second: Array, generator: np.random.Generator) -> None:
        """Add both states and what chi_2 decays to."""
        record.add(DARK_MATTER, first)
        flight = self.lifetime * generator.exponential(size=len(first))
        mother = record.add(EXCITED_DARK_MATTER, second, decayed=True, flight=flight)
        self.decays.add(record, mother, second, self.decay_to, generator)

    def _angular(self, energies: Array) -> tuple[Array, Array]:
        """Return p and E_1 E_2 + m_1 m_2 at total energies in GeV."""
        one, two = self.masses
        momentum = breakup_momentum(energies, one, two)
        return momentum, np.sqrt((momentum**2 + one**2) * (momentum**2 + two**2)) + one * two
