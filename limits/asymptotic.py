"""Asymptotic limits of a whole batch: CLs of q~_mu and the one-sided profile likelihood, all roots found together.

Formulae of arXiv:1007.1727: q~_mu eq. 16, its distributions eqs. 65 to 67, q0 eq. 12, Asimov sets section 3.2.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy.special import log_ndtr
from scipy.stats import norm

from .batches import Batch, Data, Indices, Stacked
from .curves import Best, Profile, background_asimov, fit_best, mu_error
from .histfactory import Array
from .intervals import BANDS
from .roots import increasing_roots

Rule = Literal["cls", "profile"]


@dataclass(frozen=True, eq=False)
class Limits(Stacked):
    """What was found for each data set (h), expected limits (h, five); `rung` as in `minimising.Minima`, the worst."""

    mu_hat: Array
    mu_error: Array
    p0: Array
    observed: Array
    expected: Array
    rung: Indices


def find_limits(
    batch: Batch, data: Data, level: float, rule: Rule, *, bands: bool = True, best: Best | None = None
) -> Limits:
    """Find best fits, local p-values, observed and (with `bands`) expected limits of all models of a batch.

    `best` is what `fit_best` gives of the data, where it is known already.
    """
    best = best or fit_best(batch, data)
    reference, at_zero = background_asimov(batch, best)
    error = mu_error(batch, reference, best.null.point)
    curve = Profile(batch, reference, at_zero)
    expected = expected_limits(curve, error, level, rule) if bands else np.full((len(batch), len(BANDS)), np.nan)
    observed = Profile(batch, data, best.physical)
    if rule == "cls":
        found = observed_limits(observed, curve, best, error, level)
    else:
        found = profile_limits(observed, best, error, level)
    rung = np.max([observed.rung, curve.rung, best.free.rung, best.null.rung], axis=0)
    return Limits(best.free.point.parameters[:, 0], best.error, local_p(best), found, expected, rung)


def local_p(best: Best) -> Array:
    """Give the p-value of the background alone, above 1/2 where the best fit is negative (arXiv:1007.1727, eq. 52)."""
    rise = np.maximum(2 * (best.null.value - best.free.value), 0.0)
    p0: Array = norm.sf(np.copysign(np.sqrt(rise), best.free.point.parameters[:, 0]))
    return p0


def band_target(level: float, deviation: float, rule: Rule) -> float:
    """Give sqrt(qA) at the expected limit, N sigma up.

    CLs: 1 - Phi(sqrt(qA) - N) = alpha Phi(N) (what pyhf's expected set solves). One-sided profile likelihood of a
    Gaussian estimate N sigma from 0, kept at mu >= 0: sqrt(qA) = N + z for N >= 0 and N + sqrt(N^2 + z^2) below.
    """
    if rule == "profile":
        return float(deviation + np.hypot(min(deviation, 0.0), norm.ppf(level)))
    return float(norm.isf((1 - level) * norm.cdf(deviation)) + deviation)


def expected_limits(curve: Profile, error: Array, level: float, rule: Rule) -> Array:
    """Find the expected limits (h, five) from the Asimov set's curve; `error` is the standard deviation of mu there."""
    number = len(BANDS)
    targets = np.tile([band_target(level, each, rule) for each in BANDS], len(curve))
    repeated = np.repeat(np.arange(len(curve)), number)
    lanes = Profile(curve.batch.take(repeated), curve.data.take(repeated), curve.best.take(repeated))

    def missing(rows: Indices, mu: Array) -> tuple[Array, Array]:
        q, slope = lanes(rows, mu)
        root = np.sqrt(q)
        with np.errstate(divide="ignore", invalid="ignore"):
            return root - targets[rows], slope / (2 * root)

    found = increasing_roots(missing, np.zeros(len(targets)), targets * np.repeat(error, number))
    np.maximum.at(curve.rung, repeated, lanes.rung)
    limits: Array = found.reshape(-1, number)
    return limits


def log_cls(q: Array, q_slope: Array, a: Array, a_slope: Array) -> tuple[Array, Array]:
    """Give ln CLs of q~_mu and its slope in mu, from q, qA and their slopes (arXiv:1007.1727, eqs. 65 to 67)."""
    with np.errstate(divide="ignore", invalid="ignore"):
        root, root_slope = np.sqrt(a), a_slope / (2 * np.sqrt(a))
        near = np.sqrt(q)
        near_slope = np.where(q > 0, q_slope / (2 * near), 0.0)
        far = (q - a) / (2 * root)
        far_slope = (q_slope - a_slope) / (2 * root) - far * root_slope / root
        beyond = q > a
        signal = np.where(beyond, far + root, near)
        signal_slope = np.where(beyond, far_slope + root_slope, near_slope)
        value = log_ndtr(-signal) - log_ndtr(root - signal)
        slope = -_hazard(signal) * signal_slope + _hazard(signal - root) * (signal_slope - root_slope)
    return np.where(a > 0, value, 0.0), slope


def _hazard(x: Array) -> Array:
    """Give the normal density over its tail beyond x."""
    ratio: Array = np.exp(-0.5 * x**2 - 0.5 * np.log(2 * np.pi) - log_ndtr(-x))
    return ratio


def observed_limits(data: Profile, reference: Profile, best: Best, error: Array, level: float) -> Array:
    """Find the CLs limits of data, `reference` being the Asimov set of the background."""
    alpha = 1 - level

    def missing(rows: Indices, mu: Array) -> tuple[Array, Array]:
        value, slope = log_cls(*data(rows, mu), *reference(rows, mu))
        return np.log(alpha) - value, -slope

    # A Gaussian estimate's own limit is where the search begins.
    centre = best.free.point.parameters[:, 0]
    guess = centre + error * norm.isf(alpha * norm.cdf(centre / error))
    low = np.maximum(best.physical.point.parameters[:, 0], 0.0)
    return increasing_roots(missing, low, np.maximum(guess, low + 0.1 * error))


def profile_limits(data: Profile, best: Best, error: Array, level: float) -> Array:
    """Find where -2 ln L has risen by Phi^-1(level)^2 above its minimum at mu >= 0."""
    aim = float(norm.ppf(level))
    low = np.maximum(best.physical.point.parameters[:, 0], 0.0)

    def missing(rows: Indices, mu: Array) -> tuple[Array, Array]:
        q, slope = data(rows, mu)
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.sqrt(q) - aim, slope / (2 * np.sqrt(q))

    return increasing_roots(missing, low, low + aim * error)
