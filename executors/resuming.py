"""Resuming: check that a run's folder was made from the same catalog, code and plan, and find what is missing."""

from dataclasses import replace
from pathlib import Path

from ..datasets.errors import UsageError
from ..datasets.ledger import ChunkRecord, Ledger
from ..processors.run import BOOKS, Run
from .accumulating import copy_samples


def prepare_output(output: Path, resume: bool) -> Run | None:
    """Give the run to resume, or None for a new one; UsageError if the folder holds a run and `resume` is off."""
    if not (output / BOOKS).exists():
        return None
    if not resume:
        raise UsageError(f"{output}: holds a run already; use --resume to finish it, or another --output.")
    return Run.read(output)


def resumed(old: Run, new: Run, where: Path) -> Run:
    """Give the new run with everything taken over that the old one had done.

    Raises
    ------
    UsageError
        The old run was made from something else; the message says what differs.
    """
    differences = differing(old, new)
    if differences:
        raise UsageError(
            f"{where}: cannot be resumed, since {'; '.join(differences)}.\nStart again with another --output."
        )
    copy_samples(new.histograms, old.histograms)
    inputs = {**old.provenance.inputs, **new.provenance.inputs}
    ledger = replace(_joined(old.ledger, new.ledger), unsealed=(*old.ledger.unsealed, *new.ledger.unsealed))
    return replace(new, ledger=ledger, provenance=replace(new.provenance, inputs=inputs))


def differing(old: Run, new: Run) -> list[str]:
    """List what differs between two runs so that their results must not be added."""
    found: list[str] = []
    if {n: replace(s, channels=()) for n, s in old.samples.items()} != {
        n: replace(s, channels=()) for n, s in new.samples.items()
    } or old.luminosity != new.luminosity:
        found.append("the catalog's samples changed")
    if list(old.histograms) != list(new.histograms):
        found.append(f"its channels were {', '.join(old.histograms)}, now {', '.join(new.histograms)}")
    if old.provenance.code != new.provenance.code:
        found.append("darkbelle's code changed")
    versions = old.provenance.versions, new.provenance.versions
    changed = [name for name in versions[1] if versions[0].get(name) != versions[1][name]]
    if changed:
        found.append(f"the versions of {', '.join(changed)} changed")
    if not found and old.provenance.config != new.provenance.config:
        found.append("the catalog, the chunk size, a search's cuts or what is sealed changed")
    return found + _changed_files(old, new)


def _changed_files(old: Run, new: Run) -> list[str]:
    """Name files with done chunks that are not the same any more."""
    planned = {record.chunk for record in new.ledger.records}
    lost = {each.file for each in new.ledger.lost_files}
    identities = old.provenance.inputs, new.provenance.inputs
    done = [r.chunk for r in old.ledger.records if r.status == "done" and r.chunk.file not in lost]
    files = sorted({c.file for c in done if c not in planned or identities[0].get(c.file) != identities[1].get(c.file)})
    return [f"{file} changed since" for file in files[:3]]


def _joined(old: Ledger, new: Ledger) -> Ledger:
    """Take over what is done; a file that has become unreadable since keeps its done chunks, the others fail."""
    done = [record for record in old.records if record.status == "done"]
    lost = {each.file: each for each in new.lost_files}
    partly = {record.chunk.file for record in done} & set(lost)
    kept = [_failed(r, lost[r.chunk.file].reason) for r in old.records if r.chunk.file in partly]
    books = {
        name: replace(
            each,
            file_generated={
                **{f: v for f, v in old.books[name].file_generated.items() if f in partly},
                **each.file_generated,
            },
        )
        for name, each in new.books.items()
    }
    still_lost = tuple(each for each in new.lost_files if each.file not in partly)
    return Ledger((*new.records, *kept), still_lost, books).with_records(done)


def _failed(record: ChunkRecord, reason: str) -> ChunkRecord:
    return record if record.status == "done" else replace(record, status="failed", reason=reason)
