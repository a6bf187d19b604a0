"""What the tests of signals share: events at the Y(4S)'s energy, and comparisons with closed forms."""

import numpy as np
from darkbelle.datasets.simulation.generated import GeneratedEvents
from darkbelle.datasets.simulation.processes import Integral, make_process
from numpy.typing import NDArray
from scipy.stats import chisquare

SQRT_S = 10.579
Array = NDArray[np.float64]


def made(name: str, number: int, *, sqrt_s: float = SQRT_S, **parameters: float | str) -> GeneratedEvents:
    """Generate events of a process from a stream of the parameters' own."""
    process = make_process(name, **parameters)
    integral = process.integrate(sqrt_s, np.random.default_rng(1))
    return process.generate(sqrt_s, number, integral, np.random.default_rng(2))


def integral_of(
    name: str, *, sqrt_s: float = SQRT_S, evaluations: int = 200_000, **parameters: float | str
) -> Integral:
    return make_process(name, **parameters).integrate(sqrt_s, np.random.default_rng(1), evaluations)


def cosine(momenta: Array) -> Array:
    found: Array = momenta[:, 3] / np.linalg.norm(momenta[:, 1:], axis=1)
    return found


def polynomial_probability(cosines: Array, constant: float, quadratic: float, bins: int = 20) -> float:
    """Give the chi-square probability of cosines under constant + quadratic cos^2."""
    edges = np.linspace(-1.0, 1.0, bins + 1)
    counts, _ = np.histogram(cosines, edges)
    primitive = constant * edges + quadratic * edges**3 / 3.0
    expected = np.diff(primitive) / (primitive[-1] - primitive[0]) * len(cosines)
    return float(chisquare(counts, expected).pvalue)


def helicity_cosine(daughter: Array, mother: Array) -> Array:
    """Give cos of the angle of `daughter` in the rest frame of `mother` to the mother's flight."""
    mass = np.sqrt(mother[:, 0] ** 2 - (mother[:, 1:] ** 2).sum(axis=1))
    size = np.linalg.norm(mother[:, 1:], axis=1)
    along = (daughter[:, 1:] * mother[:, 1:]).sum(axis=1) / size
    boosted = (mother[:, 0] * along - size * daughter[:, 0]) / mass
    energy = (mother[:, 0] * daughter[:, 0] - size * along) / mass
    m2 = daughter[:, 0] ** 2 - (daughter[:, 1:] ** 2).sum(axis=1)
    found: Array = boosted / np.sqrt(energy**2 - m2)
    return found
