"""Accept or reject weighted proposals, keeping the few whose weight exceeds the maximum as events of weight above 1."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from .process import Integral, ProcessError

Proposals = tuple[tuple[NDArray[np.float64], ...], NDArray[np.float64]]
Sampler = Callable[[int, np.random.Generator], Proposals]
"""Gives n proposals: arrays with one row a proposal, and the weight of each in nb (its mean is the cross section)."""

BATCH = 20_000  # small enough for the processor's cache: half as fast again as ten times as many
SMALLEST_BATCH = 1_000


def integrate_sampler(
    sample: Sampler, generator: np.random.Generator, evaluations: int, quantile: float = 0.999
) -> Integral:
    """Integrate a sampler and find the weight to accept against.

    Parameters
    ----------
    sample
        The proposals.
    generator
        Random stream.
    evaluations
        Number of proposals.
    quantile
        Share of the cross section that proposals below the maximum weight carry; the rest become over-weights.

    Raises
    ------
    ProcessError
        All weights are zero.
    """
    weights = sample(evaluations, generator)[1]
    if not weights.any():
        raise ProcessError(f"none of {evaluations} proposals passes the cuts of the process; loosen them")
    ordered = np.sort(weights)
    carried = np.cumsum(ordered)
    maximum = ordered[min(np.searchsorted(carried, quantile * carried[-1]), evaluations - 1)]
    error = float(np.std(weights) / np.sqrt(evaluations))
    return Integral(cross_section=float(np.mean(weights)), error=error, maximum_weight=float(maximum))


def accept(
    sample: Sampler, number: int, maximum: float, generator: np.random.Generator
) -> tuple[tuple[NDArray[np.float64], ...], NDArray[np.float64]]:
    """Return exactly `number` accepted rows of every array, and their weights (1, or above for an over-weight)."""
    kept: list[tuple[NDArray[np.float64], ...]] = []
    weights: list[NDArray[np.float64]] = []
    missing, drawn = number, 0
    while missing > 0:
        # Twice what is missing to begin with, then as many as the acceptance so far asks for and a little more.
        needed = 2.0 * missing if missing == number else 1.05 * missing * drawn / (number - missing)
        size = int(np.clip(needed, SMALLEST_BATCH, BATCH))
        columns, proposed = sample(size, generator)
        ratio = proposed / maximum
        chosen = np.flatnonzero(generator.random(size) < ratio)[:missing]
        kept.append(tuple(column[chosen] for column in columns))
        weights.append(np.maximum(ratio[chosen], 1.0))
        missing -= len(chosen)
        drawn += size
    if not kept:
        columns, proposed = sample(1, generator)
        return tuple(column[:0] for column in columns), proposed[:0]
    return tuple(np.concatenate(parts) for parts in zip(*kept, strict=True)), np.concatenate(weights)
