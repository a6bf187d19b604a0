"""CLs from pseudo-experiments: q~_mu of toys with and without signal on a grid of mu, all toys fitted together."""

from dataclasses import dataclass

import numpy as np
from scipy.stats import norm

from ..datasets.errors import ModelError
from .asymptotic import Limits
from .batches import Batch, Data, Indices, Point
from .curves import LARGEST, box, fix
from .drawing import pseudo_experiments
from .histfactory import Array
from .intervals import BANDS
from .minimising import Minima, Problem, minimise

GRID = 12  # values of mu
AT_ONCE = 500  # toys that are fitted together
TOGETHER = 2000  # of those that test one mu alone
SAME = 1e-6  # q within this are the same outcome
SPAN = 1.5  # of ln CLs on both sides of the limit, in which it is fitted
FEWEST = 3  # toys behind a fitted point


@dataclass(frozen=True)
class ToyLimits:
    """Limits from toys.

    Attributes
    ----------
    observed, expected
        Upper limits on mu, the latter at -2 to +2 standard deviations.
    error
        Relative statistical error of the observed limit.
    fitted
        The share of toys that could be fitted; the others are left out.
    """

    observed: float
    expected: tuple[float, ...]
    error: float
    fitted: float


def toy_limits(batch: Batch, asymptotic: Limits, level: float, toys: int, rng: np.random.Generator) -> ToyLimits:
    """Find CLs limits of the one stacked model from `toys` pseudo-experiments at each mu, with and without signal.

    Toys come from the fits of the data with mu fixed, auxiliary measurements fluctuating too. The expected limits are
    where the quantiles of CLs over toys without signal cross 1 - level.

    Parameters
    ----------
    batch
        The model.
    asymptotic
        Its asymptotic limits: where to look.
    level
        Confidence level.
    toys
        Pseudo-experiments.
    rng
        What draws them.
    """
    known = np.array([asymptotic.observed[0], *asymptotic.expected[0]])
    grid = np.geomspace(0.35 * known.min(), 2.2 * known.max(), GRID)
    many, data = batch.spread(GRID), batch.observed.spread(GRID)
    best = _best(batch, batch.observed, batch.start)
    at_mu = fix(many, data, grid, best.point.spread(GRID))
    null = fix(batch, batch.observed, np.zeros(1), best.point)
    observed = _statistic(many, data, best.spread(GRID), grid, at_mu)
    none = _Ensemble(batch, null.point, toys, rng)
    shares, fitted, counted = [], [none.fitted], []
    for number, mu in enumerate(grid):
        some = _Ensemble(batch, at_mu.point.take(slice(number, number + 1)), toys, rng)
        with_signal, without = some.statistic(mu), none.statistic(mu)
        fitted.append(some.fitted)
        above, below = _tails(with_signal, without, np.append(observed[number], without))
        ratio = above / np.maximum(below, 0.5)
        places = [0, *(1 + np.argsort(ratio[1:])[_ranks(len(without))])]
        shares.append(ratio[places] * len(without) / len(with_signal))
        counted.append(1 / (1 / np.maximum(above[places], 0.5) + 1 / np.maximum(below[places], 0.5)))
    found = [
        _crossing(grid, np.array(shares)[:, column], np.array(counted)[:, column], 1 - level)
        for column in range(1 + len(BANDS))
    ]
    limits = [limit for limit, _ in found]
    return ToyLimits(limits[0], tuple(limits[1:]), found[0][1] / limits[0], float(np.mean(fitted)))


def _ranks(toys: int) -> Indices:
    """Give the places of the quantiles at -2, -1, 0, +1, +2 standard deviations among sorted toys."""
    ranks: Indices = np.minimum((norm.cdf(BANDS) * toys).astype(np.intp), toys - 1)
    return ranks


def _best(batch: Batch, data: Data, start: Point) -> Minima:
    size = len(data.counts)
    bounds = box(batch, np.zeros(size), np.full(size, LARGEST))
    return minimise(Problem(batch, data, bounds), start)


def _statistic(batch: Batch, data: Data, best: Minima, mu: Array, fixed: Minima | None = None) -> Array:
    """Give q~_mu of each data set, NaN where a fit failed."""
    at_mu = fixed if fixed is not None else fix(batch, data, mu, best.point)
    fitted = (best.rung < 3) & (at_mu.rung < 3)
    gain = np.subtract(at_mu.value, best.value, out=np.full_like(at_mu.value, np.nan), where=fitted)
    return np.where(fitted & (best.point.parameters[:, 0] > mu), 0.0, np.maximum(2 * gain, 0.0))


