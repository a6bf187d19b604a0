"""Newton's method inside a box for many likelihoods at once: one step of all that have not converged yet at a time.

Own code because one general minimiser after the other takes hours for a scan (pyhf issue 2013).
"""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from .batches import Batch, Data, Point, Stacked
from .histfactory import Array
from .objective import Curvature, curvature, value
from .solving import Mask, solve

MAX_STEPS = 200
TOLERANCE = 1e-11  # expected change of -ln L at which a fit has converged
HIDDEN = 1e-7  # below this rounding of -ln L may hide what is left to gain
ROUNDING = 1e-12  # closer than this to a bound is on it
DAMPING = 1e-2
PATIENCE = 8  # steps after which those that go on are stretched: second derivatives left out can make them short
SHORTENINGS = 40  # of a step, by half


@dataclass(frozen=True, eq=False)
class Minima(Stacked):
    """The minima of a batch's likelihoods.

    Attributes
    ----------
    point
        Where they are.
    value
        -ln L there (h).
    slope
        d(-ln L)/d mu there (h): that of the profile likelihood where mu was fixed.
    rung
        By which means they were found (h): 0 Newton steps, 1 from another start, 2 damped steps, 3 not found.
    """

    point: Point
    value: Array
    slope: Array
    rung: NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Box(Stacked):
    """Bounds of all parameters; equal ones fix a parameter."""

    low: Point
    high: Point

    def clip(self, point: Point) -> Point:
        """Move a point into the box; what lies a rounding error from a bound is put on it."""
        return Point(
            _clip(point.parameters, self.low.parameters, self.high.parameters),
            _clip(point.bins, self.low.bins, self.high.bins),
        )


def _clip(values: Array, low: Array, high: Array) -> Array:
    inside = np.clip(values, low, high)
    return np.where(inside - low < ROUNDING, low, np.where(high - inside < ROUNDING, high, inside))


@dataclass(frozen=True, eq=False)
class Problem(Stacked):
    """Likelihoods of data within bounds."""

    batch: Batch
    data: Data
    box: Box


def minimise(problem: Problem, start: Point) -> Minima:
    """Minimise -ln L within a box, climbing the ladder where steps do not converge.

    Parameters
    ----------
    problem
        The likelihoods.
    start
        Where to begin; moved into the box.

    Returns
    -------
    Minima
        Those of rung 3 were not found.
    """
    found = _descend(problem, problem.box.clip(start), 0.0)
    for rung, damping in ((1, 0.0), (2, DAMPING)):
        lost = np.flatnonzero(found.rung == 3)
        if not len(lost):
            break
        again = problem.take(lost)
        second = _descend(again, again.box.clip(again.batch.start), damping)
        insert(found, lost, replace(second, rung=np.where(second.rung == 0, rung, 3)))
    return found


def insert(into: Minima, rows: NDArray[np.intp], found: Minima) -> None:
    """Put minima into the given rows of others."""
    for target, source in (
        (into.point.parameters, found.point.parameters),
        (into.point.bins, found.point.bins),
        (into.value, found.value),
        (into.slope, found.slope),
        (into.rung, found.rung),
    ):
        target[rows] = source


def _descend(problem: Problem, start: Point, damping: float) -> Minima:
    size = len(start.parameters)
    result = Minima(
        Point(start.parameters.copy(), start.bins.copy()),
        np.full(size, np.inf),
        np.full(size, np.nan),
        np.full(size, 3),
    )
    rows, here, stretch = np.arange(size), start, np.ones(size)
    for number in range(MAX_STEPS):
        at = curvature(problem.batch, problem.data, here, fisher=damping > 0)
        step, room, gain = _step(at, here, problem.box, damping)
        reach = np.minimum(stretch, room)
        hopeless = ~np.isfinite(at.value) | ~np.isfinite(gain)
        converged = ~hopeless & (gain < TOLERANCE)
        reach[converged | hopeless] = 0.0
        taken, there = _line_search(problem, here, step, at.value, reach, gain)
        moved = taken > 0
        if number >= PATIENCE:
            stretch = np.where(taken == stretch, 1.5 * stretch, np.maximum(0.5 * stretch, 1.0))
        stuck = ~moved & ~converged & ~hopeless
        converged |= stuck & (gain < HIDDEN)
        done = converged | hopeless | stuck
        if done.any():
            _record(result, rows, here, at, converged, done)
        going = np.flatnonzero(~done)
        if not len(going):
            break
        here = there
        if len(going) < len(rows):
            problem, here, rows, stretch = problem.take(going), here.take(going), rows[going], stretch[going]
    return result


