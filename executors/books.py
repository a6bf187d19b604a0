"""The books of a run under way: what is summed and done so far, written to its folder from time to time."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path
from time import monotonic

from ..datasets.chunk import Chunk
from ..datasets.ledger import ChunkRecord
from ..datasets.run_ranges import RunKey
from ..processors.run import Run
from .accumulating import add_partials
from .tasks import Partial

INTERVAL = 30.0  # seconds between checkpoints
SHARE = 20  # a checkpoint's own time is waited for so many times before the next


@dataclass
class Books:
    """A run under way.

    Attributes
    ----------
    run
        As it stood at the start (its histograms are added to in place).
    folder
        Where checkpoints go; None for a run that is only returned.
    interval
        Seconds between checkpoints.
    """

    run: Run
    folder: Path | None
    interval: float = INTERVAL
    changed: dict[Chunk, ChunkRecord] = field(default_factory=dict)
    failed: int = 0
    _due: float = field(default_factory=lambda: monotonic() + INTERVAL)
    _runs: dict[Chunk, tuple[RunKey, ...]] = field(init=False)

    def __post_init__(self) -> None:
        self._runs = {each.chunk: each.runs for each in self.run.ledger.records if each.runs is not None}

    def add(self, partial: Partial) -> None:
        """Take up what some chunks gave: from now on they are done."""
        add_partials(self.run.histograms, partial.histograms)
        for chunk, events, left_out in partial.done:
            self.changed[chunk] = ChunkRecord(chunk, "done", events, left_out=left_out, runs=self._runs.get(chunk))

    def fail(self, chunk: Chunk, events: int | None, reason: str) -> None:
        """Enter a failed chunk."""
        self.changed[chunk] = ChunkRecord(chunk, "failed", events, reason, runs=self._runs.get(chunk))
        self.failed += 1

    def exchange(self, record: ChunkRecord, taken: Partial | None, returned: Partial | None) -> None:
        """Take a done chunk's events of some runs out of the sum, put others back, and enter its new record."""
        if taken is not None:
            add_partials(self.run.histograms, taken.histograms, sign=-1)
        if returned is not None:
            add_partials(self.run.histograms, returned.histograms)
        self.changed[record.chunk] = record

    @property
    def due(self) -> bool:
        """Whether it is time for a checkpoint."""
        return self.folder is not None and monotonic() >= self._due

    def current(self) -> Run:
        """Give the run as it stands."""
        return replace(self.run, ledger=self.run.ledger.with_records(self.changed.values()))

    def write(self) -> None:
        """Write the run as it stands to its folder."""
        if self.folder is None:
            return
        started = monotonic()
        self.current().write(self.folder)
        now = monotonic()
        self._due = now + max(self.interval, SHARE * (now - started))


def to_do(records: Iterable[ChunkRecord]) -> list[Chunk]:
    """List the chunks that still have to be run."""
    return [record.chunk for record in records if record.status == "planned"]
