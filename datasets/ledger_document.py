"""The ledger as a document: chunks grouped by file, so that a million of them stay a readable size."""

from typing import Any

from pydantic import Field

from .chunk import Chunk
from .documents import Document
from .ledger import ChunkRecord, Ledger, LostFile, SampleBooks, Status, Unsealing
from .ledger_records import ChunkCost, FailureKind
from .run_ranges import RunKey


class FileEntry(Document):
    """One file's chunks.

    Attributes
    ----------
    chunks
        (start, stop, status, events) of each.
    reasons
        Why chunks failed, by start.
    left_out, runs, dropped
        By start: events of runs that are not used, runs, and those taken out again.
    kinds, costs
        By start: kind of failure, and (seconds, bytes read, bytes of memory) of what is done.
    earlier
        By start: what went wrong before with chunks that were run again.
    """

    sample: str
    file: str
    chunks: list[tuple[int, int, Status, int | None]]
    reasons: dict[int, str] = Field(default_factory=dict)
    left_out: dict[int, int] = Field(default_factory=dict)
    runs: dict[int, tuple[RunKey, ...]] = Field(default_factory=dict)
    dropped: dict[int, tuple[RunKey, ...]] = Field(default_factory=dict)
    kinds: dict[int, FailureKind] = Field(default_factory=dict)
    costs: dict[int, tuple[float, int, int]] = Field(default_factory=dict)
    earlier: dict[int, tuple[str, ...]] = Field(default_factory=dict)

    def record(self, start: int, stop: int, status: Status, events: int | None) -> ChunkRecord:
        """Give the record of one of the chunks."""
        return ChunkRecord(
            Chunk(self.sample, self.file, start, stop),
            status,
            events,
            self.reasons.get(start),
            self.left_out.get(start, 0),
            self.runs.get(start),
            self.dropped.get(start, ()),
            self.kinds.get(start),
            ChunkCost(*self.costs[start]) if start in self.costs else None,
            self.earlier.get(start, ()),
        )


class LedgerDocument(Document):
    """A ledger on disk."""

    files: list[FileEntry]
    lost_files: list[LostFile]
    books: dict[str, SampleBooks]
    unsealed: list[Unsealing] = Field(default_factory=list)

    @classmethod
    def of(cls, ledger: Ledger) -> "LedgerDocument":
        """Make the document of `ledger`."""
        grouped: dict[tuple[str, str], dict[str, Any]] = {}
        for record in ledger.records:
            chunk = record.chunk
            key = (chunk.sample, chunk.file)
            entry = grouped.setdefault(key, {"sample": key[0], "file": key[1], "chunks": []})
            entry["chunks"].append((chunk.start, chunk.stop, record.status, record.events))
            told: dict[str, Any] = {"reasons": record.reason, "left_out": record.left_out or None, "runs": record.runs}
            told |= {"dropped": record.dropped or None, "kinds": record.kind, "earlier": record.earlier or None}
            if record.cost is not None:
                told["costs"] = (record.cost.seconds, record.cost.read, record.cost.memory)
            for name, value in told.items():
                if value is not None:
                    entry.setdefault(name, {})[chunk.start] = value
        return cls(
            files=[FileEntry(**entry) for entry in grouped.values()],
            lost_files=list(ledger.lost_files),
            books=ledger.books,
            unsealed=list(ledger.unsealed),
        )

    def ledger(self) -> Ledger:
        """Give the ledger that the document describes."""
        records = tuple(each.record(*chunk) for each in self.files for chunk in each.chunks)
        return Ledger(records, tuple(self.lost_files), dict(self.books), tuple(self.unsealed))
