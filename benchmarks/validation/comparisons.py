"""What is compared: cross sections as rows, spectra as histograms beside an expectation."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from darkbelle.datasets.experiment import load_experiment
from darkbelle.datasets.simulation.generated import GeneratedEvents
from darkbelle.datasets.simulation.processes import Integral, make_process
from numpy.typing import NDArray
from scipy.stats import chi2

SQRT_S = 10.579
S = SQRT_S**2
NANOBARN = 0.3893793721e6
ALPHA = 1.0 / 137.035999
Array = NDArray[np.float64]


@dataclass(frozen=True)
class Row:
    """A cross section: what was reached, with its statistical error, beside a reference, all in `unit`."""

    process: str
    selection: str
    reached: float
    error: float
    reference: float
    source: str
    tolerance: float
    remark: str = ""
    unit: str = "nb"

    @property
    def ratio(self) -> float:
        """Reached over reference."""
        return self.reached / self.reference

    @property
    def agrees(self) -> bool:
        """Whether the ratio is 1 within the tolerance and two statistical errors."""
        return abs(self.reached - self.reference) < self.tolerance * self.reference + 2.0 * self.error


@dataclass(frozen=True)
class Spectrum:
    """A generated histogram (weights in bins, their variances) beside an independent expectation of the same area."""

    name: str
    title: str
    label: str
    edges: Array
    counts: Array
    variances: Array
    expected: Array
    expected_variances: Array
    source: str
    logarithmic: bool = False

    @property
    def probability(self) -> float:
        """Chi-square probability of generated and expected bins, their sum being common."""
        variances = self.variances + self.expected_variances
        used = (variances > 0.0) & (self.expected > 0.0)
        pulls = (self.counts - self.expected)[used] ** 2 / variances[used]
        return float(chi2.sf(pulls.sum(), max(used.sum() - 1, 1)))

    @property
    def largest_deviation(self) -> float:
        """Largest relative difference in bins known to 3 % or better."""
        errors = np.sqrt(self.variances + self.expected_variances)
        known = (self.expected > 0.0) & (errors < 0.03 * self.expected)
        if not known.any():
            return float("nan")
        return float(np.abs(self.counts[known] / self.expected[known] - 1.0).max())


def generated(
    name: str, number: int, sqrt_s: float = SQRT_S, **parameters: float | str
) -> tuple[GeneratedEvents, Integral]:
    """Generate events of a process, and what its integration found."""
    process = make_process(name, **parameters)
    integral = process.integrate(sqrt_s, np.random.default_rng(1))
    return process.generate(sqrt_s, number, integral, np.random.default_rng(2)), integral


def spectrum(
    name: str,
    title: str,
    label: str,
    values: Array,
    weights: Array,
    edges: Array,
    expected: Array,
    source: str,
    expected_variances: Array | None = None,
    *,
    logarithmic: bool = False,
) -> Spectrum:
    """Fill a histogram, and scale the expectation (any units, with variances) to its area."""
    counts, _ = np.histogram(values, edges, weights=weights)
    variances, _ = np.histogram(values, edges, weights=weights**2)
    scale = counts.sum() / expected.sum()
    spread = np.zeros_like(expected) if expected_variances is None else expected_variances * scale**2
    return Spectrum(
        name, title, label, edges, counts, variances, expected * scale, spread, source, logarithmic=logarithmic
    )


def weighted(values: Array, weights: Array, edges: Array) -> tuple[Array, Array]:
    """Give sums of weights and of their squares in bins."""
    return np.histogram(values, edges, weights=weights)[0], np.histogram(values, edges, weights=weights**2)[0]


def laboratory(momenta: Array) -> tuple[Array, Array]:
    """Give momentum (GeV) and polar angle (degrees) in Belle II's laboratory of (..., 4) CM momenta."""
    moved = momenta @ load_experiment("belle2").beams().to_laboratory.T
    size = np.linalg.norm(moved[..., 1:], axis=-1)
    return size, np.degrees(np.arccos(np.clip(moved[..., 3] / np.maximum(size, 1e-12), -1.0, 1.0)))


def cosine(momenta: Array) -> Array:
    """Give cos(theta*)."""
    return np.asarray(momenta[..., 3] / np.maximum(np.linalg.norm(momenta[..., 1:], axis=-1), 1e-300))


def share(events: GeneratedEvents, integral: Integral, mask: NDArray[np.bool_]) -> tuple[float, float]:
    """Give the cross section of some of the events in nb, and its error."""
    total = events.weights.sum()
    found = float((events.weights * mask).sum() / total)
    error = float(np.sqrt((events.weights**2 * mask).sum()) / total)
    return found * integral.cross_section, error * integral.cross_section
