"""Bayesian limits: flat prior in mu >= 0 (in the cross section or eps^2: proportional), nuisances marginalised.

The marginal likelihood of mu is Laplace's, L(mu, theta^(mu)) |H(mu)|^-1/2, times a correction r(mu) that importance
sampling gives: the mean of L(theta)/L(theta^) over proposal weights, theta from a Student distribution of the fit's own
covariance, scrambled Sobol' points common to all mu. r is 1 for a Gaussian and varies slowly, so that few points do.
"""

from dataclasses import dataclass

import numpy as np
from scipy.integrate import cumulative_simpson
from scipy.interpolate import CubicSpline
from scipy.stats import chi2, norm

from ..datasets.errors import ModelError
from .batches import Batch, Data, Indices, Point
from .curves import Best, asimov, fit_best, fix, lowest_mu, mu_error
from .drawing import sobol
from .histfactory import Array
from .intervals import BANDS
from .objective import curvature, value
from .solving import RIDGE

POINTS = 33  # in mu; splines of the logarithms join them
FINE = 4001
DEPTH = 18.0  # of -ln L above its minimum where the posterior ends
DRAWS, MOST_DRAWS = 256, 4096
REPLICAS = 4  # independent scramblings, whose spread is the error
ACCURACY = 1e-3  # relative, of a limit: asked for before the draws stop doubling
FREEDOM = 10.0  # degrees of freedom of the proposal: tails that cover a Poisson likelihood's


@dataclass(frozen=True)
class Credible:
    """An upper limit on mu, and the standard error of its numerical integration."""

    limit: float
    error: float


def credible_limits(batch: Batch, level: float, seed: int) -> tuple[Best, Credible, tuple[float, ...]]:
    """Find the credible upper limit of the one stacked model, and its expected values at -2 to +2 standard deviations.

    The limit rises with mu_hat: its expected values are those of Asimov sets whose mu_hat lies N standard deviations
    from 0 (kept where every rate is positive).
    """
    best = fit_best(batch, batch.observed)
    observed = credible_limit(batch, batch.observed, level, seed)
    reference = asimov(batch, best.null.point)
    error = mu_error(batch, reference, best.null.point)[0]
    lowest = lowest_mu(batch, best.null.point)[0]
    band = []
    for deviation in BANDS:
        mu = np.array([max(deviation * error, lowest)])
        data = asimov(batch, best.null.point.with_mu(mu))
        band.append(credible_limit(batch, data, level, seed, most=DRAWS).limit)
    return best, observed, tuple(band)


def credible_limit(batch: Batch, data: Data, level: float, seed: int, most: int = MOST_DRAWS) -> Credible:
    """Find the credible upper limit of one data set; draws double until its error is small or `most` are used."""
    fitted = fit_best(batch, data)
    grid = _grid(batch, data, fitted)
    many, counted = batch.spread(len(grid)), data.spread(len(grid))
    fits = fix(many, counted, grid, fitted.physical.point.spread(len(grid)))
    proposal = _Proposal(many, counted, fits.point)
    draws = DRAWS
    while True:
        logs = [
            -fits.value - 0.5 * proposal.log_determinant + np.log(proposal.correction(draws, seed + 1000 * replica))
            for replica in range(REPLICAS)
        ]
        limits = np.array([_quantile(grid, each, level) for each in logs])
        error = float(np.std(limits, ddof=1) / np.sqrt(REPLICAS))
        if error < ACCURACY / 3 * limits.mean() or draws >= most:
            return Credible(float(limits.mean()), error)
        draws *= 2


def _grid(batch: Batch, data: Data, fitted: Best) -> Array:
    """Cover the mu >= 0 where the profile likelihood is within exp(-DEPTH) of its largest value."""
    best, least = float(fitted.physical.point.parameters[0, 0]), fitted.physical.value[0]
    reach, step = 1.0, 2.0
    for _ in range(200):
        rise = fix(batch, data, np.array([best + reach]), fitted.physical.point).value[0] - least
        if DEPTH < rise < 2 * DEPTH:
            break
        if (rise < DEPTH) == (step < 1):  # went past it: come back by less
            step = 1 / np.sqrt(step)
        reach *= step
    else:
        raise ModelError("the data do not constrain mu.")
    return np.linspace(max(0.0, best - 1.5 * reach), best + reach, POINTS)


