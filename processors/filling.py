"""Filling a search's histograms from what it selected: observables, weight variations, cutflows, N-1 variables."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import hist
import numpy as np
from numpy.typing import NDArray

from .objects import Array, Mask
from .selected import Selected, mask_of, rows_passing, values_in

Axes = tuple[hist.axis.AxesMixin, ...]


def category(names: Sequence[str], name: str) -> hist.axis.StrCategory:
    """Make an axis of fixed categories, with no bin for others."""
    return hist.axis.StrCategory(list(names), name=name, overflow=False)


def coarse(axis: hist.axis.AxesMixin, factor: int) -> hist.axis.Variable:
    """Make an axis whose every bin holds `factor` bins of `axis`; the last one takes what is left over."""
    edges = np.asarray(axis.edges)
    return hist.axis.Variable(np.append(edges[:-1][::factor], edges[-1]), name=axis.name, label=axis.label)


def fill_rows(histogram: hist.Hist, place: Mapping[str, str], selected: Selected, passed: Mask, weight: Array) -> None:
    """Fill the rows that passed and whose observables are numbers."""
    names = [axis.name for axis in histogram.axes if axis.name not in ("process", "region", "variation")]
    for name in names:
        passed = passed & np.isfinite(selected.values[name])
    columns = {name: selected.values[name][passed] for name in names}
    histogram.fill(**place, **columns, weight=weight[passed])


def row_weights(selected: Selected, weights: Array, variation: str) -> Array:
    """Give the rows' weights under a weight variation ("nominal" for none)."""
    result = weights[selected.event]
    if "nominal" in selected.weights:
        result = result * selected.weights["nominal"]
    if variation != "nominal":
        result = result * selected.weights[variation]
    return np.asarray(np.where(np.isfinite(result), result, 0.0), dtype=np.float64)


Step = NDArray[np.float64]
"""Sum of weights, of their squares, and number of events that pass a cut and all before it."""

Known = dict[tuple[int, ...], tuple[Mask | None, Mask, Step]]
"""By the identities of early masks: the last of them (kept, lest its identity be given away), what all leave, its step.

Regions, shifts and searches mostly begin with the same masks.
"""


def cutflows(
    selected: Selected,
    cuts: Sequence[str],
    region: str,
    weights: Array,
    factors: Mapping[str, Array],
    known: Known,
) -> dict[str, NDArray[np.float64]]:
    """Count the events that pass the first n cuts, for all n; an event passes as long as one of its rows does.

    Early cuts are counted once: a weight variation weighs events from the first cut on that looks at rows, where an
    event has the weight of its first row that is left.

    Parameters
    ----------
    selected, cuts, region
        What is counted.
    weights
        Of the events.
    factors
        Weights of the rows by weight variation (`row_weights`).
    known
        Early steps, kept for the whole chunk.

    Returns
    -------
    dict
        By weight variation: (3, cuts) with the steps.
    """
    late = [cut for cut in cuts if mask_of(selected.cuts, cut, region) is not None]
    first = cuts.index(late[0]) if late else len(cuts)
    alive, steps = _early_steps(selected, cuts[:first], region, weights, known)
    rows = np.flatnonzero(alive[selected.event])
    counted = {variation: list(steps) for variation in factors}
    for cut in cuts[first:]:
        early, mask = mask_of(selected.early, cut, region), mask_of(selected.cuts, cut, region)
        rows = rows if early is None else rows[early[selected.event[rows]]]
        rows = rows if mask is None else rows[mask[rows]]
        chosen = rows[np.diff(selected.event[rows], prepend=-1) != 0]
        for variation, factor in factors.items():
            counted[variation].append(_step(factor[chosen]))
    return {variation: np.transpose(each) for variation, each in counted.items()}


def _early_steps(
    selected: Selected, cuts: Sequence[str], region: str, weights: Array, known: Known
) -> tuple[Mask, list[Step]]:
    alive, steps = np.ones(len(weights), dtype=bool), list[Step]()
    key: tuple[int, ...] = ()
    for cut in cuts:
        mask = mask_of(selected.early, cut, region)
        key = (*key, id(mask))
        if key not in known:
            left = alive if mask is None else alive & mask
            known[key] = mask, left, _step(weights[left])
        _, alive, step = known[key]
        steps.append(step)
    return alive, steps


def _step(kept: Array) -> Step:
    return np.array([kept.sum(), np.square(kept).sum(), len(kept)])  # a dot product would spin the threads of BLAS


def fill_n_minus_one(
    histogram: hist.Hist, process: str, region: str, cut: str, selected: Selected, cuts: Sequence[str], weight: Array
) -> None:
    """Fill a cut's variable for the rows that pass all other cuts, with the rows' weights."""
    passed = rows_passing(selected, cuts, region, without=cut)
    here = replace(selected, values=values_in(selected, region))
    fill_rows(histogram, {"process": process, "region": region}, here, passed, weight)
