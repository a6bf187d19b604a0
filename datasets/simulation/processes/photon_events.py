"""e+e- -> photons by how many of them are visible: the parts of `photon_pair` that different searches ask for."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from ..constants import PHOTON
from ..generated import GeneratedEvents, prompt_events
from ..phase_space.boosts import Floats
from .photon_pair import NEGLIGIBLE, QUANTILE, PhotonPair
from .process import Integral, ProcessError
from .unweighting import Proposals, accept, integrate_sampler

# Weights of three visible photons end at little more than twice this one: they are worth 96 % of their number.
QUANTILE_OF_THREE = 0.6


@dataclass(frozen=True)
class PhotonEvents:
    """Two or three photons, of which a given number is visible; all five slots are photons.

    Parameters
    ----------
    least, most
        How many photons are visible, at least and at most.
    visible_energy, visible_angle
        A photon is visible above this energy (GeV) and this far (degrees) from either beam, CM frame.
    minimum_energy, minimum_angle
        Besides, at least one photon has this energy and lies this far from either beam.
    """

    least: int = 1
    most: int = 3
    visible_energy: float = 0.25
    visible_angle: float = 20.0
    minimum_energy: float = 0.25
    minimum_angle: float = 20.0
    name: str = "photon_events"

    def __post_init__(self) -> None:
        if not 0 <= self.least <= self.most <= 3:
            raise ProcessError(f"least and most must grow from 0 to 3, got {self.least} and {self.most}")
        if not self.visible_energy > self._whole.soft_limit:
            raise ProcessError(f"visible_energy must exceed {self._whole.soft_limit} GeV, got {self.visible_energy}")

    @cached_property
    def _whole(self) -> PhotonPair:
        return PhotonPair(minimum_energy=self.minimum_energy, minimum_angle=self.minimum_angle)

    def integrate(self, sqrt_s: float, generator: np.random.Generator, evaluations: int = 400_000) -> Integral:
        """Return cross section (nb, within the part) and maximum weight at sqrt_s in GeV."""
        quantile = QUANTILE_OF_THREE if self.least == 3 else QUANTILE
        return integrate_sampler(lambda n, rng: self.propose(sqrt_s, n, rng), generator, evaluations, quantile)

    def generate(
        self, sqrt_s: float, number: int, integral: Integral, generator: np.random.Generator
    ) -> GeneratedEvents:
        """Return exactly `number` events at sqrt_s in GeV, a few of them with weights above 1."""
        (momenta,), weights = accept(
            lambda n, rng: self.propose(sqrt_s, n, rng), number, integral.maximum_weight, generator
        )
        return prompt_events(np.where(momenta[..., 0] > NEGLIGIBLE, np.int32(PHOTON), np.int32(0)), momenta, weights)

    def propose(self, sqrt_s: float, number: int, generator: np.random.Generator) -> Proposals:
        """Return weighted events (n, 5, 4); weights in nb, 0 where too many or too few are visible."""
        if self.least == 3:  # two photons and soft ones never show three
            momenta, weights = self._whole.three_photons(sqrt_s, number, generator)
        else:
            (momenta,), weights = self._whole.propose(sqrt_s, number, generator)
        visible = self._visible(momenta)
        return (momenta,), weights * ((visible >= self.least) & (visible <= self.most))

    def _visible(self, momenta: Floats) -> NDArray[np.int_]:
        wide = np.abs(momenta[..., 3]) < momenta[..., 0] * np.cos(np.radians(self.visible_angle))
        return np.asarray((wide & (momenta[..., 0] > self.visible_energy)).sum(axis=1))
