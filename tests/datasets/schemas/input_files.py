"""Input files in the layouts of basf2 and BaBar, written by the tests, and the doors they are opened through."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import awkward as ak
import numpy as np
import uproot
from darkbelle.datasets.chunk import Chunk, FileSurvey
from darkbelle.datasets.experiment import load_experiment
from darkbelle.datasets.reading import Meter, SampleContext, open_chunk
from darkbelle.datasets.schemas.mapping import InputMapping
from darkbelle.datasets.survey import Wanted, examine

BEAMS = load_experiment("belle2").beams()


def context(kind: str = "background", experiment: str = "belle2") -> SampleContext:
    """Give what channels know of a sample."""
    beams = load_experiment(experiment).beams()
    return SampleContext("s", kind, "p", experiment, "phase3", (beams.electron, beams.positron))


def survey(path: Path, mapping: Mapping[str, Any] | None = None, **wanted: Any) -> FileSurvey:
    """Survey a file; SurveyError if it cannot be used."""
    return examine(Wanted("s", str(path), mapping=InputMapping.model_validate(mapping or {}), **wanted))


@contextmanager
def chunk_of(
    found: FileSurvey, start: int = 0, stop: int | None = None, log: list[Any] | None = None, kind: str = "background"
) -> Iterator[ak.Array]:
    """Open entries [start, stop) of a surveyed file, all for None."""
    last = (found.entries or 0) if stop is None else min(stop, found.entries or 0)
    with open_chunk(
        Chunk("s", found.file, start, last), found, context(kind), Meter([] if log is None else log)
    ) as events:
        yield events


def chunks(found: FileSurvey, size: int) -> Iterator[ak.Array]:
    """Open a file chunk by chunk."""
    for start in range(0, found.entries or 0, size):
        with chunk_of(found, start, start + size) as events:
            yield events


def keys(sizes: list[int], events: list[int] | None = None, **changes: Any) -> dict[str, Any]:
    """Give basf2's reserved columns of today's flat layout for events with `sizes` candidates."""
    numbers = np.arange(len(sizes)) if events is None else np.asarray(events)
    rows = int(sum(sizes))
    columns = {
        "__experiment__": np.full(rows, 1003, np.int32),
        "__run__": np.zeros(rows, np.int32),
        "__event__": np.repeat(numbers, sizes).astype(np.uint32),
        "__production__": np.full(rows, 17, np.int32),
        "__candidate__": np.concatenate([np.arange(n) for n in sizes]).astype(np.int32) if sizes else np.zeros(0, "i4"),
        "__ncandidates__": np.repeat(sizes, sizes).astype(np.int32),
        "__weight__": np.ones(rows),
    }
    return columns | changes


def write_tree(path: Path, **trees: Mapping[str, Any]) -> Path:
    """Write trees by name; columns of None are left out."""
    with uproot.recreate(path) as file:
        for name, given in trees.items():
            columns = {column: values for column, values in given.items() if values is not None}
            types = {
                column: values.dtype if isinstance(values, np.ndarray) else values.type.content
                for column, values in columns.items()
            }
            file.mktree(name, types).extend(columns)
    return path
