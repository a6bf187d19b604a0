"""Many linear models at once: the closed form of one coefficient, and a general minimiser for several."""

import numpy as np
import pytest
from darkbelle.limits.histfactory import Array
from darkbelle.limits.linear_fit import fit_linear, stack
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import minimize


def twice_nll(basis: Array, counts: Array, fixed: Array, factors: Array) -> float:
    rate = factors @ basis + fixed
    return float(2 * (rate - counts * np.log(rate)).sum())


@given(st.lists(st.integers(0, 50), min_size=3, max_size=8), st.floats(0.5, 20.0))
def test_one_coefficient_is_the_ratio_of_sums(counts: list[int], size: float) -> None:
    data = np.array([counts], dtype=float)
    basis = np.full((1, 1, len(counts)), size)
    found, _ = fit_linear(basis, data, np.zeros_like(data), np.zeros(1))
    # d/da sum (a b - n ln a b) = 0 at a = sum n/sum b.
    # Steps end where less than 1e-9 of -2 ln L is to be won: within 3e-5 of the standard deviation, sqrt(sum n)/sum b.
    deviation = max(sum(counts), 1) ** 0.5 / (size * len(counts))
    assert found[0, 0] == pytest.approx(sum(counts) / (size * len(counts)), rel=1e-12, abs=1e-4 * deviation)


def test_a_coefficient_that_would_be_negative_stays_on_its_bound() -> None:
    basis = np.array([[[1.0, 2.0, 3.0]]])
    counts, fixed = np.array([[1.0, 2.0, 3.0]]), np.array([[5.0, 5.0, 5.0]])
    bounded, worse = fit_linear(basis, counts, fixed, np.zeros(1))
    free, better = fit_linear(basis, counts, fixed, np.full(1, -np.inf))
    assert bounded[0, 0] == 0.0
    assert free[0, 0] < 0.0
    assert better[0] < worse[0]


def test_several_problems_of_different_lengths_are_those_of_a_general_minimiser() -> None:
    random = np.random.default_rng(3)
    bases = [random.uniform(0.5, 5.0, (2, bins)) for bins in (6, 9)]
    fixed = [random.uniform(0.0, 3.0, bins) for bins in (6, 9)]
    counts = [random.poisson(np.array([2.0, 3.0]) @ basis + rest) for basis, rest in zip(bases, fixed, strict=True)]
    data = [each.astype(float) for each in counts]
    found, values = fit_linear(stack(bases), stack(data), stack(fixed), np.zeros(2))
    for number, (basis, seen, rest) in enumerate(zip(bases, data, fixed, strict=True)):
        best = minimize(
            lambda factors, basis=basis, seen=seen, rest=rest: twice_nll(basis, seen, rest, factors),
            np.ones(2),
            bounds=[(0.0, None)] * 2,
            method="L-BFGS-B",
            options={"ftol": 1e-14, "gtol": 1e-9},
        )
        assert found[number] == pytest.approx(best.x, rel=1e-3)
        assert values[number] == pytest.approx(best.fun, abs=1e-6)
