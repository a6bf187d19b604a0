"""Limits against closed forms and against pyhf."""

import numpy as np
import pytest
from darkbelle.datasets.errors import ModelError
from darkbelle.limits.exact import count_interval, count_limit
from darkbelle.limits.intervals import interval
from darkbelle.limits.likelihood import BinnedLikelihood
from darkbelle.limits.model import Component, Model, check, workspace
from darkbelle.limits.reference import PyhfLikelihood, pyhf_limits
from scipy.optimize import brentq
from scipy.stats import norm, poisson

ONE = np.array([1.0])
NORMS = {"mu": (1.0, 0.0, 1000.0)}


def counting(observed: float, background: float, *, error: float = 0.0, scale: float = 0.0) -> Model:
    scales = {"efficiency": scale} if scale else {}
    errors = error * background * ONE if error else None
    parts = (
        Component("signal", ONE, "mu", scales),
        Component("background", background * ONE, errors=errors, scales={"yield": scale} if scale else {}),
    )
    return Model("count", parts, observed * ONE, np.array([0.0, 1.0]), NORMS)


def smooth_model(mu: float = 0.0) -> Model:
    edges = np.linspace(0, 1, 21)
    x = (edges[1:] + edges[:-1]) / 2
    signal = 20 * np.exp(-0.5 * ((x - 0.4) / 0.08) ** 2)
    lines = (200 * (1 - x), 150 * x)
    parts = (
        Component("signal", signal, "mu", {"efficiency": 0.1}, {"scale": 0.5 * np.gradient(signal)}),
        Component("left", lines[0], "left"),
        Component("right", lines[1], "right"),
    )
    norms = {**NORMS, "left": (1.0, 0.0, 10.0), "right": (1.0, 0.0, 10.0)}
    return Model("smooth", parts, lines[0] + lines[1] + mu * signal, edges, norms)


@pytest.mark.parametrize(("count", "background"), [(0, 0.01), (3, 1.2), (0, 5.0), (12, 10.0)])
def test_bayes_and_cls_of_a_known_background_are_the_poisson_closed_form(count: int, background: float) -> None:
    def missing(mu: float) -> float:
        return float(poisson.cdf(count, background + mu) / poisson.cdf(count, background)) - 0.1

    exact = brentq(missing, 0, 100)
    for method in ("bayes", "toys"):
        found = count_interval(counting(count, background), 0.9, method)
        assert found.observed == pytest.approx(exact, rel=1e-5)


def test_no_event_and_no_background_exclude_ln_10() -> None:
    assert count_limit(0, ONE, 0 * ONE, 0.9, "bayes") == pytest.approx(np.log(10), rel=1e-5)


def test_an_uncertain_background_weakens_the_limit() -> None:
    known = count_interval(counting(5, 4.0), 0.9, "bayes").observed
    assert count_interval(counting(5, 4.0, error=0.4, scale=0.2), 0.9, "bayes").observed > known


@pytest.mark.parametrize("shift", [-1.5, 0.0, 2.0])
def test_many_events_give_the_gaussian_closed_form(shift: float) -> None:
    background = 1e8
    sigma = np.sqrt(background)
    centre = shift * sigma
    expected = centre + sigma * norm.isf(0.1 * norm.cdf(shift))
    model = counting(background + centre, background)
    for method in ("cls", "bayes"):
        found = interval(BinnedLikelihood(model), 0.9, method)
        assert found.observed == pytest.approx(expected, rel=2e-3)
    assert found.mu_hat == pytest.approx(centre, abs=1e-3 * sigma)


def test_profile_limit_of_a_gaussian_is_one_sided() -> None:
    found = interval(BinnedLikelihood(counting(1e8, 1e8)), 0.9, "profile")
    assert found.observed == pytest.approx(1.2816e4, rel=1e-3)


@pytest.mark.parametrize("level", [0.90, 0.95])
def test_pyhf_agrees_on_a_count(level: float) -> None:
    model = counting(60.0, 50.0, error=0.1, scale=0.15)
    ours = interval(BinnedLikelihood(model), level)
    observed, expected = pyhf_limits(workspace(model), level, 60.0)
    assert ours.observed == pytest.approx(observed, rel=1e-3)
    assert ours.expected == pytest.approx(expected, rel=1e-3)


def test_pyhf_agrees_on_a_shape() -> None:
    model = smooth_model(0.3)
    ours = interval(BinnedLikelihood(model), 0.9)
    theirs = interval(PyhfLikelihood(workspace(model)), 0.9)
    assert ours.observed == pytest.approx(theirs.observed, rel=1e-3)
    assert ours.expected == pytest.approx(theirs.expected, rel=1e-3)
    assert ours.mu_hat == pytest.approx(0.3, abs=1e-4)


def test_levels_differ() -> None:
    likelihood = BinnedLikelihood(counting(50.0, 50.0))
    assert interval(likelihood, 0.95).observed > 1.1 * interval(likelihood, 0.9).observed


def test_the_asimov_set_is_the_expected_median() -> None:
    found = interval(BinnedLikelihood(smooth_model()), 0.9)
    assert found.observed == pytest.approx(found.expected[2], rel=1e-4)


@pytest.mark.parametrize("bad", [np.nan, -1.0, 0.0])
def test_templates_that_cannot_be_fitted_are_refused(bad: float) -> None:
    with pytest.raises(ModelError):
        check(counting(1.0, bad))
