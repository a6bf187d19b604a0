"""Pulls of mu_hat: closed forms of a count, polynomials with negative coefficients, and where no pull is Gaussian."""

from dataclasses import replace

import numpy as np
import pytest
from darkbelle.limits.closure import Bias, combined
from darkbelle.limits.counting import count_limit
from darkbelle.limits.coverage import Coverage, examine_piece, pieces, summarise
from darkbelle.limits.engine import Request, examine
from darkbelle.limits.histfactory import Array, Channel, HistFactory, Modifier, ParameterSettings, Sample
from darkbelle.limits.methods import choose
from darkbelle.limits.pyhf_check import bracketed
from darkbelle.limits.smooth import Sideband, bernstein, fit_smooth
from darkbelle.limits.validity import GAUSSIAN_ROOM, trouble
from darkbelle.limits.windows import Window
from scipy.stats import norm, poisson

MU = Modifier("mu", "normfactor")
BINS = 40


def study(model: HistFactory, toys: int, method: str = "cls", sigmas: float = 0.0) -> Coverage:
    (found,) = summarise(map(examine_piece, pieces(model, [method], 0.90, [sigmas], toys, seed=1)))  # type: ignore[list-item]  # one of Method
    return found


def count(background: float, *modifiers: Modifier) -> HistFactory:
    samples = Sample("signal", np.ones(1), (MU,)), Sample("background", np.full(1, background), modifiers)
    return HistFactory("count", (Channel("bin", samples, np.full(1, background)),))


@pytest.mark.parametrize("background", [25.0, 100.0])
def test_the_pulls_of_a_count_are_the_signed_roots_of_its_likelihood_ratio(background: float) -> None:
    n = np.arange(1, 400)
    # -2 ln L(0)/L(mu_hat) of a count: 2 (n ln(n/b) - (n - b)), mu_hat = n - b.
    roots = np.sign(n - background) * np.sqrt(2 * (n * np.log(n / background) - n + background))
    chances = poisson.pmf(n, background)
    mean = float(chances @ roots)
    width = float(np.sqrt(chances @ roots**2 - mean**2))
    # Their mean is -1/(6 sqrt(b)) to first order, a third of that of (n - b)/sqrt(n), which is -1/(2 sqrt(b)).
    assert mean == pytest.approx(-1 / (6 * np.sqrt(background)), rel=0.05)
    assert float(chances @ ((n - background) / np.sqrt(n))) == pytest.approx(-1 / (2 * np.sqrt(background)), rel=0.1)
    assert width == pytest.approx(1.0, abs=0.01)
    found = study(count(background), 4000)
    assert found.bias == pytest.approx(mean, abs=4 * found.bias_error)
    assert found.width == pytest.approx(width, abs=4 / np.sqrt(2 * 4000))


def test_an_uncertain_yield_that_is_not_linear_leaves_the_pulls_of_a_count_gaussian() -> None:
    # 10^4 +- 30 % events: mu_hat = n - b exp(0.26 a) is skewed, its likelihood ratio is that of the Gaussian a.
    found = study(count(1e4, Modifier("yield", "normsys", np.array([1 / 1.3, 1.3]))), 4000)
    assert abs(found.bias) < 4 * found.bias_error
    assert found.width == pytest.approx(1.0, abs=4 / np.sqrt(2 * 4000))


def hollow(free: bool) -> HistFactory:
    """Put a peak where a parabola of 3000 events has its minimum: its middle coefficient is negative (or held at 0)."""
    edges = np.linspace(0.0, 1.0, BINS + 1)
    x = (edges[1:] + edges[:-1]) / 2
    basis = bernstein(edges[:-1], edges[1:], (0.0, 1.0), 2) * 3000 / 7
    peak = np.exp(-0.5 * ((x - 0.5) / 0.1) ** 2)
    signal = Sample("signal", 100 * peak / peak.sum(), (MU,))
    factors = np.array([4.0, -1.0, 4.0]) if free else np.array([4.0, 0.0, 4.0])
    samples = [Sample(f"s{k}", row * 4, (Modifier(f"s{k}", "normfactor"),)) for k, row in enumerate(basis)]
    bounds = ((-50.0 if free else 0.0, 50.0),)
    settings = {f"s{k}": ParameterSettings((factor / 4,), bounds) for k, factor in enumerate(factors)}
    settings["mu"] = ParameterSettings(bounds=((0.0, 100.0),))
    return HistFactory("hollow", (Channel("window", (signal, *samples), factors @ basis),), settings)


