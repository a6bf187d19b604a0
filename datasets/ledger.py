"""The ledger: what was planned, what was processed, what was lost and why, in chunks, entries, events, luminosity."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

from .chunk import Chunk
from .ledger_records import ChunkRecord, LostFile, SampleBooks, SampleTotals, Status
from .luminosity import Pair, SampleRecords, generated_weight, recorded, should_lack, together, touched_runs
from .run_ranges import RunKey

__all__ = ["ChunkRecord", "Ledger", "LostFile", "SampleBooks", "SampleTotals", "Status"]


@dataclass(frozen=True)
class Unsealing:
    """Somebody had a run fill the data of its searches' sealed regions.

    Attributes
    ----------
    who
        User name.
    when
        ISO 8601, UTC.
    channels
        The searches.
    """

    who: str
    when: str
    channels: tuple[str, ...]


@dataclass(frozen=True)
class Ledger:
    """The books of a run: every chunk, every lost file, and each sample's totals."""

    records: tuple[ChunkRecord, ...]
    lost_files: tuple[LostFile, ...] = ()
    books: dict[str, SampleBooks] = field(default_factory=dict)
    unsealed: tuple[Unsealing, ...] = ()

    @property
    def complete(self) -> bool:
        """Whether everything planned was processed."""
        return not self.lost_files and all(record.status == "done" for record in self.records)

    @property
    def failures(self) -> tuple[ChunkRecord, ...]:
        """The chunks that failed."""
        return tuple(record for record in self.records if record.status == "failed")

    @cached_property
    def by_sample(self) -> dict[str, SampleRecords]:
        """What is known of each sample."""
        grouped: dict[str, list[ChunkRecord]] = {name: [] for name in self.books}
        for record in self.records:
            grouped.setdefault(record.chunk.sample, []).append(record)
        lost: dict[str, list[LostFile]] = {}
        for each in self.lost_files:
            lost.setdefault(each.sample, []).append(each)
        return {
            name: SampleRecords(records, lost.get(name, ()), self.books.get(name, SampleBooks()))
            for name, records in grouped.items()
        }

    @cached_property
    def unsettled(self) -> tuple[tuple[ChunkRecord, frozenset[RunKey]], ...]:
        """The done chunks whose histograms are wrong in some runs, and which: touched by a loss, or whole again."""
        pairs = (pair for each in self.by_sample.values() for pair in should_lack(each.records))
        return tuple((r, wrong) for r, target in pairs if (wrong := target ^ frozenset(r.dropped)))

    def with_records(self, changed: Iterable[ChunkRecord]) -> "Ledger":
        """Give a ledger in which the records of the same chunks are replaced by `changed`."""
        new = {record.chunk: record for record in changed}
        return replace(self, records=tuple(new.get(record.chunk, record) for record in self.records))

    def with_parts(self, parts: Mapping[Chunk, Sequence[ChunkRecord]]) -> "Ledger":
        """Give a ledger in which chunks are replaced by their parts, and these by theirs."""

        def expanded(record: ChunkRecord) -> Iterator[ChunkRecord]:
            if record.chunk not in parts:
                yield record
            for part in parts.get(record.chunk, ()):
                yield from expanded(part)

        return replace(self, records=tuple(each for record in self.records for each in expanded(record)))

    def sample(self, name: str) -> SampleTotals:
        """Count what was planned and processed of one sample."""
        known = self.by_sample.get(name, SampleRecords((), (), SampleBooks()))
        luminosity, prorated = recorded(known)
        runs, touched = known.books.runs, touched_runs(known.records)
        dropped = () if runs is None else tuple(sorted(run.key for run in runs if run.key in touched))
        return SampleTotals(
            entries=_entries(known),
            events=_events(known),
            luminosity=luminosity,
            generated=generated_weight(known),
            prorated=prorated,
            left_out=sum(record.left_out for record in known.records if record.status == "done"),
            runs=None if runs is None else (len(runs), len(runs) - len(dropped)),
            dropped=dropped,
        )

    def luminosity(self, name: str, lines: Iterable[str] = ()) -> Pair:
        """Give a data sample's luminosity (planned, processed) in fb^-1 for events of trigger lines; see `recorded`."""
        return recorded(self.by_sample[name], lines)[0]

    def summary(self) -> dict[str, Any]:
        """Give the JSON object of `darkbelle ledger --json` (stable keys; luminosities in fb^-1)."""
        samples = {name: self.sample(name) for name in self.by_sample}
        statuses = [record.status for record in self.records]
        done = statuses.count("done")
        return {
            "chunks": {"planned": len(statuses), "processed": done, "failed": statuses.count("failed")},
            "entries": _pair(_total(t.entries for t in samples.values())),
            "events": _pair(_total(t.events for t in samples.values())),
            "luminosity": _pair(together(self.by_sample)),
            "samples": {name: _sample(totals) for name, totals in samples.items()},
            "failures": [
                {"file": r.chunk.file, "start": r.chunk.start, "stop": r.chunk.stop, "reason": r.reason, "kind": r.kind}
                for r in self.failures
            ]
            + [
                {"file": f.file, "start": None, "stop": None, "reason": f.reason, "kind": "input"}
                for f in self.lost_files
            ],
        }


def _sample(totals: SampleTotals) -> dict[str, Any]:
    told: dict[str, Any] = {"events": _pair(totals.events), "luminosity": _pair(totals.luminosity)}
    told |= {"prorated": totals.prorated, "left_out": totals.left_out}
    if totals.runs is not None:
        told["runs"] = {**_pair(totals.runs), "dropped": [list(key) for key in totals.dropped]}
    return told


def _entries(known: SampleRecords) -> tuple[int | None, int]:
    processed = sum(record.chunk.entries for record in known.records if record.status == "done")
    return (None if known.lost else sum(record.chunk.entries for record in known.records)), processed


def _events(known: SampleRecords) -> tuple[int | None, int | None]:
    planned = [record.events for record in known.records]
    processed = [record.events for record in known.records if record.status == "done"]
    return (None if known.lost else _sum(planned)), _sum(processed)


def _sum(values: list[int | None]) -> int | None:
    known = [value for value in values if value is not None]
    return sum(known) if len(known) == len(values) else None


def _total(pairs: Iterable[tuple[Any, Any]]) -> tuple[Any, Any]:
    pairs = list(pairs)
    if not pairs:
        return None, None
    columns: list[list[Any]] = [[pair[i] for pair in pairs] for i in range(2)]
    planned, processed = (None if None in column else sum(column) for column in columns)
    return planned, processed


def _pair(values: tuple[Any, Any]) -> dict[str, Any]:
    return {"planned": values[0], "processed": values[1]}
