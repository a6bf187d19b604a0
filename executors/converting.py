"""Converting a catalog's files to the native format on any site, with a ledger, resume, and a catalog beside."""

from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from threading import Event
from typing import Any

from distributed import Client, Future, wait

from ..datasets.catalog import Catalog, write_catalog
from ..datasets.chunk import Chunk, FileSurvey
from ..datasets.conversion import metadata, reduced
from ..datasets.errors import DarkbelleError, IncompleteRunError
from ..datasets.ledger import ChunkRecord, Ledger
from ..datasets.ledger_document import LedgerDocument
from ..datasets.reading import SampleContext, open_chunk
from ..datasets.simulation.writing import Format, NativeWriter, native_file
from ..datasets.storage import make_folder, write_text
from .beginning import contexts_of
from .conversion_plan import (
    BOOKS,
    ENTRIES,
    ConversionDocument,
    ConversionPlan,
    Output,
    finished_outputs,
    plan_conversion,
)
from .failures import ChunkError
from .interrupting import interruptible
from .opening import open_site
from .progress import Progress
from .surveying import survey_catalog
from .tasks import tried_again

CATALOG = "catalog.yaml"
CLIENT_LOST = "the connection to the Dask scheduler was lost."


@dataclass(frozen=True)
class Made:
    """A finished file: its bytes, and the events of each of its chunks."""

    size: int
    events: tuple[tuple[Chunk, int], ...]


@dataclass(frozen=True)
class Conversion:
    """What became of a conversion: its ledger, and the bytes of its files by name."""

    ledger: Ledger
    outputs: dict[str, int]


def convert(
    catalog: Catalog | str | Path,
    output: str | Path,
    fields: Sequence[str] | None = None,
    form: Format = "ttree",
    entries: int = ENTRIES,
    site: str = "threads",
    workers: int | None = None,
    resume: bool = False,
    progress: bool = True,
    client: Client | None = None,
) -> Conversion:
    """Convert all samples of a catalog.

    Parameters
    ----------
    catalog
        A catalog, or the path of one.
    output
        Folder for files, ledger (`conversion.json`) and `catalog.yaml`; workers must reach it.
    fields
        Fields or collections of the event model to keep ("photons", "tracks.px"); all for None.
    form
        "ttree" or "rntuple".
    entries
        Of the inputs behind one file, at most.
    site, workers, client
        Where to compute; see `executors/sites/`.
    resume
        Finish the conversion in `output`.
    progress
        Whether to show progress on standard error.

    Raises
    ------
    IncompleteRunError
        Some input could not be converted, or it was interrupted; what is done is kept, and there is no catalog.
    """
    catalog = catalog if isinstance(catalog, Catalog) else Catalog.read(catalog)
    folder = make_folder(Path(output))
    with interruptible() as stop, nullcontext(client) if client is not None else open_site(site, workers) as opened:
        plan = plan_conversion(catalog, survey_catalog(opened, catalog), fields, form, entries)
        kept, ledger = finished_outputs(plan, folder, resume)
        (folder / CATALOG).unlink(missing_ok=True)  # it must not describe files that are about to change
        converting = _Converting(plan, folder, kept, ledger)
        due = [each for each in plan.outputs if each.name not in kept]
        with Progress((chunk for each in due for chunk, _ in each.parts), progress) as shown:
            converting.run(opened, due, shown, stop)
    return converting.finish(stop)


