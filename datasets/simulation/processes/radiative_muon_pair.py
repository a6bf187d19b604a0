"""e+e- -> mu+mu- gamma, a photon at a large angle: the exact tree amplitude, with what interferes."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

import numpy as np

from ..amplitudes.kernels import lepton_pair_and_photon_squares
from ..constants import ELECTRON_MASS, MUON, MUON_MASS, PHOTON
from ..generated import GeneratedEvents, prompt_events
from ..phase_space.boosts import polar_angles
from ..phase_space.pair_and_photon import draw_pair_and_photon
from .process import Integral
from .tree_photon import check_photon, check_reach, tree_weights
from .unweighting import Proposals, accept, integrate_sampler

SLOTS = np.array([MUON, -MUON, PHOTON], dtype=np.int32)
QUANTILE = 0.99


@dataclass(frozen=True)
class RadiativeMuonPair:
    """A photon at a large angle and two muons anywhere; slots are mu-, mu+, photon.

    The exact tree amplitude of all four diagrams at alpha(0), masses included. `MuonPair` has several photons but not
    the interference of the beams' with the muons', which makes the muons' charges tell where the photon goes: what
    selections by angles and charges are made with needs it. Nothing is added for further photons. Events may carry
    weights above 1.

    Parameters
    ----------
    minimum_energy
        Smallest energy of the photon, GeV, CM frame.
    minimum_angle, maximum_angle
        Limits of the photon's polar angle, degrees, CM frame.
    """

    minimum_energy: float = 0.15
    minimum_angle: float = 15.0
    maximum_angle: float = 165.0
    name: str = "radiative_muon_pair"

    def __post_init__(self) -> None:
        check_photon(self.minimum_energy, self.minimum_angle, self.maximum_angle)

    def integrate(self, sqrt_s: float, generator: np.random.Generator, evaluations: int = 200_000) -> Integral:
        """Return cross section (nb, within the angles) and maximum weight at sqrt_s in GeV."""
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
        check_reach(self.minimum_energy, sqrt_s)
        momenta, volume = draw_pair_and_photon(sqrt_s, MUON_MASS, self.minimum_energy, number, generator)
        angle = polar_angles(momenta[:, 2])
        accepted = (angle > self.minimum_angle) & (angle < self.maximum_angle)
        squares = partial(lepton_pair_and_photon_squares, electron_mass=ELECTRON_MASS, lepton_mass=MUON_MASS)
        return (momenta,), tree_weights(sqrt_s, momenta, volume, accepted, squares)
