"""What workers do: survey files, run all channels over a chunk, and merge what came out."""

import traceback
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from time import sleep
from typing import TYPE_CHECKING

import hist

from ..datasets.chunk import Chunk, FileSurvey
from ..datasets.errors import DarkbelleError
from ..datasets.reading import SampleContext, open_chunk
from ..datasets.remote import STORAGE_ERRORS, forget, rotated
from ..datasets.run_ranges import RunKey, RunSelection
from ..datasets.runs import runs_of, selected_events
from ..datasets.survey import Wanted, survey_file
from ..processors.chunk_events import ChunkEvents

if TYPE_CHECKING:
    from ..processors.channel import Channel

ATTEMPTS = 3  # of reading: storage has hiccups, code has not

Key = tuple[str, str, str]
"""Channel, sample and histogram name."""


@dataclass(frozen=True)
class Partial:
    """Histograms of some chunks, and which.

    Attributes
    ----------
    histograms
        By channel, sample and name; the process axis holds the sample only.
    done
        Each chunk with its number of events, and how many of them were left out.
    """

    histograms: dict[Key, hist.Hist]
    done: tuple[tuple[Chunk, int, int], ...]


class ChunkError(Exception):
    """A chunk failed: `reason` is one line, `details` the traceback. Both are plain text, so that it always travels."""

    def __init__(self, reason: str, details: str = "") -> None:
        super().__init__(reason, details)
        self.reason = reason
        self.details = details


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
) -> Partial:
    """Run the applied channels over the selected runs of one chunk; ChunkError tells why it failed.

    Errors of the storage are tried again after a pause; errors of a channel's code are not.
    """
    for attempt in range(ATTEMPTS):
        turned = replace(survey, replicas=rotated(survey.replicas, attempt))
        try:
            return _run_once(chunk, turned, context, [c for c in channels if c.name in applied], selection)
        except STORAGE_ERRORS as error:
            if attempt == ATTEMPTS - 1 or isinstance(error, FileNotFoundError):
                raise ChunkError(f"{chunk.file}: {_line(error)}", traceback.format_exc()) from None
            forget(next(iter(turned.replicas), chunk.file))
            sleep(0.2 * 4**attempt)
        except DarkbelleError as error:
            raise ChunkError(str(error), traceback.format_exc()) from None
    raise AssertionError  # the last attempt returns or raises


def _run_once(
    chunk: Chunk,
    survey: FileSurvey,
    context: SampleContext,
    channels: Sequence["Channel"],
    selection: RunSelection | None,
) -> Partial:
    histograms: dict[Key, hist.Hist] = {}
    with open_chunk(chunk, survey, context) as everything:
        selected = selected_events(everything, selection)
        events = ChunkEvents(selected)  # what several channels use of them is computed once
        for channel in channels:
            try:
                filled = channel.process(events)
                if channel.columns:
                    from ..processors.columns import write_columns  # needs pandas

                    write_columns(channel, events, chunk)
            except STORAGE_ERRORS:
                raise
            except Exception as error:  # noqa: BLE001  # whatever a channel raises is the chunk's reason
                reason = f"{channel.name}: {_line(error)}"
                raise ChunkError(reason, traceback.format_exc()) from None
            histograms |= {(channel.name, chunk.sample, name): each for name, each in filled.items()}
        return Partial(histograms, ((chunk, len(everything), len(everything) - len(selected)),))


def merge(partials: Iterable[Partial]) -> Partial:
    """Add partials up; they are left as they are, since the scheduler may use them again."""
    total: dict[Key, hist.Hist] = {}
    done: list[tuple[Chunk, int, int]] = []
    for partial in partials:
        done.extend(partial.done)
        for key, each in partial.histograms.items():
            if key in total:
                total[key] += each
            else:
                total[key] = each.copy()
    return Partial(total, tuple(done))


def _line(error: BaseException) -> str:
    text = str(error).strip().splitlines()
    return f"{type(error).__name__}: {text[0][:300]}" if text else type(error).__name__
