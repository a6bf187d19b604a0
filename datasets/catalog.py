"""The catalog: the samples of an analysis, their files, and what they are normalised to."""

from collections.abc import Mapping
from itertools import combinations
from pathlib import Path
from typing import Annotated, Any, Literal

import yaml
from pydantic import BeforeValidator, Field, model_validator

from .documents import Document, load_yaml, validate
from .errors import ConfigurationError
from .experiment import load_experiment
from .good_runs import GoodRuns, RunLuminosity, read_good_runs, total
from .locations import Location, confined, find_files
from .run_ranges import RunRange, RunSelection, overlap, read_ranges
from .storage import write_text

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


class Catalog:
    """The samples of an analysis with defaults filled in and files found.

    Attributes
    ----------
    path
        Where it was read from.
    luminosity
        fb^-1 that the simulation stands for where there is no data, or None.
    samples
        By name, with experiment, period and process filled in.
    files
        By sample: every file, sorted within each pattern, paths absolute, URLs as written. A file with replicas goes
        by the first of them.
    replicas
        By file: all places where it is, in the order to try them.
    good_runs, good_runs_files
        By sample: its list of good runs, for data that have one, and where it lies.
    """

    def __init__(self, document: CatalogDocument, path: Path) -> None:
        self.path = path
        self.luminosity = document.luminosity
        self.samples: Mapping[str, Sample] = {
            name: _complete(name, sample, document, path) for name, sample in document.samples.items()
        }
        root = None if document.root is None else (path.parent / Path(document.root).expanduser()).resolve()
        found = {
            name: [places for entry in sample.files for places in find_files(entry, path.parent, root, name)]
            for name, sample in self.samples.items()
        }
        self.files: Mapping[str, tuple[str, ...]] = {n: tuple(p[0] for p in each) for n, each in found.items()}
        self.replicas: Mapping[str, tuple[str, ...]] = {p[0]: p for each in found.values() for p in each}
        self.good_runs_files = _good_runs_files(self.samples, document, path, root)
        lists = {file: read_good_runs(file) for file in set(self.good_runs_files.values())}
        self.good_runs: Mapping[str, GoodRuns] = {name: lists[file] for name, file in self.good_runs_files.items()}
        _refuse_repeats(found, path)
        _refuse_overlaps(self.samples, path)
        _refuse_two_luminosities(self, path)

    @classmethod
    def read(cls, path: str | Path) -> "Catalog":
        """Read a catalog from YAML.

        Raises
        ------
        ConfigurationError
            The file is missing or malformed, a key is wrong, a glob matches nothing, or a file is listed twice.
        """
        path = Path(path).resolve()
        return cls(validate(load_yaml(path), CatalogDocument, str(path)), path)

    def selection(self, sample: str) -> RunSelection | None:
        """Give the runs of a data sample that are used; None where all are."""
        chosen = self.samples[sample]
        if chosen.kind != "data":
            return None
        if sample in self.good_runs:
            return self.good_runs[sample].selection(chosen.runs)
        return None if chosen.runs is None else RunSelection((chosen.runs,))

    def run_luminosities(self, sample: str) -> tuple[RunLuminosity, ...] | None:
        """Give what each used run of a data sample recorded; None where no list tells."""
        listed = self.good_runs.get(sample)
        return None if listed is None else listed.luminosities(self.samples[sample].runs)

    def luminosity_of(self, sample: str) -> float | None:
        """Give a data sample's luminosity in fb^-1: its good runs' where they tell, else its own."""
        runs = self.run_luminosities(sample)
        return self.samples[sample].luminosity if runs is None else total(runs)

    def __repr__(self) -> str:
        counts = {kind: sum(s.kind == kind for s in self.samples.values()) for kind in ("data", "background", "signal")}
        told = ", ".join(f"{number} {kind}" for kind, number in counts.items() if number)
        return f"<Catalog {self.path.name}: {told}; {sum(map(len, self.files.values()))} files>"


def write_catalog(path: Path, content: dict[str, Any], comment: str = "") -> None:
    """Validate `content` as a catalog and write it to `path` as YAML, with a leading comment line."""
    validate(content, CatalogDocument, str(path))
    text = yaml.safe_dump(content, sort_keys=False, default_flow_style=None, width=120)
    write_text(path, (f"# {comment}\n" if comment else "") + text)


def _complete(name: str, sample: Sample, document: CatalogDocument, path: Path) -> Sample:
    try:
        experiment = load_experiment(sample.experiment or document.experiment)
        period = sample.period or document.period or experiment.default_period
        experiment.period(period)
    except ConfigurationError as error:
        raise ConfigurationError(f"{path}: samples.{name}: {error}") from error
    update = {"experiment": experiment.name, "period": period, "process": sample.process or name}
    return sample.model_copy(update=update)


def _good_runs_files(
    samples: Mapping[str, Sample], document: CatalogDocument, path: Path, root: Path | None
) -> dict[str, Path]:
    """Find the list of good runs of each data sample; the sample's own goes before the catalog's."""
    named = {n: file for n, s in samples.items() if s.kind == "data" and (file := s.good_runs or document.good_runs)}
    where = f"{path}: good_runs"
    return {name: confined(path.parent / Path(file).expanduser(), root, where) for name, file in named.items()}


def _refuse_repeats(found: Mapping[str, list[tuple[str, ...]]], path: Path) -> None:
    seen: dict[str, str] = {}
    for sample, files in found.items():
        for name in (place for places in files for place in places):
            if name in seen:
                raise ConfigurationError(f"{path}: samples.{sample}.files: {name} is listed already ({seen[name]}).")
            seen[name] = sample


def _refuse_overlaps(samples: Mapping[str, Sample], path: Path) -> None:
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


def _refuse_two_luminosities(catalog: Catalog, path: Path) -> None:
    for name, sample in catalog.samples.items():
        runs = catalog.run_luminosities(name)
        if runs is not None and sample.luminosity is not None:
            raise ConfigurationError(
                f"{path}: samples.{name}.luminosity: its good runs tell their luminosities, {total(runs):.6g} fb^-1 "
                "together; leave `luminosity:` out."
            )
        if runs is not None and not runs:
            raise ConfigurationError(f"{path}: samples.{name}.runs: none of them is in the list of good runs.")
