"""Expected events of stacked HistFactory models and their derivatives, interpolated as pyhf does (code4, code4p)."""

from dataclasses import dataclass

import numpy as np

from .batches import Batch, Block, ChannelArrays, Point
from .histfactory import Array


@dataclass(frozen=True, eq=False)
class Rates:
    """Expected events (h, bins); their derivatives by parameters (h, g, bins) and bin factors (h, slot, bins)."""

    expected: Array
    by_parameter: Array
    by_bin: Array


def expected(batch: Batch, point: Point) -> Array:
    """Give the expected events in each bin (h, bins)."""
    total = np.empty((len(batch), point.bins.shape[2]))
    for block, channel in zip(batch.blocks, batch.channels, strict=True):
        factor = np.prod(_factors(block, channel, point.parameters)[0], axis=1)
        shape = _shapes(block, channel, point.parameters)
        shape = _with_bins(block, shape, point.bins[:, :, block.columns], None)
        total[:, block.columns] = _weighted(factor, shape)
    return total


def rates(batch: Batch, point: Point) -> Rates:
    """Give the expected events and their derivatives."""
    hypotheses, parameters = point.parameters.shape
    total = np.empty((hypotheses, point.bins.shape[2]))
    by_parameter = np.zeros((hypotheses, parameters, total.shape[1]))
    by_bin = np.zeros(point.bins.shape)
    for block, channel in zip(batch.blocks, batch.channels, strict=True):
        here = block.columns
        values, slopes, owners = _factors(block, channel, point.parameters)
        factor = np.prod(values, axis=1)
        bare, bins = _shapes(block, channel, point.parameters), point.bins[:, :, here]
        shape = _with_bins(block, bare, bins, None)
        total[:, here] = _weighted(factor, shape)
        by_parameter[:, :, here] = _slopes(values, slopes, owners, parameters) @ shape
        if block.shifts:
            _add_shift_slopes(block, channel, point, factor, by_parameter[:, :, here])
        for slot, samples in enumerate(block.slots):
            without = _with_bins(block, bare, bins, slot)
            by_bin[:, slot, here] = _weighted(factor[:, samples], without[:, samples])
    return Rates(total, by_parameter, by_bin)


def _weighted(factor: Array, shape: Array) -> Array:
    summed: Array = (factor[:, None, :] @ shape)[:, 0, :]
    return summed


def _factors(block: Block, channel: ChannelArrays, parameters: Array) -> tuple[Array, Array, list[tuple[int, int]]]:
    """Give values (h, n, sample; 1 on other samples) and slopes (h, n) of all n factors, and whose they are."""
    owners = [*block.factors, *block.scales]
    hypotheses, samples = channel.nominal.shape[:2]
    values = np.ones((hypotheses, max(len(owners), 1), samples))
    slopes = np.ones((hypotheses, len(owners)))
    for number, (sample, parameter) in enumerate(block.factors):
        values[:, number, sample] = parameters[:, parameter]
    if block.scales:
        first = len(block.factors)
        value, slope = interpolate_scale(channel.scales, parameters[:, [parameter for _, parameter in block.scales]])
        slopes[:, first:] = slope
        for number, (sample, _) in enumerate(block.scales):
            values[:, first + number, sample] = value[:, number]
    return values, slopes, owners


def _slopes(values: Array, slopes: Array, owners: list[tuple[int, int]], parameters: int) -> Array:
    """Give d factor_s / d parameter_g (h, g, s): each factor's slope times the sample's other factors."""
    found = np.zeros((len(values), parameters, values.shape[2]))
    for number, (sample, parameter) in enumerate(owners):
        same = [other for other, (whose, _) in enumerate(owners) if whose == sample and other != number]
        others = np.prod(values[:, same, sample], axis=1) if same else 1.0
        found[:, parameter, sample] += slopes[:, number] * others
    return found


def scale_coefficients(low: Array, high: Array) -> Array:
    """Give what `interpolate_scale` needs of factors at -1 and +1 sigma: (..., 8).

    The polynomial 1 + sum a_i alpha^i (i = 1..6) meets value, first and second derivative of high^alpha and
    low^-alpha at +-1 (pyhf's code4).
    """
    up, down = np.log(high), np.log(low)
    sides = [high - 1, low - 1, up * high, -down * low, up**2 * high, down**2 * low]
    solved = np.einsum("ij,j...->...i", CODE4, np.array(sides))
    return np.concatenate([down[..., None], up[..., None], solved], axis=-1)


def _code4() -> Array:
    powers = np.arange(1, 7)
    rows = [sign**powers for sign in (1.0, -1.0)]
    rows += [powers * sign ** (powers - 1) for sign in (1.0, -1.0)]
    rows += [powers * (powers - 1) * sign ** (powers - 2) for sign in (1.0, -1.0)]
    inverse: Array = np.linalg.inv(np.array(rows))
    return inverse


CODE4 = _code4()


def interpolate_scale(scales: Array, alpha: Array) -> tuple[Array, Array]:
    """Give the factors of normsys modifiers at `alpha` standard deviations, and their slopes (pyhf's code4)."""
    rate = np.where(alpha > 0, scales[..., 1], -scales[..., 0])
    outer = np.exp(rate * alpha)
    inside = np.abs(alpha) < 1
    if not inside.any():
        return outer, rate * outer
    value, slope = np.zeros_like(alpha), np.zeros_like(alpha)
    for power in range(6, 0, -1):
        coefficient = scales[..., power + 1]
        slope = slope * alpha + power * coefficient
        value = value * alpha + coefficient
    value = 1 + value * alpha
    return np.where(inside, value, outer), np.where(inside, slope, rate * outer)


def _bend(alpha: Array) -> tuple[Array, Array]:
    """Give the even part of pyhf's code4p and its slope: 8 |alpha| outside +-1."""
    square = alpha**2
    inside = square < 1
    value = np.where(inside, square * (15 + square * (3 * square - 10)), 8 * np.abs(alpha))
    slope = np.where(inside, alpha * (30 + square * (18 * square - 40)), 8 * np.sign(alpha))
    return value, slope


def _shapes(block: Block, channel: ChannelArrays, parameters: Array) -> Array:
    """Give each sample's events before factors: nominal and shifts (h, sample, bin)."""
    if not block.shifts:
        return channel.nominal
    shape = channel.nominal.copy()
    alpha = parameters[:, [parameter for _, parameter in block.shifts]]
    even, _ = _bend(alpha)
    for number, (sample, _) in enumerate(block.shifts):
        shape[:, sample] += alpha[:, number, None] * channel.odd[:, number]
        shape[:, sample] += even[:, number, None] * channel.even[:, number]
    return shape


def _add_shift_slopes(block: Block, channel: ChannelArrays, point: Point, factor: Array, into: Array) -> None:
    alpha = point.parameters[:, [parameter for _, parameter in block.shifts]]
    _, slope = _bend(alpha)
    bins = point.bins[:, :, block.columns]
    for number, (sample, parameter) in enumerate(block.shifts):
        change = channel.odd[:, number] + slope[:, number, None] * channel.even[:, number]
        for slot, samples in enumerate(block.slots):
            if sample in samples:
                change = change * bins[:, slot]
        into[:, parameter] += factor[:, sample, None] * change


def _with_bins(block: Block, shape: Array, bins: Array, without: int | None) -> Array:
    """Multiply the samples' events by their bin factors, but for those of slot `without`."""
    used = [(slot, samples) for slot, samples in enumerate(block.slots) if slot != without]
    if not used:
        return shape
    shape = shape.copy()
    for slot, samples in used:
        shape[:, samples] *= bins[:, slot, None, :]
    return shape
