"""Drawing: nuisance parameters from their constraints, and pseudo-experiments from a fit."""

from functools import lru_cache

import numpy as np
from scipy.special import gammaincinv, ndtr, ndtri
from scipy.stats import qmc

from ..datasets.errors import ModelError
from .batches import Batch, Data, Point
from .histfactory import Array
from .rates import expected


@lru_cache(maxsize=8)
def sobol(dimensions: int, number: int, seed: int) -> Array:
    """Draw `number` (a power of 2) scrambled Sobol' points inside the unit cube; the same ones again, not to change."""
    points = qmc.Sobol(max(dimensions, 1), seed=seed).random(number)
    inside: Array = np.clip(points, 1e-12, 1 - 1e-12)
    inside.flags.writeable = False
    return inside


def constrained(batch: Batch, number: int, seed: int, added: float = 1.0) -> Point:
    """Draw all nuisance parameters of the one stacked model from their constraints, mu = 0.

    A Gaussian constraint is cut at the parameter's bounds; a Poisson one of n events gives a gamma distribution of
    n + `added`.

    Parameters
    ----------
    batch
        The model; its data are the auxiliary measurements.
    number, seed
        Of the draws, a power of 2.
    added
        1: the posterior of a flat prior, as in the likelihood, and what a measured excess is compared with; 0: what
        a limit is found with (`weighted_counts`).

    Raises
    ------
    ModelError
        A free factor has no constraint to be drawn from.
    """
    parameters = np.repeat(batch.start.parameters, number, axis=0)
    bins = np.repeat(batch.start.bins, number, axis=0)
    moving = batch.low.parameters[0, 1:] < batch.high.parameters[0, 1:]
    if (moving & (batch.precision[0, 1:] == 0)).any():
        raise ModelError("a free factor beside mu cannot be averaged over; use another method.")
    moving_bins = np.argwhere(batch.low.bins[0] < batch.high.bins[0])
    cube = int(moving.sum()) + len(moving_bins), number, seed
    points = sobol(*cube).T
    for point, each in zip(points, 1 + np.flatnonzero(moving), strict=False):
        low, high = batch.low.parameters[0, each], batch.high.parameters[0, each]
        centre, sigma = batch.observed.constraints[0, each], batch.precision[0, each] ** -0.5
        parameters[:, each] = _cut_gaussian(point, centre, sigma, low, high)
    for row, (slot, column) in enumerate(moving_bins, start=int(moving.sum())):
        place = (0, slot, column)
        events, precision = batch.bin_events[place], batch.bin_precision[place]
        if events > 0:
            drawn = _gamma_points(cube, row, float(batch.observed.bins[place] + added)) / events
        elif precision > 0:
            limits = batch.low.bins[place], batch.high.bins[place]
            drawn = _cut_gaussian(points[row], batch.observed.bins[place], precision**-0.5, *limits)
        else:
            raise ModelError("a free bin factor cannot be averaged over; use another method.")
        bins[:, slot, column] = drawn
    parameters[:, 0] = 0.0
    return Point(parameters, bins)


def _cut_gaussian(points: Array, centre: float, sigma: float, low: float, high: float) -> Array:
    # From the side on which more digits are left: the quantiles of what lies above its centre are taken mirrored.
    if low > centre:
        return -_cut_gaussian(1 - points, -centre, sigma, -high, -low)
    first, last = ndtr((low - centre) / sigma), ndtr((high - centre) / sigma)
    drawn: Array = np.clip(centre + sigma * ndtri(first + points * (last - first)), low, high)
    return drawn


@lru_cache(maxsize=512)  # pseudo-experiments of few events share them
def _gamma_points(cube: tuple[int, int, int], row: int, events: float) -> Array:
    drawn: Array = gammaincinv(events, sobol(*cube)[:, row]) if events > 0 else np.zeros(cube[1])
    drawn.flags.writeable = False
    return drawn


def pseudo_experiments(batch: Batch, truth: Point, rng: np.random.Generator) -> Data:
    """Draw one data set from each truth, auxiliary measurements included (the unconditional ensemble, as pyhf)."""
    with np.errstate(divide="ignore"):
        sigma = np.where(batch.precision > 0, batch.precision**-0.5, 0.0)
        bin_sigma = np.where(batch.bin_precision > 0, batch.bin_precision**-0.5, 0.0)
    bins = truth.bins + bin_sigma * rng.standard_normal(truth.bins.shape)
    poisson = batch.bin_events > 0
    bins = np.where(poisson, rng.poisson(np.where(poisson, batch.bin_events * truth.bins, 0.0)), bins)
    return Data(
        rng.poisson(expected(batch, truth)).astype(float),
        truth.parameters + sigma * rng.standard_normal(truth.parameters.shape),
        bins,
    )
