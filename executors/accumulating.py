"""The sum of a run: every channel's histograms with all samples in the catalog's order, fixed when it is planned."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal

import hist

from ..datasets.errors import DarkbelleError
from .tasks import Key

if TYPE_CHECKING:
    from ..processors.channel import Channel

PROCESS = "process"


def empty_histograms(
    channels: Iterable["Channel"], samples: Mapping[str, Sequence[str]]
) -> dict[str, dict[str, hist.Hist]]:
    """Make each channel's histograms, empty, with its samples (by channel) on the process axis."""
    return {
        channel.name: {
            name: _widened(each, samples[channel.name])
            for name, each in channel.empty(samples[channel.name][0]).items()
        }
        for channel in channels
        if samples[channel.name]
    }


def _widened(one: hist.Hist, samples: Sequence[str]) -> hist.Hist:
    axes = [
        hist.axis.StrCategory(list(samples), name=PROCESS, label=axis.label, overflow=False)
        if axis.name == PROCESS
        else axis
        for axis in one.axes
    ]
    return hist.Hist(*axes, storage=one.storage_type(), name=one.name, label=one.label)


def add_partials(
    total: Mapping[str, Mapping[str, hist.Hist]], partials: Mapping[Key, hist.Hist], sign: Literal[1, -1] = 1
) -> None:
    """Add histograms of single samples to `total`, in place; with sign -1 take out what was added before.

    Raises
    ------
    DarkbelleError
        A channel filled a histogram that its `empty` does not have, or with other axes.
    """
    for (channel, sample, name), each in partials.items():
        target = total.get(channel, {}).get(name)
        if target is None or not _same_axes(target, each):
            raise DarkbelleError(
                f"channel {channel}: process() and empty() disagree on the axes of {name!r}; fix the channel."
            )
        for mine, theirs in _numbers(target, each):
            mine[_row(target, sample)] += sign * theirs[_row(each, sample)]


def _numbers(target: hist.Hist, other: hist.Hist) -> Iterator[tuple[Any, Any]]:
    """Pair the arrays of numbers behind both: sums of weights and, where they are stored, of squared weights."""
    mine, theirs = target.view(flow=True), other.view(flow=True)
    fields = mine.dtype.names
    yield from ((mine[name], theirs[name]) for name in fields) if fields else ((mine, theirs),)


def _row(histogram: hist.Hist, sample: str) -> tuple[Any, ...]:
    position = list(histogram.axes.name).index(PROCESS)
    return (*[slice(None)] * position, histogram.axes[PROCESS].index(sample))


def _same_axes(first: hist.Hist, second: hist.Hist) -> bool:
    def others(histogram: hist.Hist) -> list[Any]:
        return [axis for axis in histogram.axes if axis.name != PROCESS]

    return first.axes.name == second.axes.name and others(first) == others(second)
