"""Profile likelihood curves of a batch: the fits that do not depend on the mu tested, Asimov sets, and q(mu)."""

from dataclasses import dataclass

import numpy as np

from .batches import Batch, Data, Indices, Point, Stacked
from .histfactory import Array
from .minimising import Box, Minima, Problem, insert, minimise
from .objective import curvature, value
from .rates import expected, rates
from .solving import solve

LARGEST = 1e6  # of mu, where it is free


@dataclass(frozen=True, eq=False)
class Best(Stacked):
    """The fits of each data set that do not depend on the mu tested.

    Attributes
    ----------
    null
        With mu = 0.
    physical
        With mu >= 0.
    free
        With mu as low as every expected rate stays positive.
    error
        Standard deviation of mu at `free` (h).
    lowest
        The lowest mu that was allowed (h).
    """

    null: Minima
    physical: Minima
    free: Minima
    error: Array
    lowest: Array


def box(batch: Batch, low: Array, high: Array) -> Box:
    """Give the models' bounds with others for mu; equal ones fix it."""
    return Box(batch.low.with_mu(low), batch.high.with_mu(high))


def fix(batch: Batch, data: Data, mu: Array, start: Point) -> Minima:
    """Fit with mu fixed."""
    return minimise(Problem(batch, data, box(batch, mu, mu)), start)


def fit_best(batch: Batch, data: Data, start: Point | None = None) -> Best:
    """Fit data with mu = 0, with mu >= 0, and with mu free."""
    zero = np.zeros(len(batch))
    null = fix(batch, data, zero, start or batch.start)
    top = np.full(len(batch), LARGEST)
    physical = minimise(Problem(batch, data, box(batch, zero, top)), null.point)
    lowest = lowest_mu(batch, null.point)
    below = np.flatnonzero(physical.point.parameters[:, 0] <= 0)
    free = physical.take(np.arange(len(batch)))
    if len(below):
        some = batch.take(below)
        under = Problem(some, data.take(below), box(some, lowest[below], zero[below]))
        insert(free, below, minimise(under, null.point.take(below)))
    return Best(null, physical, free, mu_error(batch, data, free.point), lowest)


def lowest_mu(batch: Batch, null: Point) -> Array:
    """Give a mu at which every expected rate is still positive: -0.95 of the least background over signal."""
    found = rates(batch, null.with_mu(np.zeros(len(batch))))
    signal = found.by_parameter[:, 0]
    ratio = np.divide(found.expected, signal, out=np.full_like(signal, np.inf), where=signal > 0)
    least = ratio.min(axis=1)
    return np.where(np.isfinite(least), -0.95 * least, 0.0)


def mu_error(batch: Batch, data: Data, point: Point) -> Array:
    """Give the standard deviation of mu from the curvature, parameters on their bounds held there."""
    at = curvature(batch, data, point)
    pressed = (point.parameters <= batch.low.parameters) | (point.parameters >= batch.high.parameters)
    pressed[:, 0] = False
    pressed_bins = (point.bins <= batch.low.bins) | (point.bins >= batch.high.bins)
    # The response of mu to a unit of its own gradient is its variance.
    at.by_parameter[:] = 0.0
    at.by_parameter[:, 0] = -1.0
    at.by_bin[:] = 0.0
    variance = solve(at, pressed, pressed_bins).parameters[:, 0]
    return np.sqrt(np.maximum(variance, 0.0))


def asimov(batch: Batch, point: Point) -> Data:
    """Give the data set that is exactly what a point predicts, auxiliary measurements included."""
    measured = np.where(batch.bin_events > 0, batch.bin_events, 1.0) * point.bins
    return Data(expected(batch, point), point.parameters.copy(), measured)


def background_asimov(batch: Batch, best: Best) -> tuple[Data, Minima]:
    """Give the Asimov set of the fit with mu = 0, and its own best fit: that very point."""
    data = asimov(batch, best.null.point)
    zero = np.zeros(len(batch))
    return data, Minima(best.null.point, value(batch, data, best.null.point), zero, best.null.rung)


class Profile:
    """q(mu) = 2 ln L(best)/L(mu) of each data set of a batch; fits start where the last ones ended."""

    def __init__(self, batch: Batch, data: Data, best: Minima) -> None:
        self.batch, self.data, self.best = batch, data, best
        self._last = Point(best.point.parameters.copy(), best.point.bins.copy())
        self.rung = best.rung.copy()

    def __call__(self, rows: Indices, mu: Array) -> tuple[Array, Array]:
        """Give q and dq/dmu of the data sets `rows` at mu (one each)."""
        part = slice(None) if len(rows) == len(self.batch) else rows
        found = fix(self.batch.take(part), self.data.take(part), mu, self._last.take(part))
        self._last.parameters[rows], self._last.bins[rows] = found.point.parameters, found.point.bins
        self.rung[rows] = np.maximum(self.rung[rows], found.rung)
        q = np.maximum(2 * (found.value - self.best.value[rows]), 0.0)
        return q, 2 * found.slope

    def __len__(self) -> int:
        return len(self.batch)
