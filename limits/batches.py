"""Models of one structure, stacked: the first axis of every array counts hypotheses (or pseudo-experiments)."""

from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from .histfactory import Array

Indices = NDArray[np.intp]


@dataclass(frozen=True, eq=False)
class Stacked:
    """Arrays whose first axis is the hypothesis."""

    def take(self, indices: Indices | slice) -> Self:
        """Give the hypotheses `indices`, in that order, repeated where they repeat."""
        return self._each(lambda array: array[indices])

    def spread(self, number: int) -> Self:
        """Give the one hypothesis that is stacked `number` times, without copies: not to be written to."""
        return self._each(lambda array: np.broadcast_to(array, (number, *array.shape[1:])))

    def _each(self, function: Callable[[Array], Array]) -> Self:
        def apply(value: Any) -> Any:
            if isinstance(value, Stacked):
                return value._each(function)  # its own kind
            if isinstance(value, np.ndarray):
                return function(value)
            return tuple(apply(each) for each in value) if isinstance(value, tuple) else value

        return replace(self, **{each.name: apply(getattr(self, each.name)) for each in fields(self)})


@dataclass(frozen=True)
class Block:
    """One channel's structure, the same for all hypotheses of a batch.

    Attributes
    ----------
    columns
        Its bins among those of all channels.
    factors, scales, shifts
        (sample, parameter) of every normfactor and lumi, of every normsys, of every histosys.
    slots
        For each set of bin factors (staterror, shapesys, shapefactor), the samples that it multiplies.
    """

    columns: slice
    factors: tuple[tuple[int, int], ...]
    scales: tuple[tuple[int, int], ...]
    shifts: tuple[tuple[int, int], ...]
    slots: tuple[list[int], ...]


@dataclass(frozen=True, eq=False)
class Data(Stacked):
    """Counts (h, bins), and the auxiliary measurements of global parameters (h, g) and bin factors (h, slot, bins)."""

    counts: Array
    constraints: Array
    bins: Array


@dataclass(frozen=True, eq=False)
class Point(Stacked):
    """A value of every parameter: global ones (h, g), mu first, and bin factors (h, slot, bins)."""

    parameters: Array
    bins: Array

    def with_mu(self, mu: Array) -> "Point":
        """Give the same point at another signal strength."""
        parameters = self.parameters.copy()
        parameters[:, 0] = mu
        return Point(parameters, self.bins)


@dataclass(frozen=True, eq=False)
class ChannelArrays(Stacked):
    """One channel's numbers.

    Attributes
    ----------
    nominal
        Events (h, sample, bin).
    scales
        Of each normsys, what `rates.scale_coefficients` gives (h, normsys, 8).
    odd, even
        Of each histosys: (up - down)/2 and (up + down - 2 nominal)/16 (h, histosys, bin).
    """

    nominal: Array
    scales: Array
    odd: Array
    even: Array


@dataclass(frozen=True, eq=False)
class Batch(Stacked):
    """Stacked models.

    Attributes
    ----------
    blocks, channels
        The channels' structure and numbers.
    start, low, high
        Of the parameters; equal bounds fix one.
    precision
        1/sigma^2 of the Gaussian constraint of each global parameter, 0 for a free one (h, g).
    bin_precision
        The same of bin factors (h, slot, bins).
    bin_events
        Events behind the Poisson constraint of a bin factor, 0 where it has none (h, slot, bins).
    observed
        The data.
    """

    blocks: tuple[Block, ...]
    channels: tuple[ChannelArrays, ...]
    start: Point
    low: Point
    high: Point
    precision: Array
    bin_precision: Array
    bin_events: Array
    observed: Data

    def __len__(self) -> int:
        return len(self.precision)
