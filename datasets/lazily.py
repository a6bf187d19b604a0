"""The lazy door for notebooks: a whole sample as a dask-awkward array, on which the same channel code runs."""

import weakref
from contextlib import ExitStack
from typing import Any

import awkward as ak
from coffea.nanoevents import NanoEventsFactory

from . import records
from .catalog import Catalog
from .chunk import Chunk, FileSurvey
from .errors import InputError
from .files import opened
from .reading import SampleContext, events_of, wanted_files
from .schemas.native import Native, NativeSchema
from .survey import survey_file

PARTITION = 100_000  # entries


def open_lazily(catalog: Catalog, sample: str, partition: int = PARTITION) -> Any:
    """Open a whole sample as a dask-awkward array.

    Parameters
    ----------
    catalog
        Where the sample is listed.
    sample
        Its name.
    partition
        Largest number of entries of a partition.

    Raises
    ------
    InputError
        There is no such sample, or one of its files cannot be read.
    """
    if sample not in catalog.samples:
        raise InputError(f"{catalog.path}: no sample {sample!r}; it has {', '.join(catalog.samples)}.")
    context = SampleContext.of(sample, catalog.samples[sample])
    surveys = [survey_file(wanted) for wanted in wanted_files(catalog) if wanted.sample == sample]
    for survey in surveys:
        if survey.problem is not None:
            raise InputError(survey.problem)
    if all(survey.schema == Native.name for survey in surveys):
        files = {survey.file: survey.tree for survey in surveys}
        opened = NanoEventsFactory.from_root(files, mode="dask", schemaclass=NativeSchema, metadata=context.metadata())
        return opened.events()
    return _by_partitions(surveys, context, partition)


def _by_partitions(surveys: list[FileSurvey], context: SampleContext, partition: int) -> Any:
    import dask_awkward  # an extra: only this door needs it

    chunks = [
        (survey, Chunk(survey.sample, survey.file, start, min(start + partition, survey.entries or 0)))
        for survey in surveys
        for start in range(0, max(survey.entries or 0, 1), partition)
    ]
    form = _partition((surveys[0], Chunk(surveys[0].sample, surveys[0].file, 0, 0)), context).layout.form
    meta = ak.typetracer.typetracer_from_form(form, behavior=records.behavior)
    return dask_awkward.from_map(_partition, chunks, context=context, meta=meta, label="events")


def _partition(place: tuple[FileSurvey, Chunk], context: SampleContext) -> ak.Array:
    """Open one partition; its file is closed with the last array that may still read from it."""
    survey, chunk = place
    stack = ExitStack()
    source = stack.enter_context(opened(chunk.file, survey.replicas))
    weakref.finalize(source.table(survey.tree or ""), stack.close)
    return events_of(source, chunk, survey, context)
