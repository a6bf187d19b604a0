"""e+e- -> mu+mu- Z', the Z' radiated by either muon and leaving nothing: tree amplitude, peaks drawn exactly."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..amplitudes.kernels import lepton_pair_and_vector_squares
from ..constants import ALPHA, ELECTRON_MASS, MUON, MUON_MASS, NANOBARN, ZPRIME
from ..generated import GeneratedEvents, prompt_events
from ..phase_space.boosts import Floats, around, massive
from ..phase_space.two_body import beams
from .process import Integral, ProcessError
from .unweighting import Proposals, accept, integrate_sampler

SLOTS = np.array([MUON, -MUON, ZPRIME], dtype=np.int32)


@dataclass(frozen=True)
class ZprimeInvisible:
    """Muon pairs with a narrow Z' of coupling 1 to muons; slots are mu-, mu+, Z'.

    Born level, alpha(0), no initial-state radiation. The cross section, at g' = 1, is that of the production: times
    g'^2 and the branching fraction to what is not seen.

    Parameters
    ----------
    mass
        Mass of the Z', GeV.
    """

    mass: float
    name: str = "zprime_invisible"

    def __post_init__(self) -> None:
        if self.mass <= 0.0:
            raise ProcessError(f"mass must be positive, got {self.mass} GeV")

    def integrate(self, sqrt_s: float, generator: np.random.Generator, evaluations: int = 200_000) -> Integral:
        """Return cross section (nb at g' = 1) and maximum weight at sqrt_s in GeV."""
        return integrate_sampler(lambda n, rng: self._propose(sqrt_s, n, rng), generator, evaluations)

    def generate(
        self, sqrt_s: float, number: int, integral: Integral, generator: np.random.Generator
    ) -> GeneratedEvents:
        """Return exactly `number` events at sqrt_s in GeV."""
        (momenta,), weights = accept(
            lambda n, rng: self._propose(sqrt_s, n, rng), number, integral.maximum_weight, generator
        )
        return prompt_events(np.tile(SLOTS, (number, 1)), momenta, weights)

    def _propose(self, sqrt_s: float, number: int, generator: np.random.Generator) -> Proposals:
        if self.mass + 2.0 * MUON_MASS >= sqrt_s:
            raise ProcessError(f"mass {self.mass} GeV and two muons are beyond sqrt(s) = {sqrt_s:.3f} GeV")
        s = sqrt_s**2
        energies, volume = _muon_energies(sqrt_s, self.mass, number, generator)
        momenta, density = _oriented(sqrt_s, self.mass, energies, generator)
        both_beams = np.broadcast_to(beams(sqrt_s, ELECTRON_MASS), (number, 2, 4))
        squares = lepton_pair_and_vector_squares(
            np.concatenate([both_beams, momenta], axis=1), ELECTRON_MASS, MUON_MASS, self.mass
        )
        couplings = (4.0 * np.pi * ALPHA) ** 2
        return (momenta,), couplings * squares * volume / density / (2.0 * s) * NANOBARN


def _muon_energies(sqrt_s: float, mass: float, number: int, generator: np.random.Generator) -> tuple[Floats, Floats]:
    """Draw the energies (2, n) of mu- and mu+; return the phase-space volume of each draw beside them.

    The propagators are a = (p+ + k)^2 - m^2 = s - 2 sqrt(s) E- and b likewise. With t = a + b = 2 sqrt(s) E_V and
    y = (a - b)/t the amplitude's 1/(a b) is flat in ln t and artanh y; |y| is at most (p_V/E_V) times the muons'
    velocity in their own frame. The volume element is da db/(128 pi^3 s), the three angles integrated.
    """
    s = sqrt_s**2
    span = np.log((s + mass**2 - 4.0 * MUON_MASS**2) / (2.0 * sqrt_s * mass))
    total = 2.0 * sqrt_s * mass * np.exp(span * generator.random(number))
    velocity = np.sqrt(1.0 - np.minimum(2.0 * sqrt_s * mass / total, 1.0) ** 2)
    pair_square = s + mass**2 - total
    limit = np.arctanh(velocity * np.sqrt(np.maximum(1.0 - 4.0 * MUON_MASS**2 / pair_square, 0.0)))
    tilt = np.tanh(limit * (2.0 * generator.random(number) - 1.0))
    propagators = 0.5 * total * np.stack([1.0 + tilt, 1.0 - tilt])
    # da db = t dt dy/2 = t^2 (1 - y^2) dln t dartanh y/2
    volume = total**2 * (1.0 - tilt**2) * span * limit / (128.0 * np.pi**3 * s)
    return (s - propagators) / (2.0 * sqrt_s), volume


def _oriented(sqrt_s: float, mass: float, energies: Floats, generator: np.random.Generator) -> tuple[Floats, Floats]:
    """Turn the three momenta in space; return them (n, 3, 4) and the density of the orientation, 1 when even.

    One of the muons follows 1 + cos^2 about the beams, either with a probability proportional to its squared
    momentum, as in the massless amplitude.
    """
    number = energies.shape[1]
    squares = np.maximum(energies**2 - MUON_MASS**2, 1e-12)
    sizes = np.sqrt(squares)
    vector_square = (sqrt_s - energies.sum(axis=0)) ** 2 - mass**2
    opening = np.clip((vector_square - squares.sum(axis=0)) / (2.0 * sizes.prod(axis=0)), -1.0, 1.0)
    leads = generator.random(number) * squares.sum(axis=0) < squares[0]
    flat, value = generator.random(number) < 0.75, 2.0 * generator.random(number) - 1.0
    cosine = np.where(flat, value, np.cbrt(value))
    azimuth, turn = 2.0 * np.pi * generator.random((2, number))
    axis = around(np.tile([0.0, 0.0, 1.0], (number, 1)), cosine, azimuth)
    partner = around(axis, opening, turn)
    directions = np.where(leads[:, np.newaxis], np.stack([axis, partner]), np.stack([partner, axis]))
    shapes = 0.75 * (1.0 + directions[..., 2] ** 2)
    density = (squares * shapes).sum(axis=0) / squares.sum(axis=0)
    muons = massive(directions * sizes[..., np.newaxis], MUON_MASS)
    vector = massive(-muons[..., 1:].sum(axis=0), mass)
    return np.stack([muons[0], muons[1], vector], axis=1), density