def test_a_polynomial_with_a_negative_coefficient_is_found_and_not_bounded() -> None:
    model = hollow(free=True)
    low = np.linspace(0.0, 1.0, BINS + 1)
    every = np.arange(BINS)
    window = Window(every, every, low[:-1], low[1:], (0.0, 1.0))
    dense = model.channels[0].observed
    full, sparse = fit_smooth([Sideband(window, dense * scale, np.zeros(BINS)) for scale in (1.0, 1e-3)], 2)
    assert full.free
    # 4, -1, 4: a third of each coefficient is a polynomial's share of the events, of which all are 7 thirds.
    assert full.factors / full.factors[0] == pytest.approx([1.0, -0.25, 1.0], abs=1e-3)
    assert full.factors @ full.basis == pytest.approx(dense, rel=1e-3)
    # Three events in 40 bins cannot keep the rates positive by themselves.
    assert not sparse.free
    assert (sparse.factors >= 0).all()


def test_pulls_on_a_free_polynomial_are_standard_and_a_bound_shifts_them() -> None:
    free, bounded = study(hollow(free=True), 2000), study(hollow(free=False), 2000)
    assert abs(free.bias) < 4 * free.bias_error
    assert free.width == pytest.approx(1.0, abs=4 / np.sqrt(2 * 2000))
    assert bounded.bias < -10 * bounded.bias_error
    assert trouble(hollow(free=True)) == ""
    assert "at its bound of zero shifts mu_hat" in trouble(hollow(free=False))


def test_pyhf_finds_the_limits_of_a_polynomial_with_a_negative_coefficient() -> None:
    model = hollow(free=True)
    (found,) = examine([model], Request())
    assert found.status == "ok"
    assert bracketed(model.to_workspace(), found.expected[2], 0.90, 2)


@pytest.mark.parametrize(
    ("model", "method", "words"),
    [
        (count(25.0), "cls", ""),
        (count(5.0), "counting", "5 background events"),
        # 100 +- 10 (Poisson) +- 50: mu_hat can fall 100/51 standard deviations.
        (count(100.0, Modifier("yield", "normsys", np.exp([-0.5, 0.5]))), "counting", "fall 2 standard deviations"),
        (count(100.0, Modifier("events", "staterror", np.array([40.0]))), "counting", "known to 40% only"),
    ],
)
def test_exact_sums_are_taken_where_mu_hat_is_not_gaussian(model: HistFactory, method: str, words: str) -> None:
    chosen, notes = choose(model, Request())
    assert chosen == method
    assert words in trouble(model)
    assert bool(notes) == bool(words)


def test_the_coverage_of_toys_on_a_count_is_the_sum_of_its_poisson_probabilities() -> None:
    background, toys = 4.0, 200
    signals = [Sample("signal", np.ones(1), (MU,)), Sample("background", np.full(1, background))]
    model = HistFactory("known", (Channel("bin", tuple(signals), np.full(1, background)),))
    counts = np.arange(60)
    limits = np.array([count_limit(float(n), np.ones(1), np.full(1, background), 0.9, "counting") for n in counts])
    found = study(model, toys, "toys", 3.0)
    # CLs of the count that decides is 0.10 within the toys' own errors: it may fall on either side.
    exact = [poisson.pmf(counts, background + found.mu)[limits >= found.mu * shift].sum() for shift in (0.9, 1.1)]
    assert exact[1] - 4 * found.error <= found.covered <= exact[0] + 4 * found.error
    assert found.mean_limit is None


def coverage(bias: float, width: float = 1.0) -> Coverage:
    return Coverage("cls", 0.0, 0.0, 200, 200, 0.95, 0.02, bias, width / np.sqrt(200), width, 1.0)


def test_opposite_biases_of_hypotheses_do_not_cancel() -> None:
    def biases(values: Array) -> list[Bias]:
        return [Bias(str(each), 100.0, "cls", coverage(float(each)), coverage(0.0)) for each in values]

    # As Gaussian fluctuations of 200 pseudo-experiments would scatter: chi^2 = 18 of 20.
    quantiles = norm.ppf((np.arange(20) + 0.5) / 20) / np.sqrt(200)
    honest, shifted = combined(biases(quantiles)), combined(biases(np.array([0.3, -0.3] * 10)))
    assert honest is not None
    assert shifted is not None
    assert honest.means > 0.3
    assert shifted.mean == pytest.approx(0.0)
    assert shifted.means < 1e-6
    narrow = combined([replace(each, none=coverage(0.0, 0.8)) for each in biases(quantiles)])
    assert narrow is not None
    assert narrow.widths < 1e-6


def test_pulls_do_not_have_to_be_gaussian_where_mu_hat_is_not() -> None:
    gaussian = Bias("a", 100.0, "cls", coverage(0.0), coverage(0.0))
    assert gaussian.enough
    assert not replace(gaussian, trouble="a bin's background is known to 141% only").enough
    assert not replace(gaussian, background=20.0).enough


def test_pulls_ask_for_more_room_than_limits_do() -> None:
    # 30 +- 5.5 (Poisson) +- 9.6: mu_hat can fall 30/11 = 2.7 standard deviations.
    model = count(30.0, Modifier("yield", "normsys", np.exp([-0.32, 0.32])))
    assert trouble(model) == ""
    assert "fall 2.7 standard deviations" in trouble(model, GAUSSIAN_ROOM)
