"""Writing simulated events as the native ROOT format, TTree or RNTuple: whole files, or none under the final name."""

import json
import platform
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any, Literal

import awkward as ak
import numpy as np
import uproot

from ..errors import DarkbelleError
from ..event_model import COLLECTIONS
from ..storage import replacing
from .compression import BasketCompression
from .packing import join

FLUSH = 100_000  # events; smaller baskets cost size and time
LEVEL = 1  # of zstd

Format = Literal["ttree", "rntuple"]
FORMATS: tuple[Format, ...] = ("ttree", "rntuple")


@dataclass(frozen=True)
class FileMetadata:
    """One row of the tree "metadata".

    Attributes
    ----------
    generated
        Sum of generator weights of the events behind the file, written or not.
    generated_events
        Their number.
    cross_section, isr_factor
        nb, and what radiation of the beams makes of it: all of the sample's generated events stand for their product.
    luminosity
        fb^-1 that this file's generated events stand for at that cross section.
    seed, first_chunk, last_chunk
        Random streams used: the chunks [first_chunk, last_chunk].
    """

    generated: float
    generated_events: int
    cross_section: float
    isr_factor: float
    luminosity: float
    seed: int
    first_chunk: int
    last_chunk: int


class NativeWriter:
    """Writes batches of events to an open file, in flushes of about `FLUSH` events."""

    def __init__(self, file: Any, form: Format = "ttree") -> None:
        self._file = file
        self._form = form
        self._tree: Any = None
        self._waiting: list[ak.Array] = []
        self._compression = BasketCompression(LEVEL)
        self.written = 0

    def extend(self, events: ak.Array) -> None:
        """Add events with the event model's fields."""
        self._waiting.append(events)
        if sum(map(len, self._waiting)) >= FLUSH:
            self._flush()

    def finish(self, metadata: FileMetadata | Mapping[str, float], provenance: Mapping[str, Any]) -> None:
        """Write what waits, the metadata's tree (or what else is known of the file), and the provenance as JSON."""
        self._flush()
        row = asdict(metadata) if isinstance(metadata, FileMetadata) else metadata
        types = {name: "float64" if isinstance(value, float) else "int64" for name, value in row.items()}
        values = {name: np.array([value], dtype=types[name]) for name, value in row.items()}
        if self._form == "rntuple":
            self._file.mkrntuple("metadata", values)
        else:
            self._file.mktree("metadata", types).extend(values)
        self._file["provenance"] = json.dumps({**versions(), **provenance}, sort_keys=True)

    def _flush(self) -> None:
        if not self._waiting:
            return
        events = join(self._waiting)
        self.written += len(events)
        self._waiting = []
        columns = _columns(events)
        self._compression.begin(len(events))
        if self._tree is None and self._form == "rntuple":
            self._tree = self._file.mkrntuple("events", {name: values[:0] for name, values in columns.items()})
        elif self._tree is None:
            self._tree = self._file.mktree("events", {name: values.type.content for name, values in columns.items()})
            self._tree.compression = self._compression
        self._tree.extend(columns)


def _columns(events: ak.Array) -> dict[str, ak.Array]:
    """Name the columns so that uproot makes the native tree's branches of them."""
    columns: dict[str, ak.Array] = {}
    for each in COLLECTIONS:
        if each.kind == "scalar":
            columns.update({field.name: events[field.name] for field in each.fields if field.name in events.fields})
        elif each.name not in events.fields:
            continue
        elif each.kind == "record":
            columns.update({each.branch(field): events[each.name][field] for field in events[each.name].fields})
        else:
            columns[each.name] = events[each.name]
    return columns


@contextmanager
def native_file(path: Path, form: Format = "ttree") -> Iterator[NativeWriter]:
    """Open a writer; the file appears under its name when the block ends well, and not at all otherwise.

    Parameters
    ----------
    path
        The final name.
    form
        "ttree", or "rntuple": smaller and faster to write, its fields named `photons.px` where branches are
        `photons_px`.

    Raises
    ------
    DarkbelleError
        The disk is full or fails otherwise.
    """
    try:
        with replacing(path) as temporary, uproot.recreate(temporary, compression=uproot.ZSTD(LEVEL)) as file:
            yield NativeWriter(file, form)
    except OSError as error:
        raise DarkbelleError(
            f"{path}: could not be written ({error.strerror or error}); nothing is left under that name."
        ) from error


def read_metadata(path: Path) -> tuple[FileMetadata, dict[str, Any], int]:
    """Read a file's metadata, provenance and number of events.

    Raises
    ------
    OSError, ValueError, KeyError
        It is no whole file of this format.
    """
    with uproot.open(path) as file:
        metadata = file["metadata"].arrays()
        row = {name: metadata[name][0].item() for name in metadata.fields}
        return FileMetadata(**row), json.loads(str(file["provenance"])), int(file["events"].num_entries)


def versions() -> dict[str, str]:
    """Give the versions of what makes the events and the files."""
    return {
        "python": platform.python_version(),
        **{name: version(name) for name in ("darkbelle", "numpy", "uproot", "awkward")},
    }
