"""Filling a search's histograms from what it selected: observables, weight variations, cutflows, N-1 variables."""

from collections.abc import Mapping, Sequence

import hist
import numpy as np
from numpy.typing import NDArray

from .objects import Array, Mask
from .selected import Selected, mask_of, rows_passing

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

Known = dict[tuple[int, ...], tuple[Mask, list[Step]]]
"""What early cuts leave, and their steps, by the identities of their masks: regions mostly share them."""


def cutflows(
    selected: Selected,
    cuts: Sequence[str],
    region: str,
    weights: Array,
    variations: Sequence[str],
    known: Known,
) -> dict[str, NDArray[np.float64]]:
    """Count the events that pass the first n cuts, for all n; an event passes as long as one of its rows does.

    Early cuts are counted once: a weight variation weighs events from the first cut on that looks at rows, where an
    event has the weight of its first row that is left.

    Parameters
    ----------
    selected, cuts, region, weights, variations
        What is counted, and under which weight variations.
    known
        Kept between regions, for the same `selected` only.

    Returns
    -------
    dict
        By weight variation: (3, cuts) with the steps.
    """
    late = [cut for cut in cuts if mask_of(selected.cuts, cut, region) is not None]
    first = cuts.index(late[0]) if late else len(cuts)
    alive, steps = _early_steps(selected, cuts[:first], region, weights, known)
    rows = alive[selected.event]
    counted = {variation: list(steps) for variation in variations}
    factors = {variation: row_weights(selected, weights, variation) for variation in variations}
    for cut in cuts[first:]:
        early, mask = mask_of(selected.early, cut, region), mask_of(selected.cuts, cut, region)
        for each in (None if early is None else early[selected.event], mask):
            rows = rows if each is None else rows & each
        chosen = np.flatnonzero(rows)
        chosen = chosen[np.diff(selected.event[chosen], prepend=-1) != 0]
        for variation, factor in factors.items():
            counted[variation].append(_step(factor[chosen]))
    return {variation: np.transpose(each) for variation, each in counted.items()}


def _early_steps(
    selected: Selected, cuts: Sequence[str], region: str, weights: Array, known: Known
) -> tuple[Mask, list[Step]]:
    masks = [mask_of(selected.early, cut, region) for cut in cuts]
    key = tuple(id(mask) for mask in masks)
    if key not in known:
        alive, steps = np.ones(len(weights), dtype=bool), []
        for mask in masks:
            alive = alive if mask is None else alive & mask
            steps.append(_step(weights[alive]))
        known[key] = alive, steps
    return known[key]


def _step(kept: Array) -> Step:
    return np.array([kept.sum(), kept @ kept, len(kept)])


def fill_n_minus_one(
    histogram: hist.Hist, process: str, region: str, cut: str, selected: Selected, cuts: Sequence[str], weights: Array
) -> None:
    """Fill a cut's variable for the rows that pass all other cuts."""
    passed = rows_passing(selected, cuts, region, without=cut)
    weight = row_weights(selected, weights, "nominal")
    fill_rows(histogram, {"process": process, "region": region}, selected, passed, weight)
