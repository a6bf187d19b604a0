"""The catalog: the samples of an analysis, their files, and what they are normalised to."""

from collections.abc import Mapping
from glob import glob, has_magic
from pathlib import Path
from typing import Annotated, Any, Literal

import yaml
from pydantic import Field, model_validator

from .documents import Document, load_yaml, validate
from .errors import ConfigurationError
from .experiment import load_experiment
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
        Paths, globs or URLs; relative ones are relative to the catalog.
    process
        The physics process; the sample's own name where absent.
    tree, schema_name (key `schema`), mapping
        How the files are read; found from the files where absent.
    experiment, period
        Names of `experiments/`; the catalog's experiment and its first period where absent.
    luminosity
        fb^-1, for data.
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
        First and last run covered.
    """

    kind: Kind
    files: Annotated[list[str], Field(min_length=1)]
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
    runs: tuple[int, int] | None = None

    @model_validator(mode="after")
    def _consistent(self) -> "Sample":
        if self.kind == "data":
            if self.cross_section is not None:
                raise ValueError("data has a luminosity, not a cross_section")
        elif self.luminosity is not None:
            raise ValueError("simulation is normalised by its cross_section; luminosity is for data")
        if self.kind == "signal" and self.hypothesis is None:
            raise ValueError("a signal needs a hypothesis, for example hypothesis: {mass: 1.0}")
        if self.runs is not None and self.runs[0] > self.runs[1]:
            raise ValueError(f"runs {self.runs[0]}..{self.runs[1]} end before they begin")
        return self


class CatalogDocument(Document):
    """What a catalog's file holds: defaults and samples.

    Attributes
    ----------
    experiment, period
        Defaults for the samples.
    luminosity
        fb^-1 that the simulation stands for where there is no data.
    """

    experiment: str
    period: str | None = None
    luminosity: Positive | None = None
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
        By sample: every file, sorted within each pattern, paths absolute, URLs as written.
    """

    def __init__(self, document: CatalogDocument, path: Path) -> None:
        self.path = path
        self.luminosity = document.luminosity
        self.samples: Mapping[str, Sample] = {
            name: _complete(name, sample, document, path) for name, sample in document.samples.items()
        }
        self.files: Mapping[str, tuple[str, ...]] = {
            name: tuple(file for pattern in sample.files for file in _expand(pattern, path.parent, name))
            for name, sample in self.samples.items()
        }
        _refuse_repeats(self.files, path)

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

    def __repr__(self) -> str:
        counts = {kind: sum(s.kind == kind for s in self.samples.values()) for kind in ("data", "background", "signal")}
        told = ", ".join(f"{number} {kind}" for kind, number in counts.items() if number)
        return f"<Catalog {self.path.name}: {told}; {sum(map(len, self.files.values()))} files>"


def write_catalog(path: Path, content: dict[str, Any], comment: str = "") -> None:
    """Validate `content` as a catalog and write it to `path` as YAML, with a leading comment line."""
    validate(content, CatalogDocument, str(path))
    text = yaml.safe_dump(content, sort_keys=False, default_flow_style=None, width=120)
    write_text(path, (f"# {comment}\n" if comment else "") + text)


def is_remote(file: str) -> bool:
    """Tell whether `file` is a URL."""
    return "://" in file


def _complete(name: str, sample: Sample, document: CatalogDocument, path: Path) -> Sample:
    try:
        experiment = load_experiment(sample.experiment or document.experiment)
        period = sample.period or document.period or experiment.default_period
        experiment.period(period)
    except ConfigurationError as error:
        raise ConfigurationError(f"{path}: samples.{name}: {error}") from error
    update = {"experiment": experiment.name, "period": period, "process": sample.process or name}
    return sample.model_copy(update=update)


def _expand(pattern: str, folder: Path, sample: str) -> list[str]:
    if is_remote(pattern):
        return [pattern]
    absolute = str(folder / Path(pattern).expanduser())
    if not has_magic(pattern):
        return [absolute]
    found = sorted(glob(absolute, recursive=True))  # noqa: PTH207  # Path.glob refuses absolute patterns
    if not found:
        raise ConfigurationError(f"samples.{sample}.files: {pattern!r} matches no file in {folder}.")
    return found


def _refuse_repeats(files: Mapping[str, tuple[str, ...]], path: Path) -> None:
    seen: dict[str, str] = {}
    for sample, names in files.items():
        for name in names:
            if name in seen:
                raise ConfigurationError(f"{path}: samples.{sample}.files: {name} is listed already ({seen[name]}).")
            seen[name] = sample
