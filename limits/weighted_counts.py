"""Limits of several counts: their weighted sum is the test statistic, its distribution is summed and drawn.

The weights are those of the best linear estimator of mu, V^-1 s (Aitken 1935; V with systematic errors), so that
T = sum w n plays the role of mu_hat. Nuisance parameters are averaged over what their auxiliary measurements m say of
them. For one that counted m simulated events, the exact test of two Poisson means (Przyborowski and Wilenski 1940;
Cousins, Linnemann and Tucker, NIM A 595 (2008) 480) is the same as an average over a gamma distribution: of m events
for the chance of so few (limits), of m + 1 for the chance of so many (significances). A flat prior's m + 1 would
expect one simulated event too many, and limits would cover too little.
"""

from dataclasses import dataclass
from math import sqrt

import numpy as np
from scipy.optimize import brentq
from scipy.special import gammaincc
from scipy.stats import norm

from ..datasets.errors import ModelError
from .batches import Batch, Data, Point
from .drawing import constrained
from .histfactory import Array
from .intervals import BANDS, Interval
from .rates import expected
from .roots import LARGEST

DRAWS = 8192
SLACK = 1e-9  # of a count: sums that are equal but for rounding
PRECISION = 1e-4  # relative, of a limit: far below what is left of the draws


@dataclass(frozen=True, eq=False)
class Expectation:
    """What may be expected: draws of the events without signal, and of the signal's at mu = 1, (draw, bin) each."""

    background: Array
    signal: Array

    @classmethod
    def of(cls, batch: Batch, number: int, seed: int, added: float = 0.0) -> "Expectation":
        """Draw the nuisance parameters of the one stacked model; `added` as in `drawing.constrained`."""
        drawn, many = constrained(batch, number, seed, added), batch.spread(number)
        background = expected(many, drawn)
        return cls(background, expected(many, drawn.with_mu(np.ones(number))) - background)


