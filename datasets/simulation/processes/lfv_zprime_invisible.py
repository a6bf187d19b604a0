"""e+e- -> e mu Z' by a vertex that turns one flavour into the other: annihilation and scattering."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..amplitudes.dark_vector import electron_muon_and_vector_squares
from ..constants import ALPHA, ELECTRON, ELECTRON_MASS, MUON, MUON_MASS, NANOBARN, ZPRIME
from ..phase_space.boosts import Floats, around, boost_from_rest, boost_to_rest, direction, massive
from ..phase_space.two_body import beams_of, breakup_momentum
from .event_record import EventRecord
from .process import ProcessError
from .signal import Columns, Signal
from .unweighting import Proposals


@dataclass(frozen=True)
class LfvZprimeInvisible(Signal):
    """An electron, a muon of the other charge and an invisible Z' of coupling 1; slots are e, mu, Z'.

    The Z' couples to (ebar gamma mu + mubar gamma e) with g' = 1. Both charges are generated, half each. The electron
    lies at an angle to the beams; beyond, scattering off a nearly real photon makes the cross section grow.

    Parameters
    ----------
    mass
        Mass of the Z', GeV.
    minimum_angle, minimum_energy
        Smallest angle of the electron to either beam, degrees, and its energy, GeV, where the beams have equal momenta.
    isr
        Whether the beams radiate.
    """

    mass: float
    minimum_angle: float = 12.0
    minimum_energy: float = 0.05
    isr: bool = True
    name: str = "lfv_zprime_invisible"

    def __post_init__(self) -> None:
        if self.mass <= 0.0:
            raise ProcessError(f"mass must be positive, got {self.mass} GeV")
        if self.minimum_energy < 0.01:
            raise ProcessError(f"minimum_energy must be 0.01 GeV or more, got {self.minimum_energy} GeV")
        if not 0.0 < self.minimum_angle < 90.0:
            raise ProcessError(f"minimum_angle must lie between 0 and 90 degrees, got {self.minimum_angle}")

    @property
    def threshold(self) -> float:
        """Energy (GeV) that an electron of the smallest energy and a Z' and a muon at rest to each other need."""
        return float(self.minimum_energy + np.hypot(self.minimum_energy, self.mass + MUON_MASS)) + 0.01

    def propose(self, energies: Floats, generator: np.random.Generator) -> Proposals:
        """Draw e-, mu+ and Z' at (n,) energies in GeV."""
        momenta, volume = self._draw(energies, generator)
        event = np.concatenate([beams_of(energies, ELECTRON_MASS), momenta], axis=1)
        squares = electron_muon_and_vector_squares(event, (ELECTRON_MASS, MUON_MASS, self.mass))
        # Twice: e+ mu- as often as e- mu+.
        couplings = 2.0 * (4.0 * np.pi * ALPHA) ** 2 * NANOBARN
        return (momenta,), couplings * squares * volume / (2.0 * energies**2)

    def record(self, energies: Floats, columns: Columns, generator: np.random.Generator) -> EventRecord:  # noqa: ARG002
        """Add the leptons and the Z', charges exchanged in half of the events."""
        (momenta,) = columns
        exchanged = generator.random(len(momenta)) < 0.5
        # Exchanging particles and antiparticles, beams included, then half a turn about x puts the electron on +z.
        turned = np.where(exchanged[:, np.newaxis, np.newaxis], momenta * np.array([1.0, 1.0, -1.0, -1.0]), momenta)
        sign = np.where(exchanged, np.int32(-1), np.int32(1))
        record = EventRecord()
        record.add(sign * np.int32(ELECTRON), turned[:, 0])
        record.add(-sign * np.int32(MUON), turned[:, 1])
        record.add(ZPRIME, turned[:, 2])
        return record

    def _draw(self, energies: Floats, generator: np.random.Generator) -> tuple[Floats, Floats]:
        """Return (n, 3, 4) momenta and their phase-space volumes: the electron, then muon and Z' in their frame."""
        number = len(energies)
        low, high = self.mass + MUON_MASS, np.sqrt(energies * (energies - 2.0 * self.minimum_energy))
        # The mass M of muon and Z': half even in ln M^2, half in ln(1 - M^2/s), the electron's energy.
        soft = generator.random(number) < 0.5
        u = generator.random(number)
        spans = 2.0 * np.log(high / low), np.log1p(-((low / energies) ** 2)) - np.log1p(-((high / energies) ** 2))
        square = np.where(
            soft,
            high**2 * np.exp(-spans[0] * u),
            -(energies**2) * np.expm1(np.log1p(-((low / energies) ** 2)) - spans[1] * u),
        )
        square = np.clip(square, low**2 * (1.0 + 1e-12), high**2 * (1.0 - 1e-15))
        density = 0.5 / (spans[0] * square) + 0.5 / (spans[1] * (energies**2 - square))
        system_mass = np.sqrt(square)
        cosine, angular = _forward_cosine(number, float(np.cos(np.radians(self.minimum_angle))), generator)
        momentum = breakup_momentum(energies, ELECTRON_MASS, system_mass)
        unit = direction(cosine, 2.0 * np.pi * generator.random(number))
        electron = massive(momentum[:, np.newaxis] * unit, ELECTRON_MASS)
        system = -electron
        system[:, 0] += energies
        positron = boost_to_rest(beams_of(energies, ELECTRON_MASS)[:, 1], system)
        axis = positron[:, 1:] / np.linalg.norm(positron[:, 1:], axis=1, keepdims=True)
        inner = breakup_momentum(system_mass, MUON_MASS, self.mass)
        # Where the muon's propagator (p_e+ - k)^2 - m_mu^2 would vanish, beyond the muon straight back.
        pole = np.hypot(inner, self.mass) - (self.mass**2 - MUON_MASS**2) / (2.0 * positron[:, 0])
        inner_cosine, inner_angular = _backward_cosine(np.maximum(pole / inner - 1.0, 1e-9), generator)
        muon_unit = around(axis, inner_cosine, 2.0 * np.pi * generator.random(number))
        muon = boost_from_rest(massive(inner[:, np.newaxis] * muon_unit, MUON_MASS), system)
        # dM^2/(2 pi) times |p| dOmega/(16 pi^2 M) twice, azimuths integrated.
        element = momentum / (8.0 * np.pi * energies) * inner / (8.0 * np.pi * system_mass) / (2.0 * np.pi)
        return np.stack([electron, muon, system - muon], axis=1), element / (density * angular * inner_angular)


