"""Batch systems through dask-jobqueue: every job is one worker process of a scheduler in this process."""

import shutil
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

from distributed import Client
from distributed.security import Security

from ..site import BatchSite, SiteError, wall_seconds
from .contract import Description
from .scheduler import error_line, wait_for_workers

COMMANDS = {"slurm": "sbatch", "htcondor": "condor_submit", "lsf": "bsub"}
CLASSES = {"slurm": "SLURMCluster", "htcondor": "HTCondorCluster", "lsf": "LSFCluster"}
MARGIN = 60  # seconds before the walltime at which a worker ends by itself
STAGGER = 30  # seconds over which workers that were started together end


class BatchBackend:
    """A cluster of jobs."""

    def __init__(self, site: BatchSite) -> None:
        self.site = site
        self._cluster: Any = None
        self._client: Client | None = None

    def preflight(self) -> None:
        """Check that dask-jobqueue is installed and that jobs can be submitted from this machine."""
        if shutil.which(COMMANDS[self.site.cluster]) is None:
            command = COMMANDS[self.site.cluster]
            raise SiteError(f"{self.site.cluster}: there is no {command} on this machine; submit from a login node.")
        _jobqueue()

    def connect(self, workers: int | None) -> Client:
        """Start the scheduler, submit jobs, and wait for the first."""
        site, number = self.site, workers or self.site.workers
        try:
            self._cluster = getattr(_jobqueue(), CLASSES[site.cluster])(**_options(site))
        except (ValueError, TypeError, RuntimeError, OSError) as error:
            raise SiteError(f"{site.cluster}: {error_line(error)}.") from error
        self._try_submission()
        # A job that ends is only replaced by an adaptive cluster.
        minimum = number if site.minimum_workers is None else site.minimum_workers
        self._cluster.adapt(minimum_jobs=minimum, maximum_jobs=number, interval="2s", wait_count=5)
        self._client = Client(self._cluster)
        wait_for_workers(self._client, 1, site.start_timeout, site.cluster)
        return self._client

    def _try_submission(self) -> None:
        """Let SLURM judge the job before it is submitted: later its refusals show up in no place."""
        if self.site.cluster != "slurm":
            return
        found = subprocess.run(
            ["sbatch", "--test-only"],  # noqa: S607  # the site's own
            input=self._cluster.job_script(),
            capture_output=True,
            text=True,
            check=False,
        )
        if found.returncode:
            reason = found.stderr.strip().splitlines()
            self.close()
            raise SiteError(f"slurm: refuses the job: {reason[-1] if reason else 'no reason given'}")

    def scale(self, workers: int) -> None:
        """Ask for a number of jobs, replaced when they end."""
        self._cluster.adapt(minimum_jobs=workers, maximum_jobs=workers, interval="2s", wait_count=5)

    def describe(self) -> Description:
        """Describe it."""
        link = self._client.dashboard_link if self._client else None
        return Description(f"{self.site.cluster} jobs of this process", link, same_software=False)

    def close(self) -> None:
        """Close client, scheduler and jobs."""
        for opened in (self._client, self._cluster):
            if opened is not None:
                with suppress(TimeoutError, OSError):
                    opened.close()


def _jobqueue() -> Any:
    try:
        import dask_jobqueue
    except ImportError as error:
        raise SiteError("batch systems need dask-jobqueue: pip install 'darkbelle[batch]'") from error
    return dask_jobqueue


def _options(site: BatchSite) -> dict[str, Any]:
    lifetime = max(wall_seconds(site.walltime) - MARGIN - STAGGER, 30)
    options: dict[str, Any] = {
        "cores": site.cores,
        "processes": 1,
        "memory": site.memory,
        "python": site.python or sys.executable,
        "job_script_prologue": list(site.prologue),
        "job_extra_directives": list(site.directives),
        "worker_extra_args": ["--lifetime", f"{lifetime}s", "--lifetime-stagger", f"{STAGGER}s"],
        "scheduler_options": {"dashboard_address": "127.0.0.1:0"},
        "log_directory": site.log_folder,
        "death_timeout": 120,
    }
    if site.interface:
        options["interface"] = site.interface
    if site.tls:
        options |= {
            "security": Security.temporary(),
            "protocol": "tls://",
            "shared_temp_directory": site.shared_folder or str(Path.cwd()),
        }
    return options | _named(site)


def _named(site: BatchSite) -> dict[str, Any]:
    """Give the options that batch systems call by different names."""
    if site.cluster == "htcondor":
        # HTCondor has no queues and no walltime; directives are a mapping there.
        pairs = (line.partition("=")[::2] for line in site.directives)
        extra = {key.strip(): value.strip() for key, value in pairs}
        if site.account:
            extra["accounting_group"] = site.account
        return {"disk": site.disk or "1 GB", "job_extra_directives": extra}
    options: dict[str, Any] = {"walltime": site.walltime}
    if site.queue:
        options["queue"] = site.queue
    if site.account:
        options["account" if site.cluster == "slurm" else "project"] = site.account
    return options
