"""Jobs of a batch system as Dask workers: what it refuses is remembered, and jobs that end too early are replaced.

dask-jobqueue leaves three things open. A refused submission ends in a log that nobody reads, and is never tried again.
A job that ends before its worker has come counts as running for ever. And a while after it has lost a worker, Dask
cancels the job with that worker's name, which may be its replacement by then.
"""

import asyncio
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from time import monotonic
from typing import Any

from distributed.core import Status
from distributed.deploy import Adaptive

LOOK_EVERY = 10.0  # seconds between looks into the queue while workers are missing
IN_VAIN = 3  # jobs in a row whose workers never came, after which something must be wrong
PAUSE = 60.0  # seconds between tries once something is wrong


@dataclass(frozen=True)
class BatchSystem:
    """What differs between batch systems.

    Attributes
    ----------
    submit
        The command that submits a job.
    cluster
        dask-jobqueue's class.
    listing
        The command that prints the user's jobs which are not over, a line each: the number, and how it stands. Without
        one, jobs that end before their workers come are not noticed.
    trial
        The command that judges a job's script on standard input without submitting it.
    """

    submit: str
    cluster: str
    listing: tuple[str, ...] = ()
    trial: tuple[str, ...] = ()


SYSTEMS: Mapping[str, BatchSystem] = {
    "slurm": BatchSystem(
        "sbatch",
        "SLURMCluster",
        listing=("squeue", "--me", "--noheader", "--format=%i %T (%r)"),
        trial=("sbatch", "--test-only"),
    ),
    "htcondor": BatchSystem("condor_submit", "HTCondorCluster"),
    "lsf": BatchSystem("bsub", "LSFCluster"),
}


@dataclass
class Jobs:
    """What became of a cluster's jobs.

    Attributes
    ----------
    system, logs
        The batch system, and the folder of the jobs' logs.
    problem
        What keeps workers away; "" while nothing is known to.
    in_vain
        Jobs in a row whose workers never came.
    working
        Whether a worker has come, so that a problem is told and jobs are tried again, rather than given up.
    """

    system: BatchSystem
    logs: Path
    problem: str = ""
    in_vain: int = 0
    working: bool = False

    async def look(self) -> Mapping[str, str] | None:
        """Look into the queue: by number, how jobs stand; None where it cannot be told."""
        if not self.system.listing:
            return None
        pipe = asyncio.subprocess.PIPE
        process = await asyncio.create_subprocess_exec(*self.system.listing, stdout=pipe, stderr=pipe)
        told, _ = await process.communicate()
        if process.returncode:
            return None
        lines = (line.split(maxsplit=1) for line in told.decode().splitlines() if line.strip())
        return {words[0]: " ".join(words[1:]) for words in lines}

    def came(self) -> None:
        """Enter that a worker has come."""
        self.working, self.in_vain, self.problem = True, 0, ""

    def ended_in_vain(self, job: str) -> None:
        """Enter a job that is over before its worker came."""
        self.in_vain += 1
        if self.in_vain >= IN_VAIN:
            self.trouble(f"{self.in_vain} jobs in a row ended before their workers came: {self.last_words(job)}")

    def trouble(self, problem: str) -> None:
        """Enter what keeps workers away, and tell it where nobody waits for it."""
        if self.working and not self.problem:
            sys.stderr.write(f"darkbelle: {problem}; it is tried again every {PAUSE:.0f} s\n")
        self.problem = problem

    def last_words(self, job: str) -> str:
        """Give the last line that a job wrote."""
        for path in sorted(self.logs.glob(f"*{job}*.err")):
            lines = path.read_text(errors="replace").split("\n")
            spoken = [line.strip() for line in lines if line.strip()]
            if spoken:
                return f"{spoken[-1][:300]} (in {path})"
        return f"job {job} left no log in {self.logs}"


class UniqueNames:
    """A cluster that never uses a worker's name twice."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        self._numbers = count()
        super().__init__(*arguments, **options)

    def _new_worker_name(self, worker_number: int) -> str:  # noqa: ARG002  # SpecCluster's own count starts again
        return f"darkbelle-{next(self._numbers)}"


class TellingJob:
    """A job that tells when the batch system refuses it."""

    jobs: Jobs

    async def _submit_job(self, script_filename: str) -> Any:
        try:
            return await super()._submit_job(script_filename)  # type: ignore[misc]  # of dask-jobqueue's job
        except RuntimeError as error:
            self.jobs.trouble(f"{self.jobs.system.submit} refuses the job: {_refusal(str(error))}")
            raise

    async def close(self) -> None:
        """Cancel it, and be closed: dask-jobqueue forgets to say so."""
        await super().close()  # type: ignore[misc]
        self.status = Status.closed


class Keeper(Adaptive):
    """Keeps the number of jobs between two bounds, as Dask does, and replaces those that end before their time."""

    def __init__(self, cluster: Any, jobs: Jobs, **options: Any) -> None:
        self._jobs = jobs
        self._came: set[str] = set()
        self._looked = monotonic()
        super().__init__(cluster, **options)

    async def recommendations(self, target: int) -> Any:
        """Drop the jobs that are over from the plan first; what is then missing is submitted."""
        arrived = self.observed & set(self.cluster.workers)
        if arrived - self._came:
            self._jobs.came()
        self._came |= arrived
        if monotonic() - self._looked >= (PAUSE if self._jobs.problem else LOOK_EVERY):
            await self._drop(self.requested - arrived)
        elif self._jobs.problem:
            return {"status": "same"}
        return await super().recommendations(target)

    async def _drop(self, missing: set[str]) -> None:
        """Drop those jobs without a worker that were refused, or are not in the queue any more."""
        self._looked = monotonic()
        standing = await self._jobs.look() if missing else None
        for name in missing:
            job = self.cluster.workers[name].job_id
            if job is not None and (standing is None or job in standing):
                continue
            ended = self.cluster.workers.pop(name)
            self.cluster.worker_spec.pop(name, None)
            await ended.close()
            if job is not None and name not in self._came:
                self._jobs.ended_in_vain(job)


def _refusal(text: str) -> str:
    """Find what a command said on its standard error in dask-jobqueue's message; the last line is the cause."""
    lines = text.partition("stderr:\n")[2].strip().splitlines()
    return lines[-1].strip() if lines else "no reason given."
