"""What a catalog's file holds: defaults and samples, validated one by one."""

from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, model_validator

from .documents import Document
from .locations import Location
from .run_ranges import RunRange, read_ranges

Kind = Literal["data", "background", "signal"]
SchemaName = Literal["basf2-ntuple", "basf2-event-tree", "basf2-table", "basf2-mdst", "babar-ntuple", "darkbelle"]
Positive = Annotated[float, Field(gt=0)]


class Hypothesis(Document):
    """A point of a signal's parameter space: the mass and, where they matter, other parameters.

    Attributes
    ----------
    mass
        GeV.
    lifetime
        c tau in cm.
    charge
        Magnetic charge in units of e.
    higgs_mass
        Mass of a dark Higgs boson beside the dark photon, GeV.
    coupling
        Where lifetime or shape depend on it, in the coupling's own units (GeV^-1 for an ALP).
    """

    mass: Annotated[float, Field(ge=0)]
    lifetime: Annotated[float, Field(ge=0)] | None = None
    charge: Positive | None = None
    higgs_mass: Positive | None = None
    coupling: Positive | None = None


class Normalisation(Document):
    """What stands in for a luminosity: a number of decays; cross sections are then branching fractions."""

    events: Positive


class Sample(Document):
    """One process or data-taking period.

    Attributes
    ----------
    kind
        "data", "background" or "signal".
    files
        Paths, globs or URLs; relative ones are relative to the catalog. A list in the list names replicas of one
        file, tried in order.
    process
        The physics process; the sample's own name where absent.
    tree, schema_name (key `schema`), mapping
        How the files are read; found from the files where absent.
    experiment, period
        Names of `experiments/`; the catalog's experiment and its first period where absent.
    luminosity
        fb^-1, for data without per-run luminosities in its good runs.
    good_runs
        Path of the list of runs that are used, for data; the catalog's where absent.
    cross_section
        nb, for simulation; of a signal, at `reference_coupling`, Born level.
    isr_factor
        Of a signal with radiation of the beams: the generated events stand for `cross_section` times this.
    generated
        Sum of generator weights behind the files, where they do not tell it themselves.
    hypothesis
        The signal's point.
    channels
        The channels the sample serves; all where absent.
    runs
        Runs covered: [first, last], or a list of {experiment:, first:, last:}. Of data nothing else is used.
    """

    kind: Kind
    files: Annotated[list[Location], Field(min_length=1)]
    process: str | None = None
    tree: str | None = None
    schema_name: SchemaName | None = Field(default=None, alias="schema")
    mapping: str | None = None
    experiment: str | None = None
    period: str | None = None
    luminosity: Positive | None = None
    normalisation: Normalisation | None = None
    cross_section: Positive | None = None
    isr_factor: Positive = 1.0
    generated: Positive | None = None
    hypothesis: Hypothesis | None = None
    reference_coupling: Positive = 1.0
    channels: list[str] | None = None
    runs: Annotated[tuple[RunRange, ...], BeforeValidator(read_ranges), Field(min_length=1)] | None = None
    good_runs: str | None = None

    @model_validator(mode="after")
    def _consistent(self) -> "Sample":
        if self.kind == "data":
            if self.cross_section is not None:
                raise ValueError("data has a luminosity, not a cross_section")
        elif self.luminosity is not None:
            raise ValueError("simulation is normalised by its cross_section; luminosity is for data")
        if self.kind == "signal" and self.hypothesis is None:
            raise ValueError("a signal needs a hypothesis, for example hypothesis: {mass: 1.0}")
        if self.good_runs is not None and self.kind != "data":
            raise ValueError("good_runs select data; simulation is weighted by its cross_section")
        return self


class CatalogDocument(Document):
    """What a catalog's file holds: defaults and samples.

    Attributes
    ----------
    experiment, period
        Defaults for the samples.
    luminosity
        fb^-1 that the simulation stands for where there is no data.
    root
        Folder that no local path of the catalog may lead out of, by `..` or by a link.
    good_runs
        Path of the list of runs that are used of all data.
    """

    experiment: str
    period: str | None = None
    luminosity: Positive | None = None
    root: str | None = None
    good_runs: str | None = None
    samples: Annotated[dict[str, Sample], Field(min_length=1)]
