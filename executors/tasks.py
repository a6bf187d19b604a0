"""What workers do: survey files, run all channels over a chunk, and merge what came out."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from os import getpid
from time import monotonic, sleep
from traceback import format_exc, format_exception
from typing import TYPE_CHECKING, TypeVar

import hist
import psutil

from ..datasets.chunk import Chunk, FileSurvey
from ..datasets.errors import DarkbelleError
from ..datasets.ledger_records import ChunkCost, FailureKind
from ..datasets.reading import Meter, SampleContext, open_chunk
from ..datasets.remote import STORAGE_ERRORS, forget, rotated
from ..datasets.run_ranges import RunKey, RunSelection
from ..datasets.runs import runs_of, selected_events
from ..datasets.survey import Wanted, survey_file
from ..processors.chunk_events import ChunkEvents
from .failures import ChunkError, error_line, failure
from .watching import reporting

if TYPE_CHECKING:
    from ..processors.channel import Channel

ATTEMPTS = 3  # of reading: storage has hiccups, code has not

Result = TypeVar("Result")

Key = tuple[str, str, str]
"""Channel, sample and histogram name."""


@dataclass(frozen=True)
class ChunkDone:
    """A chunk that is over.

    Attributes
    ----------
    chunk
        Which.
    events, left_out
        Its events, and how many of them were left out.
    cost
        What it took.
    """

    chunk: Chunk
    events: int
    left_out: int = 0
    cost: ChunkCost | None = None


@dataclass(frozen=True)
class Partial:
    """Histograms of some chunks, and which.

    Attributes
    ----------
    histograms
        By channel, sample and name; the process axis holds the sample only.
    done
        The chunks in them.
    """

    histograms: dict[Key, hist.Hist]
    done: tuple[ChunkDone, ...]


def survey_files(wanted: Sequence[Wanted]) -> list[FileSurvey]:
    """Survey a few files."""
    return [survey_file(each) for each in wanted]


def chunk_runs(
    chunks: Sequence[Chunk], survey: FileSurvey, context: SampleContext, selection: RunSelection
) -> list[tuple[RunKey, ...] | None]:
    """Find the selected runs that chunks of one file hold events of; None for chunks that cannot be read."""
    found: list[tuple[RunKey, ...] | None] = []
    for chunk in chunks:
        try:
            with open_chunk(chunk, survey, context) as events:
                found.append(runs_of(events, selection))
        except Exception:  # noqa: BLE001  # whatever is wrong with the chunk, running it will tell
            found.append(None)
    return found


def run_chunk(
    chunk: Chunk,
    survey: FileSurvey,
    context: SampleContext,
    channels: Sequence["Channel"],
    applied: tuple[str, ...],
    selection: RunSelection | None = None,
    columns: bool = True,
) -> Partial:
    """Run the applied channels over the selected runs of one chunk; ChunkError tells why it failed.

    Without `columns` nothing is written of channels that write what passes.
    """
    chosen = [channel for channel in channels if channel.name in applied]
    return tried_again(chunk, survey, lambda turned: _run_once(chunk, turned, context, chosen, selection, columns))


def tried_again(chunk: Chunk, survey: FileSurvey, read: Callable[[FileSurvey], Result]) -> Result:
    """Read a chunk; errors of the storage are tried again after a pause, from another replica, and no others.

    Raises
    ------
    ChunkError
        It failed for good.
    """
    with reporting(chunk):
        for attempt in range(ATTEMPTS):
            turned = replace(survey, replicas=rotated(survey.replicas, attempt))
            try:
                return read(turned)
            except ChunkError:
                raise
            except STORAGE_ERRORS as error:
                if attempt == ATTEMPTS - 1 or isinstance(error, FileNotFoundError):
                    raise ChunkError(f"{chunk.file}: {error_line(error)}", "storage", format_exc()) from None
                forget(next(iter(turned.replicas), chunk.file))
                sleep(0.2 * 4**attempt)
            except DarkbelleError as error:
                raise ChunkError(str(error), "input", format_exc()) from None
            except Exception as error:  # noqa: BLE001  # whatever opening raises is the chunk's reason
                raise _failed_opening(error, chunk) from None
    raise AssertionError  # the last attempt returns or raises


def _failed_opening(error: Exception, chunk: Chunk) -> ChunkError:
    """Say what it means that a chunk could not be opened: its file is damaged, or memory ran out."""
    kind: FailureKind = "memory" if isinstance(error, MemoryError) else "input"
    return ChunkError(f"{chunk.file}: {error_line(error)}", kind, "".join(format_exception(error)))


def _run_once(
    chunk: Chunk,
    survey: FileSurvey,
    context: SampleContext,
    channels: Sequence["Channel"],
    selection: RunSelection | None,
    columns: bool,
) -> Partial:
    histograms: dict[Key, hist.Hist] = {}
    began, meter = monotonic(), Meter()
    with open_chunk(chunk, survey, context, meter) as everything:
        selected = selected_events(everything, selection)
        events = ChunkEvents(selected)  # what several channels use of them is computed once
        for channel in channels:
            try:
                filled = channel.process(events)
                if columns and channel.columns:
                    from ..processors.columns import write_columns  # needs pandas

                    write_columns(channel, events, chunk)
            except STORAGE_ERRORS:
                raise
            except Exception as error:  # noqa: BLE001  # whatever a channel raises is the chunk's reason
                raise failure(error, channel.name) from None
            histograms |= {(channel.name, chunk.sample, name): each for name, each in filled.items()}
        numbers = len(everything), len(everything) - len(selected)
    cost = ChunkCost(round(monotonic() - began, 4), meter.read, _memory(getpid()))
    return Partial(histograms, (ChunkDone(chunk, *numbers, cost),))


def _memory(process: int) -> int:
    """Give the bytes of this process."""
    return int(_process(process).memory_info().rss)


@lru_cache(maxsize=1)
def _process(process: int) -> psutil.Process:
    """Find out about this process once: its start time is read for that."""
    return psutil.Process(process)


def merge(partials: Iterable[Partial]) -> Partial:
    """Add partials up; they are left as they are, since the scheduler may use them again."""
    total: dict[Key, hist.Hist] = {}
    done: list[ChunkDone] = []
    for partial in partials:
        done.extend(partial.done)
        for key, each in partial.histograms.items():
            if key in total:
                total[key] += each
            else:
                total[key] = each.copy()
    return Partial(total, tuple(done))
