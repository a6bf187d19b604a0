"""e+e- -> gamma a: axion-like particles that decay to two photons, somewhere, or escape."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..constants import ALP, ALPHA, HBAR_C, NANOBARN, PHOTON
from .event_record import EventRecord
from .process import ProcessError
from .two_body_signal import TwoBodySignal, draw_polynomial
from .vector_decays import photons_of

Array = NDArray[np.float64]


@dataclass(frozen=True)
class AlpTwoPhoton(TwoBodySignal):
    """A photon recoiling against an ALP that decays to two photons; slots are photon, a (decayed), its photons.

    sigma = (g^2 alpha/24) (1 - m^2/s)^3 with 1 + cos^2, Gamma = g^2 m^3/(64 pi) (M. Dolan et al., JHEP 12 (2017) 094,
    arXiv:1709.00009): whether the photons are resolved, merged, displaced or beyond the detector follows from m and g.

    Parameters
    ----------
    mass
        GeV.
    coupling
        g of the ALP to two photons in GeV^-1; the cross section is for it.
    isr
        Whether the beams radiate.
    """

    mass: float
    coupling: float = 1e-3
    isr: bool = True
    name: str = "alp_two_photon"

    def __post_init__(self) -> None:
        if self.mass <= 0.0:
            raise ProcessError(f"mass must be positive, got {self.mass} GeV")
        if self.coupling <= 0.0:
            raise ProcessError(f"coupling must be positive, got {self.coupling} GeV^-1")

    @property
    def masses(self) -> tuple[float, float]:
        """Photon and ALP, GeV."""
        return 0.0, self.mass

    @property
    def lifetime(self) -> float:
        """Return c tau in cm."""
        return HBAR_C / width(self.mass, self.coupling)

    def born_cross_section(self, s: Array) -> Array:
        """Return sigma in nb at s in GeV^2."""
        return np.asarray(self.coupling**2 * ALPHA / 24.0 * (1.0 - self.mass**2 / s) ** 3 * NANOBARN)

    def draw_cosine(self, s: Array, generator: np.random.Generator) -> Array:
        """Draw the photon's cos theta*."""
        return draw_polynomial(np.ones_like(s), np.ones_like(s), generator)

    def fill(self, record: EventRecord, first: Array, second: Array, generator: np.random.Generator) -> None:
        """Add the photon, the ALP and its photons, made after an exponential proper time."""
        record.add(PHOTON, first)
        flight = self.lifetime * generator.exponential(size=len(first))
        mother = record.add(ALP, second, decayed=True, flight=flight)
        photons_of(record, mother, second, self.mass, generator)


@dataclass(frozen=True)
class AlpInvisible(AlpTwoPhoton):
    """A photon recoiling against an ALP that decays to dark matter or escapes; slots are photon, a."""

    coupling: float = 1.0
    name: str = "alp_invisible"

    def fill(self, record: EventRecord, first: Array, second: Array, generator: np.random.Generator) -> None:  # noqa: ARG002
        """Add both."""
        record.add(PHOTON, first)
        record.add(ALP, second)


def width(mass: float, coupling: float) -> float:
    """Return Gamma(a -> gamma gamma) = g^2 m^3/(64 pi) in GeV, mass in GeV, g in GeV^-1."""
    return coupling**2 * mass**3 / (64.0 * float(np.pi))
