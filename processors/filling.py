"""Filling a search's histograms from what it selected: observables, weight variations, cutflows, N-1 variables."""

from collections.abc import Mapping, Sequence

import hist
import numpy as np

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


def cutflow(
    selected: Selected, cuts: Sequence[str], region: str, weights: Array, variation: str = "nominal"
) -> tuple[Array, Array, Array]:
    """Count the events that pass the first n cuts, for all n; an event passes as long as one of its rows does.

    A weight variation weighs events from the first cut on that looks at rows; an event has its best-placed row's.

    Returns
    -------
    tuple
        Sums of weights, of their squares, and numbers of events, (cuts,) each.
    """
    sums, squares, numbers = np.zeros(len(cuts)), np.zeros(len(cuts)), np.zeros(len(cuts))
    alive = np.ones(len(weights), dtype=bool)
    rows: Mask | None = None
    factors = row_weights(selected, weights, variation)
    for place, cut in enumerate(cuts):
        early, late = mask_of(selected.early, cut, region), mask_of(selected.cuts, cut, region)
        if early is not None and late is None and rows is None:
            alive = alive & early
            kept = weights[alive]
        else:
            rows = alive[selected.event] if rows is None else rows
            for mask in (None if early is None else early[selected.event], late):
                rows = rows if mask is None else rows & mask
            first = np.flatnonzero(rows)
            first = first[np.diff(selected.event[first], prepend=-1) != 0]
            kept = factors[first]
        sums[place], squares[place], numbers[place] = kept.sum(), np.square(kept).sum(), len(kept)
    return sums, squares, numbers


def fill_n_minus_one(
    histogram: hist.Hist, process: str, region: str, cut: str, selected: Selected, cuts: Sequence[str], weights: Array
) -> None:
    """Fill a cut's variable for the rows that pass all other cuts."""
    passed = rows_passing(selected, cuts, region, without=cut)
    weight = row_weights(selected, weights, "nominal")
    fill_rows(histogram, {"process": process, "region": region}, selected, passed, weight)
