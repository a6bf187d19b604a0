"""The connection to a cluster: whether its scheduler is there, how many threads it has, restarting one worker."""

from contextlib import suppress
from time import monotonic, sleep

from distributed import Client

from ..datasets.errors import DarkbelleError

REFRESH = 1.0  # seconds that the number of threads is remembered
PATIENCE = 600.0  # seconds without any worker before the run is given up


class ClusterLostError(DarkbelleError):
    """The scheduler or all workers of a cluster have gone."""


class Connection:
    """What the driver asks a client's cluster."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._threads = 0
        self._asked = float("-inf")
        self._alive = monotonic()

    @property
    def threads(self) -> int:
        """Threads of all workers, as of a moment ago."""
        if monotonic() - self._asked > REFRESH:
            self._refresh()
        return self._threads

    def _refresh(self) -> None:
        with suppress(OSError, TimeoutError):
            self._threads = sum(self._client.nthreads().values())
        self._asked = monotonic()
        if self._threads:
            self._alive = monotonic()

    def check(self, patience: float = 0.0) -> None:
        """Check that scheduler and workers are there, or come back within `patience` seconds.

        Raises
        ------
        ClusterLostError
            They are not.
        """
        until = monotonic() + patience
        while patience and self._client.status == "running" and monotonic() < until and not self._answers():
            sleep(0.2)
        if self._client.status != "running":
            raise ClusterLostError("the connection to the Dask scheduler was lost.")
        if not self.threads and monotonic() - self._alive > PATIENCE:
            raise ClusterLostError(f"the cluster has had no worker for {PATIENCE:.0f} s; look at its queue and logs.")

    def _answers(self) -> bool:
        """Tell whether the scheduler answers now."""
        try:
            self._client.sync(self._client.scheduler.identity, callback_timeout=5)
        except (OSError, TimeoutError):
            return False
        return True

    def runs(self, worker: str, key: str) -> bool:
        """Tell whether a worker runs a task, or is about to."""
        with suppress(OSError, TimeoutError, KeyError):
            return key in self._client.processing([worker])[worker]
        return False

    def restart(self, worker: str) -> None:
        """Restart a worker whose chunk hangs; one without a nanny, a thread of this process, is left to itself."""
        with suppress(Exception):
            self._client.restart_workers([worker], timeout=10, raise_for_error=False)
