"""The catalog: the samples of an analysis, their files, and what they are normalised to."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from .catalog_document import CatalogDocument, Hypothesis, Kind, Sample
from .catalog_rules import refuse_overlaps, refuse_repeats
from .documents import load_yaml, validate
from .errors import ConfigurationError
from .experiment import load_experiment
from .good_runs import GoodRuns, RunLuminosity, read_good_runs, total
from .locations import confined, find_files
from .run_ranges import RunSelection
from .storage import write_text

__all__ = ["Catalog", "Hypothesis", "Kind", "Sample", "write_catalog"]


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
        refuse_repeats(found, path)
        refuse_overlaps(self.samples, path)
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
