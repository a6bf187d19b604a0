"""e+e- -> e+e-(gamma) at large angles: lowest order with running couplings, photons from beams and electrons."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..constants import ALPHA, ELECTRON, ELECTRON_MASS, NANOBARN
from ..generated import GeneratedEvents
from ..phase_space.boosts import around, boost_from_rest, polar_angles
from ..radiation.beams import radiate_beams
from ..radiation.final_state import sample_photon_share
from ..radiation.running_coupling import vacuum_polarisation_factor
from .event_record import EventRecord
from .fermion_pair import radiating_pair
from .process import Integral, ProcessError
from .unweighting import Proposals, accept, integrate_sampler

Array = NDArray[np.float64]

QUANTILE = 0.95
SMALLEST_ANGLE = np.radians(4.0)
"""In the rest frame of both electrons; radiation does not take a visible electron's partner closer to the beams."""

SMALLEST_SHARE = 0.01
"""Of s that is left after radiation; less gives no two electrons of 0.15 GeV."""


@dataclass(frozen=True)
class Bhabha:
    """Electron pairs with one or two visible electrons; slots are e-, e+, photons of electron, positron and the pair.

    Structure functions for both beams with photons at finite angles, one exponentiated photon of the pair, their
    interference left out. A photon that is visible belongs to `RadiativeBhabha`, which has the exact amplitude for it:
    such events are left out where `photon_energy` is given.

    Parameters
    ----------
    forward_angle, backward_angle, minimum_energy
        An electron is visible between these polar angles (degrees) and above this energy (GeV), CM frame.
    visible_electrons
        How many of both are: 1 or 2.
    hardest_energy
        At least one visible electron is above this energy (GeV, CM frame): soft ones behind hard radiation are many.
    photon_energy, photon_angle
        No photon above this energy (GeV) lies this far (degrees, CM frame) from either beam; 0 for no such condition.
    """

    forward_angle: float = 10.0
    backward_angle: float = 170.0
    minimum_energy: float = 0.15
    visible_electrons: int = 2
    hardest_energy: float = 0.0
    photon_energy: float = 0.0
    photon_angle: float = 15.0
    name: str = "bhabha"

    def __post_init__(self) -> None:
        if not 10.0 <= self.forward_angle <= 90.0 <= self.backward_angle <= 170.0:
            raise ProcessError(
                "forward_angle and backward_angle must lie between 10 and 170 degrees and enclose 90, got "
                f"{self.forward_angle} and {self.backward_angle}"
            )
        if self.visible_electrons not in (1, 2):
            raise ProcessError(f"visible_electrons must be 1 or 2, got {self.visible_electrons}")

    def integrate(self, sqrt_s: float, generator: np.random.Generator, evaluations: int = 400_000) -> Integral:
        """Return cross section (nb, cuts included) and maximum weight at sqrt_s in GeV."""
        return integrate_sampler(lambda n, rng: self.propose(sqrt_s, n, rng), generator, evaluations, QUANTILE)

    def generate(
        self, sqrt_s: float, number: int, integral: Integral, generator: np.random.Generator
    ) -> GeneratedEvents:
        """Return exactly `number` events at sqrt_s in GeV."""
        (momenta,), weights = accept(
            lambda n, rng: self.propose(sqrt_s, n, rng), number, integral.maximum_weight, generator
        )
        record = EventRecord()
        record.add(ELECTRON, momenta[:, 0])
        record.add(-ELECTRON, momenta[:, 1])
        record.add_radiation(momenta[:, 2:])
        return record.events(weights)

    def propose(self, sqrt_s: float, number: int, generator: np.random.Generator) -> Proposals:
        """Return weighted events (n, 5, 4); weights in nb."""
        depth, density = self._draw_depth(generator.random(number))
        # Coherence: beams and scattered electrons radiate as one at angles beyond that of the scattering.
        beams = radiate_beams(sqrt_s, SMALLEST_SHARE * sqrt_s**2, number, generator, np.minimum(depth, 2.0 - depth))
        unit = around(beams.axes(sqrt_s), 1.0 - depth, 2.0 * np.pi * generator.random(number))
        share, final = sample_photon_share(beams.squares, ELECTRON_MASS, generator)
        pair = radiating_pair(beams.squares, ELECTRON_MASS, unit, share, generator)
        pair = boost_from_rest(pair, beams.system[:, np.newaxis])
        momenta = np.concatenate([pair[:, :2], beams.photons.swapaxes(0, 1), pair[:, 2:]], axis=1)
        weight = beams.weights * final * differential_cross_section(beams.squares, 1.0 - depth) / density
        return (momenta,), weight * self._accepted(momenta)

    def _draw_depth(self, u: Array) -> tuple[Array, Array]:
        """Draw 1 - cos from 1/(1 - cos)^2; its density comes with it."""
        nearest = SMALLEST_ANGLE if self.visible_electrons == 1 else np.radians(0.5 * self._nearest)
        low = 1.0 - np.cos(nearest)
        norm = 1.0 / low - 0.5
        depth = 1.0 / (1.0 / low - norm * u)
        return depth, 1.0 / (norm * depth**2)

    @property
    def _nearest(self) -> float:
        return min(self.forward_angle, 180.0 - self.backward_angle)

    def _accepted(self, momenta: Array) -> NDArray[np.bool_]:
        angle = polar_angles(momenta)
        energy = momenta[..., 0]
        seen = (angle > self.forward_angle) & (angle < self.backward_angle) & (energy > self.minimum_energy)
        accepted = seen[:, :2].sum(axis=1) == self.visible_electrons
        accepted &= (seen & (energy > self.hardest_energy))[:, :2].any(axis=1)
        if self.photon_energy > 0.0:
            wide = (angle > self.photon_angle) & (angle < 180.0 - self.photon_angle)
            accepted &= ~(wide & (energy > self.photon_energy))[:, 2:].any(axis=1)
        return np.asarray(accepted, dtype=np.bool_)


def differential_cross_section(s: Array, cosine: Array) -> Array:
    """Return dsigma/dcos(theta) of e+e- -> e+e- in nb at s in GeV^2: lowest order, massless, alpha(s) and alpha(t)."""
    t, u = -0.5 * s * (1.0 - cosine), -0.5 * s * (1.0 + cosine)
    annihilation, exchange = (np.sqrt(vacuum_polarisation_factor(each)) for each in (s, t))
    squares = exchange**2 * (s**2 + u**2) / t**2 + annihilation**2 * (u**2 + t**2) / s**2
    section: Array = np.pi * ALPHA**2 / s * (squares + 2.0 * annihilation * exchange * u**2 / (s * t)) * NANOBARN
    return section
