"""Where a signal peaks, how wide it is, and the window of bins that follows from that."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.integrate import cumulative_trapezoid

from ..datasets.errors import ModelError
from ..processors.recipe import Observable, WindowRule, mass_of
from .histfactory import Array
from .templates import Axis

Indices = NDArray[np.int64]
DENSEST, DENSEST_WIDTH = 0.05, 0.0627  # share of a Gaussian within +-0.0627 standard deviations of its centre
CORE_STEPS = 12


@dataclass(frozen=True)
class Peak:
    """Centre and width (half of the central 68.27 %) of a template, in the observable's unit."""

    centre: float
    width: float


@dataclass(frozen=True)
class Window:
    """Which fine bins make up which bin of a model.

    Attributes
    ----------
    fine
        Indices of the fine bins used.
    group
        For each of them, the model's bin.
    low, high
        Edges of the model's bins along the (first) observable; bins between which some were left out do not touch.
    span
        The whole window along the first observable, what was left out included.
    """

    fine: Indices
    group: Indices
    low: Array
    high: Array
    span: tuple[float, float]

    @property
    def bins(self) -> int:
        """Number of the model's bins."""
        return len(self.low)

    def take(self, values: Array) -> Array:
        """Add up fine bins to the model's bins."""
        summed = np.bincount(self.group, weights=values[self.fine], minlength=self.bins)
        return summed.astype(np.float64)

    def merged(self, numbers: Indices) -> "Window":
        """Give the window with its bins merged; `numbers` are each one's in the new window, in order."""
        starts = np.flatnonzero(np.diff(numbers, prepend=-1))
        stops = np.append(starts[1:], len(numbers)) - 1
        return replace(self, group=numbers[self.group], low=self.low[starts], high=self.high[stops])


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


def find_core(values: Array, edges: Array) -> Peak:
    """Measure a peak alone, where most of the candidates lie beside it.

    It begins at the shortest interval that holds a twentieth of all candidates. A straight line through what is
    beside the peak, 3 to 6 widths away, is taken off; centre and width are quantiles of the rest, until they stay.

    Raises
    ------
    ModelError
        The template holds nothing positive.
    """
    wide = find_peak(values, edges)
    positive = np.clip(values, 0.0, None)
    cumulative = np.concatenate([[0.0], np.cumsum(positive)]) / positive.sum()
    starts = np.linspace(0.0, 1.0 - DENSEST, 4000)
    low, high = (np.interp(starts + share, cumulative, edges) for share in (0.0, DENSEST))
    place = int(np.argmin(high - low))
    narrow = Peak(float(low[place] + high[place]) / 2, float(high[place] - low[place]) / (2 * DENSEST_WIDTH))
    for _ in range(CORE_STEPS):
        grid = narrow.centre + narrow.width * np.linspace(-6.0, 6.0, 1201)
        filled = np.interp(grid, edges, cumulative)
        line = _beside(grid, filled, (float(edges[0]), float(edges[-1])))
        core = np.maximum.accumulate(filled[300:901] - filled[300] - line)
        if not core[-1] > 0:
            return wide
        first, centre, last = np.interp(np.array([0.158655, 0.5, 0.841345]) * core[-1], core, grid[300:901])
        narrow = Peak(float(centre), float(last - first) / 2)
    return narrow if narrow.width < wide.width else wide


def _beside(grid: Array, filled: Array, whole: tuple[float, float]) -> Array:
    """Integrate a straight line, through the densities 3 to 6 widths away on both sides, over what lies between them.

    Where the axis ends on one side of the peak, the other side alone counts, as flat; where it ends on both, nothing
    is beside the peak.
    """
    places, densities = [], []
    for start, stop in np.clip([(grid[0], grid[300]), (grid[900], grid[-1])], *whole):
        if stop - start > 0.5 * (grid[300] - grid[0]):
            places.append((start + stop) / 2)
            densities.append(np.diff(np.interp([start, stop], grid, filled))[0] / (stop - start))
    inside = grid[300:901]
    if not places:
        return np.zeros_like(inside)
    slope = np.diff(densities)[0] / np.diff(places)[0] if len(places) > 1 else 0.0
    heights = np.where((inside >= whole[0]) & (inside <= whole[1]), densities[0] + slope * (inside - places[0]), 0.0)
    integral: Array = cumulative_trapezoid(heights, inside, initial=0.0)
    return integral


