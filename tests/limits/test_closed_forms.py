"""Limits against formulae that are known exactly."""

import numpy as np
import pytest
from darkbelle.limits.counting import classical_limit, count_limit
from darkbelle.limits.engine import Request, examine
from darkbelle.limits.histfactory import Array, Channel, HistFactory, Modifier, ParameterSettings, Sample
from darkbelle.limits.intervals import Interval, Method
from darkbelle.limits.posterior import credible_limit
from darkbelle.limits.stacking import stack
from scipy.optimize import brentq
from scipy.stats import norm, poisson

ONE = np.ones(1)
COUNTS = range(21)
BACKGROUNDS = (0.0, 0.01, 0.5, 1.0, 2.0, 3.5, 5.0, 7.5, 10.0)


def counting(observed: Array, background: Array, signal: Array, *modifiers: Modifier) -> HistFactory:
    samples = (
        Sample("signal", signal, (Modifier("mu", "normfactor"),)),
        Sample("background", background, modifiers),
    )
    bounds = {"mu": ParameterSettings(bounds=((0.0, 100.0),))}
    return HistFactory("count", (Channel("bins", samples, observed),), bounds)


def limit_of(model: HistFactory, method: Method, level: float = 0.90) -> Interval:
    (found,) = examine([model], Request(level=level, method=method, automatic=False))
    assert found.status == "ok"
    return found


def poisson_limit(count: int, background: float) -> float:
    """Solve P(<= n | b + mu) = 0.1 P(<= n | b): flat-prior Bayesian, and CLs, of a known background."""
    none = poisson.cdf(count, background)
    return float(brentq(lambda mu: poisson.cdf(count, background + mu) / none - 0.1, 0, 100))


@pytest.mark.parametrize("background", BACKGROUNDS)
def test_counting_limits_are_the_poisson_closed_form(background: float) -> None:
    rate = background * ONE
    for count in COUNTS:
        exact = poisson_limit(count, background)
        assert count_limit(count, ONE, rate, 0.9, "bayes") == pytest.approx(exact, rel=1e-6)
        assert count_limit(count, ONE, rate, 0.9, "counting") == pytest.approx(exact, rel=1e-6)


@pytest.mark.parametrize(("count", "background"), [(0, 0.0), (3, 1.2), (0, 5.0), (12, 10.0), (20, 0.5)])
def test_the_engine_gives_the_poisson_closed_form(count: int, background: float) -> None:
    model = counting(count * ONE, background * ONE, ONE)
    for method in ("bayes", "counting"):
        assert limit_of(model, method).observed == pytest.approx(poisson_limit(count, background), rel=1e-5)


@pytest.mark.parametrize(("count", "background"), [(0, 0.1), (3, 1.2), (0, 5.0), (12, 10.0), (20, 1.0)])
def test_the_general_posterior_gives_it_too(count: int, background: float) -> None:
    batch = stack([counting(count * ONE, background * ONE, ONE)])
    found = credible_limit(batch, batch.observed, 0.9, seed=1).limit
    assert found == pytest.approx(poisson_limit(count, background), rel=1e-3)


def test_no_event_and_no_background_exclude_ln_10() -> None:
    assert count_limit(0, ONE, 0 * ONE, 0.9, "bayes") == pytest.approx(np.log(10), rel=1e-6)


def test_the_classical_limit_covers_exactly_and_may_be_negative() -> None:
    for count in COUNTS:
        for background in BACKGROUNDS:
            found = classical_limit(count, 1.0, background, 0.9)
            assert poisson.cdf(count, background + found) == pytest.approx(0.1, rel=1e-6)
            # CLs divides by P(<= n | b) <= 1: it never excludes more.
            assert poisson_limit(count, background) >= found - 1e-9
    assert classical_limit(0, 1.0, 5.0, 0.9) == pytest.approx(-2.7, abs=0.01)


@pytest.mark.parametrize("shift", [-1.5, 0.0, 2.0])
@pytest.mark.parametrize("method", ["bayes", "cls"])
def test_many_events_give_the_truncated_gaussian(shift: float, method: Method) -> None:
    background, sigma = 1e8, 1e4  # a signal of one standard deviation at mu = 1
    model = counting(np.array([background + shift * sigma]), background * ONE, sigma * ONE)
    found = limit_of(model, method)
    # c + s Phi^-1(1 - 0.1 Phi(c/s)) with c = shift and s = 1.
    assert found.observed == pytest.approx(shift + norm.isf(0.1 * norm.cdf(shift)), rel=1e-3)
    assert found.mu_hat == pytest.approx(shift, abs=1e-3)
    assert found.mu_error == pytest.approx(1.0, rel=1e-3)
    assert found.p0 == pytest.approx(norm.sf(shift), rel=1e-3)


@pytest.mark.parametrize("shift", [-1.0, 1.0])
def test_a_nuisance_parameter_marginalised_widens_the_gaussian(shift: float) -> None:
    events, error = 5e7 * np.ones(2), 1e4 * np.ones(2)  # in each bin; the error is common to both
    sigma = np.sqrt(1e8 + 2e4**2)
    shape = Modifier("yield", "histosys", np.array([events - error, events + error]))
    model = counting(events + shift * sigma / 2, events, sigma / 2 * np.ones(2), shape)
    exact = shift + norm.isf(0.1 * norm.cdf(shift))
    assert limit_of(model, "bayes").observed == pytest.approx(exact, rel=1e-3)


def test_the_one_sided_profile_limit_of_a_gaussian_is_its_quantile() -> None:
    model = counting(1e8 * ONE, 1e8 * ONE, 1e4 * ONE)
    assert limit_of(model, "profile").observed == pytest.approx(norm.ppf(0.9), rel=1e-3)


def test_an_uncertain_background_weakens_the_limit() -> None:
    known = counting(5 * ONE, 4 * ONE, ONE)
    uncertain = counting(5 * ONE, 4 * ONE, ONE, Modifier("yield", "normsys", np.array([0.7, 1.4])))
    for method in ("bayes", "counting", "cls"):
        assert limit_of(uncertain, method).observed > limit_of(known, method).observed


def test_levels_differ() -> None:
    model = counting(50 * ONE, 50 * ONE, ONE)
    assert limit_of(model, "cls", 0.95).observed > 1.1 * limit_of(model, "cls", 0.90).observed


def test_the_asimov_set_is_the_expected_median() -> None:
    found = limit_of(counting(50 * ONE, 50 * ONE, ONE), "cls")
    assert found.observed == pytest.approx(found.expected[2], rel=1e-6)


@pytest.mark.parametrize("method", ["cls", "bayes", "profile", "counting"])
def test_signals_twice_as_strong_have_half_the_limit(method: Method) -> None:
    weak = limit_of(counting(14 * ONE, 12 * ONE, ONE), method)
    strong = limit_of(counting(14 * ONE, 12 * ONE, 2 * ONE), method)
    assert strong.observed == pytest.approx(weak.observed / 2, rel=1e-4)
    assert strong.expected == pytest.approx([each / 2 for each in weak.expected], rel=1e-4)
