"""What a loss does to the luminosity of data, and to the generated weight behind simulation."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

from .good_runs import RunLuminosity, total
from .ledger_records import ChunkRecord, LostFile, SampleBooks
from .run_ranges import RunKey, overlap

Pair = tuple[float | None, float | None]


@dataclass(frozen=True)
class SampleRecords:
    """All that the ledger knows of one sample.

    Attributes
    ----------
    records
        Its chunks.
    lost
        Its files that could not be planned.
    books
        Luminosity, generated weight and runs.
    """

    records: Sequence[ChunkRecord]
    lost: Sequence[LostFile]
    books: SampleBooks


def touched_runs(records: Iterable[ChunkRecord]) -> frozenset[RunKey]:
    """Give the runs of which some chunk is not done: they are dropped whole."""
    return frozenset(key for record in records if record.status != "done" for key in record.runs or ())


def should_lack(records: Sequence[ChunkRecord]) -> list[tuple[ChunkRecord, frozenset[RunKey]]]:
    """List the done chunks with the runs that their histograms should lack, since a loss touched them."""
    touched = touched_runs(records)
    return [(record, touched & frozenset(record.runs or ())) for record in records if record.status == "done"]


def recorded(sample: SampleRecords, lines: Iterable[str] = ()) -> tuple[Pair, bool]:
    """Give the luminosity of data, planned and processed in fb^-1, and whether the processed one is prorated.

    With per-run luminosities every run touched by a loss is dropped whole; a loss of unknown runs, and every loss
    without such luminosities, is prorated by entries, or by files where a file could not tell its entries.

    Parameters
    ----------
    sample
        What the ledger knows.
    lines
        Trigger lines of which one must have fired: a prescaled line's luminosity is the sum of L_run / prescale.
    """
    runs = sample.books.runs
    if runs is None:
        share, prorated = processed_share(sample.records, sample.lost)
        whole = sample.books.luminosity
        return (whole, None if whole is None else whole * share), prorated
    lines = tuple(lines)
    touched = touched_runs(sample.records)
    blind = [each if each.runs is None else _done(each) for each in sample.records]
    share, prorated = processed_share(blind, sample.lost)
    return (total(runs, lines), share * total(_whole(runs, touched), lines)), prorated


def _whole(runs: Iterable[RunLuminosity], touched: frozenset[RunKey]) -> list[RunLuminosity]:
    return [each for each in runs if each.key not in touched]


def _done(record: ChunkRecord) -> ChunkRecord:
    """Take a chunk as done: what its loss means is told by its runs."""
    return ChunkRecord(record.chunk, "done", record.events)


def processed_share(records: Sequence[ChunkRecord], lost: Sequence[LostFile]) -> tuple[float, bool]:
    """Give the share of a sample that was processed and whether something is missing.

    It is by entries, or by files where a file could not tell its entries.
    """
    if all(record.status == "done" for record in records) and not lost:
        return 1.0, False
    planned: dict[str, int] = {}
    done: dict[str, int] = {}
    for record in records:
        planned[record.chunk.file] = planned.get(record.chunk.file, 0) + record.chunk.entries
        if record.status == "done":
            done[record.chunk.file] = done.get(record.chunk.file, 0) + record.chunk.entries
    if not lost:
        entries = sum(planned.values())
        return (sum(done.values()) / entries if entries else 0.0), True
    whole = sum(done.get(file, 0) / entries if entries else 1.0 for file, entries in planned.items())
    return whole / (len(planned) + len(lost)), True


def generated_weight(sample: SampleRecords) -> Pair:
    """Give the generated sum of weights, planned and processed.

    It is per file where the files tell, so that a lost file takes its own share; else it is prorated.
    """
    told = sample.books.file_generated
    by_file: dict[str, list[ChunkRecord]] = {}
    for record in sample.records:
        by_file.setdefault(record.chunk.file, []).append(record)
    if by_file and by_file.keys() <= told.keys():
        planned = None if sample.lost else sum(told[file] for file in by_file)
        return planned, sum(told[file] * _file_share(mine) for file, mine in by_file.items())
    whole = sample.books.generated
    if whole is None:
        return None, None
    return whole, whole * processed_share(sample.records, sample.lost)[0]


def _file_share(mine: Sequence[ChunkRecord]) -> float:
    entries = sum(record.chunk.entries for record in mine)
    if not entries:
        return 1.0 if all(record.status == "done" for record in mine) else 0.0
    return sum(record.chunk.entries for record in mine if record.status == "done") / entries


def together(samples: Mapping[str, SampleRecords]) -> Pair:
    """Give the luminosity of all data, planned and processed in fb^-1: samples of the same runs never add up.

    Samples of one period add up where the catalog's or the good runs' numbers say that their runs differ; where a run
    is in several samples, it counts once, and as processed if it is whole in all of them. (None, None) where the
    runs of several samples of a period are not known.
    """
    data = {name: each for name, each in samples.items() if recorded(each)[0][0] is not None}
    if not data:
        return None, None
    periods: dict[str | None, list[SampleRecords]] = {}
    for each in data.values():
        periods.setdefault(each.books.period, []).append(each)
    pairs = [_of_period(each) for each in periods.values()]
    if any(None in pair for pair in pairs):
        return None, None
    return sum(pair[0] or 0.0 for pair in pairs), sum(pair[1] or 0.0 for pair in pairs)


def _of_period(samples: Sequence[SampleRecords]) -> Pair:
    if all(disjoint(one.books, other.books) for one, other in combinations(samples, 2)):
        pairs = [recorded(each)[0] for each in samples]
        return sum(pair[0] or 0.0 for pair in pairs), sum(pair[1] or 0.0 for pair in pairs)
    if any(each.books.runs is None or recorded(each)[1] for each in samples):
        return None, None
    union = {run.key: run for each in samples for run in each.books.runs or ()}
    touched = frozenset().union(*(touched_runs(each.records) for each in samples))
    return total(union.values()), total(_whole(union.values(), touched))


def disjoint(one: SampleBooks, other: SampleBooks) -> bool:
    """Tell whether two data samples are known to have no run in common."""
    if one.period != other.period:
        return True
    if one.ranges is not None and other.ranges is not None:
        return overlap(one.ranges, other.ranges) is None
    if one.runs is not None and other.runs is not None:
        return not {run.key for run in one.runs} & {run.key for run in other.runs}
    return False
