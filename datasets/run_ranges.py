"""Ranges of run numbers: what a sample or a list of good runs covers, and which events lie in it."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from pydantic import model_validator

from .documents import Document

RunKey = tuple[int, int]
"""Experiment number (basf2's expNum; 0 where the experiment has none) and run number."""

_EXPERIMENT = 2**32  # one number for both: experiment * 2**32 + run


class RunRange(Document):
    """Runs first..last, both included.

    Attributes
    ----------
    experiment
        Experiment number (basf2's expNum); None for any.
    first, last
        Run numbers.
    """

    experiment: int | None = None
    first: int
    last: int

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.first > self.last:
            raise ValueError(f"runs {self.first}..{self.last} end before they begin")
        return self

    def overlaps(self, other: "RunRange") -> bool:
        """Tell whether some run lies in both."""
        apart = None not in (self.experiment, other.experiment) and self.experiment != other.experiment
        return not apart and self.first <= other.last and other.first <= self.last

    def __str__(self) -> str:
        runs = f"run {self.first}" if self.first == self.last else f"runs {self.first}..{self.last}"
        return runs if self.experiment is None else f"experiment {self.experiment} {runs}"


def read_ranges(content: Any) -> Any:
    """Let [first, last] stand for a list of one range, as in a catalog's `runs:`."""
    if isinstance(content, list | tuple) and len(content) == 2 and all(isinstance(each, int) for each in content):
        return ({"first": content[0], "last": content[1]},)
    return content


def single(keys: Iterable[RunKey]) -> tuple[RunRange, ...]:
    """Give each run as a range of its own."""
    return tuple(RunRange(experiment=experiment, first=run, last=run) for experiment, run in sorted(keys))


def overlap(ours: Iterable[RunRange], theirs: Iterable[RunRange]) -> RunRange | None:
    """Give a range of `theirs` that overlaps one of `ours`, or None."""
    ours = tuple(ours)
    return next((each for each in theirs if any(each.overlaps(mine) for mine in ours)), None)


@dataclass(frozen=True)
class RunSelection:
    """Runs that lie in every one of several sets of ranges.

    Attributes
    ----------
    sets
        Each a set of ranges; a run must lie in some range of every set.
    """

    sets: tuple[tuple[RunRange, ...], ...]

    def restricted_to(self, ranges: Iterable[RunRange]) -> "RunSelection":
        """Give the selection of those of its runs that lie in `ranges` too."""
        return RunSelection((*self.sets, tuple(ranges)))

    def mask(self, experiments: ArrayLike, runs: ArrayLike) -> NDArray[np.bool_]:
        """Tell for each event, by its experiment and run number, whether it is selected."""
        experiments, runs = np.asarray(experiments, dtype=np.int64), np.asarray(runs, dtype=np.int64)
        selected = np.ones(len(runs), dtype=bool)
        for ranges in self.sets:
            bound = [(r.experiment * _EXPERIMENT, r) for r in ranges if r.experiment is not None]
            free = [(0, r) for r in ranges if r.experiment is None]
            selected &= _inside(runs, free) | _inside(experiments * _EXPERIMENT + runs, bound)
        return selected

    def __contains__(self, key: RunKey) -> bool:
        return bool(self.mask([key[0]], [key[1]])[0])


def _inside(values: NDArray[np.int64], ranges: list[tuple[int, RunRange]]) -> NDArray[np.bool_]:
    """Look values up in ranges (each with an offset); ranges may overlap."""
    if not ranges:
        return np.zeros(len(values), dtype=bool)
    edges = np.array(sorted((offset + each.first, offset + each.last) for offset, each in ranges))
    reach = np.maximum.accumulate(edges[:, 1])  # of all ranges that begin no later
    position = np.searchsorted(edges[:, 0], values, side="right") - 1
    return (position >= 0) & (values <= reach[np.maximum(position, 0)])
