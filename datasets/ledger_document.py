"""The ledger as a document: chunks grouped by file, so that a million of them stay a readable size."""

from typing import Any

from pydantic import Field

from .chunk import Chunk
from .documents import Document
from .ledger import ChunkRecord, Ledger, LostFile, SampleBooks, Status


class FileEntry(Document):
    """One file's chunks.

    Attributes
    ----------
    chunks
        (start, stop, status, events) of each.
    reasons
        Why chunks failed, by start.
    """

    sample: str
    file: str
    chunks: list[tuple[int, int, Status, int | None]]
    reasons: dict[int, str] = Field(default_factory=dict)


class LedgerDocument(Document):
    """A ledger on disk."""

    files: list[FileEntry]
    lost_files: list[LostFile]
    books: dict[str, SampleBooks]

    @classmethod
    def of(cls, ledger: Ledger) -> "LedgerDocument":
        """Make the document of `ledger`."""
        grouped: dict[tuple[str, str], dict[str, Any]] = {}
        for record in ledger.records:
            chunk = record.chunk
            key = (chunk.sample, chunk.file)
            entry = grouped.setdefault(key, {"sample": key[0], "file": key[1], "chunks": [], "reasons": {}})
            entry["chunks"].append((chunk.start, chunk.stop, record.status, record.events))
            if record.reason is not None:
                entry["reasons"][chunk.start] = record.reason
        return cls(
            files=[FileEntry(**entry) for entry in grouped.values()],
            lost_files=list(ledger.lost_files),
            books=ledger.books,
        )

    def ledger(self) -> Ledger:
        """Give the ledger that the document describes."""
        records = tuple(
            ChunkRecord(Chunk(each.sample, each.file, start, stop), status, events, each.reasons.get(start))
            for each in self.files
            for start, stop, status, events in each.chunks
        )
        return Ledger(records, tuple(self.lost_files), dict(self.books))
