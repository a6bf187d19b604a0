"""Figures of merit at given thresholds, and how they vary with the simulated events that they are quoted on."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from ..channel import CutVariable
from ..objects import Array, Index
from ..punzi import HALF, WEIGHT, passing, punzi

RESAMPLINGS = 50

Cuts = Mapping[str, CutVariable]
Window = tuple[pd.DataFrame, pd.DataFrame]
"""Rows of signal and of background that a hypothesis is judged by."""


def resampled(rows: int) -> Array:
    """Give (rows, 1 + RESAMPLINGS) how often each row counts: once, then as often as a Poisson number of mean 1 says.

    B. Efron's bootstrap (Ann. Statist. 7 (1979) 1): what is computed with rows drawn anew varies as it would from one
    sample to another. Rows of several windows vary together.
    """
    drawn = np.random.default_rng(0).poisson(1.0, (rows, 1 + RESAMPLINGS)).astype(np.float32)
    drawn[:, 0] = 1.0
    return drawn


def quoted(
    windows: Sequence[Window],
    cuts: Cuts,
    places: Sequence[Index],
    numbers: Array,
    significance: float,
) -> Array:
    """Give (hypotheses, resamplings) the figures of merit, each half at the thresholds of the other one's choice."""
    merits = []
    for number, pair in enumerate(windows):
        halves = []
        for half in (0, 1):
            sums = [
                2.0 * rows.loc[kept, WEIGHT].to_numpy() @ numbers[rows.index[kept]]
                for rows in pair
                for kept in [(rows[HALF] == half) & passing(rows, cuts, int(places[1 - half][number]))]
            ]
            halves.append(punzi(sums[0], sums[1], significance))
        merits.append((halves[0] + halves[1]) / 2.0)
    return np.asarray(merits)


def spread(values: Array) -> Array:
    """Give the standard deviation of each hypothesis's value over the resamplings: (hypotheses, resamplings) in."""
    return np.asarray(np.std(values[:, 1:], axis=1))


def factor(values: Array, others: Array) -> tuple[float, float]:
    """Give the geometric mean over hypotheses of a ratio, and how much it varies when rows are drawn anew."""
    with np.errstate(divide="ignore", invalid="ignore"):
        means = np.exp(np.mean(np.log(values / others), axis=0))
    return round(float(means[0]), 4), round(float(np.std(means[1:])), 4)