class _Converting:
    """A conversion under way."""

    def __init__(self, plan: ConversionPlan, folder: Path, outputs: dict[str, int], ledger: Ledger) -> None:
        self.plan, self.folder, self.outputs, self.ledger = plan, folder, outputs, ledger

    def run(self, client: Client, due: Sequence[Output], shown: Progress, stop: Event) -> None:
        """Make the outputs that are due; each that is finished is entered at once."""
        contexts = contexts_of(self.plan.catalog)
        flying: dict[Future, Output] = {}
        for each in due:
            sample = self.plan.catalog.samples[each.sample]
            told = metadata(each.parts, sample.generated is not None, sample.cross_section)
            call = (write_output, each, contexts[each.sample], self.plan.fields[each.sample], self.plan.form, told)
            flying[client.submit(*call, self.folder / each.name, pure=False)] = each
        try:
            while flying and not stop.is_set():
                self._take(flying, shown)
                if client.status != "running":
                    raise DarkbelleError(CLIENT_LOST)
        finally:
            for future in flying:
                future.cancel()
            self._write()

    def _take(self, flying: dict[Future, Output], shown: Progress) -> None:
        try:
            ready = wait(list(flying), timeout=0.5, return_when="FIRST_COMPLETED").done
        except TimeoutError:
            return
        for future in ready:
            output = flying.pop(future)
            self._enter(output, future)
            for chunk, _ in output.parts:
                shown.advance(chunk, failed=future.status != "finished")
            future.release()
        self._write()

    def _enter(self, output: Output, future: Future) -> None:
        if future.status == "finished":
            made: Made = future.result()
            self.outputs[output.name] = made.size
            self.ledger = self.ledger.with_records(ChunkRecord(chunk, "done", events) for chunk, events in made.events)
            return
        error = future.exception() if future.status == "error" else None
        chunk, reason = output.parts[0][0], f"{output.name}: its task was {future.status} ({error})."
        if isinstance(error, OutputError):
            chunk, reason = output.parts[error.part][0], error.reason
        self.ledger = self.ledger.with_records([ChunkRecord(chunk, "failed", None, reason)])

    def _write(self) -> None:
        document = ConversionDocument(
            outputs=self.outputs, ledger=LedgerDocument.of(self.ledger), provenance=self.plan.provenance
        )
        write_text(self.folder / BOOKS, document.model_dump_json())

    def finish(self, stop: Event) -> Conversion:
        """Write the catalog, or say what is missing."""
        chunks = self.ledger.summary()["chunks"]
        kept = f"{len(self.outputs)} of {len(self.plan.outputs)} files are kept in {self.folder}; repeat with --resume."
        if stop.is_set() and chunks["processed"] + chunks["failed"] < chunks["planned"]:
            raise IncompleteRunError(f"interrupted.\n{kept}")
        if not self.ledger.complete:
            reasons = [*(each.reason for each in self.ledger.lost_files), *(r.reason for r in self.ledger.failures)]
            raise IncompleteRunError(f"{len(reasons)} inputs could not be converted, first {reasons[0]}\n{kept}")
        write_catalog(self.folder / CATALOG, _catalog(self.plan), f"Converted from {self.plan.catalog.path.name}.")
        return Conversion(self.ledger, dict(self.outputs))


class OutputError(Exception):
    """An output failed at one of its parts, for a reason of one line; both are plain, so that it always travels."""

    def __init__(self, part: int, reason: str) -> None:
        super().__init__(part, reason)
        self.part, self.reason = part, reason


def write_output(
    output: Output, context: SampleContext, fields: frozenset[str], form: Format, told: dict[str, Any], path: Path
) -> Made:
    """Read an output's chunks and write its file; OutputError says at which part it failed and why."""
    events: list[tuple[Chunk, int]] = []
    try:
        with native_file(path, form) as writer:
            for chunk, survey in output.parts:
                count = tried_again(chunk, survey, partial(_copy, chunk, context, fields, writer))
                events.append((chunk, count))
            inputs = {survey.file: survey.identity for _, survey in output.parts}
            writer.finish(told, {"sample": output.sample, "inputs": inputs})
    except (ChunkError, DarkbelleError) as error:
        part = min(len(events), len(output.parts) - 1)
        raise OutputError(part, error.reason if isinstance(error, ChunkError) else str(error)) from None
    return Made(path.stat().st_size, tuple(events))


def _copy(
    chunk: Chunk, context: SampleContext, fields: frozenset[str], writer: NativeWriter, survey: FileSurvey
) -> int:
    with open_chunk(chunk, survey, context) as events:
        read = reduced(events, fields)
    writer.extend(read)
    return len(read)


def _catalog(plan: ConversionPlan) -> dict[str, Any]:
    catalog = plan.catalog
    samples = {}
    for name, sample in catalog.samples.items():
        content = sample.model_dump(mode="json", by_alias=True, exclude_none=True, exclude_defaults=True)
        for key in ("tree", "mapping"):
            content.pop(key, None)
        content |= {"files": [each.name for each in plan.outputs if each.sample == name], "schema": "darkbelle"}
        if name in catalog.good_runs_files:
            content["good_runs"] = str(catalog.good_runs_files[name])
        samples[name] = content
    first = next(iter(catalog.samples.values()))
    told = {"experiment": first.experiment, "luminosity": catalog.luminosity, "samples": samples}
    return {key: value for key, value in told.items() if value is not None}
