"""Opening a site: a YAML file that describes where to compute becomes a Dask client that is closed for certain."""

import logging
import os
import signal
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from multiprocessing import resource_tracker
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar

import dask
from distributed import Client, LocalCluster
from pydantic import Field

from ..datasets.documents import Document, read_document
from ..datasets.errors import UsageError

FOLDER = Path(__file__).parent / "sites"

Closable = TypeVar("Closable", Client, LocalCluster)


class Site(Document):
    """A place to compute.

    Attributes
    ----------
    cluster
        "local": on this machine.
    processes
        Worker processes rather than threads of this process.
    workers
        How many; the cores that this process may use where absent.
    memory_limit
        Of each worker: a text such as "2 GB", "auto", or 0 for none.
    dashboard
        Address of Dask's web server; only this machine can reach the default one.
    allowed_failures
        Deaths of a worker under a task before the task is given up.
    """

    cluster: Literal["local"]
    processes: bool
    workers: Annotated[int, Field(ge=1)] | None = None
    memory_limit: str | int = "auto"
    dashboard: str = "127.0.0.1:0"
    allowed_failures: Annotated[int, Field(ge=0)] = 1


def site_names() -> tuple[str, ...]:
    """List the sites that darkbelle ships."""
    return tuple(sorted(path.stem for path in FOLDER.glob("*.yaml")))


def load_site(site: str) -> Site:
    """Read a shipped site by name or any YAML file by path; UsageError lists the known ones."""
    if site.endswith((".yaml", ".yml")):
        return read_document(Path(site), Site)
    if site not in site_names():
        known = ", ".join(site_names())
        raise UsageError(f"unknown site {site!r}; known are {known}, or give the path of a YAML file.")
    return read_document(FOLDER / f"{site}.yaml", Site)


def available_cores() -> int:
    """Count the cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


@contextmanager
def open_site(site: str, workers: int | None = None) -> Iterator[Client]:
    """Open a site and close client and cluster at the end, whatever happens.

    Parameters
    ----------
    site
        A shipped site's name or the path of a YAML file.
    workers
        How many workers; the site's own number, else one a core, for None.

    Yields
    ------
    Client
        A Dask client.
    """
    chosen = load_site(site)
    if workers is not None and workers < 1:
        raise UsageError(f"{workers} workers: at least 1 is needed.")
    number = workers or chosen.workers or available_cores()
    logging.getLogger("distributed").setLevel(logging.CRITICAL)  # deaths of workers are told by the ledger
    with (
        tempfile.TemporaryDirectory(prefix="darkbelle-", ignore_cleanup_errors=True) as scratch,
        dask.config.set({"distributed.scheduler.allowed-failures": chosen.allowed_failures}),
        _local_cluster(
            n_workers=number if chosen.processes else 1,
            threads_per_worker=1 if chosen.processes else number,
            processes=chosen.processes,
            memory_limit=chosen.memory_limit,
            dashboard_address=chosen.dashboard,
            worker_dashboard_address=chosen.dashboard,
            silence_logs=logging.CRITICAL,
            local_directory=scratch,
        ) as cluster,
        _closing(Client(cluster)) as client,
    ):
        yield client


@contextmanager
def _closing(opened: Closable) -> Iterator[Closable]:
    """Close what was opened; processes too slow to say good-bye on a busy machine must not undo finished work."""
    try:
        yield opened
    finally:
        with suppress(TimeoutError):
            opened.close()


@contextmanager
def _local_cluster(**options: Any) -> Iterator[LocalCluster]:
    """Start a cluster whose processes never see Ctrl-C: a terminal sends it to all, and their results would be lost.

    Threads and processes inherit the signals that are blocked where they are started.
    """
    resource_tracker.ensure_running()  # it would unblock the signal when the first process is started
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        cluster = LocalCluster(**options)
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
    with _closing(cluster):
        yield cluster
