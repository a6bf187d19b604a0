"""Roots of many increasing functions at once."""

from collections.abc import Callable

import numpy as np

from .batches import Indices
from .histfactory import Array

LARGEST = 1e6  # beyond this there is no root
ROOT_STEPS = 60
PRECISION = 1e-5  # relative size of the last Newton step on a root; what is left is about its square

Function = Callable[[Indices, Array], tuple[Array, Array]]


def increasing_roots(function: Function, low: Array, guess: Array) -> Array:
    """Find where increasing functions that are negative at `low` cross zero: Newton steps kept inside a bracket.

    Parameters
    ----------
    function
        Gives values and slopes of the rows asked for, at one argument each.
    low
        Where each is negative.
    guess
        Where to begin.

    Returns
    -------
    Array
        The roots; NaN where a function stays negative or is not a number.
    """
    bottom, top = low.copy(), np.full_like(low, np.inf)
    here = np.where((guess > low) & np.isfinite(guess), guess, low + 1e-3 * np.maximum(1.0, np.abs(low)))
    root = np.full_like(low, np.nan)
    rows = np.arange(len(low))
    for _ in range(ROOT_STEPS):
        value, slope = function(rows, here[rows])
        at = here[rows]
        above = value > 0
        top[rows[above]], bottom[rows[~above]] = at[above], at[~above]
        with np.errstate(divide="ignore", invalid="ignore"):
            trial = at - value / slope
        low_side, high_side = bottom[rows], top[rows]
        inside = (trial > low_side) & (trial < high_side) & (trial < low_side + 8 * (at - low[rows]) + 1e-12)
        close = (np.abs(trial - at) <= PRECISION * np.abs(at)) & np.isfinite(trial)
        halved = np.where(np.isfinite(high_side), 0.5 * (low_side + high_side), low[rows] + 2 * (at - low[rows]))
        narrow = np.isfinite(high_side) & (high_side - low_side <= 1e-9 * np.abs(high_side))
        root[rows[close]] = trial[close]
        root[rows[narrow & ~close]] = at[narrow & ~close]
        here[rows] = np.where(inside, trial, halved)
        going = ~close & ~narrow & np.isfinite(value) & (here[rows] < LARGEST)
        rows = rows[going]
        if not len(rows):
            break
    return root
