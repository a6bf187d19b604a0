"""The ledger: what was planned, what was processed, what was lost and why, in chunks, entries, events, luminosity."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, Literal

from .chunk import Chunk

Status = Literal["planned", "done", "failed"]


@dataclass(frozen=True)
class ChunkRecord:
    """One chunk's fate.

    Attributes
    ----------
    chunk
        Which entries of which file.
    status
        "planned" (not run yet), "done" or "failed".
    events
        Events it held; None until it is done, unless the file told.
    reason
        Why it failed.
    """

    chunk: Chunk
    status: Status = "planned"
    events: int | None = None
    reason: str | None = None


@dataclass(frozen=True)
class LostFile:
    """A file that could not be planned at all, so that neither its entries nor its events are known."""

    sample: str
    file: str
    reason: str


@dataclass(frozen=True)
class SampleTotals:
    """What was planned and processed of one sample (or of all); None where it cannot be known.

    Attributes
    ----------
    entries, events
        (planned, processed).
    luminosity
        (planned, processed) in fb^-1 of data; the processed part is prorated by entries, or by files where some file
        could not tell its entries.
    generated
        (planned, processed) sum of generator weights behind a simulated sample.
    prorated
        Whether a loss was estimated rather than counted.
    """

    entries: tuple[int | None, int]
    events: tuple[int | None, int | None]
    luminosity: tuple[float | None, float | None] = (None, None)
    generated: tuple[float | None, float | None] = (None, None)
    prorated: bool = False


@dataclass(frozen=True)
class SampleBooks:
    """What the ledger knows of a sample besides its chunks.

    Attributes
    ----------
    luminosity
        fb^-1 of the whole sample (data).
    generated
        Sum of generator weights of the whole sample, where the catalog states it and the files do not.
    file_generated
        Sum of generator weights by file, where the files tell.
    """

    luminosity: float | None = None
    generated: float | None = None
    file_generated: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Ledger:
    """The books of a run: every chunk, every lost file, and each sample's totals."""

    records: tuple[ChunkRecord, ...]
    lost_files: tuple[LostFile, ...] = ()
    books: dict[str, SampleBooks] = field(default_factory=dict)

    @property
    def complete(self) -> bool:
        """Whether everything planned was processed."""
        return not self.lost_files and all(record.status == "done" for record in self.records)

    @property
    def failures(self) -> tuple[ChunkRecord, ...]:
        """The chunks that failed."""
        return tuple(record for record in self.records if record.status == "failed")

    @cached_property
    def _by_sample(self) -> dict[str, tuple[ChunkRecord, ...]]:
        grouped: dict[str, list[ChunkRecord]] = {name: [] for name in self.books}
        for record in self.records:
            grouped.setdefault(record.chunk.sample, []).append(record)
        return {name: tuple(records) for name, records in grouped.items()}

    def with_records(self, changed: Iterable[ChunkRecord]) -> "Ledger":
        """Give a ledger in which the records of the same chunks are replaced by `changed`."""
        new = {record.chunk: record for record in changed}
        return replace(self, records=tuple(new.get(record.chunk, record) for record in self.records))

    def sample(self, name: str) -> SampleTotals:
        """Count what was planned and processed of one sample."""
        records = self._by_sample.get(name, ())
        lost = [each for each in self.lost_files if each.sample == name]
        books = self.books.get(name, SampleBooks())
        entries = _entries(records, lost)
        share, prorated = _processed_share(records, lost)
        luminosity = (books.luminosity, None if books.luminosity is None else books.luminosity * share)
        return SampleTotals(
            entries, _events(records, lost), luminosity, _generated(records, lost, books, share), prorated
        )

    def summary(self) -> dict[str, Any]:
        """Give the JSON object of `darkbelle ledger --json` (stable keys; luminosities in fb^-1)."""
        samples = {name: self.sample(name) for name in self._by_sample}
        statuses = [record.status for record in self.records]
        done = statuses.count("done")
        return {
            "chunks": {"planned": len(statuses), "processed": done, "failed": statuses.count("failed")},
            "entries": _pair(_total(t.entries for t in samples.values())),
            "events": _pair(_total(t.events for t in samples.values())),
            "luminosity": _pair(_total(t.luminosity for t in samples.values() if t.luminosity[0] is not None)),
            "samples": {
                name: {"events": _pair(t.events), "luminosity": _pair(t.luminosity)} for name, t in samples.items()
            },
            "failures": [
                {"file": r.chunk.file, "start": r.chunk.start, "stop": r.chunk.stop, "reason": r.reason}
                for r in self.failures
            ]
            + [{"file": f.file, "start": None, "stop": None, "reason": f.reason} for f in self.lost_files],
        }


def _entries(records: Iterable[ChunkRecord], lost: list[LostFile]) -> tuple[int | None, int]:
    records = tuple(records)
    processed = sum(record.chunk.entries for record in records if record.status == "done")
    return (None if lost else sum(record.chunk.entries for record in records)), processed


def _events(records: Iterable[ChunkRecord], lost: list[LostFile]) -> tuple[int | None, int | None]:
    records = tuple(records)
    planned = [record.events for record in records]
    processed = [record.events for record in records if record.status == "done"]
    return (None if lost else _sum(planned)), _sum(processed)


def _sum(values: list[int | None]) -> int | None:
    known = [value for value in values if value is not None]
    return sum(known) if len(known) == len(values) else None


def _processed_share(records: tuple[ChunkRecord, ...], lost: list[LostFile]) -> tuple[float, bool]:
    """Share of the sample that was processed: by entries, or by files where a file could not tell its entries."""
    if all(record.status == "done" for record in records) and not lost:
        return 1.0, False
    if not lost:
        total = sum(record.chunk.entries for record in records)
        done_entries = sum(record.chunk.entries for record in records if record.status == "done")
        return (done_entries / total if total else 0.0), True
    planned: dict[str, int] = {}
    done: dict[str, int] = {}
    for record in records:
        planned[record.chunk.file] = planned.get(record.chunk.file, 0) + record.chunk.entries
        if record.status == "done":
            done[record.chunk.file] = done.get(record.chunk.file, 0) + record.chunk.entries
    whole = sum(done.get(file, 0) / entries if entries else 1.0 for file, entries in planned.items())
    return whole / (len(planned) + len(lost)), True


def _generated(
    records: tuple[ChunkRecord, ...], lost: list[LostFile], books: SampleBooks, share: float
) -> tuple[float | None, float | None]:
    """Sum generated weights, per file where the files tell (a lost file takes its own share), else prorated."""
    files = {record.chunk.file for record in records}
    if files and files <= set(books.file_generated):
        planned = None if lost else sum(books.file_generated[file] for file in files)
        return planned, sum(books.file_generated[file] * _file_share(records, file) for file in files)
    if books.generated is None:
        return None, None
    return books.generated, books.generated * share


def _file_share(records: tuple[ChunkRecord, ...], file: str) -> float:
    mine = [record for record in records if record.chunk.file == file]
    total = sum(record.chunk.entries for record in mine)
    if not total:
        return 1.0 if all(record.status == "done" for record in mine) else 0.0
    return sum(record.chunk.entries for record in mine if record.status == "done") / total


def _total(pairs: Iterable[tuple[Any, Any]]) -> tuple[Any, Any]:
    pairs = list(pairs)
    if not pairs:
        return None, None
    columns: list[list[Any]] = [[pair[i] for pair in pairs] for i in range(2)]
    planned, processed = (None if None in column else sum(column) for column in columns)
    return planned, processed


def _pair(values: tuple[Any, Any]) -> dict[str, Any]:
    return {"planned": values[0], "processed": values[1]}
