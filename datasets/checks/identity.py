"""What events and files are known by: hashes of event numbers, sketches of files, names of grid jobs."""

import re
from collections.abc import Iterable, Sequence
from pathlib import PurePosixPath
from typing import Any

import numpy as np
from numpy.typing import NDArray

SKETCH = 128
"""Hashes kept of a file. Of two files' events, share s (of all in either) in both, about SKETCH * s are seen."""

JOB = re.compile(r"(?P<name>.+)_(?P<task>\d{5})_job(?P<job>\d+)_(?P<retry>\d{2})\.(root|parquet)")
"""gbasf2's file names: name_00039_job194473040_00.root; a job that was run again leaves a second file beside."""

_FACTORS = (0x9E3779B97F4A7C15, 0xBF58476D1CE4E5B9, 0x94D049BB133111EB)  # splitmix64 (Steele et al., OOPSLA 2014)


def event_hashes(events: Any) -> NDArray[np.uint64]:
    """Give a 64-bit hash of each event's (experiment, run, event), with the production where there is one."""
    names = [name for name in ("experiment", "run", "event", "production") if name in events.fields]
    total = np.zeros(len(events), dtype=np.uint64)
    for name in names:
        total = _mixed(total ^ np.asarray(events[name]).astype(np.int64).view(np.uint64))
    return total


def _mixed(values: NDArray[np.uint64]) -> NDArray[np.uint64]:
    golden, first, second = (np.uint64(each) for each in _FACTORS)
    values = values + golden
    values = (values ^ (values >> np.uint64(30))) * first
    values = (values ^ (values >> np.uint64(27))) * second
    return values ^ (values >> np.uint64(31))


def sketch_of(hashes: NDArray[np.uint64]) -> str:
    """Give the smallest hashes as text: the same events of two files are in both sketches."""
    return np.unique(hashes)[:SKETCH].astype(">u8").tobytes().hex()


def common_events(sketches: Sequence[str]) -> list[tuple[int, int, float]]:
    """Find files that share events: for each, an earlier one and the share of both files' events that is in both.

    The share is estimated from the sketches (bottom-k MinHash; Broder, SEQUENCES 1997).
    """
    values = [np.frombuffer(bytes.fromhex(each), dtype=">u8").astype(np.uint64) for each in sketches]
    if not values:
        return []
    hashes = np.concatenate(values)
    owners = np.repeat(np.arange(len(values)), [len(each) for each in values])
    order = np.lexsort((owners, hashes))
    hashes, owners = hashes[order], owners[order]
    same = hashes[1:] == hashes[:-1]
    pairs = {(int(a), int(b)) for a, b in zip(owners[:-1][same], owners[1:][same], strict=True)}
    first: dict[int, int] = {}
    for earlier, later in sorted(pairs):
        first.setdefault(later, earlier)
    return [(earlier, later, _share(values[earlier], values[later])) for later, earlier in sorted(first.items())]


def _share(one: NDArray[np.uint64], other: NDArray[np.uint64]) -> float:
    """Estimate the share of two files' events that is in both, below the hash up to which both sketches are whole."""
    limit = min((each[-1] for each in (one, other) if len(each) == SKETCH), default=np.uint64(2**64 - 1))
    either = np.union1d(one, other)
    either = either[either <= limit]
    return float(np.mean(np.isin(either, one) & np.isin(either, other)))


def same_jobs(files: Iterable[str]) -> list[tuple[str, list[str]]]:
    """Find outputs of the same grid job: for each, the one to keep (the newest) and the others."""
    groups: dict[tuple[str, str], list[tuple[int, int, str]]] = {}
    for file in files:
        found = JOB.fullmatch(PurePosixPath(file.partition("?")[0]).name)
        if found is not None:
            group = groups.setdefault((found["name"], found["task"]), [])
            group.append((int(found["job"]), int(found["retry"]), file))
    ordered = [sorted(group) for group in groups.values() if len(group) > 1]
    return [(group[-1][2], [each[2] for each in group[:-1]]) for group in ordered]
