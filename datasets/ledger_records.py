"""What the ledger's books consist of: the fate of chunks and files, and what is known of each sample."""

from dataclasses import dataclass, field, replace
from typing import Literal

from .chunk import Chunk
from .good_runs import RunLuminosity
from .run_ranges import RunKey, RunRange

Status = Literal["planned", "done", "failed"]
FailureKind = Literal["bug", "input", "storage", "memory", "crash", "timeout", "lost"]


@dataclass(frozen=True)
class ChunkCost:
    """What a chunk took.

    Attributes
    ----------
    seconds
        Wall time on its worker.
    read
        Compressed bytes of the columns that were read: their size in the file, times the chunk's share of its rows.
    memory
        Bytes of the worker's process when it was done.
    """

    seconds: float
    read: int
    memory: int


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
    kind
        What kind of failure that is.
    cost
        What it took, once it is done.
    left_out
        Of its events, those of runs that are not used.
    runs
        The used runs that it holds events of; None where that is not known, or does not matter.
    dropped
        Of these, the runs whose events were taken out of the histograms again, since a loss touched them elsewhere.
    earlier
        What went wrong with it before, one line for each time that it had to be run again.
    """

    chunk: Chunk
    status: Status = "planned"
    events: int | None = None
    reason: str | None = None
    left_out: int = 0
    runs: tuple[RunKey, ...] | None = None
    dropped: tuple[RunKey, ...] = ()
    kind: FailureKind | None = None
    cost: ChunkCost | None = None
    earlier: tuple[str, ...] = ()

    def part(self, start: int, stop: int) -> "ChunkRecord":
        """Give the record of a part of the chunk, planned; its events are known where every entry is one."""
        events = stop - start if self.events == self.chunk.entries else None
        return replace(self, chunk=replace(self.chunk, start=start, stop=stop), events=events)


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
        (planned, processed) in fb^-1 of data.
    generated
        (planned, processed) sum of generator weights behind a simulated sample.
    prorated
        Whether a loss was estimated rather than counted.
    left_out
        Processed events of runs that are not used.
    runs
        (planned, processed) number of used runs; None without per-run luminosities.
    dropped
        The runs that a loss touched; they count neither as luminosity nor in the histograms.
    """

    entries: tuple[int | None, int]
    events: tuple[int | None, int | None]
    luminosity: tuple[float | None, float | None] = (None, None)
    generated: tuple[float | None, float | None] = (None, None)
    prorated: bool = False
    left_out: int = 0
    runs: tuple[int, int] | None = None
    dropped: tuple[RunKey, ...] = ()


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
    period
        Experiment and data-taking period of data.
    ranges
        The runs that the catalog says data cover; None where it does not.
    runs
        What each used run recorded; None where no list of good runs tells.
    """

    luminosity: float | None = None
    generated: float | None = None
    file_generated: dict[str, float] = field(default_factory=dict)
    period: str | None = None
    ranges: tuple[RunRange, ...] | None = None
    runs: tuple[RunLuminosity, ...] | None = None
