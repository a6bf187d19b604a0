"""The books of a run under way: what is summed and done so far; partial sums go to its folder from time to time."""

import math
import os
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path
from time import monotonic

from ..datasets.chunk import Chunk
from ..datasets.errors import UsageError
from ..datasets.ledger import ChunkRecord
from ..datasets.ledger_records import FailureKind
from ..processors.run import Run
from .accumulating import add_partials
from .deposits import remove_deposits, write_deposit
from .tasks import Partial, merge

INTERVAL = 30.0  # seconds between partial sums on disk
VARIABLE = "DARKBELLE_INTERVAL"  # of the environment, for another number
SHARE = 20  # writing one takes its time this many times before the next


@dataclass
class Books:
    """A run under way.

    Attributes
    ----------
    run
        As it stood at the start (its histograms are added to in place).
    folder
        Where it is kept; None for a run that is only returned.
    interval
        Seconds between partial sums.
    """

    run: Run
    folder: Path | None
    interval: float = INTERVAL
    changed: dict[Chunk, ChunkRecord] = field(default_factory=dict)
    failed: int = 0
    _parts: dict[Chunk, tuple[ChunkRecord, ...]] = field(default_factory=dict)
    _fresh: list[Partial] = field(default_factory=list)
    _due: float = field(init=False)
    _planned: dict[Chunk, ChunkRecord] = field(init=False)

    def __post_init__(self) -> None:
        self._due = monotonic() + self.interval
        self._planned = {record.chunk: record for record in self.run.ledger.records}

    def add(self, partial: Partial) -> None:
        """Take up what some chunks gave: from now on they are done."""
        add_partials(self.run.histograms, partial.histograms)
        for each in partial.done:
            self.changed[each.chunk] = replace(
                self._planned[each.chunk],
                status="done",
                events=each.events,
                left_out=each.left_out,
                cost=each.cost,
            )
        if self.folder is not None:
            self._fresh.append(partial)

    def fail(self, chunk: Chunk, reason: str, kind: FailureKind) -> None:
        """Enter a failed chunk."""
        self.changed[chunk] = replace(self._planned[chunk], status="failed", reason=reason, kind=kind)
        self.failed += 1

    def note(self, chunk: Chunk, what: str) -> None:
        """Enter what went wrong with a chunk that is run again."""
        known = self._planned[chunk]
        self._planned[chunk] = replace(known, earlier=(*known.earlier, what))

    def halve(self, chunk: Chunk) -> tuple[Chunk, Chunk]:
        """Replace a chunk by its halves."""
        whole, middle = self._planned[chunk], (chunk.start + chunk.stop) // 2
        first, second = whole.part(chunk.start, middle), whole.part(middle, chunk.stop)
        self._parts[chunk] = (first, second)
        self._planned |= {each.chunk: each for each in (first, second)}
        return first.chunk, second.chunk

    def exchange(self, record: ChunkRecord, taken: Partial | None, returned: Partial | None) -> None:
        """Take a done chunk's events of some runs out of the sum, put others back, and enter its new record."""
        if taken is not None:
            add_partials(self.run.histograms, taken.histograms, sign=-1)
        if returned is not None:
            add_partials(self.run.histograms, returned.histograms)
        self.changed[record.chunk] = record

    @property
    def due(self) -> bool:
        """Whether it is time for a partial sum."""
        return self.folder is not None and monotonic() >= self._due

    def current(self) -> Run:
        """Give the run as it stands."""
        ledger = self.run.ledger.with_parts(self._parts).with_records(self.changed.values())
        return replace(self.run, ledger=ledger)

    def deposit(self) -> None:
        """Write what was added since the last time to the folder, as a partial sum."""
        if self.folder is None:
            return
        started = monotonic()
        if self._fresh:
            earlier = {done.chunk: self._planned[done.chunk].earlier for each in self._fresh for done in each.done}
            write_deposit(self.folder, merge(self._fresh), self.run.identities, self.run.provenance.inputs, earlier)
            self._fresh = []
        now = monotonic()
        self._due = now + max(self.interval, SHARE * (now - started))

    def write(self) -> None:
        """Write the run as it stands to its folder; the partial sums are part of it and go."""
        if self.folder is None:
            return
        self.current().write(self.folder)
        self._fresh = []
        remove_deposits(self.folder)


def chosen_interval() -> float:
    """Give the seconds between partial sums; UsageError if the environment asks for what is none."""
    asked = os.environ.get(VARIABLE, "")
    try:
        seconds = float(asked or INTERVAL)
    except ValueError:
        seconds = math.nan
    if not (math.isfinite(seconds) and seconds > 0):
        raise UsageError(f"{VARIABLE}={asked}: must be a positive number, of seconds between partial sums on disk.")
    return seconds


def to_do(records: Iterable[ChunkRecord]) -> list[Chunk]:
    """List the chunks that still have to be run."""
    return [record.chunk for record in records if record.status == "planned"]
