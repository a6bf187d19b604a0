"""Which sample covers which part of phase space: intervals of a few variables, as validated data."""

from functools import cache
from itertools import combinations
from pathlib import Path
from typing import Annotated, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, model_validator

from ..documents import Document, load_yaml, validate
from .generated import GeneratedEvents
from .phase_space.boosts import polar_angles

TABLE = Path(__file__).parent / "partition.yaml"

Interval = tuple[float, float | None]
Ranges = dict[str, Interval]
Floats = NDArray[np.float64]


class Variable(Document):
    """A number that sorts events, made of their particles in the centre-of-mass frame.

    Attributes
    ----------
    measure
        "count" of the particles, "energy" of the hardest one (GeV, 0 for none) or "mass" of all of them together (GeV).
    codes
        PDG codes of the particles.
    minimum_energy
        GeV.
    angles
        Limits of the polar angle in degrees.
    """

    measure: Literal["count", "energy", "mass"]
    codes: list[int]
    minimum_energy: float = 0.0
    angles: tuple[float, float] = (-1.0, 181.0)

    def evaluate(self, events: GeneratedEvents) -> Floats:
        """Return one value for each event."""
        momenta = events.momenta
        angle = polar_angles(momenta)
        chosen = np.isin(events.pdg, self.codes) & (momenta[..., 0] > self.minimum_energy)
        chosen &= (angle > self.angles[0]) & (angle < self.angles[1])
        if self.measure == "count":
            return np.asarray(chosen.sum(axis=1), dtype=np.float64)
        if self.measure == "energy":
            return np.asarray(np.where(chosen, momenta[..., 0], 0.0).max(axis=1), dtype=np.float64)
        total = (momenta * chosen[..., np.newaxis]).sum(axis=1)
        square = total[:, 0] ** 2 - (total[:, 1:] ** 2).sum(axis=1)
        return np.asarray(np.sqrt(np.maximum(square, 0.0)), dtype=np.float64)


class Whole(Document):
    """A final state that several samples share.

    Attributes
    ----------
    title
        What it is, in words.
    variables
        By name.
    parts
        Intervals of the variables by sample.
    repeated
        Samples that cover the part of another one, for other searches.
    left_out
        Intervals, and `why` nobody makes them.
    """

    title: str
    variables: Annotated[dict[str, Variable], Field(min_length=1)]
    parts: Annotated[dict[str, Ranges], Field(min_length=1)]
    repeated: dict[str, str] = Field(default_factory=dict)
    left_out: list[dict[str, str | Interval]]

    @model_validator(mode="after")
    def _sound(self) -> "Whole":
        boxes = self.boxes
        for name, ranges in boxes.items():
            unknown = set(ranges) - set(self.variables)
            if unknown:
                raise ValueError(f"{name}: unknown variable {', '.join(sorted(unknown))}")
        strangers = sorted(set(self.repeated.values()) - set(self.parts))
        if strangers:
            raise ValueError(f"repeated: unknown part {', '.join(strangers)}")
        for (one, first), (two, second) in combinations(boxes.items(), 2):
            if _overlap(first, second):
                raise ValueError(f"{one} and {two} overlap: events would be made twice")
        return self

    @property
    def boxes(self) -> dict[str, Ranges]:
        """All parts by name, those left out by why."""
        found = dict(self.parts)
        for each in self.left_out:
            ranges = {name: value for name, value in each.items() if isinstance(value, tuple)}
            found[f"left out: {each.get('why', 'no reason given')}"] = ranges
        return found

    def inside(self, events: GeneratedEvents) -> dict[str, NDArray[np.bool_]]:
        """Tell for each part, those left out included, which events lie in it."""
        values = {name: variable.evaluate(events) for name, variable in self.variables.items()}
        return {
            part: np.logical_and.reduce(
                [(values[name] >= low) & (values[name] < _end(high)) for name, (low, high) in ranges.items()]
            )
            for part, ranges in self.boxes.items()
        }


class Partition(Document):
    """All final states that samples share."""

    wholes: dict[str, Whole]


@cache
def phase_space_partition() -> Partition:
    """Read the partition that darkbelle ships."""
    return validate({"wholes": load_yaml(TABLE)}, Partition, str(TABLE))


def _end(high: float | None) -> float:
    return np.inf if high is None else high


def _overlap(first: Ranges, second: Ranges) -> bool:
    """Tell whether two boxes share a point; a variable that one of them leaves out parts nothing."""
    return all(
        first[name][0] < _end(second[name][1]) and second[name][0] < _end(first[name][1])
        for name in first.keys() & second.keys()
    )
