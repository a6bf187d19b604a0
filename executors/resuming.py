"""Resuming: take over what a run's folder holds where it was made with the same, and say why the rest is run again."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from ..datasets.chunk import Chunk
from ..datasets.errors import UsageError
from ..datasets.ledger import ChunkRecord, Ledger, LostFile
from ..processors.run import BOOKS, Run
from .accumulating import add_partials
from .deposits import Deposit, read_deposits
from .explaining import Explanation

NOTEBOOK = "a channel from a notebook or an interactive session cannot be compared"


@dataclass(frozen=True)
class Resumed:
    """A run with what could be taken over.

    Attributes
    ----------
    run
        Histograms and ledger hold what was done already.
    told
        What was reused, and what is run again and why.
    """

    run: Run
    told: Explanation


def prepare_output(output: Path, resume: bool) -> Run | None:
    """Give the run to resume, or None for a new one; UsageError if the folder holds a run and `resume` is off."""
    if not (output / BOOKS).exists():
        return None
    if not resume:
        raise UsageError(f"{output}: holds a run already; use --resume to finish it, or another --output.")
    return Run.read(output)


def resumed(old: Run, new: Run, folder: Path) -> Resumed:
    """Give the new run with everything taken over that was done before and would come out the same.

    Parameters
    ----------
    old
        The run in the folder, as it was written last.
    new
        The run as planned now.
    folder
        With partial sums that are not in the old run yet.

    Raises
    ------
    UsageError
        The chunks were cut differently.
    """
    told = Explanation()
    kept: dict[Chunk, ChunkRecord] = {}
    for deposit in (*_of_run(old), *read_deposits(folder)):
        if isinstance(deposit, str):
            told.damaged.append(deposit)
            continue
        chunks = [record.chunk for record in deposit.done]
        if kept.keys() >= set(chunks):
            continue  # stopped between writing the run and removing its parts
        if obstacle := _obstacle(deposit, new, kept):
            told.again.setdefault(deposit.sample, Counter())[obstacle] += len(chunks)
            continue
        told.reused[deposit.sample] += len(chunks)
        add_partials(new.histograms, deposit.histograms)
        kept |= {record.chunk: record for record in deposit.done}
    for name in old.samples:
        done = sum(record.status == "done" for record in old.ledger.by_sample[name].records)
        if name not in old.identities and done:
            told.again.setdefault(name, Counter())[NOTEBOOK] += done
    told.failed.update(record.chunk.sample for record in old.ledger.failures)
    ledger = _joined(old.ledger, new.ledger, list(kept.values()), folder)
    ledger = replace(ledger, unsealed=(*old.ledger.unsealed, *new.ledger.unsealed))
    inputs = {**{c.file: old.provenance.inputs.get(c.file, "") for c in kept}, **new.provenance.inputs}
    return Resumed(replace(new, ledger=ledger, provenance=replace(new.provenance, inputs=inputs)), told)


def _of_run(old: Run) -> Iterator[Deposit]:
    """Give what a written run holds of each sample."""
    for sample, identity in old.identities.items():
        done = tuple(r for r in old.ledger.records if r.status == "done" and r.chunk.sample == sample)
        if done:
            histograms = {
                (channel, sample, name): each
                for channel in identity.channels
                for name, each in old.histograms[channel].items()
            }
            files = {r.chunk.file: old.provenance.inputs.get(r.chunk.file, "") for r in done}
            yield Deposit(sample, identity, histograms, done, files)


def _obstacle(deposit: Deposit, new: Run, kept: Mapping[Chunk, ChunkRecord]) -> str:
    """Say why a deposit cannot be taken over; "" where it can."""
    if deposit.sample not in new.samples:
        return "the catalog has no such sample any more"
    identity = new.identities.get(deposit.sample)
    if identity is None:
        return "no channel is applied to it now, or one that cannot be compared"
    if difference := identity.difference(deposit.identity):
        return difference
    lost = {each.file for each in new.ledger.lost_files}
    for file, known in deposit.files.items():
        if file not in lost and new.provenance.inputs.get(file) != known:
            return f"{file} changed, or is not in the catalog any more"
    if not kept.keys().isdisjoint(record.chunk for record in deposit.done):
        return "some of its chunks are in another partial sum"
    return ""


def _joined(old: Ledger, new: Ledger, done: Sequence[ChunkRecord], where: Path) -> Ledger:
    """Enter what is done; a file that has become unreadable since keeps its done chunks, its others fail."""
    lost = {each.file: each for each in new.lost_files}
    partly = {record.chunk.file for record in done} & set(lost)
    planned = [*new.records, *(_failed(r, lost) for r in old.records if r.chunk.file in partly)]
    records = tuple(_cut(planned, done, where))
    books = {
        name: replace(each, file_generated={**_told(old, name, partly), **each.file_generated})
        for name, each in new.books.items()
    }
    return replace(
        new,
        records=records,
        lost_files=tuple(each for each in new.lost_files if each.file not in partly),
        books=books,
    )


def _told(old: Ledger, sample: str, files: set[str]) -> dict[str, float]:
    known = old.books[sample].file_generated if sample in old.books else {}
    return {file: value for file, value in known.items() if file in files}


def _failed(record: ChunkRecord, lost: Mapping[str, LostFile]) -> ChunkRecord:
    return replace(record, status="failed", reason=lost[record.chunk.file].reason)


def _cut(planned: Iterable[ChunkRecord], done: Sequence[ChunkRecord], where: Path) -> Iterator[ChunkRecord]:
    """Replace what is planned by what is done of it; a chunk of which only a part is done is cut there."""
    by_file: dict[tuple[str, str], list[ChunkRecord]] = {}
    for record in sorted(done, key=lambda each: each.chunk):
        by_file.setdefault((record.chunk.sample, record.chunk.file), []).append(record)
    used = 0
    for record in planned:
        chunk = record.chunk
        inside = [r for r in by_file.get((chunk.sample, chunk.file), ()) if _within(r.chunk, chunk)]
        used += len(inside)
        if not inside:
            yield record
            continue
        position = chunk.start
        for each in inside:
            if each.chunk.start > position:
                yield record.part(position, each.chunk.start)
            yield replace(each, runs=record.runs) if record.runs is not None else each
            position = each.chunk.stop
        if position < chunk.stop:
            yield record.part(position, chunk.stop)
    if used != len(done):
        raise UsageError(f"{where}: its chunks were cut differently; resume with the same --chunksize as before.")


def _within(inner: Chunk, outer: Chunk) -> bool:
    return outer.start <= inner.start and inner.stop <= outer.stop
