"""e+e- -> gamma(s) V with a narrow resonance V that decays: radiative return."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..constants import NANOBARN
from ..generated import GeneratedEvents
from ..radiation.radiative_return import draw_return
from .event_record import EventRecord
from .process import Integral, ProcessError
from .resonances import find_resonance, fraction
from .unweighting import Proposals, accept, integrate_sampler
from .vector_decays import DECAYS, SUBSEQUENT, lepton_fraction

LINES = 5.0
"""Masses lie within so many widths of the resonance; the line is normalised within."""


@dataclass(frozen=True)
class RadiativeReturn:
    """A narrow resonance behind photons of the beams; slots are the resonance (decayed), two photons, the daughters.

    sigma = 12 pi^2 Gamma_ee/(m s) W(1 - m^2/s), W the convolution of both beams' structure functions (M. Benayoun,
    S. Eidelman, V. Ivanchenko, Z. Silagadze, Mod. Phys. Lett. A 14 (1999) 2605), times the decay's branching fraction.
    Interference with the continuum is left out.

    Parameters
    ----------
    resonance, decay
        Names as in `resonances.yaml`.
    """

    resonance: str
    decay: str
    name: str = "radiative_return"

    def __post_init__(self) -> None:
        fraction(self.resonance, self.decay)
        if self.decay not in DECAYS:
            raise ProcessError(f"{self.resonance} -> {self.decay} belongs to a process of its own")

    @property
    def branching(self) -> float:
        """Fraction of the resonances that decay so, to the very end."""
        later = lepton_fraction("jpsi") if self.decay == "pipijpsi" else SUBSEQUENT.get(self.decay, 1.0)
        return fraction(self.resonance, self.decay) * later

    def integrate(self, sqrt_s: float, generator: np.random.Generator, evaluations: int = 100_000) -> Integral:
        """Return cross section (nb, branching fraction included) and maximum weight at sqrt_s in GeV."""
        return integrate_sampler(lambda n, rng: self._propose(sqrt_s, n, rng), generator, evaluations)

    def generate(
        self, sqrt_s: float, number: int, integral: Integral, generator: np.random.Generator
    ) -> GeneratedEvents:
        """Return exactly `number` events at sqrt_s in GeV."""
        (photons, system, axes), weights = accept(
            lambda n, rng: self._propose(sqrt_s, n, rng), number, integral.maximum_weight, generator
        )
        record = EventRecord()
        mother = record.add(find_resonance(self.resonance).code, system, decayed=True)
        record.add_radiation(photons)
        DECAYS[self.decay](record, mother, system, axes, generator)
        return record.events(weights)

    def _propose(self, sqrt_s: float, number: int, generator: np.random.Generator) -> Proposals:
        meson = find_resonance(self.resonance)
        if meson.mass + LINES * meson.width >= sqrt_s:
            raise ProcessError(f"{self.resonance} at {meson.mass} GeV is beyond sqrt(s) = {sqrt_s:.3f} GeV")
        edge = np.arctan(2.0 * LINES)
        masses = meson.mass + 0.5 * meson.width * np.tan(edge * (2.0 * generator.random(number) - 1.0))
        left = draw_return(masses, sqrt_s, generator)
        born = 12.0 * np.pi**2 * meson.electron_width / (meson.mass * sqrt_s**2) * NANOBARN * self.branching
        return (left.photons.swapaxes(0, 1), left.system, left.axes), born * left.weights
