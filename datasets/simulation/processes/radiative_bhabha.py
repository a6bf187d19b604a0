"""e+e- -> e+e- gamma with both electrons lost along the beams: the exact tree amplitude in that corner."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..amplitudes.kernels import electron_pair_and_photon_squares
from ..constants import ALPHA, ELECTRON, ELECTRON_MASS, NANOBARN, PHOTON
from ..generated import GeneratedEvents, prompt_events
from ..phase_space.boosts import Floats
from ..phase_space.lost_electrons import draw_lost_electrons
from ..phase_space.two_body import beams
from .process import Integral, ProcessError
from .unweighting import Proposals, accept, integrate_sampler

SLOTS = np.array([ELECTRON, -ELECTRON, PHOTON], dtype=np.int32)
# The few events of larger weight (a hard photon near the end of what the corner allows) keep it.
QUANTILE = 0.9


@dataclass(frozen=True)
class RadiativeBhabha:
    """A photon at a large angle, both electrons close to the beams; slots are e-, e+, photon.

    The exact tree amplitude of all eight diagrams at alpha(0), electron mass included; nothing is added for soft
    radiation. It is the background of a single photon at high recoil mass. Events may carry weights above 1.

    Parameters
    ----------
    minimum_energy
        Smallest energy of the photon, GeV, CM frame.
    minimum_angle, maximum_angle
        Limits of the photon's polar angle, degrees, CM frame.
    forward_angle, backward_angle
        Each electron lies at less than the first or more than the second, degrees, CM frame.
    """

    minimum_energy: float = 0.5
    minimum_angle: float = 30.0
    maximum_angle: float = 150.0
    forward_angle: float = 18.0
    backward_angle: float = 165.0
    name: str = "radiative_bhabha"

    def __post_init__(self) -> None:
        if self.minimum_energy <= 0.0:
            raise ProcessError(f"minimum_energy must be positive, got {self.minimum_energy} GeV")
        if not 0.0 < self.minimum_angle < self.maximum_angle < 180.0:
            raise ProcessError(
                f"minimum_angle must lie below maximum_angle, got {self.minimum_angle} and {self.maximum_angle} degrees"
            )
        if not 0.0 < self.forward_angle <= 90.0 <= self.backward_angle < 180.0:
            raise ProcessError(
                f"forward_angle and backward_angle must enclose 90 degrees, got {self.forward_angle} and "
                f"{self.backward_angle}"
            )

    def integrate(self, sqrt_s: float, generator: np.random.Generator, evaluations: int = 400_000) -> Integral:
        """Return cross section (nb, within the corner) and maximum weight at sqrt_s in GeV."""
        return integrate_sampler(lambda n, rng: self._propose(sqrt_s, n, rng), generator, evaluations, QUANTILE)

    def generate(
        self, sqrt_s: float, number: int, integral: Integral, generator: np.random.Generator
    ) -> GeneratedEvents:
        """Return exactly `number` events at sqrt_s in GeV, a few of them with weights above 1."""
        (momenta,), weights = accept(
            lambda n, rng: self._propose(sqrt_s, n, rng), number, integral.maximum_weight, generator
        )
        return prompt_events(np.tile(SLOTS, (number, 1)), momenta, weights)

    def _propose(self, sqrt_s: float, number: int, generator: np.random.Generator) -> Proposals:
        if self.minimum_energy >= 0.45 * sqrt_s:
            raise ProcessError(f"minimum_energy {self.minimum_energy} GeV is beyond what the photon can have")
        angles = np.radians(self.minimum_angle), np.radians(self.maximum_angle)
        momenta, volume = draw_lost_electrons(sqrt_s, self.minimum_energy, angles, number, generator)
        chosen = np.flatnonzero(self._lost(momenta))
        event = np.empty((len(chosen), 5, 4))
        event[:, :2] = beams(sqrt_s, ELECTRON_MASS)
        event[:, 2:] = momenta[chosen]
        weights = np.zeros(number)
        squares = electron_pair_and_photon_squares(event, ELECTRON_MASS)
        weights[chosen] = (4.0 * np.pi * ALPHA) ** 3 * squares * volume[chosen] / (2.0 * sqrt_s**2) * NANOBARN
        return (momenta,), weights

    def _lost(self, momenta: Floats) -> NDArray[np.bool_]:
        electrons = momenta[:, :2]
        angle = np.degrees(np.arctan2(np.hypot(electrons[..., 1], electrons[..., 2]), electrons[..., 3]))
        lost = (angle < self.forward_angle) | (angle > self.backward_angle)
        return np.asarray(lost.all(axis=1), dtype=np.bool_)
