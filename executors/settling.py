"""Settling a run with per-run luminosities: which runs each chunk holds, and dropping whole what a loss touched."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from uuid import uuid4

from distributed import Client, Future

from ..datasets.chunk import Chunk
from ..datasets.ledger import ChunkRecord
from ..datasets.reading import SampleContext
from ..datasets.run_ranges import RunKey, RunSelection, single
from .books import Books
from .job import Job
from .planning import Plan
from .tasks import chunk_runs, run_chunk


def with_runs(
    client: Client, plan: Plan, contexts: Mapping[str, SampleContext], selections: Mapping[str, RunSelection]
) -> Plan:
    """Find the runs of every chunk of the samples with per-run luminosities, before anything is lost.

    It reads the columns of the run's numbers. A chunk that cannot be read is left without.
    """
    ledger = plan.ledger
    by_file: dict[str, list[Chunk]] = {}
    for record in ledger.records:
        if ledger.books[record.chunk.sample].runs is not None:
            by_file.setdefault(record.chunk.file, []).append(record.chunk)
    nonce = uuid4().hex
    futures = {}
    for number, (file, chunks) in enumerate(by_file.items()):
        sample, survey = chunks[0].sample, plan.surveys[file]
        call = (chunk_runs, chunks, survey, contexts[sample], selections[sample])
        futures[file] = client.submit(*call, key=f"numbers-{nonce}-{number}")
    found: dict[Chunk, tuple[RunKey, ...] | None] = {}
    for file, future in futures.items():
        try:
            found.update(zip(by_file[file], future.result(), strict=True))
        except Exception:  # noqa: BLE001, S112  # a lost worker: what it should have told is not known
            continue
    changed = [replace(r, runs=found[r.chunk]) for r in ledger.records if r.chunk in found]
    return replace(plan, ledger=ledger.with_records(changed))


def settle(client: Client, job: Job, books: Books) -> None:
    """Make the histograms hold whole runs only.

    Events of runs that a failed chunk touched are taken out of the sum again by running the done chunks that hold
    them once more, for these runs alone; runs that have become whole since are put back the same way. A chunk that
    cannot be read for it stays unsettled: the ledger knows, and limits refuse the run until it is resumed.
    """
    under_way = []
    for record, wrong in books.current().ledger.unsettled:
        have = frozenset(record.dropped)
        taken, returned = (_again(client, job, record, runs) for runs in (wrong - have, wrong & have))
        under_way.append((replace(record, dropped=tuple(sorted(have ^ wrong))), taken, returned))
    for settled, taken, returned in under_way:
        try:
            partials = [None if each is None else each.result() for each in (taken, returned)]
        except Exception:  # noqa: BLE001, S112  # whatever happened: the record says what the histograms hold
            continue
        books.exchange(settled, *partials)


def _again(client: Client, job: Job, record: ChunkRecord, runs: Iterable[RunKey]) -> Future | None:
    """Run a chunk for some of its runs alone; None where there are none."""
    runs = tuple(runs)
    if not runs:
        return None
    chunk = record.chunk
    selection = job.selections[chunk.sample].restricted_to(single(runs))
    context, applied = job.contexts[chunk.sample], job.applied[chunk.sample]
    call = (run_chunk, chunk, job.surveys[chunk.file], context, tuple(job.channels), applied, selection, False)
    return client.submit(*call, key=f"settle-{uuid4().hex}", pure=False)
