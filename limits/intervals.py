"""The engine's result; and the asymptotic limits of a single likelihood, for what climbs the ladder alone."""

from collections.abc import Callable
from dataclasses import dataclass
from math import nan
from typing import Any, Literal

import numpy as np
from scipy.optimize import brentq
from scipy.stats import norm

from ..datasets.errors import ModelError
from .fitting import Fit, Likelihood

Method = Literal["cls", "bayes", "profile", "toys", "counting"]
BANDS = (-2.0, -1.0, 0.0, 1.0, 2.0)
PRECISION = 1e-6  # relative, of a limit


@dataclass(frozen=True)
class Interval:
    """What one hypothesis's likelihood says about mu; numbers are NaN where the status is not "ok".

    Attributes
    ----------
    mu_hat
        Best fit, negative where the data lie below the background.
    p0
        Local p-value of the background alone.
    observed
        Upper limit on mu from the data set.
    expected
        Upper limits at -2, -1, 0, +1, +2 standard deviations of the background alone.
    minimiser
        What fitted the data: "newton", "newton, damped", "scipy", "minuit", or "exact" where nothing is fitted.
    mu_error
        Standard deviation of mu_hat, from the curvature of the likelihood; NaN where pyhf's minimisers fitted.
    method
        How the limits were found; may differ from what was asked where a note says so.
    status
        "ok", or "failed: " and why.
    notes
        What a reader should know of it.
    """

    mu_hat: float
    p0: float
    observed: float
    expected: tuple[float, float, float, float, float]
    minimiser: str = "newton"
    mu_error: float = nan
    method: Method = "cls"
    status: str = "ok"
    notes: tuple[str, ...] = ()

    @property
    def significance(self) -> float:
        """Local significance in standard deviations, negative below the background."""
        return float(norm.isf(self.p0))


def failed(reason: str, method: Method) -> Interval:
    """Give the record of a hypothesis that could not be examined."""
    return Interval(nan, nan, nan, (nan,) * 5, "", method=method, status=f"failed: {reason}")


class _Curve:
    """The test statistic q~_mu (arXiv:1007.1727, eq. 16) of one data set; the fit with mu free is done once."""

    def __init__(self, likelihood: Likelihood, data: Any, start: Any = None) -> None:
        self._likelihood, self._data = likelihood, data
        self.best: Fit = likelihood.fit(data, lowest=0.0, start=start)
        self._last = self.best.parameters

    def __call__(self, mu: float) -> float:
        return self.rise(mu) if mu > self.best.mu else 0.0

    def rise(self, mu: float) -> float:
        """Give -2 ln L(mu)/L(mu_hat), never below 0 for rounding."""
        fixed = self._likelihood.fit(self._data, mu=mu, start=self._last)
        self._last = fixed.parameters
        return max(0.0, fixed.twice_nll - self.best.twice_nll)


def interval(likelihood: Likelihood, level: float, method: Method = "cls") -> Interval:
    """Find best fit, significance and upper limits with the asymptotic formulae.

    Parameters
    ----------
    likelihood
        What to examine.
    level
        Confidence (credibility) level.
    method
        "cls", or "profile": -2 ln L rises by Phi^-1(level)^2 above its minimum at mu >= 0.

    Returns
    -------
    Interval
        On mu. The nuisance parameters of the Asimov set are those of the fit of the data with mu = 0.
    """
    data = likelihood.observed
    null = likelihood.fit(data, mu=0.0)
    curve = _Curve(likelihood, data, null.parameters)
    asimov = _Curve(likelihood, likelihood.asimov(null), null.parameters)
    free = likelihood.fit(data, lowest=likelihood.lowest) if curve.best.mu <= 0 else curve.best
    q0 = max(0.0, null.twice_nll - curve.best.twice_nll)
    p0 = float(norm.sf(np.sqrt(q0))) if curve.best.mu > 0 else float(norm.sf(-np.sqrt(_rise(null, free))))
    band = expected_band(asimov, level, "profile" if method == "profile" else "cls")
    if method == "profile":
        threshold = norm.ppf(level) ** 2
        observed = increasing_root(lambda mu: curve(mu) - threshold, max(curve.best.mu, 0.0), band[2])
    else:
        observed = increasing_root(lambda mu: 1 - level - cls(curve(mu), asimov(mu)), max(curve.best.mu, 0.0), band[2])
    return Interval(free.mu, p0, observed, band, curve.best.minimiser)


def _rise(null: Fit, free: Fit) -> float:
    return max(0.0, null.twice_nll - free.twice_nll)


def cls(q: float, q_asimov: float) -> float:
    """CLs of q~_mu with the asymptotic distributions (arXiv:1007.1727, eqs. 65 and 67; as pyhf)."""
    root = np.sqrt(q_asimov)
    if root == 0:
        return 1.0
    statistic = np.sqrt(q) - root if q <= q_asimov else (q - q_asimov) / (2 * root)
    return float(np.exp(norm.logsf(statistic + root) - norm.logsf(statistic)))


def expected_band(
    asimov: Callable[[float], float], level: float, rule: Literal["cls", "profile"]
) -> tuple[float, float, float, float, float]:
    """Find the expected limits from q~_mu of the background-only Asimov set, mu-independent fits done once.

    For CLs, N sigma up, 1 - Phi(sqrt(qA) - N) = alpha Phi(N). For the one-sided profile likelihood of a Gaussian
    estimate N sigma from 0, sqrt(qA) = N + z for N >= 0 and N + sqrt(N^2 + z^2) below, z = Phi^-1(level).
    """
    limits: list[float] = []
    for deviation in BANDS:
        if rule == "cls":
            target = norm.isf((1 - level) * norm.cdf(deviation)) + deviation
        else:
            target = deviation + np.hypot(min(deviation, 0.0), norm.ppf(level))
        guess = limits[-1] * 1.4 if limits else 0.5
        limits.append(increasing_root(lambda mu, aim=target: np.sqrt(asimov(mu)) - aim, 0.0, guess))  # type: ignore[misc]
    return tuple(limits)  # type: ignore[return-value]  # one for each of BANDS


def increasing_root(function: Callable[[float], float], low: float, guess: float) -> float:
    """Find where an increasing function that is negative at `low` crosses zero.

    Raises
    ------
    ModelError
        It stays negative: the data do not constrain mu.
    """
    step = max(guess - low, 0.1 * abs(guess), 1e-6)
    bottom, top = low, low + step
    for _ in range(60):
        if function(top) > 0:
            return (
                float(brentq(function, bottom, top, xtol=1e-12, rtol=PRECISION))
                if bottom > low
                else _from_edge(function, low, top)
            )
        bottom, top = top, low + 2 * (top - low)
    raise ModelError("no signal strength could be excluded: the data do not constrain mu.")


def _from_edge(function: Callable[[float], float], low: float, top: float) -> float:
    """Bracket from above: at `low` itself the function may sit on its limit without a change of sign."""
    bottom = low + 0.5 * (top - low)
    while function(bottom) > 0:
        top, bottom = bottom, low + 0.5 * (bottom - low)
        if bottom - low < 1e-9 * max(1.0, abs(low)):
            return bottom
    return float(brentq(function, bottom, top, xtol=1e-12, rtol=PRECISION))