@dataclass(frozen=True, eq=False)
class WeightedCount:
    """The test statistic T = sum w n of a model.

    Attributes
    ----------
    weights
        By bin; 1 for the main one.
    main
        The bin whose Poisson probabilities are summed exactly; the others are drawn.
    spread
        Variance of the background's T from nuisance parameters.
    seed
        Of the draws, the same for every mu.
    """

    weights: Array
    main: int
    spread: float
    seed: int

    @classmethod
    def of(cls, nominal: Expectation, seed: int) -> "WeightedCount":
        """Choose the weights that tell mu best from the background, for a signal of mu = 1."""
        signal = nominal.signal.mean(axis=0)
        variance = nominal.background.mean(axis=0) + signal
        matrix = np.atleast_2d(np.cov(nominal.background, rowvar=False)) + np.diag(variance)
        weights = np.linalg.solve(matrix, signal)
        main = int(np.argmax(np.where(weights > 0, weights**2 * variance, -1.0)))
        weights = weights / weights[main]
        return cls(weights, main, float(np.var(nominal.background @ weights)), seed)

    def estimates(self, batch: Batch, data: Data, mu: float) -> tuple[Array, float]:
        """Give mu_hat of all data sets of the one stacked model, and the error expected of it at `mu`.

        mu_hat = (T - T of the background that the auxiliary measurements say)/(T of the signal at mu = 1).
        """
        many = batch.spread(len(data.counts))
        background = expected(batch, batch.start.with_mu(np.zeros(1)))[0]
        signal = expected(batch, batch.start.with_mu(np.ones(1)))[0] - background
        gain = self.total(signal)
        found = (data.counts @ self.weights - expected(many, measured(batch, data)) @ self.weights) / gain
        variance = self.weights**2 @ (background + mu * signal) + self.spread
        return found, sqrt(variance) / gain

    def total(self, counts: Array) -> float:
        """Give T of counts (bin)."""
        return float(counts @ self.weights)

    def others(self, each: Expectation, mu: float) -> Array:
        """Draw T without the main bin (draw)."""
        if len(self.weights) == 1:
            return np.zeros(len(each.background))
        numbers = [number for number in range(len(self.weights)) if number != self.main]
        # One stream a bin and kind, so that draws at neighbouring mu are mostly the same.
        streams = np.random.SeedSequence(self.seed).spawn(2 * len(numbers))
        total = np.zeros(len(each.background))
        for place, number in enumerate(numbers):
            for kind, rate in enumerate((each.background[:, number], mu * each.signal[:, number])):
                drawn = np.random.default_rng(streams[2 * place + kind]).poisson(rate)
                total += self.weights[number] * drawn
        return total

    def at_most(self, total: float, each: Expectation, mu: float, less: bool = False, steps: bool = True) -> float:
        """Give the probability of a T of at most `total` (or `less` than it) at `mu`; interpolated without `steps`."""
        left = total - self.others(each, mu)
        # P(at most n) = Q(n + 1, rate), the regularised gamma function; fewer than n are at most n - 1.
        place = left if less else left + 1
        if steps:
            place = np.ceil(place - SLACK) if less else np.floor(place + SLACK)
        possible = place > 0 if less else place >= 1
        rate = each.background[:, self.main] + mu * each.signal[:, self.main]
        return float(np.mean(np.where(possible, gammaincc(np.where(possible, place, 1.0), rate), 0.0)))

    def share(self, total: float, each: Expectation, mu: float) -> float:
        """Give CLs = P(T <= total | mu)/P(T <= total | 0)."""
        return self.at_most(total, each, mu) / max(self.at_most(total, each, 0.0), 1e-300)

    def limit(self, total: float, each: Expectation, level: float, steps: bool = True) -> float:
        """Find the mu at which CLs is 1 - level; `steps` as in `at_most`."""
        none = max(self.at_most(total, each, 0.0, steps=steps), 1e-300)

        def above(mu: float) -> float:
            return self.at_most(total, each, mu, steps=steps) / none - (1 - level)

        top = 1.0
        while above(top) > 0:
            top *= 2
            if top > LARGEST:
                raise ModelError("no signal strength could be excluded: the counts do not constrain mu.")
        return float(brentq(above, 0.0, top, xtol=PRECISION * top, rtol=PRECISION))


def measured(batch: Batch, data: Data) -> Point:
    """Give the nuisance parameters that the auxiliary measurements say by themselves, mu = 0."""
    moving = batch.low.parameters < batch.high.parameters
    parameters = np.where(moving, data.constraints, batch.start.parameters)
    events = np.where(batch.bin_events > 0, batch.bin_events, 1.0)
    bins = np.where(batch.low.bins < batch.high.bins, np.maximum(data.bins / events, 0.0), batch.start.bins)
    return Point(parameters, bins).with_mu(np.zeros(len(parameters)))


def weighted_interval(batch: Batch, level: float, seed: int = 1) -> Interval:
    """Find mu_hat, p0 and limits of the one stacked model from its weighted count; mu_hat is linear in the counts."""
    few, many = (Expectation.of(batch, DRAWS, seed, added) for added in (0.0, 1.0))
    statistic = WeightedCount.of(few, seed)
    counts = batch.observed.counts[0]
    total, steps = statistic.total(counts), bool((counts == np.rint(counts)).all())
    found, _ = statistic.estimates(batch, batch.observed, 0.0)
    _, error = statistic.estimates(batch, batch.observed, max(float(found[0]), 0.0))
    none = np.random.default_rng([seed, len(counts)]).poisson(few.background) @ statistic.weights
    band = [statistic.limit(float(each), few, level) for each in np.quantile(none, norm.cdf(BANDS), method="lower")]
    return Interval(
        float(found[0]),
        1 - statistic.at_most(total, many, 0.0, less=True, steps=steps),
        statistic.limit(total, few, level, steps),
        (band[0], band[1], band[2], band[3], band[4]),
        "exact",
        error,
        "counting",
    )
