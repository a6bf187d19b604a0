"""Running channels over a catalog: survey, plan, map, merge, with partial sums on disk and resume."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING, Any

from distributed import Client

from ..datasets.catalog import Catalog
from ..datasets.environment import check_environment
from ..datasets.errors import DarkbelleError
from ..datasets.storage import make_folder
from ..processors.run import Run
from .beginning import contexts_of, planned_run, selections_of
from .books import Books, chosen_interval, to_do
from .connection import ClusterLostError
from .driving import Drive
from .explaining import Explanation, tell, tell_sizes
from .interrupting import interruptible
from .job import Job, Limits
from .opening import open_site, script_of
from .performance import performance_reported
from .planning import Plan, make_plan
from .progress import Progress
from .resuming import prepare_output, resumed
from .sealing import prepared
from .settling import settle, with_runs
from .surveying import survey_catalog

if TYPE_CHECKING:
    from ..processors.channel import Channel

CHUNKSIZE = 100_000
LOST = "the connection to the Dask scheduler was lost"


class InterruptedRunError(DarkbelleError):
    """A run stopped before its end; what is done is kept, and is its `run`."""

    def __init__(self, message: str, so_far: Run) -> None:
        super().__init__(message)
        self.run = so_far


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
    chunk_timeout: float | None = None,
    site_options: Mapping[str, Any] | None = None,
    performance_report: str | Path | None = None,
    explain: bool = False,
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
        Entries a task, at most; fewer where the first chunk of a sample tells that they would take over a minute, or
        over a quarter of `chunk_timeout`.
    output
        Folder for the result, and for partial sums on the way; nothing is written for None.
    resume
        Finish the run in `output`: what is missing is run, and what was made with another code, parameter, data file,
        version or input is run again.
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
    chunk_timeout
        Seconds for one chunk; then its worker is restarted and the chunk run once more elsewhere.
    site_options
        Keys of the site to set anew.
    performance_report
        Web page to write, of what the cluster did when.
    explain
        Whether to say on standard error, sample by sample, what is reused and why the rest is run, and how large the
        histograms are.

    Returns
    -------
    Run
        Histograms and ledger; look at `ledger.complete`.

    Raises
    ------
    InterruptedRunError
        It was stopped, or a channel's code failed; `output` holds what is done.
    """
    check_environment()
    interval = chosen_interval()
    catalog = catalog if isinstance(catalog, Catalog) else Catalog.read(catalog)
    chosen = prepared(choose_channels(channels), unseal, columns)
    folder = None if output is None else make_folder(Path(output))
    old = None if folder is None else prepare_output(folder, resume)
    limits = Limits(max_failures, chunk_timeout)
    with (
        interruptible() as stop,
        _client(client, site, workers, site_options) as opened,
        performance_reported(opened, performance_report),
    ):
        plan = make_plan(catalog, chosen, survey_catalog(opened, catalog), chunksize)
        plan = with_runs(opened, plan, contexts_of(catalog), selections_of(catalog))
        start = planned_run(catalog, chosen, plan, chunksize)
        told = Explanation()
        if old is not None and folder is not None:
            taken = resumed(old, start, folder)
            start, told = taken.run, taken.told
        tell(start, told, explain)
        tell_sizes(plan, explain)
        return _execute(opened, catalog, chosen, plan, Books(start, folder, interval), limits, progress, stop)


def plan_only(
    catalog: Catalog | str | Path,
    channels: Sequence["str | Channel"] | None = None,
    site: str = "threads",
    workers: int | None = None,
    chunksize: int = CHUNKSIZE,
    site_options: Mapping[str, Any] | None = None,
) -> Plan:
    """Survey and plan as `run` would, and run nothing; no batch job is submitted for it either."""
    if script_of(site, site_options) is not None:
        site, site_options = "threads", None
    catalog = catalog if isinstance(catalog, Catalog) else Catalog.read(catalog)
    chosen = choose_channels(channels)
    with open_site(site, workers, site_options) as client:
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
def _client(
    client: Client | None, site: str, workers: int | None, options: Mapping[str, Any] | None
) -> Iterator[Client]:
    if client is not None:
        yield client
    else:
        with open_site(site, workers, options) as opened:
            yield opened


def _execute(
    client: Client,
    catalog: Catalog,
    channels: "Sequence[Channel]",
    plan: Plan,
    books: Books,
    limits: Limits,
    progress: bool,
    stop: Event,
) -> Run:
    job = Job(channels, dict(plan.applied), contexts_of(catalog), dict(plan.surveys), selections_of(catalog))
    chunks = to_do(books.run.ledger.records)
    books.failed = len(books.run.ledger.failures)
    books.write()  # whatever happens to this process, the plan is known
    drive = None
    with Progress(chunks, progress, client.dashboard_link) as shown:
        try:
            drive = Drive(client, job, books, shown, stop)
            drive.run(chunks, limits)
            if not any(record.status == "planned" for record in books.current().ledger.records):
                settle(client, job, books)
        except (ClusterLostError, OSError, TimeoutError) as error:
            if not isinstance(error, ClusterLostError) and client.status == "running":
                raise
            raise _interrupted(
                books, str(error).rstrip(".") if isinstance(error, ClusterLostError) else LOST
            ) from error
        finally:
            books.write()
    _refuse_unfinished(books, drive, catalog, limits, stop)
    return books.current()


def _refuse_unfinished(books: Books, drive: Drive, catalog: Catalog, limits: Limits, stop: Event) -> None:
    """Raise what a run that stopped before its end has to say."""
    if drive.bug is not None:
        chunk, error = drive.bug
        channel = error.reason.partition(":")[0]
        where = f"{chunk.file}:{chunk.start}:{chunk.stop}"
        again = f"darkbelle run {catalog.path} --channels {channel} --chunk {where} --debug"
        raise _interrupted(
            books, f"{error.reason} in {chunk.file} [{chunk.start}, {chunk.stop})", f"See it alone: {again}"
        )
    if stop.is_set() and any(record.status == "planned" for record in books.current().ledger.records):
        raise _interrupted(books, "interrupted")
    if limits.failures is not None and books.failed > limits.failures:
        raise _interrupted(books, f"stopped: {books.failed} chunks failed, more than {limits.failures}")


def _interrupted(books: Books, why: str, advice: str = "") -> InterruptedRunError:
    counts: dict[str, Any] = books.current().ledger.summary()["chunks"]
    kept = "nothing was written, since no output was given."
    if books.folder is not None:
        kept = f"kept in {books.folder}; finish with the same command and --resume."
    reasons = [record.reason for record in books.current().ledger.failures][:1]
    told = f" The first: {reasons[0]}" if reasons and not advice else ""
    lines = [f"{why};{told} {counts['processed']} of {counts['planned']} chunks are done.", advice or kept]
    if advice and books.folder is not None:
        lines[0] += f" They are {kept}"
    return InterruptedRunError("\n".join(lines), books.current())
