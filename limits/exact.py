"""Limits of a single count without asymptotic formulae: Poisson sums, nuisance parameters averaged over draws."""

from typing import Literal

import numpy as np
from scipy.special import gammaincc
from scipy.stats import norm, poisson, qmc, truncnorm

from .intervals import BANDS, Interval, increasing_root
from .model import Array, Model

DRAWS = 4096


def draw_rates(model: Model, seed: int = 1) -> tuple[Array, Array]:
    """Draw signal (mu = 1) and background rates of a one-bin model from its constraints (Sobol' points, seeded)."""
    names = sorted({name for each in model.components for name in each.scales})
    points = qmc.Sobol(len(names) + 1, seed=seed).random(DRAWS)
    points = np.clip(points, 1e-9, 1 - 1e-9)
    pulls = norm.ppf(points[:, :-1])
    signal, background = np.zeros(DRAWS), np.zeros(DRAWS)
    for each in model.components:
        rate = each.nominal[0] * np.exp(pulls @ np.array([each.scales.get(name, 0.0) for name in names]))
        if each.errors is not None and each.errors[0] > 0:
            sigma = each.errors[0] / each.nominal[0]
            rate = rate * truncnorm.ppf(points[:, -1], -1 / sigma, np.inf, loc=1.0, scale=sigma)
        if each.norm is None:
            background += rate
        else:
            signal += rate
    return signal, background


def count_limit(
    count: float, signal: Array, background: Array, level: float, method: Literal["bayes", "toys"]
) -> float:
    """Find the upper limit on mu for `count` events.

    "bayes": posterior of a flat prior in mu >= 0; "toys": CLs with the count as test statistic. Both ask that
    sum_i w_i Q(n + 1, b_i + mu s_i) / sum_i w_i Q(n + 1, b_i) = 1 - level, Q the regularised gamma function (the
    Poisson probability of at most n) and w_i = 1/s_i for "bayes", 1 for "toys": they coincide where s is known.
    A count that is no integer (an Asimov set) is interpolated by Q.
    """
    weights = 1 / signal if method == "bayes" else np.ones_like(signal)
    none = float(np.mean(weights * gammaincc(count + 1, background)))

    def missing(mu: float) -> float:
        return 1 - level - float(np.mean(weights * gammaincc(count + 1, background + mu * signal))) / none

    return increasing_root(missing, 0.0, (count + 3) / float(np.mean(signal)))


def count_interval(model: Model, level: float, method: Literal["bayes", "toys"], seed: int = 1) -> Interval:
    """Find mu_hat, p0 and limits of a one-bin model; the band are the limits of the counts at its quantiles."""
    signal, background = draw_rates(model, seed)
    count = float(model.observed[0])
    nominal = float(model.background[0])
    top = int(np.max(background) + 10 * np.sqrt(np.max(background) + 1) + 10)
    counts = np.arange(min(top, 200_000) + 1)
    probability = np.array([poisson.cdf(n, background).mean() for n in counts]) if top < 2000 else None
    if probability is None:  # many events: the count's own distribution is narrow against its quantiles' spread
        generator = np.random.default_rng(seed)
        drawn = generator.poisson(background)
        quantiles = [float(np.quantile(drawn, norm.cdf(each))) for each in BANDS]
    else:
        quantiles = [float(np.searchsorted(probability, norm.cdf(each))) for each in BANDS]
    band = tuple(count_limit(each, signal, background, level, method) for each in quantiles)
    observed = count_limit(count, signal, background, level, method)
    p0 = 1.0 if count <= 0 else float(np.mean(1 - gammaincc(count, background)))
    mu_hat = (count - nominal) / float(model.signal.nominal[0])
    return Interval(mu_hat, p0, observed, band, "exact")  # type: ignore[arg-type]  # one for each of BANDS
