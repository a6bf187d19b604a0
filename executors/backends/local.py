"""The local machine: Dask workers as threads of the calling process or as processes of their own."""

import logging
import os
import signal
import tempfile
from contextlib import ExitStack, suppress
from multiprocessing import resource_tracker

import dask
from distributed import Client, LocalCluster

from ..site import LocalSite
from .contract import Description

LINK = "http://127.0.0.1:{port}/status"  # Dask would name this machine's outer address, where nothing listens


class LocalBackend:
    """A `LocalCluster`, closed for certain."""

    def __init__(self, site: LocalSite) -> None:
        self.site = site
        self._stack = ExitStack()
        self._client: Client | None = None
        self._cluster: LocalCluster | None = None

    def preflight(self) -> None:
        """Check nothing: all that it needs is installed."""

    def connect(self, workers: int | None) -> Client:
        """Start the cluster."""
        site = self.site
        number = workers or site.workers or available_cores()
        logging.getLogger("distributed").setLevel(logging.CRITICAL)  # deaths of workers are told by the ledger
        with ExitStack() as stack:
            folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="darkbelle-", ignore_cleanup_errors=True))
            settings = {
                "distributed.scheduler.allowed-failures": site.allowed_failures,
                "distributed.dashboard.link": LINK,
            }
            stack.enter_context(dask.config.set(settings))
            self._cluster = _start(
                n_workers=number if site.processes else 1,
                threads_per_worker=1 if site.processes else number,
                processes=site.processes,
                memory_limit=site.memory_limit,
                dashboard_address=site.dashboard,
                worker_dashboard_address=site.dashboard,
                silence_logs=logging.CRITICAL,
                local_directory=folder,
            )
            stack.callback(_close, self._cluster)
            self._client = Client(self._cluster)
            stack.callback(_close, self._client)
            self._stack = stack.pop_all()
        return self._client

    def scale(self, workers: int) -> None:
        """Start or stop worker processes."""
        if self._cluster is not None and self.site.processes:
            self._cluster.scale(workers)

    def describe(self) -> Description:
        """Describe it."""
        return Description("local", self._client.dashboard_link if self._client else None, same_software=True)

    def close(self) -> None:
        """Close everything."""
        self._stack.close()


def available_cores() -> int:
    """Count the cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _close(opened: Client | LocalCluster) -> None:
    """Close; processes too slow to say good-bye on a busy machine must not undo finished work."""
    with suppress(TimeoutError):
        opened.close()


def _start(**options: object) -> LocalCluster:
    """Start a cluster whose processes never see Ctrl-C: a terminal sends it to all, and their results would be lost.

    Threads and processes inherit the signals that are blocked where they are started.
    """
    resource_tracker.ensure_running()  # it would unblock the signal when the first process is started
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        return LocalCluster(**options)
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
