"""Limits of a single count by exact Poisson sums, nuisance parameters averaged over draws from their constraints."""

from math import nan, sqrt
from typing import Literal

import numpy as np
from scipy.special import gammaincc
from scipy.stats import chi2, norm, poisson

from ..datasets.errors import ModelError
from .batches import Batch
from .histfactory import Array
from .intervals import BANDS, Interval
from .rates import expected
from .roots import increasing_roots
from .weighted_counts import Expectation

DRAWS = 4096
MANY = 2000  # events, above which the count's quantiles come from draws
Rule = Literal["bayes", "counting"]


def count_limit(count: float, signal: Array, background: Array, level: float, rule: Rule) -> float:
    """Find the upper limit on mu for `count` events.

    "bayes": posterior of a flat prior in mu >= 0; "counting": CLs with the count as test statistic. Both ask that
    sum_i w_i Q(n + 1, b_i + mu s_i) / sum_i w_i Q(n + 1, b_i) = 1 - level, Q the regularised gamma function (the
    Poisson probability of at most n) and w_i = 1/s_i for "bayes", 1 for "counting": they coincide where s is known.
    A count that is no integer (an Asimov set) is interpolated by Q.

    Parameters
    ----------
    count
        Events.
    signal, background
        Draws of the expected events at mu = 1, and without signal.
    level
        Confidence (credibility) level.
    rule
        Which of the two.
    """
    weights = 1 / signal if rule == "bayes" else np.ones_like(signal)
    none = float(np.mean(weights * gammaincc(count + 1, background)))

    def missing(_: object, mu: Array) -> tuple[Array, Array]:
        rate = background + mu * signal
        share = max(float(np.mean(weights * gammaincc(count + 1, rate))) / none, 1e-300)
        # d Q(n + 1, x) / d x = -e^-x x^n / n!, the Poisson probability of n.
        slope = float(np.mean(weights * signal * poisson.pmf(count, rate))) / none if count == int(count) else nan
        return np.array([np.log((1 - level) / share)]), np.array([slope / share])

    guess = (count + 3) / float(np.mean(signal))
    found = increasing_roots(missing, np.zeros(1), np.array([guess]))
    if not np.isfinite(found[0]):
        raise ModelError("no signal strength could be excluded: the count does not constrain mu.")
    return float(found[0])


def classical_limit(count: float, signal: float, background: float, level: float) -> float:
    """Give the mu at which `count` events or fewer have a probability of 1 - level, known rates; negative is possible.

    Neyman's upper limit: half the chi-square quantile of 2 (n + 1) degrees of freedom, minus the background.
    """
    return float((chi2.ppf(level, 2 * (count + 1)) / 2 - background) / signal)


def count_interval(batch: Batch, level: float, rule: Rule, seed: int = 1) -> Interval:
    """Find mu_hat, p0 and limits of the one stacked model of one bin; the band are the limits of its quantiles."""
    if batch.observed.counts.shape[1] != 1:
        raise ModelError("exact counting is for models of one bin; use another method.")
    # Simulated events of one more than counted are for the chance of so many, and the flat prior's: `weighted_counts`.
    likely, many = (Expectation.of(batch, DRAWS, seed, added) for added in (float(rule == "bayes"), 1.0))
    background, signal, excess = likely.background[:, 0], likely.signal[:, 0], many.background[:, 0]
    count = float(batch.observed.counts[0, 0])
    nominal = expected(batch, batch.start.with_mu(np.zeros(1)))[0, 0]
    at_one = expected(batch, batch.start.with_mu(np.ones(1)))[0, 0] - nominal
    band = tuple(count_limit(each, signal, background, level, rule) for each in quantiles(background, seed))
    observed = count_limit(count, signal, background, level, rule)
    # P(at least n) = P(n, b), the lower regularised gamma function.
    p0 = 1.0 if count <= 0 else float(np.mean(1 - gammaincc(count, excess)))
    error = sqrt(max(count, nominal) + float(np.var(background))) / at_one
    return Interval((count - nominal) / at_one, p0, observed, band, "exact", error, rule)  # type: ignore[arg-type]  # one for each of BANDS


def quantiles(background: Array, seed: int) -> list[float]:
    """Give the counts at -2, -1, 0, +1, +2 standard deviations of the background alone, its rate being drawn."""
    top = float(np.max(background) + 10 * np.sqrt(np.max(background) + 1) + 10)
    if top > MANY:
        drawn = np.random.default_rng(seed).poisson(background)
        return [float(np.quantile(drawn, norm.cdf(each))) for each in BANDS]
    below = np.array([poisson.cdf(n, background).mean() for n in range(int(top) + 1)])
    return [float(np.searchsorted(below, norm.cdf(each))) for each in BANDS]
