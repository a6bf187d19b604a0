"""Bins of a window that expect too few events to tell anything by themselves are merged with their neighbours.

mu_hat ends where some bin's rate is zero, so that one almost empty bin at the foot of a signal decides how far it can
fall; a polynomial near zero there stands at a bound; and a template's bin holds what one simulated event weighs, or
nothing. What the asymptotic formulae ask for (`validity`) is asked of every bin here: ten events, three standard
deviations above none. Simulation alone decides, never data. A bin of a peak stays apart from those beside it, and bins
that expect enough stay as they are.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from .histfactory import Array
from .parts import Draft, Part, merged_part
from .sidebands import simulated_sideband
from .smooth import fit_smooth
from .validity import GAUSSIAN_ROOM, LOW_COUNT
from .windows import Indices

PEAK = 2.0  # resolutions on either side, as in a counting window
FEWEST_BINS = 5  # beside a polynomial: what signal and slope leave to test them with


def merge_bins(drafts: Sequence[Draft]) -> list[Draft]:
    """Merge bins of one-dimensional windows until each expects ten events, three standard deviations above none.

    The deviation is that of the count and, of templates, of the simulation. Windows of a smooth background keep five
    bins, and all of them where they expect fewer than fifty events.
    """
    parts = [part for each in drafts for part in each.parts if _divided(part)]
    smooth = [part for part in parts if part.smooth and _scarce(part)]
    sidebands = [simulated_sideband(part) for part in smooth]
    filled = [number for number, each in enumerate(sidebands) if each.counts.sum() > 0]
    order = max((part.inputs.recipe.background_order for part in smooth), default=0)
    merged: dict[int, Part] = {}
    for number, fit in zip(filled, fit_smooth([sidebands[n] for n in filled], order), strict=True):
        part, rates = smooth[number], fit.factors @ fit.basis + sidebands[number].fixed
        if rates.sum() >= FEWEST_BINS * LOW_COUNT:
            merged[id(part)] = _merged(part, rates, np.zeros_like(rates), FEWEST_BINS)
    for part in parts:
        if not part.smooth:
            background = part.spectrum.background
            rates, variances = part.window.take(background.values), part.window.take(background.variances)
            merged[id(part)] = _merged(part, np.clip(rates, 0.0, None), variances, 1)
    return [replace(each, parts=tuple(merged.get(id(part), part) for part in each.parts)) for each in drafts]


def _divided(part: Part) -> bool:
    return part.window.bins > 1 and len(part.spectrum.axes) == 1


def _scarce(part: Part) -> bool:
    """Tell whether some bin can expect too few events: simulation fluctuates, a smooth function does not."""
    background = part.spectrum.background
    values, variances = part.window.take(background.values), part.window.take(background.variances)
    return bool((values < LOW_COUNT + 5 * np.sqrt(variances)).any())


def _merged(part: Part, rates: Array, variances: Array, fewest: int) -> Part:
    numbers = merged_numbers(rates, variances, _joinable(part), fewest)
    return part if numbers[-1] == len(rates) - 1 else merged_part(part, numbers)


def _joinable(part: Part) -> list[bool]:
    """Tell of each bin but the last whether it may be joined with the next one: a template's always.

    With a smooth background neither across what was cut out, nor across the borders of the peak: what is beside it
    says how much background is below it.
    """
    if not part.smooth:
        return [True] * (part.window.bins - 1)
    window, rule = part.window, part.inputs.recipe.window_of(part.region)
    joinable = np.isclose(window.high[:-1], window.low[1:], rtol=1e-9, atol=1e-12)
    if rule.observable[0] != "whole_axis":
        (peak,) = part.peaks
        inside = np.abs((window.low + window.high) / 2 - peak.centre) < PEAK * peak.width
        joinable &= inside[:-1] == inside[1:]
    found: list[bool] = joinable.tolist()
    return found


def merged_numbers(rates: Array, variances: Array, joinable: Sequence[bool], fewest: int) -> Indices:
    """Give the number of the merged bin of each bin; the poorest joins the poorer of its neighbours, again and again.

    Parameters
    ----------
    rates, variances
        Expected events, and the variance that simulation's statistics leave of them.
    joinable
        Of each bin but the last, whether it may be joined with the next one.
    fewest
        Bins that are kept in any case.
    """
    events, errors, joined = list(rates), list(variances), list(joinable)
    sizes = [1] * len(events)
    while len(events) > fewest:
        poor = [
            n
            for n, (rate, variance) in enumerate(zip(events, errors, strict=True))
            if _is_poor(rate, variance) and any(joined[max(n - 1, 0) : n + 1])
        ]
        if not poor:
            break
        poorest = min(poor, key=events.__getitem__)
        beside = [n for n in (poorest - 1, poorest) if 0 <= n < len(joined) and joined[n]]
        first = min(beside, key=lambda n: events[n] + events[n + 1])
        for values in (events, errors, sizes):
            values[first] += values.pop(first + 1)
        joined.pop(first)
    return np.repeat(np.arange(len(sizes)), sizes)


def _is_poor(rate: float, variance: float) -> bool:
    return rate < LOW_COUNT or rate**2 < GAUSSIAN_ROOM**2 * (rate + variance)
