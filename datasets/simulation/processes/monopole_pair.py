"""e+e- -> M Mbar: magnetic monopoles of a small charge, coupled in proportion to their velocity."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..constants import ALPHA, MONOPOLE, NANOBARN
from .event_record import EventRecord
from .process import ProcessError
from .two_body_signal import TwoBodySignal, draw_polynomial

Array = NDArray[np.float64]


@dataclass(frozen=True)
class MonopolePair(TwoBodySignal):
    """A monopole (first) and an antimonopole of spin 1/2.

    As a pair of leptons of charge g beta, g the magnetic charge and beta the velocity (duality; L. Bracci,
    G. Fiorentini, Nucl. Phys. B 232 (1984) 236): sigma = (4 pi alpha^2 g^2/(3 s)) beta^2 beta (3 - beta^2)/2, angle
    1 + cos^2 + (1 - beta^2) sin^2.

    Parameters
    ----------
    mass
        GeV.
    charge
        Magnetic charge in e: the cross section is for it.
    isr
        Whether the beams radiate.
    """

    mass: float
    charge: float = 1.0
    isr: bool = True
    name: str = "monopole_pair"

    def __post_init__(self) -> None:
        for what in ("mass", "charge"):
            if getattr(self, what) <= 0.0:
                raise ProcessError(f"{what} must be positive, got {getattr(self, what)}")

    @property
    def masses(self) -> tuple[float, float]:
        """Both the same, GeV."""
        return self.mass, self.mass

    def born_cross_section(self, s: Array) -> Array:
        """Return sigma in nb at s in GeV^2."""
        beta = np.sqrt(np.maximum(1.0 - 4.0 * self.mass**2 / s, 0.0))
        point = 4.0 * np.pi * ALPHA**2 * self.charge**2 / (3.0 * s) * NANOBARN
        return np.asarray(point * beta**3 * (3.0 - beta**2) / 2.0)

    def draw_cosine(self, s: Array, generator: np.random.Generator) -> Array:
        """Draw cos theta* of the monopole."""
        ratio = 4.0 * self.mass**2 / s
        return draw_polynomial(1.0 + ratio, 1.0 - ratio, generator)

    def fill(self, record: EventRecord, first: Array, second: Array, generator: np.random.Generator) -> None:  # noqa: ARG002
        """Add both."""
        record.add(MONOPOLE, first)
        record.add(-MONOPOLE, second)
        record.magnetic_charge = self.charge
