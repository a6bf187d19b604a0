"""Batch systems through dask-jobqueue: every job is one worker process of a scheduler in this process."""

import shutil
import subprocess
import sys
from contextlib import ExitStack, suppress
from pathlib import Path
from time import monotonic, sleep
from typing import Any

import dask
from distributed import Client
from distributed.security import Security
from distributed.utils import get_ip

from ..site import BatchSite, SiteError, wall_seconds
from .certificate import certificate
from .contract import Description
from .jobs import SYSTEMS, Jobs, Keeper, TellingJob, UniqueNames
from .local import LINK
from .scheduler import error_line

MARGIN = 60.0  # seconds before the walltime at which the last worker has ended by itself; a fifth of short ones
STAGGER = 30.0  # seconds, either way, over which workers that were started together end; a tenth of short walltimes
LOST_WORKER = "90s"  # a job is given up that long after its worker's last word: importing from a busy disk takes time
INTERVAL = "2s"  # between decisions how many jobs there should be
HERE = "127.0.0.1:0"  # of web pages, which know no passwords: this machine alone


class BatchBackend:
    """A cluster of jobs."""

    def __init__(self, site: BatchSite) -> None:
        self.site = site
        self.jobs = Jobs(SYSTEMS[site.cluster], _logs(site))
        self._stack = ExitStack()
        self._cluster: Any = None
        self._client: Client | None = None

    def preflight(self) -> None:
        """Check that jobs can be submitted from this machine, and, where the batch system can tell, these jobs."""
        system, name = self.jobs.system, self.site.cluster
        if shutil.which(system.submit) is None:
            raise SiteError(f"{name}: there is no {system.submit} on this machine; submit from a login node.")
        script = job_script(self.site)
        if not system.trial:
            return
        found = subprocess.run(system.trial, input=script, capture_output=True, text=True, check=False)  # noqa: S603
        if found.returncode:
            reason = found.stderr.strip().splitlines()
            raise SiteError(f"{name}: refuses the job: {reason[-1] if reason else 'no reason given'}")

    def connect(self, workers: int | None) -> Client:
        """Start the scheduler, submit jobs, and wait for the first worker."""
        site = self.site
        settings = {"distributed.deploy.lost-worker-timeout": LOST_WORKER, "distributed.dashboard.link": LINK}
        self._stack.enter_context(dask.config.set(settings))
        try:
            self.jobs.logs.mkdir(parents=True, exist_ok=True)
            options = _job_options(site) | _scheduler_options(site)
            if site.tls:
                options |= {"protocol": "tls://", "security": self._stack.enter_context(certificate(_shared(site)))}
            self._cluster = _classes(site, self.jobs)[0](**options)
        except (ValueError, TypeError, RuntimeError, OSError, ImportError) as error:
            raise SiteError(f"{site.cluster}: {error_line(error)}.") from error
        number = workers or site.workers
        self._keep(number if site.minimum_workers is None else site.minimum_workers, number)
        self._client = Client(self._cluster)
        self._wait_for_a_worker()
        return self._client

    def _keep(self, minimum: int, maximum: int) -> None:
        self._cluster.adapt(
            Adaptive=Keeper, jobs=self.jobs, minimum_jobs=minimum, maximum_jobs=maximum, interval=INTERVAL, wait_count=5
        )

    def _wait_for_a_worker(self) -> None:
        """Wait until one is there; SiteError says what keeps them away."""
        site, patience = self.site, monotonic() + self.site.start_timeout
        while self._client is not None and not self._client.nthreads():
            if self.jobs.problem:
                raise SiteError(f"{site.cluster}: {self.jobs.problem}")
            if monotonic() > patience:
                told = self._standing() or f"look at its queue, and at the logs in {self.jobs.logs}"
                raise SiteError(f"{site.cluster}: no worker came within {site.start_timeout:.0f} s; {told}.")
            sleep(0.1)

    def _standing(self) -> str:
        """Say how the jobs stand in the queue; "" where that cannot be told."""
        standing = self._client.sync(self.jobs.look) if self._client else None
        submitted = [job.job_id for job in self._cluster.workers.values()]
        told = [f"{job} {standing[job]}" for job in submitted if standing and job in standing]
        return f"its jobs: {', '.join(told[:3])}" if told else ""

    def scale(self, workers: int) -> None:
        """Ask for a number of jobs, replaced when they end."""
        self._keep(workers, workers)

    def describe(self) -> Description:
        """Describe it."""
        link = self._client.dashboard_link if self._client else None
        note = f"its jobs write their logs to {self.jobs.logs}"
        return Description(f"of {self.site.cluster} jobs", link, same_software=False, note=note)

    def close(self) -> None:
        """Close client, scheduler and jobs."""
        for opened in (self._client, self._cluster):
            if opened is not None:
                with suppress(TimeoutError, OSError):
                    opened.close()
        self._stack.close()


