"""The contract that every event generator of the package fulfils."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from ...errors import UsageError
from ..generated import GeneratedEvents


class ProcessError(UsageError, ValueError):
    """A process was asked for by a wrong name or with a parameter that makes no sense."""


@dataclass(frozen=True)
class Integral:
    """What the warm-up integration of a process found.

    Attributes
    ----------
    cross_section
        Cross section of what `Process.generate` generates, generator-level cuts included, in nb.
    error
        Its statistical error, in nb.
    maximum_weight
        The weight against which events are accepted or rejected, in nb.
    born
        Of a signal: its cross section without radiation of the beams, in nb, which `cross_section` includes.
    """

    cross_section: float
    error: float
    maximum_weight: float
    born: float | None = None


class Process(Protocol):
    """An event generator for one process.

    Integration and generation are separate, and joined by a small `Integral` only, so that one worker integrates and
    all of them generate.
    """

    @property
    def name(self) -> str:
        """The process's name, as `make_process` knows it."""

    def integrate(self, sqrt_s: float, generator: np.random.Generator, evaluations: int = ...) -> Integral:
        """Return cross section and maximum weight at a centre-of-mass energy in GeV."""

    def generate(
        self, sqrt_s: float, number: int, integral: Integral, generator: np.random.Generator
    ) -> GeneratedEvents:
        """Return exactly `number` events at a centre-of-mass energy in GeV."""