def toy_cls(batch: Batch, data: Data, mu: float, toys: int, rng: np.random.Generator) -> Array:
    """Give CLs at one mu > 0 of each data set of a batch of one model, from `toys` of its own fits with and without it.

    A limit from toys covers mu where this is above 1 - level. NaN where a fit failed.
    """
    tested = np.full(len(batch), mu)
    best = _best(batch, data, batch.start)
    at_mu = fix(batch, data, tested, best.point)
    null = fix(batch, data, np.zeros(len(batch)), best.point)
    observed = _statistic(batch, data, best, tested, at_mu)
    one = batch.take(slice(0, 1))
    above, below = (_shares(one, truth.point, observed, toys, mu, rng) for truth in (at_mu, null))
    return np.where(np.isfinite(observed), above / np.maximum(below, 0.5 / toys), np.nan)


def _shares(one: Batch, truths: Point, observed: Array, toys: int, mu: float, rng: np.random.Generator) -> Array:
    """Give for each truth the share of its toys whose q~_mu is at least that observed."""
    above, fitted = np.zeros((2, len(observed)))
    whose = np.repeat(np.arange(len(observed)), toys)
    for first in range(0, len(whose), TOGETHER):
        part = whose[first : first + TOGETHER]
        some, truth = one.spread(len(part)), truths.take(part)
        data = pseudo_experiments(some, truth, rng)
        q = _statistic(some, data, _best(some, data, truth), np.full(len(part), mu))
        above += np.bincount(part, q >= observed[part] - SAME, len(observed))
        fitted += np.bincount(part, np.isfinite(q), len(observed))
    return above / np.maximum(fitted, 1.0)


class _Ensemble:
    """Toys of one truth: drawn once, fitted with mu free once, and with mu fixed as often as asked."""

    def __init__(self, batch: Batch, truth: Point, toys: int, rng: np.random.Generator) -> None:
        sizes = [min(AT_ONCE, toys - first) for first in range(0, toys, AT_ONCE)]
        self._parts = []
        for size in sizes:
            some = batch.spread(size)
            data = pseudo_experiments(some, truth.spread(size), rng)
            self._parts.append((some, data, _best(some, data, truth.spread(size))))
        self.fitted = float(np.mean(np.concatenate([best.rung < 3 for _, _, best in self._parts])))

    def statistic(self, mu: float) -> Array:
        """Give q~_mu of the toys that could be fitted."""
        found = [_statistic(some, data, best, np.full(len(some), mu)) for some, data, best in self._parts]
        q = np.concatenate(found)
        return q[np.isfinite(q)]


def _tails(with_signal: Array, without: Array, q: Array) -> tuple[Array, Array]:
    """Count the toys at least as far out as each q, with signal and without: their shares' ratio is CLs."""
    with_tail, without_tail = (
        len(toys) - np.searchsorted(np.sort(toys), q - SAME, side="left").astype(float)
        for toys in (with_signal, without)
    )
    return with_tail, without_tail


def _crossing(grid: Array, shares: Array, counted: Array, alpha: float) -> tuple[float, float]:
    """Find where CLs falls through alpha, and its standard error.

    A parabola of ln CLs in mu is fitted to the points around, each weighted by the toys that it counted: one point
    alone would be several per cent off.
    """
    logs = np.log(np.maximum(shares, 1e-9) / alpha)
    if not (logs > 0).any() or logs[-1] > 0:
        raise ModelError("the limit from toys lies outside the range that was searched.")
    last = int(np.flatnonzero(logs > 0)[-1])
    used = np.flatnonzero((np.abs(logs) < SPAN) & (counted > FEWEST))
    used = np.union1d(used, [last, last + 1])
    scale = grid[last]
    degree = min(2, len(used) - 1)
    columns = np.vander(grid[used] / scale - 1, degree + 1)
    weights = np.sqrt(counted[used])
    fitted, *_ = np.linalg.lstsq(columns * weights[:, None], logs[used] * weights, rcond=None)
    covariance = np.linalg.pinv((columns * weights[:, None]).T @ (columns * weights[:, None]))
    fine = np.linspace(grid[max(last - 1, 0)], grid[min(last + 2, len(grid) - 1)], 2001) / scale - 1
    values = np.polyval(fitted, fine)
    falling = np.flatnonzero((values[:-1] > 0) & (values[1:] <= 0))
    if not len(falling):
        raise ModelError("CLs from toys does not fall through its limit; ask for more toys.")
    here = fine[falling[-1]]
    slope = np.polyval(np.polyder(fitted), here)
    row = np.vander([here], degree + 1)[0]
    return float(scale * (1 + here)), float(scale * np.sqrt(row @ covariance @ row) / abs(slope))
