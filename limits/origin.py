"""Where limits come from: the chain from a limit through workspace, templates, run and chunks to files and code."""

from collections.abc import Sequence
from hashlib import sha256
from typing import Any

import numpy as np

from ..datasets.ledger import Ledger
from ..datasets.provenance import Provenance
from ..processors.run import Run


def trace(run: Run, channel: str, source: str | None) -> dict[str, Any]:
    """Describe the run behind a channel's templates.

    Parameters
    ----------
    run, channel
        What was read.
    source
        Where it lies; None for a run in memory.

    Returns
    -------
    dict
        `histograms`: SHA-256 of the channel's histograms; `provenance`: the run's own (code, configuration, versions,
        input files with their identity); `chunks`: by file, the ranges of entries that were processed; `lost`: what
        was not, and why.
    """
    return {
        "source": source,
        "histograms": _digest(run, channel),
        "provenance": run.provenance.to_json(),
        "chunks": _processed(run.ledger),
        "lost": [
            {"file": each.chunk.file, "start": each.chunk.start, "stop": each.chunk.stop, "reason": each.reason}
            for each in run.ledger.failures
        ]
        + [{"file": each.file, "reason": each.reason} for each in run.ledger.lost_files],
    }


def chain(traces: Sequence[dict[str, Any]], options: dict[str, Any]) -> dict[str, Any]:
    """Join the runs behind a scan with the code and options that made limits of them; workspaces are hashed beside."""
    own = Provenance.of(options, {})
    return {
        "limits": {"code": own.code, "versions": own.versions, "created": own.created, "options": options},
        "runs": list(traces),
    }


def _digest(run: Run, channel: str) -> str:
    digest = sha256()
    for name, histogram in sorted(run.histograms[channel].items()):
        digest.update(f"{name}\0".encode())
        digest.update(np.ascontiguousarray(histogram.view(flow=True)).tobytes())
    return digest.hexdigest()


def _processed(ledger: Ledger) -> dict[str, list[list[int]]]:
    """Give the processed ranges of entries by file, neighbouring chunks joined."""
    result: dict[str, list[list[int]]] = {}
    for record in sorted(ledger.records, key=lambda each: (each.chunk.file, each.chunk.start)):
        if record.status != "done":
            continue
        ranges = result.setdefault(record.chunk.file, [])
        if ranges and ranges[-1][1] == record.chunk.start:
            ranges[-1][1] = record.chunk.stop
        else:
            ranges.append([record.chunk.start, record.chunk.stop])
    return result
