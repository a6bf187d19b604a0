"""Good runs: which runs of the data are used, what each recorded, and which trigger lines were prescaled then."""

import csv
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from math import fsum
from pathlib import Path
from typing import Annotated, Any, Self

from pydantic import Field, field_validator, model_validator

from .documents import Document, read_document, validate
from .errors import ConfigurationError
from .run_ranges import RunKey, RunRange, RunSelection

PRESCALE = "prescale_"  # before the line's name in a CSV file's header

NotNegative = Annotated[float, Field(ge=0)]


@dataclass(frozen=True)
class RunLuminosity:
    """What one run recorded.

    Attributes
    ----------
    experiment, run
        Its numbers.
    luminosity
        fb^-1.
    prescales
        By trigger line: of how many events that fired it one was kept; 0 where it was off. Other lines have 1.
    """

    experiment: int
    run: int
    luminosity: float
    prescales: Mapping[str, float] = field(default_factory=dict)

    @property
    def key(self) -> RunKey:
        """Experiment and run number."""
        return self.experiment, self.run

    def effective(self, lines: Iterable[str] = ()) -> float:
        """Give the luminosity (fb^-1) that events of one trigger line stand for: L / prescale.

        Parameters
        ----------
        lines
            Of which one must have fired; none for events of any line.

        Raises
        ------
        ConfigurationError
            Several lines serve, and one was prescaled: no single number then stands for the luminosity.
        """
        lines = tuple(lines)
        prescales = [self.prescales.get(line, 1.0) for line in lines]
        if all(each == 1.0 for each in prescales):
            return self.luminosity
        if len(lines) == 1:
            return self.luminosity / prescales[0] if prescales[0] else 0.0
        told = ", ".join(f"{line} {each:g}" for line, each in zip(lines, prescales, strict=True))
        raise ConfigurationError(
            f"experiment {self.experiment} run {self.run}: trigger lines used together are prescaled ({told}); "
            "leave such runs out of the good runs, or select events by one line."
        )


class GoodRun(Document):
    """A run, or a range of runs.

    Attributes
    ----------
    experiment
        Experiment number (basf2's expNum; 0 where there is none); any where absent.
    run
        The run; or `first` and `last` of a range.
    luminosity
        fb^-1 of the run.
    prescales
        By trigger line; 1 where absent, 0 where the line was off.
    """

    experiment: int | None = None
    run: int | None = None
    first: int | None = None
    last: int | None = None
    luminosity: NotNegative | None = None
    prescales: dict[str, NotNegative] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if (self.run is None) == (self.first is None) or (self.first is None) != (self.last is None):
            raise ValueError("give a run, or first and last of a range")
        if self.first is not None and self.last is not None and self.first > self.last:
            raise ValueError(f"runs {self.first}..{self.last} end before they begin")
        if self.luminosity is not None and (self.run is None or self.experiment is None):
            raise ValueError("a luminosity belongs to one run: give experiment (0 where there is none) and run")
        if self.prescales and self.luminosity is None:
            raise ValueError("prescales need the run's luminosity beside them")
        return self

    @property
    def range(self) -> RunRange:
        """What it covers."""
        first, last = (self.run, self.run) if self.run is not None else (self.first or 0, self.last or 0)
        return RunRange(experiment=self.experiment, first=first or 0, last=last or 0)


class GoodRuns(Document):
    """A list of good runs.

    Attributes
    ----------
    source
        Where it comes from.
    runs
        Runs or ranges; all with a luminosity, or none.
    """

    source: str = ""
    runs: Annotated[list[GoodRun], Field(min_length=1)]

    @field_validator("runs")
    @classmethod
    def _consistent(cls, runs: list[GoodRun]) -> list[GoodRun]:
        if len({each.luminosity is None for each in runs}) > 1:
            bare = next(each.range for each in runs if each.luminosity is None)
            raise ValueError(f"either every run has a luminosity or none; {bare} has none")
        ranges = [each.range for each in runs]
        bound = sorted((r for r in ranges if r.experiment is not None), key=lambda r: (r.experiment, r.first))
        neighbours = [*pairwise(bound), *((r, o) for r in ranges if r.experiment is None for o in ranges if o is not r)]
        for one, other in neighbours:
            if one.overlaps(other):
                raise ValueError(f"{other} is listed twice")
        return runs

    def selection(self, within: Iterable[RunRange] | None = None) -> RunSelection:
        """Give the selection of its runs, of those within some ranges only if such are given."""
        whole = RunSelection((tuple(each.range for each in self.runs),))
        return whole if within is None else whole.restricted_to(within)

    def luminosities(self, within: Iterable[RunRange] | None = None) -> tuple[RunLuminosity, ...] | None:
        """Give what each selected run recorded; None where the list does not tell."""
        if self.runs[0].luminosity is None:
            return None
        selection = self.selection(within)
        keys = [(each.experiment or 0, each.range.first) for each in self.runs]
        chosen = selection.mask([key[0] for key in keys], [key[1] for key in keys])
        return tuple(
            RunLuminosity(*key, each.luminosity or 0.0, each.prescales)
            for key, each, good in zip(keys, self.runs, chosen, strict=True)
            if good
        )


def total(runs: Iterable[RunLuminosity], lines: Iterable[str] = ()) -> float:
    """Add up luminosities in fb^-1; for events of a trigger line each run counts L / prescale."""
    lines = tuple(lines)
    return fsum(each.effective(lines) for each in runs)


def read_good_runs(path: Path) -> GoodRuns:
    """Read a list of good runs, YAML or CSV by the name's ending.

    A CSV file's header names `experiment`, and `run` or `first` and `last`; further columns may be `luminosity` (fb^-1)
    and `prescale_<line>`. What is empty is absent.

    Raises
    ------
    ConfigurationError
        The file is missing or malformed; the message names file, entry and reason.
    """
    if path.suffix != ".csv":
        return read_document(path, GoodRuns)
    try:
        with path.open(newline="", encoding="utf-8") as stream:
            rows = [_row(row) for row in csv.DictReader(stream, skipinitialspace=True)]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise ConfigurationError(f"{path}: cannot be read ({error}).") from error
    return validate({"source": path.name, "runs": rows}, GoodRuns, str(path))


def _row(row: Mapping[str | None, Any]) -> dict[str, Any]:
    told = {
        (name or "(column without a name)").strip(): value for name, value in row.items() if value not in ("", None)
    }
    prescales = {name.removeprefix(PRESCALE): value for name, value in told.items() if name.startswith(PRESCALE)}
    others = {name: value for name, value in told.items() if not name.startswith(PRESCALE)}
    return others | ({"prescales": prescales} if prescales else {})
