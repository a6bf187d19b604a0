"""Signals of two particles with a closed form for the cross section: the angle is drawn once an event is accepted."""

from __future__ import annotations

from abc import abstractmethod

import numpy as np
from numpy.typing import NDArray

from ..phase_space.boosts import direction
from ..phase_space.two_body import back_to_back, breakup_momentum
from .event_record import EventRecord
from .process import Integral
from .signal import Columns, Signal
from .unweighting import Proposals

Array = NDArray[np.float64]


class TwoBodySignal(Signal):
    """Two particles of fixed masses; subclasses bring cross section, angle, and what becomes of them."""

    @property
    @abstractmethod
    def masses(self) -> tuple[float, float]:
        """Masses (GeV) of both particles."""

    @abstractmethod
    def born_cross_section(self, s: Array) -> Array:
        """Return the Born cross section in nb at s in GeV^2."""

    @abstractmethod
    def draw_cosine(self, s: Array, generator: np.random.Generator) -> Array:
        """Draw cos(theta*) of the first particle at s in GeV^2."""

    @abstractmethod
    def fill(self, record: EventRecord, first: Array, second: Array, generator: np.random.Generator) -> None:
        """Add both particles, of (n, 4) momenta with the electron along +z, and their daughters."""

    @property
    def threshold(self) -> float:
        """The sum of the masses."""
        return sum(self.masses)

    def born(self, sqrt_s: float, generator: np.random.Generator, evaluations: int) -> Integral:  # noqa: ARG002
        """Return the closed form at sqrt_s in GeV; nothing is drawn."""
        section = float(self.born_cross_section(np.array(sqrt_s**2)))
        return Integral(section, 0.0, section)

    def propose(self, energies: Array, generator: np.random.Generator) -> Proposals:  # noqa: ARG002
        """Weigh each energy with its cross section."""
        return (), self.born_cross_section(energies**2)

    def record(self, energies: Array, columns: Columns, generator: np.random.Generator) -> EventRecord:  # noqa: ARG002
        """Draw both directions and what follows."""
        cosine = self.draw_cosine(energies**2, generator)
        unit = direction(cosine, 2.0 * np.pi * generator.random(len(energies)))
        momentum = breakup_momentum(energies, *self.masses)
        record = EventRecord()
        self.fill(record, *back_to_back(unit, momentum, *self.masses), generator)
        return record


def draw_polynomial(constant: Array, quadratic: Array, generator: np.random.Generator) -> Array:
    """Draw cos(theta) from constant + quadratic cos^2, both (n,), nowhere negative."""
    largest = np.maximum(constant, constant + quadratic)
    cosine = np.empty(len(constant))
    left = np.arange(len(constant))
    while len(left):
        drawn = 2.0 * generator.random(len(left)) - 1.0
        accepted = largest[left] * generator.random(len(left)) < constant[left] + quadratic[left] * drawn**2
        cosine[left[accepted]] = drawn[accepted]
        left = left[~accepted]
    return cosine
