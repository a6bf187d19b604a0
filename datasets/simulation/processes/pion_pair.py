"""e+e- -> pi+ pi- gamma(s): the rho and its tail by radiative return."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..constants import ALPHA, NANOBARN, PION, PION_MASS, RHO_MASS, RHO_WIDTH
from ..generated import GeneratedEvents
from ..radiation.radiative_return import draw_return
from .event_record import EventRecord
from .pion_form_factor import form_factor_squared
from .process import Integral, ProcessError
from .unweighting import Proposals, accept, integrate_sampler
from .vector_decays import draw_meson_pair

Array = NDArray[np.float64]

FLAT_SHARE = 0.4
"""Share of the proposals that is even in ln M^2, the rest follows the rho."""


@dataclass(frozen=True)
class PionPair:
    """Charged pions behind photons of the beams; slots are pi+, pi- and two photons.

    Born cross section pi alpha^2/(3 s) beta^3 |F_pi|^2 with the omega by its mixing; radiation of the pions is left
    out. Above `maximum_mass` it is the continuum of light quarks that makes pions.

    Parameters
    ----------
    maximum_mass
        Largest invariant mass of the pions, GeV.
    """

    maximum_mass: float = 2.0
    name: str = "pion_pair"

    def __post_init__(self) -> None:
        if self.maximum_mass <= RHO_MASS:
            raise ProcessError(f"maximum_mass must lie above the rho, got {self.maximum_mass} GeV")

    def integrate(self, sqrt_s: float, generator: np.random.Generator, evaluations: int = 200_000) -> Integral:
        """Return cross section (nb) and maximum weight at sqrt_s in GeV."""
        return integrate_sampler(lambda n, rng: self._propose(sqrt_s, n, rng), generator, evaluations)

    def generate(
        self, sqrt_s: float, number: int, integral: Integral, generator: np.random.Generator
    ) -> GeneratedEvents:
        """Return exactly `number` events at sqrt_s in GeV."""
        (photons, system, axes), weights = accept(
            lambda n, rng: self._propose(sqrt_s, n, rng), number, integral.maximum_weight, generator
        )
        record = EventRecord()
        for code, momenta in zip((PION, -PION), draw_meson_pair(system, axes, PION_MASS, generator), strict=True):
            record.add(code, momenta)
        record.add_radiation(photons)
        return record.events(weights)

    def _propose(self, sqrt_s: float, number: int, generator: np.random.Generator) -> Proposals:
        if self.maximum_mass >= sqrt_s:
            raise ProcessError(f"maximum_mass {self.maximum_mass} GeV is beyond sqrt(s) = {sqrt_s:.3f} GeV")
        square, density = _draw_square((2.0 * PION_MASS) ** 2, self.maximum_mass**2, number, generator)
        left = draw_return(np.sqrt(square), sqrt_s, generator)
        weights = born_cross_section(square) * left.weights / (sqrt_s**2 * density)
        return (left.photons.swapaxes(0, 1), left.system, left.axes), weights


def born_cross_section(square: Array) -> Array:
    """Return sigma(e+e- -> gamma* -> pi+ pi-) in nb at s in GeV^2."""
    velocity = np.sqrt(np.maximum(1.0 - 4.0 * PION_MASS**2 / square, 0.0))
    form: Array = np.pi * ALPHA**2 / (3.0 * square) * velocity**3 * form_factor_squared(square) * NANOBARN
    return form


def _draw_square(low: float, high: float, number: int, generator: np.random.Generator) -> tuple[Array, Array]:
    """Draw M^2 (GeV^2) from the rho's Breit-Wigner line and evenly in its logarithm; its density comes with it."""
    pole, width = RHO_MASS**2, RHO_MASS * RHO_WIDTH
    edges = np.arctan((np.array([low, high]) - pole) / width)
    u = generator.random(number)
    line = pole + width * np.tan(edges[0] + (edges[1] - edges[0]) * u)
    even = low * (high / low) ** u
    square = np.where(generator.random(number) < FLAT_SHARE, even, line)
    square = np.clip(square, low * (1.0 + 1e-9), high)
    by_line = width / ((square - pole) ** 2 + width**2) / (edges[1] - edges[0])
    return square, FLAT_SHARE / (square * np.log(high / low)) + (1.0 - FLAT_SHARE) * by_line