def find_peaks(values: Array, axes: Sequence[Axis], combinatorial: bool = False) -> tuple[Peak, ...]:
    """Measure a template's peak along each of its axes; `combinatorial` as in `WindowRule`."""
    find = find_core if combinatorial else find_peak
    shape = tuple(len(each.edges) - 1 for each in axes)
    table = values.reshape(shape)
    others = [tuple(n for n in range(len(axes)) if n != number) for number in range(len(axes))]
    return tuple(find(table.sum(axis=rest), axis.edges) for rest, axis in zip(others, axes, strict=True))


def make_window(
    axes: Sequence[Axis],
    peaks: Sequence[Peak],
    rule: WindowRule,
    merged: bool,
    excluded: Sequence[tuple[float, float]] = (),
    reach: tuple[int, int] | None = None,
) -> Window:
    """Choose the bins of a window.

    Parameters
    ----------
    axes
        The region's fine bins.
    peaks
        Of the signal along each axis.
    rule
        Half width, and what the observables are.
    merged
        One bin for all of the window (counting); bins of half a resolution otherwise.
    excluded
        Mass ranges (GeV) whose bins are left out along every axis that holds a mass.
    reach
        First and last fine bin of the region's selection: no smooth background goes on beyond a cut on the observable.

    Raises
    ------
    ModelError
        Nothing of the window is left.
    """
    parts = [
        _along(axis.edges, peak, rule, observable, merged, excluded, reach)
        for axis, peak, observable in zip(axes, peaks, rule.observable, strict=True)
    ]
    if any(not len(bins) for bins, _ in parts):
        raise ModelError("the window lies in an excluded range of masses.")
    first, edges = parts[0], axes[0].edges
    fine, group = first
    if len(parts) == 2:
        second, inner = parts[1]
        columns = len(axes[1].edges) - 1
        fine = (first[0][:, None] * columns + second[None, :]).ravel()
        group = (first[1][:, None] * (inner.max() + 1) + inner[None, :]).ravel()
    if merged:
        group = np.zeros(len(fine), dtype=np.int64)
    span = (float(edges[first[0][0]]), float(edges[first[0][-1] + 1]))
    if len(parts) == 2 or merged:
        bins = int(group.max()) + 1
        return Window(fine, group, np.full(bins, span[0]), np.full(bins, span[1]), span)
    starts = np.flatnonzero(np.diff(group, prepend=-1))
    stops = np.append(starts[1:], len(group)) - 1
    return Window(fine, group, edges[fine[starts]], edges[fine[stops] + 1], span)


def _along(
    edges: Array,
    peak: Peak,
    rule: WindowRule,
    observable: Observable,
    merged: bool,
    excluded: Sequence[tuple[float, float]],
    reach: tuple[int, int] | None,
) -> tuple[Indices, Indices]:
    """Give the fine bins of the window along one axis, and the model's bin of each."""
    if observable == "whole_axis":
        every = np.arange(len(edges) - 1)
        return every, every
    half = max(rule.half_width * peak.width, rule.minimum_half_width)
    chosen = bin_range(edges, peak.centre - half, peak.centre + half)
    if reach is not None and not merged and chosen.start <= reach[1] and chosen.stop > reach[0]:
        chosen = slice(max(chosen.start, reach[0]), min(chosen.stop, reach[1] + 1))
    fine = np.arange(chosen.start, chosen.stop)
    factor = 1 if merged else rebin_factor(edges[chosen.start : chosen.stop + 1], peak.width)
    group = (fine - chosen.start) // factor
    if excluded:
        masses = np.array([mass_of(observable, each) for each in (edges[fine] + edges[fine + 1]) / 2])
        out = np.any([(masses >= low) & (masses < high) for low, high in excluded], axis=0)
        fine, group = fine[~out], group[~out]
        group = np.unique(group, return_inverse=True)[1] if len(group) else group
    return fine, group


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
