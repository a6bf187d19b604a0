"""Chunks of a fit size: the first chunk of each sample tells how long the others would take."""

import logging
from collections import deque
from collections.abc import Iterable, Mapping

from ..datasets.chunk import Chunk
from ..datasets.ledger import ChunkRecord
from .books import Books

LONGEST = 60.0  # seconds of a chunk: what a lost worker costs, and the pace of the progress that is shown
OF_LIMIT = 0.25  # of the time limit for a chunk, where there is one
SMALLEST = 100  # entries; a chunk of fewer than twice that is not halved
LOGGER = logging.getLogger(__name__)


def longest(limit: float | None) -> float:
    """Choose the seconds that a chunk may take, given its time limit."""
    return LONGEST if limit is None else min(LONGEST, OF_LIMIT * limit)


def paces(records: Iterable[ChunkRecord]) -> dict[str, float]:
    """Give seconds an entry by sample; a first chunk's include what its worker imports and compiles but once."""
    done = [(each.chunk, each.cost) for each in records if each.status == "done" and each.chunk.entries]
    return {chunk.sample: cost.seconds / chunk.entries for chunk, cost in done if cost is not None}


def divisible(chunk: Chunk) -> bool:
    """Tell whether a chunk is large enough to be halved."""
    return chunk.entries >= 2 * SMALLEST


def sized(chunks: Iterable[Chunk], books: Books, seconds: float) -> deque[Chunk]:
    """Halve, and halve again, the chunks that would take longer than so many seconds.

    The planned size is the largest: a chunk of it costs its fixed share of a run's overhead, some milliseconds.
    """
    pace = paces(books.changed.values())
    result: deque[Chunk] = deque()
    waiting = deque(chunks)
    while waiting:
        chunk = waiting.popleft()
        if divisible(chunk) and pace.get(chunk.sample, 0.0) * chunk.entries > seconds:
            waiting.extendleft(reversed(books.halve(chunk)))
        else:
            result.append(chunk)
    _tell(pace, result, seconds)
    return result


def _tell(pace: Mapping[str, float], chunks: Iterable[Chunk], seconds: float) -> None:
    largest: dict[str, int] = {}
    for chunk in chunks:
        largest[chunk.sample] = max(largest.get(chunk.sample, 0), chunk.entries)
    for sample, entries in largest.items():
        if sample in pace:
            told = "%s: %.3g s an entry: chunks of at most %d entries, for %.3g s each"
            LOGGER.info(told, sample, pace[sample], entries, seconds)
