"""Newton's method inside a box: for likelihoods that know their gradient and their information matrix."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from ..datasets.errors import ModelError

Array = NDArray[np.float64]
Objective = Callable[[Array], tuple[float, Array, Array]]
Value = Callable[[Array], float]

MAX_STEPS = 200
TOLERANCE = 1e-10  # expected change of the objective at which a fit has converged
ROUNDING = 1e-12  # closer than this to a bound is on it


def minimise(value: Value, objective: Objective, start: Array, low: Array, high: Array) -> tuple[Array, float]:
    """Minimise an objective within bounds; parameters with equal bounds stay fixed.

    Parameters
    ----------
    value
        The objective alone; infinite where it is not defined.
    objective
        Value, gradient and a positive semi-definite approximation of the Hessian.
    start
        Where to begin; moved into the box.
    low, high
        The box.

    Returns
    -------
    tuple
        The minimum's parameters and value.

    Raises
    ------
    ModelError
        The start is not defined, or the steps do not converge.
    """
    here = np.clip(start, low, high)
    for _ in range(MAX_STEPS):
        now, gradient, hessian = objective(here)
        if not np.isfinite(now):
            raise ModelError("the likelihood is not finite where the fit starts.")
        step, limit = _step(here, gradient, hessian, low, high)
        gain = -float(gradient @ step)
        if gain < TOLERANCE:
            return here, now
        there = _line_search(value, here, step, min(1.0, limit), now, gain, low, high)
        if there is None:
            if gain < 1e-6:  # rounding of the objective hides what is left to gain
                return here, now
            break
        here = there
    raise ModelError("the fit did not converge.")


def _step(here: Array, gradient: Array, hessian: Array, low: Array, high: Array) -> tuple[Array, float]:
    """Find the Newton step of the parameters that are free to move, and how far it goes before it meets a bound."""
    at_low, at_high = here <= low, here >= high
    free = ~((at_low & (gradient >= 0)) | (at_high & (gradient <= 0)) | (low == high))
    step = np.zeros_like(here)
    while free.any():
        block = hessian[np.ix_(free, free)]
        damped = block + np.diag(1e-10 * np.maximum(np.diag(block), 1e-10))
        step[:] = 0.0
        step[free] = np.linalg.lstsq(damped, -gradient[free], rcond=1e-14)[0]
        outward = free & ((at_low & (step < 0)) | (at_high & (step > 0)))
        if not outward.any():
            break
        free &= ~outward
        step[outward] = 0.0
    with np.errstate(divide="ignore", invalid="ignore"):
        room = np.where(step > 0, (high - here) / step, np.where(step < 0, (low - here) / step, np.inf))
    return step, float(np.min(room, initial=np.inf))


def _line_search(
    value: Value, here: Array, step: Array, length: float, now: float, gain: float, low: Array, high: Array
) -> Array | None:
    while length > 1e-12:
        there: Array = np.clip(here + length * step, low, high)
        # A parameter left a rounding error away from its bound would stop every later step.
        there = np.where(there - low < ROUNDING, low, np.where(high - there < ROUNDING, high, there))
        if value(there) <= now - 1e-4 * length * gain:
            return there
        length /= 2
    return None