def job_script(site: BatchSite) -> str:
    """Give the script of a site's jobs as it would be submitted, but for the scheduler's address and certificate."""
    security = Security()
    if site.tls:
        security = Security(tls_ca_file="AUTHORITY", tls_worker_cert="CERTIFICATE", tls_worker_key="KEY")
    options = _job_options(site) | {"protocol": "tls://", "security": security} if site.tls else _job_options(site)
    logs = _logs(site)
    made_now = not logs.exists()
    script: str = _classes(site, None)[1]("SCHEDULER", name="WORKER", **options).job_script()
    if made_now:  # by dask-jobqueue, for a job that nobody submits
        with suppress(OSError):
            logs.rmdir()
    return script


def _classes(site: BatchSite, jobs: Jobs | None) -> tuple[type[Any], type[Any]]:
    """Derive the batch system's cluster and job from dask-jobqueue's."""
    try:
        import dask_jobqueue
    except ImportError as error:
        raise SiteError("batch systems need dask-jobqueue: pip install 'darkbelle[batch]'") from error
    cluster = getattr(dask_jobqueue, SYSTEMS[site.cluster].cluster)
    job = type(cluster.job_cls.__name__, (TellingJob, cluster.job_cls), {"jobs": jobs})
    return type(cluster.__name__, (UniqueNames, cluster), {"job_cls": job}), job


def _logs(site: BatchSite) -> Path:
    """Choose the folder of the jobs' logs."""
    return Path(site.log_folder).absolute() if site.log_folder else _shared(site) / "darkbelle-logs"


def _shared(site: BatchSite) -> Path:
    """Choose the folder that all machines see."""
    return Path(site.shared_folder).absolute() if site.shared_folder else Path.cwd()


def _scheduler_options(site: BatchSite) -> dict[str, Any]:
    """Let the scheduler listen where workers look for it, and nowhere else."""
    listen = {"interface": site.interface} if site.interface else {"host": get_ip()}
    return {"scheduler_options": {"dashboard_address": HERE, **listen}}


def lifetime(walltime: float) -> tuple[float, float]:
    """Choose when workers end by themselves, so that they hand over what they have before they are killed.

    Parameters
    ----------
    walltime
        Of their jobs (s).

    Returns
    -------
    tuple
        The mean time and the largest distance from it (s).
    """
    stagger = min(STAGGER, 0.1 * walltime)
    return walltime - min(MARGIN, 0.2 * walltime) - stagger, stagger


def _job_options(site: BatchSite) -> dict[str, Any]:
    ends, stagger = lifetime(wall_seconds(site.walltime))
    lives = ["--lifetime", f"{ends:g}s", "--lifetime-stagger", f"{stagger:g}s"]
    options: dict[str, Any] = {
        "cores": site.cores,
        "processes": 1,
        "memory": site.memory,
        "python": site.python or sys.executable,
        "job_name": "darkbelle",
        "job_script_prologue": list(site.prologue),
        "job_extra_directives": list(site.directives),
        "worker_extra_args": [*lives, "--dashboard-address", HERE],
        "log_directory": str(_logs(site)),
        "death_timeout": 120,
    }
    if site.interface:
        options["interface"] = site.interface
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
    hours, minutes = divmod(wall_seconds(site.walltime) // 60, 60)
    # LSF's is hours and minutes; SLURM would take that for minutes and seconds.
    options: dict[str, Any] = {"walltime": f"{hours:02d}:{minutes:02d}" + ":00" * (site.cluster == "slurm")}
    if site.queue:
        options["queue"] = site.queue
    if site.account:
        options["account" if site.cluster == "slurm" else "project"] = site.account
    return options
