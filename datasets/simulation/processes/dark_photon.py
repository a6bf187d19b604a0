"""e+e- -> gamma A': closed-form cross section and angle, decays with the polarisation that production leaves."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..constants import ALPHA, NANOBARN, PHOTON
from .event_record import EventRecord
from .process import ProcessError
from .two_body_signal import TwoBodySignal

Array = NDArray[np.float64]


@dataclass(frozen=True)
class DarkPhoton(TwoBodySignal):
    """A photon recoiling against a dark photon of kinetic mixing 1; subclasses say what it decays to.

    Parameters
    ----------
    mass
        Mass of the A', GeV.
    maximum_cosine
        The photon is generated at |cos theta*| below this, in the frame of the hard scattering.
    minimum_energy
        Smallest energy (GeV) of the photon in that frame: below, it would be one more soft photon.
    isr
        Whether the beams radiate besides.
    """

    mass: float
    maximum_cosine: float = 0.95
    minimum_energy: float = 0.2
    isr: bool = True
    name: str = "dark_photon"

    def __post_init__(self) -> None:
        if self.mass < 0.0:
            raise ProcessError(f"mass must not be negative, got {self.mass} GeV")
        if not 0.0 < self.maximum_cosine < 1.0:
            raise ProcessError(f"maximum_cosine must lie between 0 and 1, got {self.maximum_cosine}")
        if self.minimum_energy <= 0.0:
            raise ProcessError(f"minimum_energy must be positive, got {self.minimum_energy} GeV")

    @property
    def masses(self) -> tuple[float, float]:
        """Photon and A', GeV."""
        return 0.0, self.mass

    @property
    def threshold(self) -> float:
        """Energy (GeV) at which the photon has `minimum_energy`."""
        return float(self.minimum_energy + np.hypot(self.minimum_energy, self.mass))

    @property
    def branching(self) -> float:
        """Fraction of the A' that decay so; the cross section includes it."""
        return 1.0

    def born_cross_section(self, s: Array) -> Array:
        """Return sigma in nb at mixing 1, branching fraction included, at s in GeV^2."""
        return self.branching * production_cross_section(self.mass, s, self.maximum_cosine)

    def draw_cosine(self, s: Array, generator: np.random.Generator) -> Array:
        """Draw the photon's cos theta*: from 1/sin^2 by inversion, accepted with the exact ratio (1/2 or more)."""
        x = 1.0 - self.mass**2 / s
        share = x**2 / (2.0 * (2.0 - 2.0 * x + x**2))
        cosine = np.empty(len(s))
        left = np.arange(len(s))
        span = np.arctanh(self.maximum_cosine)
        while len(left):
            drawn = np.tanh(span * (2.0 * generator.random(len(left)) - 1.0))
            accepted = generator.random(len(left)) < 1.0 - share[left] * (1.0 - drawn**2)
            cosine[left[accepted]] = drawn[accepted]
            left = left[~accepted]
        return cosine

    def fill(self, record: EventRecord, first: Array, second: Array, generator: np.random.Generator) -> None:
        """Add the photon, the A' and what it decays to."""
        record.add(PHOTON, first)
        self.decay(record, second, first[:, 0] + second[:, 0], generator)

    @abstractmethod
    def decay(self, record: EventRecord, vector: Array, energies: Array, generator: np.random.Generator) -> None:
        """Add A' of (n, 4) momenta, from beams along z of (n,) total energies, and their daughters."""


def production_cross_section(mass: float, s: Array | float, maximum_cosine: float) -> Array:
    """Return sigma(e+e- -> gamma A') in nb at kinetic mixing 1, photon at |cos theta*| < maximum_cosine, s in GeV^2.

    Notes
    -----
    The integral of (4 pi alpha^2/(s x)) [(2 - 2x + x^2)/sin^2 theta - x^2/2] over cos theta, x = 1 - m^2/s
    (Essig, Schuster, Toro, arXiv:0903.3941).
    """
    x = 1.0 - mass**2 / np.asarray(s, dtype=np.float64)
    bracket = (2.0 - 2.0 * x + x**2) * 2.0 * np.arctanh(maximum_cosine) - x**2 * maximum_cosine
    return np.asarray(4.0 * np.pi * ALPHA**2 / (s * x) * bracket * NANOBARN)
