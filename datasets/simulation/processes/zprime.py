"""e+e- -> mu+mu- Z', the Z' radiated by either muon: tree amplitude, peaks drawn exactly."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass

import numpy as np

from ..amplitudes.kernels import lepton_pair_and_vector_squares
from ..constants import ALPHA, ELECTRON_MASS, MUON, MUON_MASS, NANOBARN, TAU_MASS
from ..phase_space.boosts import Floats, around, massive
from ..phase_space.two_body import beams_of
from .event_record import EventRecord
from .process import ProcessError
from .signal import Columns, Signal
from .unweighting import Proposals


@dataclass(frozen=True)
class Zprime(Signal):
    """Muon pairs with a narrow Z' of coupling 1 to muons; subclasses say what it decays to.

    Parameters
    ----------
    mass
        Mass of the Z', GeV.
    isr
        Whether the beams radiate.
    """

    mass: float
    isr: bool = True
    name: str = "zprime"

    def __post_init__(self) -> None:
        if self.mass <= 0.0:
            raise ProcessError(f"mass must be positive, got {self.mass} GeV")

    @property
    def threshold(self) -> float:
        """A hundredth of a GeV above Z' and two muons."""
        return self.mass + 2.0 * MUON_MASS + 0.01

    @property
    def branching(self) -> float:
        """Fraction of the Z' that decay so; the cross section includes it."""
        return 1.0

    def propose(self, energies: Floats, generator: np.random.Generator) -> Proposals:
        """Draw mu-, mu+ and Z' at (n,) energies in GeV."""
        leptons, volume = _muon_energies(energies, self.mass, generator)
        momenta, density = _oriented(energies, self.mass, leptons, generator)
        event = np.concatenate([beams_of(energies, ELECTRON_MASS), momenta], axis=1)
        squares = lepton_pair_and_vector_squares(event, ELECTRON_MASS, MUON_MASS, self.mass)
        couplings = (4.0 * np.pi * ALPHA) ** 2 * self.branching * NANOBARN
        return (momenta,), couplings * squares * volume / density / (2.0 * energies**2)

    def record(self, energies: Floats, columns: Columns, generator: np.random.Generator) -> EventRecord:
        """Add the muons, the Z' and what it decays to."""
        (momenta,) = columns
        record = EventRecord()
        record.add(MUON, momenta[:, 0])
        record.add(-MUON, momenta[:, 1])
        self.decay(record, energies, momenta, generator)
        return record

    @abstractmethod
    def decay(self, record: EventRecord, energies: Floats, momenta: Floats, generator: np.random.Generator) -> None:
        """Add the Z' of (n, 3, 4) momenta mu-, mu+, Z' from beams along z of (n,) total energies, and its daughters."""


def lepton_width(mass: float, lepton_mass: float) -> float:
    """Return Gamma(Z' -> l+l-) in GeV at g' = 1: (m/12 pi) (1 + 2r) sqrt(1 - 4r), r = m_l^2/m^2."""
    r = (lepton_mass / mass) ** 2
    return mass / (12.0 * float(np.pi)) * (1.0 + 2.0 * r) * float(np.sqrt(max(1.0 - 4.0 * r, 0.0)))


def neutrino_width(mass: float) -> float:
    """Return Gamma(Z' -> nu nubar) in GeV at g' = 1 of one left-handed flavour, m/(24 pi)."""
    return mass / (24.0 * float(np.pi))


def branching_fractions(mass: float) -> dict[str, float]:
    """Return the fractions to "mumu", "tautau" and "nunu" (two flavours) of a Z' of L_mu - L_tau of a mass in GeV."""
    widths = {
        "mumu": lepton_width(mass, MUON_MASS),
        "tautau": lepton_width(mass, TAU_MASS),
        "nunu": 2.0 * neutrino_width(mass),
    }
    return {name: width / sum(widths.values()) for name, width in widths.items()}


def _muon_energies(sqrt_s: Floats, mass: float, generator: np.random.Generator) -> tuple[Floats, Floats]:
    """Draw the energies (2, n) of mu- and mu+; return the phase-space volume of each draw beside them.

    The propagators are a = (p+ + k)^2 - m^2 = s - 2 sqrt(s) E- and b likewise. With t = a + b = 2 sqrt(s) E_V and
    y = (a - b)/t the amplitude's 1/(a b) is flat in ln t and artanh y; |y| is at most (p_V/E_V) times the muons'
    velocity in their own frame. The volume element is da db/(128 pi^3 s), the three angles integrated.
    """
    s, number = sqrt_s**2, len(sqrt_s)
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


def _oriented(sqrt_s: Floats, mass: float, energies: Floats, generator: np.random.Generator) -> tuple[Floats, Floats]:
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
