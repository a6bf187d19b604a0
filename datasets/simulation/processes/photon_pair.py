"""e+e- -> gamma gamma(gamma): two photons with soft radiation, and three photons by the exact amplitude."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..amplitudes.kernels import three_photon_squares
from ..constants import ALPHA, ELECTRON_MASS, NANOBARN, PHOTON
from ..generated import GeneratedEvents, prompt_events
from ..phase_space.boosts import Floats, boost_from_rest, direction, mass_squared
from ..phase_space.three_photons import draw_three_photons
from ..phase_space.two_body import beams
from ..radiation.initial_state import photon_momenta, sample_angle, sample_energy_share
from ..radiation.soft_photons import soft_factor
from .process import Integral, ProcessError
from .unweighting import Proposals, accept, integrate_sampler

# Weights end at about twice this one; the few beyond it are kept.
QUANTILE = 0.95
# Softer photons are left out of the record, GeV.
NEGLIGIBLE = 1e-6
# Soft radiation tilts two photons out of their line by less than this before they are cut on.
MARGIN = np.radians(1.0)


@dataclass(frozen=True)
class PhotonPair:
    """Two photons and soft ones, or three photons, at least one of them in the acceptance; all four slots are photons.

    The third photon's energy parts the process. Below `soft_limit` both beams radiate by their structure functions,
    cut off there: the last two slots. Above it the exact tree amplitude of three photons applies, times the
    probability that nothing harder was radiated besides. The sum does not depend on the limit.

    In the table's cuts (two photons above 0.15 GeV between 10 and 170 degrees) the sum is 4.86 nb, where BABAYAGA.NLO
    has 4.99 +- 0.05: corrections of order alpha without a large logarithm are left out, and further hard photons
    take their probability but not their momentum.

    Parameters
    ----------
    soft_limit
        Energy (GeV, CM frame) that parts two photons from three.
    minimum_energy, minimum_angle
        At least one photon has this energy (GeV) and lies this far (degrees, CM frame) from either beam.
    """

    soft_limit: float = 0.02
    minimum_energy: float = 0.15
    minimum_angle: float = 10.0
    name: str = "photon_pair"

    def __post_init__(self) -> None:
        if not 1e-3 <= self.soft_limit <= self.minimum_energy:
            raise ProcessError(
                f"soft_limit must lie between 0.001 and {self.minimum_energy} GeV, got {self.soft_limit} GeV"
            )
        if not 2.0 <= self.minimum_angle < 90.0:
            raise ProcessError(f"minimum_angle must lie between 2 and 90 degrees, got {self.minimum_angle}")

    def integrate(self, sqrt_s: float, generator: np.random.Generator, evaluations: int = 400_000) -> Integral:
        """Return cross section (nb, within the acceptance) and maximum weight at sqrt_s in GeV."""
        return integrate_sampler(lambda n, rng: self.propose(sqrt_s, n, rng), generator, evaluations, QUANTILE)

    def generate(
        self, sqrt_s: float, number: int, integral: Integral, generator: np.random.Generator
    ) -> GeneratedEvents:
        """Return exactly `number` events at sqrt_s in GeV, a few of them with weights above 1."""
        (momenta,), weights = accept(
            lambda n, rng: self.propose(sqrt_s, n, rng), number, integral.maximum_weight, generator
        )
        return prompt_events(np.where(momenta[..., 0] > NEGLIGIBLE, np.int32(PHOTON), np.int32(0)), momenta, weights)

    def propose(self, sqrt_s: float, number: int, generator: np.random.Generator) -> Proposals:
        """Return weighted events (n, 4, 4), half of them with two hard photons and half with three; weights in nb."""
        half = number // 2
        momenta, weights = np.zeros((number, 4, 4)), np.empty(number)
        momenta[:half], weights[:half] = self.two_photons(sqrt_s, half, generator)
        momenta[half:, :3], weights[half:] = self.three_photons(sqrt_s, number - half, generator)
        weights[:half] *= number / max(half, 1)
        weights[half:] *= number / (number - half)
        order = generator.permutation(number)
        return (momenta[order],), weights[order]

    def two_photons(self, sqrt_s: float, number: int, generator: np.random.Generator) -> tuple[Floats, Floats]:
        """Return momenta (n, 4, 4) and weights (nb): the tree cross section at s', and a soft photon of either beam."""
        s = sqrt_s**2
        largest = 2.0 * self.soft_limit / sqrt_s
        weights = np.ones(number)
        soft = []
        for beam in (1.0, -1.0):
            share, density = sample_energy_share(s, 1.0 - largest, number, generator)
            distance, angular = sample_angle(share, s, generator)
            soft.append(photon_momenta(share, distance, 2.0 * np.pi * generator.random(number), sqrt_s, beam))
            weights *= density * angular
        system = np.array([sqrt_s, 0.0, 0.0, 0.0]) - soft[0] - soft[1]
        pair_square = mass_squared(system)
        rapidity = np.arctanh(np.cos(np.radians(self.minimum_angle) - MARGIN))
        cosine = np.tanh(rapidity * (2.0 * generator.random(number) - 1.0))
        unit = direction(cosine, 2.0 * np.pi * generator.random(number))
        energy = 0.5 * np.sqrt(pair_square)[:, np.newaxis]
        rest = np.stack([np.hstack([energy, energy * unit]), np.hstack([energy, -energy * unit])], axis=1)
        momenta = boost_from_rest(rest, system[:, np.newaxis])
        seen = self._accepted(momenta)
        # dsigma/dcos = (pi alpha^2/s) (1 + cos^2)/(1 - cos^2), either photon counted once.
        shape = np.pi * ALPHA**2 / pair_square * (1.0 + cosine**2) * 2.0 * rapidity * NANOBARN
        return np.concatenate([momenta, np.stack(soft, axis=1)], axis=1), weights * shape * seen

    def three_photons(
        self, sqrt_s: float, number: int, generator: np.random.Generator, *, bare: bool = False
    ) -> tuple[Floats, Floats]:
        """Return momenta (n, 3, 4) and weights (nb); `bare` leaves out the soft radiation besides (plain tree)."""
        momenta, volume = draw_three_photons(sqrt_s, self.soft_limit, number, generator)
        hard = momenta[..., 0].min(axis=1) > self.soft_limit
        chosen = np.flatnonzero(hard & self._accepted(momenta))
        event = np.empty((len(chosen), 5, 4))
        event[:, :2] = beams(sqrt_s, ELECTRON_MASS)
        event[:, 2:] = momenta[chosen]
        weights = np.zeros(number)
        # 1/6 for three identical photons.
        couplings = (4.0 * np.pi * ALPHA) ** 3 / 6.0
        tree = couplings * three_photon_squares(event, ELECTRON_MASS) * volume[chosen] / (2.0 * sqrt_s**2) * NANOBARN
        weights[chosen] = tree if bare else tree * _further_radiation(momenta[chosen], sqrt_s)
        return momenta, weights

    def _accepted(self, momenta: Floats) -> NDArray[np.bool_]:
        cosine = np.abs(momenta[..., 3]) < momenta[..., 0] * np.cos(np.radians(self.minimum_angle))
        seen: NDArray[np.bool_] = (cosine & (momenta[..., 0] > self.minimum_energy)).any(axis=1)
        return seen


def _further_radiation(momenta: Floats, sqrt_s: float) -> Floats:
    """Return the probability that the beams radiate nothing harder than the photon that they already did.

    Which of the three that is, is weighed by the eikonal factors 1/((p1.k)(p2.k)) of all three.
    """
    energy, along = momenta[..., 0], momenta[..., 3]
    eikonal = 1.0 / ((momenta[..., 1:3] ** 2).sum(axis=-1) + (2.0 * ELECTRON_MASS / sqrt_s * along) ** 2)
    factors = soft_factor(2.0 * energy / sqrt_s, sqrt_s**2)
    return np.asarray((eikonal * factors).sum(axis=1) / eikonal.sum(axis=1), dtype=np.float64)
