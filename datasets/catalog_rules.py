"""What the samples of a catalog must not have in common: files, and runs of data for one channel."""

from collections.abc import Mapping
from itertools import combinations
from pathlib import Path

from .catalog_document import Sample
from .errors import ConfigurationError
from .run_ranges import overlap


def refuse_repeats(found: Mapping[str, list[tuple[str, ...]]], path: Path) -> None:
    """Refuse a file that is listed twice, be it as a replica."""
    seen: dict[str, str] = {}
    for sample, files in found.items():
        for name in (place for places in files for place in places):
            if name in seen:
                raise ConfigurationError(f"{path}: samples.{sample}.files: {name} is listed already ({seen[name]}).")
            seen[name] = sample


def refuse_overlaps(samples: Mapping[str, Sample], path: Path) -> None:
    """Refuse two data samples of the same runs for one channel: their events and luminosity would count twice."""
    data = [(name, sample) for name, sample in samples.items() if sample.kind == "data" and sample.runs is not None]
    for (one, ours), (other, theirs) in combinations(data, 2):
        if (ours.experiment, ours.period) != (theirs.experiment, theirs.period) or not _share_channel(ours, theirs):
            continue
        twice = overlap(ours.runs or (), theirs.runs or ())
        if twice is not None:
            raise ConfigurationError(
                f"{path}: samples.{other}.runs: {twice} overlap those of {one}, which serves the same channels; "
                "two skims of the same runs never add up: give them different `channels:` or `runs:`."
            )


def _share_channel(one: Sample, other: Sample) -> bool:
    return one.channels is None or other.channels is None or bool(set(one.channels) & set(other.channels))
