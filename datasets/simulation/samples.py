"""Which samples there are, as validated data."""

from functools import cache
from itertools import product
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, model_validator

from ..catalog import Hypothesis
from ..documents import Document, read_document
from .preselection import PRESELECTIONS
from .processes import PROCESS_NAMES

TABLE = Path(__file__).parent / "samples.yaml"

Positive = Annotated[float, Field(gt=0)]
Count = Annotated[int, Field(ge=1)]
Values = Annotated[list[Positive], Field(min_length=1)]

AXES = {
    "masses": ("mass", "m"),
    "higgs_masses": ("higgs_mass", "h"),
    "lifetimes": ("lifetime", "ctau"),
    "charges": ("charge", "q"),
    "couplings": ("coupling", "g"),
}
"""A grid's axes: the hypothesis's parameter along each, and its sign in a sample's name."""


SAME_ENERGY = 0.02
"""GeV within which two collision energies count as the same: a few times their spread and the periods' differences."""


class Reference(Document):
    """A row of the registry of cross sections."""

    process: str
    selection: str


class Expectation(Document):
    """What is estimated before anything is made.

    Attributes
    ----------
    cross_section
        nb of what is generated.
    events_per_second
        Generated events a second on one core, detector and writing included.
    bytes_per_event
        Size of the files for each generated event.
    """

    cross_section: Positive
    events_per_second: Positive
    bytes_per_event: Positive


class SampleTemplate(Document):
    """A sample, or a signal's family of samples with one for each hypothesis.

    Attributes
    ----------
    process, parameters
        The generator and what it takes besides the hypothesis's parameters.
    kind
        "background" or "signal".
    channels
        The searches it serves.
    reference
        The registry's row it is normalised to; the generator's own integral where absent.
    masses, higgs_masses, lifetimes, charges, couplings
        Signal only: a grid, one sample for each combination. Masses in GeV, lifetimes as c tau in cm, magnetic charges
        in e, couplings in their own units.
    points
        Signal only: hypotheses one by one, in the place of a grid.
    energy
        GeV: the collisions' energy that the sample belongs to (a resonance's); made at any where absent.
    events
        Signal only: how many to generate.
    luminosity_limit
        Background only: fb^-1 that is simulated at most.
    oversampling
        Background only: how many times the luminosity is simulated (rare processes whose shape matters).
    chunk, chunks_per_file
        Generated events in a chunk, and chunks in a file.
    preselection
        Names of preselections; an event is written when one of them holds, all are where there is none.
    expected
        For the estimate of time and size.
    """

    process: Literal[PROCESS_NAMES]  # type: ignore[valid-type]
    kind: Literal["background", "signal"]
    channels: Annotated[list[str], Field(min_length=1)]
    parameters: dict[str, float | str] = Field(default_factory=dict)
    reference: Reference | None = None
    masses: Values | None = None
    higgs_masses: Values | None = None
    lifetimes: Values | None = None
    charges: Values | None = None
    couplings: Values | None = None
    points: Annotated[list[Hypothesis], Field(min_length=1)] | None = None
    energy: Positive | None = None
    events: Count | None = None
    luminosity_limit: Positive | None = None
    oversampling: Positive | None = None
    chunk: Count
    chunks_per_file: Count
    preselection: list[str] = Field(default_factory=list)
    expected: Expectation

    @model_validator(mode="after")
    def _consistent(self) -> "SampleTemplate":
        signal = self.kind == "signal"
        if signal != bool(self.hypotheses) or signal != (self.events is not None):
            raise ValueError("masses (or points) and events go with a signal, and only with it")
        if self.points is not None and any(getattr(self, axis) for axis in AXES):
            raise ValueError("points stand in for masses and the grid's other axes")
        if signal and (self.reference or self.luminosity_limit or self.oversampling):
            raise ValueError("reference, luminosity_limit and oversampling are for backgrounds")
        unknown = sorted(set(self.preselection) - set(PRESELECTIONS))
        if unknown:
            raise ValueError(f"unknown preselection {', '.join(unknown)}; known are {', '.join(PRESELECTIONS)}")
        return self

    @property
    def hypotheses(self) -> list[Hypothesis]:
        """The signal's points in their order; none for a background."""
        if self.points is not None or self.masses is None:
            return self.points or []
        axes = {parameter: getattr(self, axis) for axis, (parameter, _) in AXES.items() if getattr(self, axis)}
        return [Hypothesis(**dict(zip(axes, values, strict=True))) for values in product(*axes.values())]


class SampleTable(Document):
    """All samples by name."""

    samples: Annotated[dict[str, SampleTemplate], Field(min_length=1)]


@cache
def sample_table() -> SampleTable:
    """Read the samples that darkbelle ships."""
    return read_document(TABLE, SampleTable)
