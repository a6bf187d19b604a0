"""Running one chunk again in this very process, so that a failure shows itself where a debugger can see it."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from ..datasets.catalog import Catalog
from ..datasets.chunk import Chunk
from ..datasets.errors import DarkbelleError, UsageError
from ..datasets.reading import SampleContext, wanted_files
from ..datasets.survey import survey_file
from .failures import ChunkError
from .running import choose_channels
from .tasks import Partial, run_chunk

if TYPE_CHECKING:
    from ..processors.channel import Channel


class ReproducedFailureError(DarkbelleError):
    """The chunk fails again; the message ends with the traceback that its worker had."""


def reproduce(catalog: Catalog | str | Path, channels: Sequence["str | Channel"] | None, place: str) -> Partial:
    """Run channels over one chunk without Dask.

    Parameters
    ----------
    catalog
        A catalog, or the path of one.
    channels
        Names of channels, or channels of your own; all for None.
    place
        "FILE:START:STOP", as a failed run names it.

    Raises
    ------
    UsageError
        The place is malformed, or the catalog has no such file.
    ReproducedFailureError
        The chunk fails; the message holds the traceback.
    """
    catalog = catalog if isinstance(catalog, Catalog) else Catalog.read(catalog)
    file, start, stop = _parts(place)
    found = [each for each in wanted_files(catalog) if each.file == file]
    if not found:
        raise UsageError(f"--chunk: {catalog.path} has no file {file}.")
    wanted, chosen = found[0], choose_channels(channels)
    context = SampleContext.of(wanted.sample, catalog.samples[wanted.sample])
    names = tuple(channel.name for channel in chosen)
    chunk, selection = Chunk(wanted.sample, file, start, stop), catalog.selection(wanted.sample)
    try:
        return run_chunk(chunk, survey_file(wanted), context, chosen, names, selection)
    except ChunkError as error:
        raise ReproducedFailureError(f"{error.reason}\n{error.details.rstrip()}") from None


def _parts(place: str) -> tuple[str, int, int]:
    file, _, numbers = place.rpartition(":")
    file, _, first = file.rpartition(":")
    if not file or not first.isdigit() or not numbers.isdigit() or int(first) >= int(numbers):
        raise UsageError(f"--chunk {place!r}: give FILE:START:STOP, as the failed run names it.")
    return file, int(first), int(numbers)
