"""Running channels over a catalog: survey, plan, map, merge, with checkpoints and resume."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from distributed import Client

from ..datasets.catalog import Catalog
from ..datasets.chunk import FileSurvey
from ..datasets.environment import check_environment
from ..datasets.errors import DarkbelleError
from ..datasets.provenance import Provenance, file_hash
from ..datasets.reading import SampleContext, wanted_files
from ..datasets.run_ranges import RunSelection
from ..datasets.storage import make_folder
from ..processors.run import Run, SampleInfo
from .accumulating import empty_histograms
from .books import Books, to_do
from .driving import Drive, Job
from .interrupting import interruptible
from .opening import open_site
from .planning import Plan, make_plan
from .progress import Progress
from .resuming import prepare_output, resumed
from .sealing import prepared, unsealings
from .settling import settle, with_runs
from .tasks import survey_files

if TYPE_CHECKING:
    from ..processors.channel import Channel

CHUNKSIZE = 100_000
FILES_A_TASK = 8  # surveyed in one task: opening a file takes about as long as sending a task
CODE = ("datasets", "executors", "processors")  # what a run's result depends on


class InterruptedRunError(DarkbelleError):
    """A run stopped before its end; what is done is kept."""


def run(
    catalog: Catalog | str | Path,
    channels: Sequence["str | Channel"] | None = None,
    site: str = "threads",
    workers: int | None = None,
    chunksize: int = CHUNKSIZE,
    output: str | Path | None = None,
    resume: bool = False,
    max_failures: int | None = None,
    progress: bool = True,
    client: Client | None = None,
    unseal: bool = False,
    columns: str | Path | None = None,
) -> Run:
    """Run search channels over a catalog.

    Parameters
    ----------
    catalog
        A catalog, or the path of one.
    channels
        Names of channels, or channels of your own; all that darkbelle has for None.
    site, workers
        Where to compute, and with how many workers; see `executors/sites/`.
    chunksize
        Entries a task, at most.
    output
        Folder for checkpoints and the result; nothing is written for None.
    resume
        Finish the run in `output`: only what is missing is run.
    max_failures
        Stop once more chunks than this have failed; never for None.
    progress
        Whether to show progress on standard error.
    client
        A Dask client to use in place of a site.
    unseal
        Fill the data of the searches' sealed regions; the ledger records who did and when.
    columns
        Folder for parquet files with the observables of all events that pass; every worker must reach it.

    Returns
    -------
    Run
        Histograms and ledger; look at `ledger.complete`.

    Raises
    ------
    InterruptedRunError
        It was stopped; `output` holds what is done.
    """
    check_environment()
    catalog = catalog if isinstance(catalog, Catalog) else Catalog.read(catalog)
    chosen = prepared(choose_channels(channels), unseal, columns)
    folder = None if output is None else make_folder(Path(output))
    old = None if folder is None else prepare_output(folder, resume)
    with interruptible() as stop, _client(client, site, workers) as opened:
        plan = make_plan(catalog, chosen, survey_catalog(opened, catalog), chunksize)
        plan = with_runs(opened, plan, contexts_of(catalog), selections_of(catalog))
        start = planned_run(catalog, chosen, plan, chunksize)
        if old is not None and folder is not None:
            start = resumed(old, start, folder)
        return _execute(opened, catalog, chosen, plan, Books(start, folder), max_failures, progress, stop)


def plan_only(
    catalog: Catalog | str | Path,
    channels: Sequence["str | Channel"] | None = None,
    site: str = "threads",
    workers: int | None = None,
    chunksize: int = CHUNKSIZE,
) -> Plan:
    """Survey and plan as `run` would, and run nothing."""
    catalog = catalog if isinstance(catalog, Catalog) else Catalog.read(catalog)
    chosen = choose_channels(channels)
    with open_site(site, workers) as client:
        return make_plan(catalog, chosen, survey_catalog(client, catalog), chunksize)


def choose_channels(channels: Sequence["str | Channel"] | None) -> "tuple[Channel, ...]":
    """Make channels from names; channels stay as they are."""
    from ..processors.registry import make_channels  # the channels' own code, heavier than this module

    if channels is None:
        return make_channels(None)
    return tuple(
        channel for each in channels for channel in (make_channels([each]) if isinstance(each, str) else [each])
    )


@contextmanager
def _client(client: Client | None, site: str, workers: int | None) -> Iterator[Client]:
    if client is not None:
        yield client
    else:
        with open_site(site, workers) as opened:
            yield opened


def survey_catalog(client: Client, catalog: Catalog) -> list[FileSurvey]:
    """Survey every file of a catalog on the workers; what a worker could not even report is a problem of its files."""
    wanted = wanted_files(catalog)
    groups = [wanted[i : i + FILES_A_TASK] for i in range(0, len(wanted), FILES_A_TASK)]
    nonce = uuid4().hex
    futures = [client.submit(survey_files, group, key=f"survey-{nonce}-{i}") for i, group in enumerate(groups)]
    surveys: list[FileSurvey] = []
    for group, future in zip(groups, futures, strict=True):
        try:
            surveys.extend(future.result())
        except Exception as error:  # noqa: BLE001  # a lost worker, or whatever the cluster reports
            reason = f"could not be surveyed ({type(error).__name__}: {str(error)[:160]})."
            surveys.extend(FileSurvey(w.sample, w.file, problem=f"{w.file}: {reason}") for w in group)
    return surveys


def contexts_of(catalog: Catalog) -> dict[str, SampleContext]:
    """Give what channels may know of each sample."""
    return {name: SampleContext.of(name, sample) for name, sample in catalog.samples.items()}


def selections_of(catalog: Catalog) -> dict[str, RunSelection]:
    """Give the used runs of those samples of which not all are used."""
    return {name: runs for name in catalog.samples if (runs := catalog.selection(name)) is not None}


def planned_run(catalog: Catalog, channels: "Sequence[Channel]", plan: Plan, chunksize: int) -> Run:
    """Make the run as planned: empty histograms, nothing done."""
    config = {
        "samples": {name: sample.model_dump(mode="json") for name, sample in catalog.samples.items()},
        "luminosity": catalog.luminosity,
        "good_runs": {name: each.model_dump(mode="json") for name, each in catalog.good_runs.items()},
        "channels": {channel.name: channel.configuration() for channel in channels},
        "unsealed": [channel.name for channel in channels if channel.unsealed],
        "chunksize": chunksize,
    }
    inputs = {file: survey.identity or "" for file, survey in plan.surveys.items() if survey.problem is None}
    if catalog.path.is_file():
        inputs[str(catalog.path)] = file_hash(catalog.path)
    return Run(
        histograms=empty_histograms(channels, {c.name: plan.samples_of(c.name) for c in channels}),
        ledger=replace(plan.ledger, unsealed=unsealings(channels)),
        samples={name: SampleInfo.of(name, s, plan.applied[name]) for name, s in catalog.samples.items()},
        luminosity=catalog.luminosity,
        not_applicable=plan.not_applicable,
        provenance=Provenance.of(config, inputs, CODE),
        sealed={channel.name: channel.sealed for channel in channels if channel.sealed},
    )


def _execute(
    client: Client,
    catalog: Catalog,
    channels: "Sequence[Channel]",
    plan: Plan,
    books: Books,
    max_failures: int | None,
    progress: bool,
    stop: Event,
) -> Run:
    job = Job(channels, dict(plan.applied), contexts_of(catalog), dict(plan.surveys), selections_of(catalog))
    chunks = to_do(books.run.ledger.records)
    books.failed = len(books.run.ledger.failures)
    with Progress(sum(chunk.entries for chunk in chunks), progress) as shown:
        drive = Drive(client, job, books, shown, stop)
        try:
            drive.run(chunks, max_failures)
            if not any(record.status == "planned" for record in books.current().ledger.records):
                settle(client, job, books)
        finally:
            books.write()
    if stop.is_set() and any(record.status == "planned" for record in books.current().ledger.records):
        raise _interrupted(books, "interrupted")
    if max_failures is not None and books.failed > max_failures:
        raise _interrupted(books, f"stopped: {books.failed} chunks failed, more than {max_failures}")
    return books.current()


def _interrupted(books: Books, why: str) -> InterruptedRunError:
    counts: dict[str, Any] = books.current().ledger.summary()["chunks"]
    kept = "nothing was written, since no output was given."
    if books.folder is not None:
        kept = f"kept in {books.folder}; finish with the same command and --resume."
    reasons = [record.reason for record in books.current().ledger.failures][:1]
    told = f" The first: {reasons[0]}" if reasons else ""
    return InterruptedRunError(f"{why};{told} {counts['processed']} of {counts['planned']} chunks are done.\n{kept}")
