"""e+e- -> e+e- gamma, a photon at a large angle and 0, 1 or 2 electrons seen: the exact tree amplitude by corners."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray

from ..amplitudes.kernels import electron_pair_and_photon_squares
from ..constants import ELECTRON, ELECTRON_MASS, PHOTON
from ..generated import GeneratedEvents, prompt_events
from ..phase_space.boosts import Floats, polar_angles
from ..phase_space.lost_electrons import density_of_lost_electrons, draw_lost_electrons
from ..phase_space.visible_electrons import density_of_visible_electrons, draw_visible_electrons
from .process import Integral, ProcessError
from .tree_photon import check_photon, check_reach, tree_weights
from .unweighting import Proposals, accept, integrate_sampler

SLOTS = np.array([ELECTRON, -ELECTRON, PHOTON], dtype=np.int32)
# The few events of larger weight (a hard photon near the end of what the corner allows) keep it.
QUANTILE = 0.9
# Share of the proposals that follow the poles of lost electrons, by how many are visible.
LOST_SHARES = (0.9, 0.8, 0.0)


@dataclass(frozen=True)
class RadiativeBhabha:
    """A photon at a large angle, and so many electrons out of the beams; slots are e-, e+, photon.

    The exact tree amplitude of all eight diagrams at alpha(0), electron mass included; nothing is added for soft
    radiation. Without a visible electron it is the background of a single photon at high recoil mass, with one that of
    a photon and a track, with two that of dark photons that decay to electrons. Events may carry weights above 1.

    Parameters
    ----------
    minimum_energy, maximum_energy
        Smallest and largest energy of the photon, GeV, CM frame: parts of a sample that are made apart.
    minimum_angle, maximum_angle
        Limits of the photon's polar angle, degrees, CM frame.
    forward_angle, backward_angle, electron_energy
        An electron is visible between these polar angles (degrees) and above this energy (GeV), CM frame.
    visible_electrons
        How many of both are: 0, 1 or 2.
    """

    minimum_energy: float = 0.5
    minimum_angle: float = 30.0
    maximum_angle: float = 150.0
    forward_angle: float = 18.0
    backward_angle: float = 165.0
    electron_energy: float = 0.0
    visible_electrons: int = 0
    maximum_energy: float = np.inf
    name: str = "radiative_bhabha"

    def __post_init__(self) -> None:
        check_photon(self.minimum_energy, self.minimum_angle, self.maximum_angle)
        if self.maximum_energy <= self.minimum_energy:
            raise ProcessError(f"maximum_energy must lie above minimum_energy, got {self.maximum_energy} GeV")
        if not 0.0 < self.forward_angle <= 90.0 <= self.backward_angle < 180.0:
            raise ProcessError(
                f"forward_angle and backward_angle must enclose 90 degrees, got {self.forward_angle} and "
                f"{self.backward_angle}"
            )

        if self.visible_electrons not in (0, 1, 2):
            raise ProcessError(f"visible_electrons must be 0, 1 or 2, got {self.visible_electrons}")

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
        check_reach(self.minimum_energy, sqrt_s)
        momenta, volume = self.draw(sqrt_s, number, generator, LOST_SHARES[int(self.visible_electrons)])
        return (momenta,), self.weights(sqrt_s, momenta, volume)

    def weights(self, sqrt_s: float, momenta: Floats, volume: Floats) -> Floats:
        """Return weights (nb) of momenta (n, 3, 4) that stand for phase-space volumes; 0 outside the corner."""
        squares = partial(electron_pair_and_photon_squares, electron_mass=ELECTRON_MASS)
        return tree_weights(sqrt_s, momenta, volume, self._accepted(momenta), squares)

    def draw(self, sqrt_s: float, number: int, generator: np.random.Generator, share: float) -> tuple[Floats, Floats]:
        """Return momenta and the phase-space volumes that they stand for.

        A share of them follows the poles of lost electrons, the rest those of visible ones; each event's volume is
        that of the mixture.
        """
        lost = generator.binomial(number, share)
        angles = np.radians(self.minimum_angle), np.radians(self.maximum_angle)
        smallest = self.minimum_energy
        nearest = np.radians(min(self.forward_angle, 180.0 - self.backward_angle))
        momenta = np.concatenate(
            [
                draw_lost_electrons(sqrt_s, smallest, angles, lost, generator),
                draw_visible_electrons(sqrt_s, smallest, nearest, number - lost, generator),
            ]
        )[generator.permutation(number)]
        density = (1.0 - share) * density_of_visible_electrons(momenta, sqrt_s, smallest, nearest)
        if share:
            density += share * density_of_lost_electrons(momenta, sqrt_s, smallest, angles)
        return momenta, np.where(density > 0.0, 1.0 / np.maximum(density, 1e-300), 0.0)

    def _accepted(self, momenta: Floats) -> NDArray[np.bool_]:
        angle = polar_angles(momenta)
        photon = (angle[:, 2] > self.minimum_angle) & (angle[:, 2] < self.maximum_angle)
        seen = (angle[:, :2] > self.forward_angle) & (angle[:, :2] < self.backward_angle)
        seen &= momenta[:, :2, 0] > self.electron_energy
        hard = (momenta[:, 2, 0] > self.minimum_energy) & (momenta[:, 2, 0] <= self.maximum_energy)
        return np.asarray(photon & hard & (seen.sum(axis=1) == self.visible_electrons), dtype=np.bool_)
