"""Optimising cuts by the Punzi figure of merit, on one half of the events, quoted on the other.

G. Punzi, physics/0308063: eps / (a/2 + sqrt(B)) is largest where the smallest cross section that is found (or excluded)
at a given significance is smallest; it needs no cross section of the signal. `a` is the number of standard deviations
asked for: 1.28 for a one-sided 90 %.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from ..datasets.errors import ConfigurationError, UsageError
from .channel import CutVariable
from .objects import Array, Mask

HALF, WEIGHT, OBSERVABLE = "half", "weight", "observable"
"""Columns: 0 or 1 by event number, expected events (signal: share of those generated), and the observable."""


@dataclass(frozen=True)
class Optimum:
    """The best thresholds for one hypothesis.

    Attributes
    ----------
    mass
        GeV.
    thresholds
        By cut, in the unit of its variable.
    tuned
        Figure of merit on the half that the thresholds were chosen on.
    quoted
        On the other half.
    without
        On the other half, without these cuts.
    efficiency, background
        With the cuts, on the other half: share of generated signal, and expected events in the window.
    """

    mass: float
    thresholds: Mapping[str, float]
    tuned: float
    quoted: float
    without: float
    efficiency: float
    background: float

    @property
    def factor(self) -> float:
        """By what the cuts improve the figure of merit."""
        return self.quoted / self.without if self.without > 0 else float("nan")


def punzi(efficiency: Array | float, background: Array | float, significance: float) -> Array:
    """Give eps / (a/2 + sqrt(B))."""
    return np.asarray(efficiency / (significance / 2.0 + np.sqrt(np.maximum(background, 0.0))))


def optimise(
    mass: float,
    signal: pd.DataFrame,
    background: pd.DataFrame,
    cuts: Mapping[str, CutVariable],
    half_width: float,
    significance: float,
) -> Optimum:
    """Find the thresholds of largest figure of merit on the events of half 0, and quote it on those of half 1.

    Parameters
    ----------
    mass
        The hypothesis, GeV.
    signal, background
        Rows that pass all other cuts: columns `half`, `weight`, `observable`, and each cut's variable. Weights add up,
        over both halves, to the signal's efficiency and to the expected background.
    cuts
        What is cut on; thresholds are edges of its axis.
    half_width
        Half of the window's width, in resolutions of the signal.
    significance
        a of the figure of merit.

    Raises
    ------
    ConfigurationError
        No signal passes the other cuts.
    """
    if signal.empty:
        raise ConfigurationError(f"mass {mass:g}: no signal passes the other cuts.")
    centre, half = window(signal, half_width)
    counts = [
        [kept_weights(inside_window(each, centre, half), cuts, side) for each in (signal, background)]
        for side in (0, 1)
    ]
    merit = [punzi(kept, expected, significance) for kept, expected in counts]
    best = np.unravel_index(int(np.argmax(merit[0])), merit[0].shape)
    loosest = tuple(0 if each.keep == "above" else -1 for each in cuts.values())
    return Optimum(
        mass=mass,
        thresholds={
            name: float(each.axis.edges[place]) for (name, each), place in zip(cuts.items(), best, strict=True)
        },
        tuned=float(merit[0][best]),
        quoted=float(merit[1][best]),
        without=float(merit[1][loosest]),
        efficiency=float(counts[1][0][best]),
        background=float(counts[1][1][best]),
    )


def window(signal: pd.DataFrame, half_width: float) -> tuple[float, float]:
    """Give centre and half width of a signal's window: its median and `half_width` of its resolution (central 68 %)."""
    low, centre, high = np.quantile(signal[OBSERVABLE], [0.158655, 0.5, 0.841345])
    return float(centre), float(half_width * (high - low) / 2.0)


def inside_window(rows: pd.DataFrame, centre: float, half: float) -> pd.DataFrame:
    """Give the rows within `half` of `centre`."""
    found: pd.DataFrame = rows.loc[np.abs(rows[OBSERVABLE] - centre) <= half]
    return found


def kept_weights(rows: pd.DataFrame, cuts: Mapping[str, CutVariable], half: int) -> Array:
    """Sum the weights of one half, times 2, that pass each combination of thresholds; the loosest ones pass all."""
    chosen = rows[rows[HALF] == half]
    edges = [np.asarray(each.axis.edges, dtype=float) for each in cuts.values()]
    # Beyond the outermost thresholds everything belongs to the outermost bins.
    places = [
        np.clip(chosen[each.axis.name], limits[0], np.nextafter(limits[-1], limits[0]))
        for each, limits in zip(cuts.values(), edges, strict=True)
    ]
    summed, _ = np.histogramdd(np.column_stack(places), bins=edges, weights=2.0 * chosen[WEIGHT])
    for axis, each in enumerate(cuts.values()):
        summed = _passing(summed, axis, each.keep)
    return np.asarray(summed)


def passing(rows: pd.DataFrame, cuts: Mapping[str, CutVariable], place: int) -> Mask:
    """Tell which rows pass a combination of thresholds, numbered as in the flattened sums of `kept_weights`."""
    numbers = np.unravel_index(place, [len(each.axis.edges) for each in cuts.values()])
    passed = np.ones(len(rows), dtype=bool)
    for each, number in zip(cuts.values(), numbers, strict=True):
        values, edges = rows[each.axis.name].to_numpy(), np.asarray(each.axis.edges, dtype=float)
        last = len(edges) - 1
        if each.keep == "above":
            passed &= (values >= edges[number]) & (number < last) | (number == 0)
        else:
            passed &= (values < edges[number]) & (number > 0) | (number == last)
    return passed


def _passing(summed: Array, axis: int, keep: str) -> Array:
    """Turn bins into sums above (below) each edge along an axis: one place more than bins."""
    if keep == "above":
        upward = np.flip(np.cumsum(np.flip(summed, axis), axis=axis), axis)
        return np.concatenate([upward, np.zeros_like(upward.take([0], axis=axis))], axis=axis)
    downward = np.cumsum(summed, axis=axis)
    return np.concatenate([np.zeros_like(downward.take([0], axis=axis)), downward], axis=axis)


def chosen_variables(known: Mapping[str, CutVariable], names: Sequence[str], channel: str) -> dict[str, CutVariable]:
    """Pick the cuts to optimise; UsageError names those that can be."""
    unknown = [name for name in names if name not in known]
    if unknown:
        told = ", ".join(known) or "none"
        raise UsageError(f"{channel}: {', '.join(unknown)} cannot be optimised; {told} can.")
    return {name: known[name] for name in names}
