"""-ln L of stacked models, its gradient and curvature; constants that depend on the data alone are left out."""

from dataclasses import dataclass

import numpy as np

from .batches import Batch, Data, Point
from .histfactory import Array
from .rates import expected, rates

SMALLEST = 1e-100  # whose square is still a number


@dataclass(frozen=True, eq=False)
class Curvature:
    """-ln L, its gradient, and its second derivatives without those of the expected events.

    The latter are positive semi-definite: a Newton step with them always goes down. Bin factors are only coupled to
    those of their own bin.

    Attributes
    ----------
    value
        -ln L (h).
    by_parameter, by_bin
        Gradient: (h, g) and (h, slot, bins).
    parameters, mixed, bins
        Second derivatives: (h, g, g), (h, g, slot, bins) and (h, bins, slot, slot).
    """

    value: Array
    by_parameter: Array
    by_bin: Array
    parameters: Array
    mixed: Array
    bins: Array


def value(batch: Batch, data: Data, point: Point) -> Array:
    """Give -ln L of each hypothesis up to a constant of its data, infinite where rates are not possible."""
    return _value(batch, data, point, expected(batch, point))


def _value(batch: Batch, data: Data, point: Point, events: Array) -> Array:
    total: Array = deviance(data.counts, events).sum(axis=1)
    total += 0.5 * np.sum(batch.precision * (point.parameters - data.constraints) ** 2, axis=1)
    if point.bins.size:
        total += 0.5 * np.sum(batch.bin_precision * (point.bins - data.bins) ** 2, axis=(1, 2))
        if batch.bin_events.any():
            measured = np.where(batch.bin_events > 0, data.bins, 0.0)
            total += deviance(measured, batch.bin_events * point.bins).sum(axis=(1, 2))
    return total


def deviance(counts: Array, events: Array) -> Array:
    """Give -ln of the Poisson probability relative to its largest value: it does not lose digits at large counts."""
    filled = counts > 0
    ratio = np.divide(events, counts, out=np.ones_like(events), where=filled)
    terms: Array = np.where(filled, counts * (ratio - 1 - np.log(np.maximum(ratio, SMALLEST))), events)
    wrong = (events < 0) | (filled & (events <= 0)) | ~np.isfinite(events)
    if wrong.any():
        terms[wrong] = np.inf
    return terms


def curvature(batch: Batch, data: Data, point: Point, *, fisher: bool = False) -> Curvature:
    """Give value, gradient and curvature; with `fisher`, no bin counts less than it is expected to."""
    found = rates(batch, point)
    events = np.maximum(found.expected, SMALLEST)
    ratio = data.counts / events
    pull = np.where(data.counts > 0, 1 - ratio, 1.0)
    weight = (np.maximum(ratio, 1.0) if fisher else ratio) / events
    weight[found.expected <= SMALLEST] = 0.0
    by_parameter = (found.by_parameter @ pull[:, :, None])[:, :, 0]
    by_parameter += batch.precision * (point.parameters - data.constraints)
    weighted = found.by_parameter * weight[:, None, :]
    parameters = weighted @ found.by_parameter.swapaxes(1, 2)
    diagonal = np.arange(parameters.shape[1])
    parameters[:, diagonal, diagonal] += batch.precision
    by_bin = found.by_bin * pull[:, None, :] + batch.bin_precision * (point.bins - data.bins)
    slots = point.bins.shape[1]
    bins = np.einsum("hib,hjb,hb->hbij", found.by_bin, found.by_bin, weight) if slots else np.zeros((0, 0, 0, 0))
    if slots:
        measured = np.where(batch.bin_events > 0, data.bins, 0.0)
        factors = np.where(batch.bin_events > 0, point.bins, 1.0)
        by_bin += batch.bin_events - measured / factors
        slot = np.arange(slots)
        bins[:, :, slot, slot] += (batch.bin_precision + measured / factors**2).swapaxes(1, 2)
    return Curvature(
        value=_value(batch, data, point, found.expected),
        by_parameter=by_parameter,
        by_bin=by_bin,
        parameters=parameters,
        mixed=weighted[:, :, None, :] * found.by_bin[:, None, :, :],
        bins=bins,
    )
