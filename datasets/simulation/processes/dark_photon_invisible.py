"""e+e- -> gamma A', the A' leaving nothing: closed-form cross section, angle by inverting its distribution."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..constants import ALPHA, DARK_PHOTON, NANOBARN, PHOTON
from ..generated import GeneratedEvents, prompt_events
from .process import Integral, ProcessError

Array = NDArray[np.float64]


@dataclass(frozen=True)
class DarkPhotonInvisible:
    """A photon recoiling against a dark photon of kinetic mixing 1.

    Born level, alpha(0), no initial-state radiation besides the photon itself.

    Parameters
    ----------
    mass
        Mass of the A', GeV.
    maximum_cosine
        The photon is generated at |cos theta*| below this; the cross section is that of this range.
    """

    mass: float
    maximum_cosine: float = 0.95
    name: str = "dark_photon_invisible"

    def __post_init__(self) -> None:
        if self.mass < 0.0:
            raise ProcessError(f"mass must not be negative, got {self.mass} GeV")
        if not 0.0 < self.maximum_cosine < 1.0:
            raise ProcessError(f"maximum_cosine must lie between 0 and 1, got {self.maximum_cosine}")

    def integrate(self, sqrt_s: float, generator: np.random.Generator, evaluations: int = 0) -> Integral:  # noqa: ARG002
        """Return the cross section (nb at mixing 1) at sqrt_s in GeV; exact, so that nothing is drawn."""
        return Integral(born_cross_section(self.mass, sqrt_s, self.maximum_cosine), 0.0, 1.0)

    def generate(
        self,
        sqrt_s: float,
        number: int,
        integral: Integral,  # noqa: ARG002
        generator: np.random.Generator,
    ) -> GeneratedEvents:
        """Return exactly `number` events (photon, A') of weight 1 at sqrt_s in GeV."""
        self._check(sqrt_s)
        cosine = _sample_cosine(self.mass, sqrt_s, self.maximum_cosine, number, generator)
        azimuth = 2.0 * np.pi * generator.random(number)
        energy = (sqrt_s**2 - self.mass**2) / (2.0 * sqrt_s)
        sine = np.sqrt(1.0 - cosine**2)
        momenta = np.empty((number, 2, 4))
        momenta[:, 0, 0] = energy
        momenta[:, 0, 1:] = energy * np.stack([sine * np.cos(azimuth), sine * np.sin(azimuth), cosine], axis=-1)
        momenta[:, 1] = -momenta[:, 0]
        momenta[:, 1, 0] = sqrt_s - energy
        pdg = np.tile(np.array([PHOTON, DARK_PHOTON], dtype=np.int32), (number, 1))
        return prompt_events(pdg, momenta)

    def _check(self, sqrt_s: float) -> None:
        if self.mass >= sqrt_s:
            raise ProcessError(f"mass {self.mass} GeV is beyond sqrt(s) = {sqrt_s:.3f} GeV")


def born_cross_section(mass: float, sqrt_s: float, maximum_cosine: float) -> float:
    """Return sigma(e+e- -> gamma A') in nb at kinetic mixing 1, photon at |cos theta*| < maximum_cosine.

    Notes
    -----
    The integral of (4 pi alpha^2/(s x)) [(2 - 2x + x^2)/sin^2 theta - x^2/2] over cos theta, x = 1 - m^2/s
    (Essig, Schuster, Toro, arXiv:0903.3941).

    Raises
    ------
    ProcessError
        The mass is at or beyond sqrt_s.
    """
    if mass >= sqrt_s:
        raise ProcessError(f"mass {mass} GeV is beyond sqrt(s) = {sqrt_s:.3f} GeV")
    s = sqrt_s**2
    x = 1.0 - mass**2 / s
    bracket = (2.0 - 2.0 * x + x**2) * 2.0 * np.arctanh(maximum_cosine) - x**2 * maximum_cosine
    return float(4.0 * np.pi * ALPHA**2 / (s * x) * bracket * NANOBARN)


def _sample_cosine(mass: float, sqrt_s: float, limit: float, number: int, generator: np.random.Generator) -> Array:
    """Draw cos theta*: from 1/sin^2 by inversion, then accept with the exact ratio (at least 1/2 everywhere)."""
    x = 1.0 - mass**2 / sqrt_s**2
    share = x**2 / (2.0 * (2.0 - 2.0 * x + x**2))
    drawn = np.empty(0)
    while len(drawn) < number:
        size = int(1.5 * (number - len(drawn))) + 100
        cosine = np.tanh(np.arctanh(limit) * (2.0 * generator.random(size) - 1.0))
        keep = generator.random(size) < 1.0 - share * (1.0 - cosine**2)
        drawn = np.concatenate([drawn, cosine[keep]])
    return drawn[:number]