def _forward_cosine(number: int, limit: float, generator: np.random.Generator) -> tuple[Floats, Floats]:
    """Draw cosines within +-limit: even, or as 1/(1 - cos) or its square, a third each; return their density too."""
    kind, u = generator.integers(0, 3, number), generator.random(number)
    near, far = 1.0 - limit, 1.0 + limit
    distance = np.select(
        [kind == 0, kind == 1],
        [near + 2.0 * limit * u, near * (far / near) ** u],
        1.0 / (1.0 / near - (1.0 / near - 1.0 / far) * u),
    )
    shapes = 1.0 / (2.0 * limit), 1.0 / (np.log(far / near) * distance), (1.0 / near - 1.0 / far) ** -1 / distance**2
    return 1.0 - distance, (shapes[0] + shapes[1] + shapes[2]) / 3.0


def _backward_cosine(beyond: Floats, generator: np.random.Generator) -> tuple[Floats, Floats]:
    """Draw cosines, even or as 1/(1 + beyond + cos), half each; return their density too."""
    number = len(beyond)
    peaked, u = generator.random(number) < 0.5, generator.random(number)
    span = np.log1p(2.0 / beyond)
    cosine = np.where(peaked, beyond * np.expm1(span * u) - 1.0, 2.0 * u - 1.0)
    cosine = np.clip(cosine, -1.0, 1.0)
    return cosine, 0.25 + 0.5 / (span * (1.0 + beyond + cosine))
