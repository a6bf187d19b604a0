"""What signals have in common: a hard scattering at Born level, at the energy that photons of the beams leave it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from ..generated import GeneratedEvents
from ..radiation.beams import radiate_beams
from .event_record import EventRecord
from .process import Integral, ProcessError
from .unweighting import Proposals, accept, integrate_sampler

Array = NDArray[np.float64]
Columns = tuple[Array, ...]


class Signal(ABC):
    """A signal of the dark sector, with radiation of the beams or without.

    Cross sections are Born with alpha(0), at coupling 1 unless a process takes the coupling as a parameter. With
    radiation, structure functions of both beams lower the energy of the hard scattering (`radiation.beams`) and their
    photons join the event; `Integral.cross_section` is then that with radiation, `Integral.born` that without.

    Attributes
    ----------
    name
        As `make_process` knows it.
    isr
        Whether the beams radiate.
    """

    name: str
    isr: bool

    @property
    @abstractmethod
    def threshold(self) -> float:
        """Smallest energy (GeV) of a hard scattering that is generated."""

    @abstractmethod
    def propose(self, energies: Array, generator: np.random.Generator) -> Proposals:
        """Draw hard scatterings at (n,) energies in GeV: columns of them, and weights in nb whose mean is Born's."""

    @abstractmethod
    def record(self, energies: Array, columns: Columns, generator: np.random.Generator) -> EventRecord:
        """Make the particles of accepted scatterings, in their rest frame with the electron along +z."""

    def born(self, sqrt_s: float, generator: np.random.Generator, evaluations: int) -> Integral:
        """Return the Born cross section (nb) at sqrt_s in GeV, by integration unless a process knows better."""
        return integrate_sampler(lambda n, rng: self.propose(np.full(n, sqrt_s), rng), generator, evaluations)

    def check(self, sqrt_s: float) -> None:
        """Refuse energies (GeV) at which nothing can be made; ProcessError says what was needed."""
        if sqrt_s <= self.threshold:
            mass = getattr(self, "mass", None)
            what = f"mass {mass} GeV is" if mass is not None else "it is"
            raise ProcessError(f"{what} beyond sqrt(s) = {sqrt_s:.3f} GeV: {self.name} needs {self.threshold:.4g} GeV")

    def integrate(self, sqrt_s: float, generator: np.random.Generator, evaluations: int = 50_000) -> Integral:
        """Return cross section (nb, radiation included), maximum weight and Born cross section at sqrt_s in GeV."""
        self.check(sqrt_s)
        born = self.born(sqrt_s, generator, evaluations)
        if not self.isr:
            return replace(born, born=born.cross_section)
        found = integrate_sampler(lambda n, rng: self._radiating(sqrt_s, n, rng), generator, evaluations)
        return replace(found, born=born.cross_section)

    def generate(
        self, sqrt_s: float, number: int, integral: Integral, generator: np.random.Generator
    ) -> GeneratedEvents:
        """Return exactly `number` events at sqrt_s in GeV."""
        self.check(sqrt_s)
        if not self.isr:
            columns, weights = accept(
                lambda n, rng: self.propose(np.full(n, sqrt_s), rng), number, integral.maximum_weight, generator
            )
            return self.record(np.full(number, sqrt_s), columns, generator).events(weights)
        (energies, system, axes, photons, *hard), weights = accept(
            lambda n, rng: self._radiating(sqrt_s, n, rng), number, integral.maximum_weight, generator
        )
        record = self.record(energies, tuple(hard), generator)
        record.move(axes, system)
        record.add_radiation(photons)
        return record.events(weights)

    def _radiating(self, sqrt_s: float, number: int, generator: np.random.Generator) -> Proposals:
        beams = radiate_beams(sqrt_s, max(self.threshold, 1e-3) ** 2, number, generator)
        energies = np.sqrt(beams.squares)
        columns, weights = self.propose(energies, generator)
        radiation = energies, beams.system, beams.axes(sqrt_s), beams.photons.swapaxes(0, 1)
        return (*radiation, *columns), weights * beams.weights
