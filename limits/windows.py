"""Where a signal peaks, how wide it is, and the bins that follow from that."""

from dataclasses import dataclass

import numpy as np

from ..datasets.errors import ModelError
from .model import Array


@dataclass(frozen=True)
class Peak:
    """Centre and width (half of the central 68.27 %) of a template, in the observable's unit."""

    centre: float
    width: float


def find_peak(values: Array, edges: Array) -> Peak:
    """Measure a peak by its quantiles, which tails do not move.

    Raises
    ------
    ModelError
        The template holds nothing positive.
    """
    positive = np.clip(values, 0.0, None)
    if not np.isfinite(positive).all() or positive.sum() <= 0:
        raise ModelError("no signal event was selected.")
    cumulative = np.concatenate([[0.0], np.cumsum(positive)]) / positive.sum()
    low, centre, high = np.interp([0.158655, 0.5, 0.841345], cumulative, edges)
    return Peak(float(centre), float(high - low) / 2)


def bin_range(edges: Array, low: float, high: float) -> slice:
    """Give the bins that cover [low, high], at least one, within the axis; edges are the nearest ones."""
    first = int(np.argmin(np.abs(edges - low)))
    last = int(np.argmin(np.abs(edges - high)))
    if last <= first:
        first = int(np.clip(np.searchsorted(edges, (low + high) / 2, side="right") - 1, 0, len(edges) - 2))
        last = first + 1
    return slice(first, last)


def rebin_factor(edges: Array, width: float) -> int:
    """Count the fine bins that make up about half of a width: finer bins cost time and tell nothing."""
    return max(1, int(0.5 * width / float(np.median(np.diff(edges)))))


def rebin(values: Array, factor: int) -> Array:
    """Add up groups of `factor` bins along the last axis; the last group takes what is left over."""
    return np.add.reduceat(values, np.arange(0, values.shape[-1], factor), axis=-1)


def rebin_edges(edges: Array, factor: int) -> Array:
    """Give the edges of the groups that `rebin` adds up."""
    return np.append(edges[:-1][::factor], edges[-1])
