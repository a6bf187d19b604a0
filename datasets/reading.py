"""Opening a chunk as events: one schema for each input format, columns read when a channel touches them."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import awkward as ak

from .catalog import Catalog, Sample
from .chunk import Chunk, FileSurvey
from .errors import InputError
from .experiment import load_experiment
from .files import InputFile
from .kept_open import kept_open
from .schemas.contract import Part
from .schemas.mapping import NO_MAPPING, load_mapping
from .schemas.registry import SCHEMAS
from .survey import Wanted

Momentum = tuple[float, float, float, float]


@dataclass(frozen=True)
class SampleContext:
    """What a channel may know of the sample that its events are of.

    Attributes
    ----------
    sample, kind, process, experiment, period
        As in the catalog.
    beams
        Four-momenta (E, px, py, pz) of the electron and positron beam in GeV, laboratory.
    """

    sample: str
    kind: str
    process: str
    experiment: str
    period: str
    beams: tuple[Momentum, Momentum]

    @classmethod
    def of(cls, name: str, sample: Sample) -> "SampleContext":
        """Take it from a catalog's sample (defaults filled in)."""
        experiment = sample.experiment or ""
        beams = load_experiment(experiment).beams(sample.period)
        period = sample.period or load_experiment(experiment).default_period
        return cls(name, sample.kind, sample.process or name, experiment, period, (beams.electron, beams.positron))

    def metadata(self) -> dict[str, Any]:
        """Give it as the `metadata` of an events array."""
        return {
            "sample": self.sample,
            "kind": self.kind,
            "process": self.process,
            "experiment": self.experiment,
            "period": self.period,
            "beams": [list(beam) for beam in self.beams],
        }


@dataclass
class Meter:
    """Counts what opening a chunk read.

    Attributes
    ----------
    log
        One entry for each column read; its `branch` is the name.
    read
        Compressed bytes of these columns in the file, times the chunk's share of its rows; known at the end.
    """

    log: list[Any] = field(default_factory=list)
    read: int = 0


@contextmanager
def open_chunk(
    chunk: Chunk, survey: FileSurvey, context: SampleContext, meter: Meter | None = None
) -> Iterator[ak.Array]:
    """Open the events of a chunk; columns are read when touched, at the latest before the end.

    Parameters
    ----------
    chunk
        Which entries of which file.
    survey
        How the file is read.
    context
        What the events' metadata tell.
    meter
        Takes the columns that were read and their bytes.

    Yields
    ------
    ak.Array
        `Events` of the event model.

    Raises
    ------
    InputError
        The file has fewer entries than when it was surveyed.
    """
    meter = meter or Meter()
    with kept_open(chunk.file, survey.replicas) as source:
        yield events_of(source, chunk, survey, context, meter.log)
        table = source.table(str(survey.tree))
        columns = {each.branch for each in meter.log} & table.names
        meter.read = sum(map(table.size, columns)) * chunk.entries // max(table.entries, 1)


def events_of(
    source: InputFile, chunk: Chunk, survey: FileSurvey, context: SampleContext, access_log: list[Any] | None = None
) -> ak.Array:
    """Give the events of a chunk of an open file; columns are read when touched, see `open_chunk`."""
    if survey.schema is None or survey.tree is None:
        raise InputError(survey.problem or f"{chunk.file}: was not surveyed.")
    table = source.table(survey.tree)
    if table.entries < chunk.stop:
        raise InputError(f"{chunk.file}: has {table.entries} entries, {survey.entries} were planned; was it replaced?")
    mapping = survey.mapping or NO_MAPPING
    part = Part(survey.tree, chunk.start, chunk.stop, mapping, context.metadata(), access_log)
    return SCHEMAS[survey.schema].events(source, part)


def wanted_files(catalog: Catalog) -> list[Wanted]:
    """List every file of a catalog with what the catalog says on how to read it.

    Raises
    ------
    ConfigurationError
        A mapping is unknown, or its file is wrong.
    """
    return [
        Wanted(name, file, sample.tree, sample.schema_name, mapping, _others(catalog.replicas[file]))
        for name, sample in catalog.samples.items()
        for mapping in [None if sample.mapping is None else load_mapping(sample.mapping, catalog.path.parent)]
        for file in catalog.files[name]
    ]


def _others(places: tuple[str, ...]) -> tuple[str, ...]:
    """Give a file's places, or nothing where there is but one."""
    return places if len(places) > 1 else ()