def _record(result: Minima, rows: NDArray[np.intp], here: Point, at: Curvature, good: Mask, done: Mask) -> None:
    there = rows[done]
    result.point.parameters[there] = here.parameters[done]
    result.point.bins[there] = here.bins[done]
    result.value[there] = at.value[done]
    result.slope[there] = at.by_parameter[done, 0]
    result.rung[there] = np.where(good[done], 0, 3)


def _step(at: Curvature, here: Point, box: Box, damping: float) -> tuple[Point, Array, Array]:
    """Find the Newton step of what is free to move, how often it fits in before a bound, and what it gains."""
    low, high = box.low, box.high
    frozen = _pressed(here.parameters, at.by_parameter, low.parameters, high.parameters)
    frozen_bins = _pressed(here.bins, at.by_bin, low.bins, high.bins)
    for _ in range(frozen.shape[1] + 1):
        step = solve(at, frozen, frozen_bins, damping)
        outward = _outward(here.parameters, step.parameters, low.parameters, high.parameters) & ~frozen
        outward_bins = _outward(here.bins, step.bins, low.bins, high.bins) & ~frozen_bins
        if not outward.any() and not outward_bins.any():
            break
        frozen |= outward
        frozen_bins |= outward_bins
    room = _room(here.parameters, step.parameters, low.parameters, high.parameters).min(axis=1)
    if here.bins.size:
        room = np.minimum(room, _room(here.bins, step.bins, low.bins, high.bins).min(axis=(1, 2)))
    gain = -np.sum(at.by_parameter * step.parameters, axis=1) - np.sum(at.by_bin * step.bins, axis=(1, 2))
    return step, room, gain


def _pressed(values: Array, gradient: Array, low: Array, high: Array) -> Mask:
    pressed: Mask = ((values <= low) & (gradient >= 0)) | ((values >= high) & (gradient <= 0)) | (low == high)
    return pressed


def _outward(values: Array, step: Array, low: Array, high: Array) -> Mask:
    return ((values <= low) & (step < 0)) | ((values >= high) & (step > 0))


def _room(values: Array, step: Array, low: Array, high: Array) -> Array:
    with np.errstate(divide="ignore", invalid="ignore"):
        room = np.where(step > 0, (high - values) / step, (low - values) / step)
    return np.where(step == 0, np.inf, room)


def _line_search(
    problem: Problem, here: Point, step: Point, now: Array, reach: Array, gain: Array
) -> tuple[Array, Point]:
    """Shorten each step until -ln L falls enough (Armijo); gives the lengths taken, and where all are now."""
    there = Point(here.parameters.copy(), here.bins.copy())
    taken = np.zeros(len(now))
    trying = np.flatnonzero(reach > 0)
    length = reach.copy()
    for _ in range(SHORTENINGS):
        if not len(trying):
            break
        rest = slice(None) if len(trying) == len(now) else trying
        some, begin, way = problem.take(rest), here.take(rest), step.take(rest)
        size = length[trying]
        trial = some.box.clip(_along(begin, way, size))
        good = value(some.batch, some.data, trial) <= now[trying] - 1e-4 * size * gain[trying]
        rows = trying[good]
        there.parameters[rows], there.bins[rows] = trial.parameters[good], trial.bins[good]
        taken[rows] = size[good]
        trying = trying[~good]
        length[trying] /= 2
    return taken, there


def _along(here: Point, step: Point, size: Array) -> Point:
    return Point(here.parameters + size[:, None] * step.parameters, here.bins + size[:, None, None] * step.bins)