def _quantile(grid: Array, logs: Array, level: float) -> float:
    fine = np.linspace(grid[0], grid[-1], FINE)
    density = np.exp(CubicSpline(grid, logs - logs.max())(fine))
    share = cumulative_simpson(density, x=fine, initial=0.0)
    return float(np.interp(level, share / share[-1], fine))


class _Proposal:
    """A Student distribution of all nuisance parameters that are free, around the fit at each mu of a grid."""

    def __init__(self, batch: Batch, data: Data, point: Point) -> None:
        self._batch, self._data, self._point = batch, data, point
        self._free: Indices = 1 + np.flatnonzero(batch.low.parameters[0, 1:] < batch.high.parameters[0, 1:])
        self._bins = np.argwhere(batch.low.bins[0] < batch.high.bins[0])
        self._factor = np.linalg.cholesky(self._precision())
        diagonal = np.einsum("hpp->hp", self._factor)
        self.log_determinant: Array = 2 * np.log(diagonal).sum(axis=1)

    def _precision(self) -> Array:
        """Give the curvature of the free nuisance parameters, global ones first (h, p, p)."""
        at = curvature(self._batch, self._data, self._point)
        slots, columns = self._bins.T
        number, first = len(self._free) + len(self._bins), len(self._free)
        dense = np.zeros((len(at.value), number, number))
        dense[:, :first, :first] = at.parameters[:, self._free[:, None], self._free]
        mixed = at.mixed[:, self._free[:, None], slots, columns]
        dense[:, :first, first:], dense[:, first:, :first] = mixed, mixed.swapaxes(1, 2)
        for row, (slot, column) in enumerate(self._bins):
            same = np.flatnonzero(columns == column)
            dense[:, first + row, first + same] = at.bins[:, column, slot, slots[same]]
        diagonal = np.arange(number)
        dense[:, diagonal, diagonal] *= 1 + 1e3 * RIDGE
        return dense

    def correction(self, draws: int, seed: int) -> Array:
        """Give r at each mu: 1 where the likelihood is Gaussian in the nuisance parameters."""
        number = self._factor.shape[1]
        if not number:
            return np.ones(len(self._factor))
        points = sobol(number + 1, draws, seed)
        normal = norm.ppf(points[:, :-1])
        stretch = np.sqrt(FREEDOM / chi2.ppf(points[:, -1], FREEDOM))
        drawn = normal * stretch[:, None]
        square = np.sum(drawn**2, axis=1)
        # ln of Gaussian over Student density; their normalisations, constant in mu, drop out.
        ratio = 0.5 * (FREEDOM + number) * np.log1p(square / FREEDOM)
        return np.array([self._mean_weight(row, drawn, ratio) for row in range(len(self._factor))])

    def _mean_weight(self, row: int, drawn: Array, ratio: Array) -> float:
        moved = np.linalg.solve(self._factor[row].T, drawn.T).T
        here = slice(row, row + 1)
        point, batch = self._point.take(here), self._batch.take(here)
        parameters, bins = (np.repeat(each, len(drawn), axis=0) for each in (point.parameters, point.bins))
        parameters[:, self._free] += moved[:, : len(self._free)]
        bins[:, self._bins[:, 0], self._bins[:, 1]] += moved[:, len(self._free) :]
        inside = ((parameters >= batch.low.parameters) & (parameters <= batch.high.parameters))[:, 1:].all(axis=1)
        inside &= ((bins >= batch.low.bins) & (bins <= batch.high.bins)).all(axis=(1, 2))
        number = int(inside.sum())
        if not number:
            return 1e-300
        some = batch.spread(number)
        rise = value(some, self._data.take(here).spread(number), Point(parameters[inside], bins[inside]))
        least = value(batch, self._data.take(here), point)[0]
        return float(np.sum(np.exp(least - rise + ratio[inside]))) / len(drawn) + 1e-300
