"""The table of all channels in `docs/channels.md`: regions, trigger lines, observables, limit and size."""

from .by_experiment import ByExperiment
from .channel import Channel
from .registry import make_channels

SAMPLES = 50


def markdown() -> str:
    """Give a table with a row for each of darkbelle's channels."""
    heading = ("channel", "experiments", "regions", "trigger lines (Belle II)", "histograms that are fitted", "limit")
    lines = [f"| {' | '.join(heading)} | {SAMPLES} samples |", "|---" * (len(heading) + 1) + "|"]
    for channel in make_channels():
        experiments = ", ".join(channel.selections) if isinstance(channel, ByExperiment) else "any"
        lines.append(
            f"| {channel.name} | {experiments} | {_regions(channel)} | {_lines(channel)} | {_fitted(channel)} "
            f"| {_limit(channel)} | {channel.memory(SAMPLES) / 2**20:.1f} MB |"
        )
    return "\n".join(lines) + "\n"


def _regions(channel: Channel) -> str:
    return ", ".join(channel.regions)


def _lines(channel: Channel) -> str:
    return ", ".join(dict.fromkeys(line for lines in channel.triggers.values() for line in lines))


def _fitted(channel: Channel) -> str:
    told = []
    for name in channel.fitted:
        bins = " x ".join(str(len(axis)) for axis in channel.axes(name))
        told.append(f"{name} ({bins} bins)")
    return ", ".join(told) or "-"


def _limit(channel: Channel) -> str:
    if channel.limit is None:
        return "none"
    return f"{channel.limit.method}, {channel.limit.coupling or 'cross section'}, {channel.limit.level:.0%}"
