"""Gathering the rows that pass all cuts of a channel but some, over all chunks of a catalog."""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from cloudpickle import dumps, loads

from ..datasets.catalog import Catalog, Sample
from ..datasets.chunk import Chunk, FileSurvey
from ..datasets.errors import InputError
from ..datasets.reading import SampleContext, open_chunk
from .failures import ChunkError
from .opening import open_site
from .planning import Plan, make_plan
from .surveying import survey_catalog

if TYPE_CHECKING:
    from ..processors.channel import Channel

SAMPLE = "sample"
CHUNKSIZE = 100_000


def gather(
    catalog: Catalog, channel: "Channel", region: str, without: Sequence[str], site: str, workers: int | None
) -> tuple[pd.DataFrame, dict[str, float]]:
    """Select on a site, and bring back the rows of simulated samples.

    Returns
    -------
    tuple
        Rows with `sample`, `weight`, `half` (event number modulo 2) and all values of the selection; and by sample the
        sum of generated weights.

    Raises
    ------
    InputError
        A file cannot be read, a sample lacks a field or does not tell what was generated.
    """
    with open_site(site, workers) as client:
        plan = make_plan(catalog, [channel], survey_catalog(client, catalog), CHUNKSIZE)
        simulated = [name for name in plan.samples_of(channel.name) if catalog.samples[name].kind != "data"]
        _refuse_incomplete(plan, channel.name)
        sent = client.submit(loads, dumps(channel))
        futures = [
            client.submit(
                gather_chunk,
                record.chunk,
                plan.surveys[record.chunk.file],
                SampleContext.of(record.chunk.sample, catalog.samples[record.chunk.sample]),
                sent,
                region,
                tuple(without),
                pure=False,
            )
            for record in plan.ledger.records
            if record.chunk.sample in simulated
        ]
        parts = client.gather(futures)  # in the order of the files: what is trained on rows depends on it
    generated = {name: _generated(name, catalog.samples[name], plan.surveys.values()) for name in simulated}
    return pd.concat([part for part in parts if not part.empty] or parts[:1]).reset_index(drop=True), generated


def _refuse_incomplete(plan: Plan, channel: str) -> None:
    """Figures over some of the samples would be wrong: nothing may be left out."""
    for sample, fields in plan.not_applicable.get(channel, {}).items():
        raise InputError(f"sample {sample}: provides no {', '.join(fields)}, which {channel} needs; leave it out.")
    reasons = [lost.reason for lost in plan.ledger.lost_files] + [each.reason for each in plan.ledger.records]
    for reason in filter(None, reasons):
        raise InputError(reason)


def gather_chunk(
    chunk: Chunk, survey: FileSurvey, context: SampleContext, channel: "Channel", region: str, without: tuple[str, ...]
) -> pd.DataFrame:
    """Give the rows of a chunk that pass all cuts of a region but those named."""
    from ..processors.chunk_events import ChunkEvents  # the channels' own code, heavier than this module
    from ..processors.filling import row_weights
    from ..processors.selected import rows_passing, values_in

    with open_chunk(chunk, survey, context) as opened:
        if "event" not in opened.fields:
            raise ChunkError(f"{chunk.file}: has no event numbers, which tell the halves apart.", "input")
        events = ChunkEvents(opened)
        found = channel.selected(events)
        cuts = [cut for cut in channel.cuts if cut not in without]
        passed = rows_passing(found, cuts, region)
        numbers = np.asarray(opened.event)[found.event[passed]]
        columns = {name: values[passed] for name, values in values_in(found, region).items()}
        weight = row_weights(found, events.weights, "nominal")[passed]
        return pd.DataFrame({SAMPLE: chunk.sample, "weight": weight, "half": numbers % 2, **columns})


def _generated(name: str, sample: Sample, surveys: Iterable[FileSurvey]) -> float:
    if sample.generated is not None:
        return sample.generated
    files = [survey.generated for survey in surveys if survey.sample == name]
    told = [each for each in files if each is not None]
    if not told or len(told) < len(files):
        raise InputError(f"sample {name}: the number of generated events is not known; add generated.")
    return float(sum(told))
