"""From single models to stacks of equal structure; windows of different width are padded with empty bins."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from ..datasets.errors import ModelError
from .batches import Batch, Block, ChannelArrays, Data, Point
from .histfactory import Array, Channel, HistFactory, Modifier, ParameterSettings
from .rates import scale_coefficients

BY_BIN = ("staterror", "shapesys", "shapefactor")
DEFAULTS = ParameterSettings()
FREE_RANGE = (0.0, 10.0)  # pyhf's bounds of normfactor and shapefactor
PULL_RANGE = (-5.0, 5.0)  # of normsys and histosys, in standard deviations
FACTOR_RANGE = (1e-10, 10.0)  # of staterror and shapesys

Structure = tuple[tuple[tuple[tuple[str, int], ...], ...], ...]


@dataclass(frozen=True)
class _Slot:
    """One set of bin factors of a channel: its modifiers by sample."""

    kind: str
    name: str
    modifiers: dict[int, Modifier]


def global_parameters(model: HistFactory) -> list[str]:
    """List the parameters that act on all bins of a sample, the signal strength first."""
    names = dict.fromkeys(each.name for _, _, each in _modifiers(model) if each.kind not in BY_BIN)
    if model.poi not in names:
        raise ModelError(f"{model.name}: no sample is multiplied by the parameter of interest {model.poi!r}.")
    return [model.poi, *(name for name in names if name != model.poi)]


def structure(model: HistFactory) -> Structure:
    """Give what models must share to be stacked; names of parameters do not matter, who shares them does.

    Raises
    ------
    ModelError
        The model is one that only pyhf can fit: bin factors shared between channels.
    """
    numbers = {name: number for number, name in enumerate(global_parameters(model))}
    owners: dict[str, str] = {}
    for channel, _, each in _modifiers(model):
        if each.kind in BY_BIN and owners.setdefault(each.name, channel.name) != channel.name:
            raise ModelError(f"{model.name}: the bin factors {each.name} are shared between channels.")
        numbers.setdefault(each.name, len(numbers))
    return tuple(
        tuple(tuple((each.kind, numbers[each.name]) for each in sample.modifiers) for sample in channel.samples)
        for channel in model.channels
    )


def _modifiers(model: HistFactory) -> Iterator[tuple[Channel, int, Modifier]]:
    for channel in model.channels:
        for number, sample in enumerate(channel.samples):
            for each in sample.modifiers:
                yield channel, number, each


def stack(models: Sequence[HistFactory]) -> Batch:
    """Stack models of equal structure; ModelError where only pyhf can fit them."""
    structure(models[0])
    widths = [max(len(each.channels[i].observed) for each in models) for i in range(len(models[0].channels))]
    edges = np.concatenate([[0], np.cumsum(widths)])
    columns = [slice(int(low), int(high)) for low, high in pairwise(edges)]
    slots = [[_slots(channel) for channel in model.channels] for model in models]
    number = max((len(each) for each in slots[0]), default=0)
    start, low, high, aux, precision = _globals(models)
    bins = _Bins(len(models), number, int(edges[-1]))
    counts = np.zeros((len(models), int(edges[-1])))
    for row, model in enumerate(models):
        for channel, here, found in zip(model.channels, columns, slots[row], strict=True):
            counts[row, here.start : here.start + len(channel.observed)] = channel.observed
            for slot, each in enumerate(found):
                bins.fill(row, slot, here.start, each, channel, model.parameters.get(each.name, DEFAULTS))
    return Batch(
        blocks=tuple(_block(models[0], i, columns[i], slots[0][i]) for i in range(len(columns))),
        channels=tuple(_channel([each.channels[i] for each in models], widths[i]) for i in range(len(columns))),
        start=Point(start, bins.start),
        low=Point(low, bins.low),
        high=Point(high, bins.high),
        precision=precision,
        bin_precision=bins.precision,
        bin_events=bins.events,
        observed=Data(counts, aux, bins.aux),
    )


def _slots(channel: Channel) -> list[_Slot]:
    found: dict[tuple[str, str], dict[int, Modifier]] = {}
    for number, sample in enumerate(channel.samples):
        for each in sample.modifiers:
            if each.kind in BY_BIN:
                found.setdefault((each.kind, each.name), {})[number] = each
    return [_Slot(kind, name, modifiers) for (kind, name), modifiers in found.items()]


def _block(model: HistFactory, number: int, columns: slice, slots: Sequence[_Slot]) -> Block:
    names = global_parameters(model)
    owners: dict[str, list[tuple[int, int]]] = {"factor": [], "normsys": [], "histosys": []}
    for sample, each in enumerate(model.channels[number].samples):
        for modifier in each.modifiers:
            if modifier.kind not in BY_BIN:
                kind = "factor" if modifier.kind in ("normfactor", "lumi") else modifier.kind
                owners[kind].append((sample, names.index(modifier.name)))
    return Block(
        columns,
        tuple(owners["factor"]),
        tuple(owners["normsys"]),
        tuple(owners["histosys"]),
        tuple(list(each.modifiers) for each in slots),
    )


def _channel(channels: Sequence[Channel], width: int) -> ChannelArrays:
    first = channels[0].samples
    kinds = [[each.kind for each in sample.modifiers] for sample in first]
    number = {kind: sum(each.count(kind) for each in kinds) for kind in ("normsys", "histosys")}
    nominal = np.zeros((len(channels), len(first), width))
    scales = np.ones((len(channels), number["normsys"], 2))
    shifted = np.zeros((len(channels), number["histosys"], 3, width))
    for row, channel in enumerate(channels):
        size, scale, shift = len(channel.observed), 0, 0
        for index, sample in enumerate(channel.samples):
            nominal[row, index, :size] = sample.nominal
            for each in sample.modifiers:
                if each.kind == "normsys":
                    scales[row, scale] = each.data
                    scale += 1
                elif each.kind == "histosys":
                    shifted[row, shift, :2, :size] = each.data
                    shifted[row, shift, 2, :size] = sample.nominal
                    shift += 1
    down, up, middle = shifted[:, :, 0], shifted[:, :, 1], shifted[:, :, 2]
    coefficients = scale_coefficients(scales[..., 0], scales[..., 1])
    return ChannelArrays(nominal, coefficients, (up - down) / 2, (up + down - 2 * middle) / 16)


def _globals(models: Sequence[HistFactory]) -> tuple[Array, ...]:
    """Give start, low, high, auxiliary measurement and precision of the global parameters, (h, g) each."""
    rows = []
    for model in models:
        kinds = {each.name: each.kind for _, _, each in _modifiers(model)}
        settings = [(kinds[name], model.parameters.get(name, DEFAULTS)) for name in global_parameters(model)]
        rows.append([_global(kind, each) for kind, each in settings])
    stacked = np.array(rows, dtype=float)
    return tuple(np.ascontiguousarray(stacked[..., i]) for i in range(5))


def _global(kind: str, settings: ParameterSettings) -> tuple[float, float, float, float, float]:
    pull = kind in ("normsys", "histosys")
    if kind == "lumi" and (settings.auxdata is None or settings.sigmas is None):
        raise ModelError("a lumi modifier needs auxdata and sigmas in the measurement's parameters.")
    aux = settings.auxdata[0] if settings.auxdata else 0.0
    start = settings.inits[0] if settings.inits else aux if pull or kind == "lumi" else 1.0
    low, high = settings.bounds[0] if settings.bounds else PULL_RANGE if pull else FREE_RANGE
    sigma = settings.sigmas[0] if settings.sigmas else 1.0
    if settings.fixed:
        low = high = start
    return start, low, high, aux, 0.0 if kind == "normfactor" else sigma**-2


class _Bins:
    """The arrays of bin factors, filled slot by slot; what stays unfilled is fixed at 1."""

    def __init__(self, hypotheses: int, slots: int, bins: int) -> None:
        shape = (hypotheses, slots, bins)
        self.start, self.low, self.high, self.aux = np.ones(shape), np.ones(shape), np.ones(shape), np.ones(shape)
        self.precision, self.events = np.zeros(shape), np.zeros(shape)

    def fill(self, row: int, slot: int, first: int, each: _Slot, channel: Channel, settings: ParameterSettings) -> None:
        size = len(channel.observed)
        here = (row, slot, slice(first, first + size))
        sigma = _relative_error(each, channel)
        free = np.ones(size, dtype=bool) if each.kind == "shapefactor" else sigma > 0
        low, high = FREE_RANGE if each.kind == "shapefactor" else FACTOR_RANGE
        bounds = np.array(settings.bounds) if settings.bounds else np.array([[low, high]] * size)
        start = np.array(settings.inits) if settings.inits else np.ones(size)
        if settings.fixed:
            free[:] = False
        self.start[here] = start
        self.low[here], self.high[here] = np.where(free, bounds[:, 0], start), np.where(free, bounds[:, 1], start)
        safe = np.where(free, sigma, 1.0)
        if each.kind == "staterror":
            self.aux[here] = settings.auxdata or 1.0
            sigmas = np.array(settings.sigmas) if settings.sigmas else safe
            self.precision[here] = np.where(free, sigmas**-2.0, 0.0)
        elif each.kind == "shapesys":
            self.events[here] = np.where(free, safe**-2.0, 0.0)
            self.aux[here] = settings.auxdata or self.events[here]


def _relative_error(slot: _Slot, channel: Channel) -> Array:
    """Give the relative error of the samples' sum (Barlow-Beeston "lite", one factor a bin), 0 where there is none."""
    if slot.kind == "shapefactor":
        return np.ones(len(channel.observed))
    nominal = np.sum([channel.samples[each].nominal for each in slot.modifiers], axis=0)
    error = np.sqrt(np.sum([modifier.data**2 for modifier in slot.modifiers.values()], axis=0))
    relative: Array = np.divide(error, nominal, out=np.zeros_like(error), where=(nominal > 0) & (error > 0))
    return relative
