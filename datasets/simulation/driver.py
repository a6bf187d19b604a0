"""Driving a simulation over Dask: integrate, make files, and write the catalog once all of them are there."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from distributed import as_completed

from ..catalog import Hypothesis, write_catalog
from ..errors import DarkbelleError, IncompleteRunError
from ..storage import make_folder
from .planning import SimulationPlan, file_tasks
from .producing import FileSummary, FileTask, finished_file, integrate_sample, produce_file
from .requesting import SampleRequest

if TYPE_CHECKING:
    from distributed import Client

    from .processes import Integral

CATALOG = "catalog.yaml"


class Progress(Protocol):
    """What the driver tells while it works."""

    def planned(self, events: int) -> None:
        """Take note of generated events that are due."""

    def done(self, events: int, *, failed: bool) -> None:
        """Take note of a file of so many generated events that is over."""


class Silence:
    """Progress that nobody looks at."""

    def planned(self, events: int) -> None:
        """Do nothing."""

    def done(self, events: int, *, failed: bool) -> None:
        """Do nothing."""


@dataclass(frozen=True)
class SampleResult:
    """A sample that was made.

    Attributes
    ----------
    cross_section
        nb; of a signal, Born level.
    isr_factor
        What radiation of the beams makes of it: the events stand for `cross_section` times this.
    files
        In order.
    """

    request: SampleRequest
    cross_section: float
    isr_factor: float
    files: tuple[FileSummary, ...]


def simulate(plan: SimulationPlan, client: Client, progress: Progress | None = None) -> tuple[SampleResult, ...]:
    """Make all files of a plan on a Dask cluster, and the catalog.

    Parameters
    ----------
    plan
        What to make. The output folder must be reachable by the workers.
    client
        The cluster's client.
    progress
        Told as files are planned and done.

    Returns
    -------
    tuple of SampleResult
        In the plan's order.

    Raises
    ------
    UsageError
        The output folder cannot be written to.
    IncompleteRunError
        A file could not be made. Those that could are kept; there is no catalog.
    """
    make_folder(plan.output)
    # A catalog of an earlier call must not describe files that are about to change.
    (plan.output / CATALOG).unlink(missing_ok=True)
    made = _Making(plan, client, progress or Silence())
    made.run()
    results = made.results()
    write_catalog(plan.output / CATALOG, _catalog(plan, results), _comment(plan))
    return results


class _Making:
    """The state of one call: what is under way, what is done, what failed."""

    def __init__(self, plan: SimulationPlan, client: Client, progress: Progress) -> None:
        self.plan, self.client, self.progress = plan, client, progress
        self.tasks: dict[str, tuple[FileTask, ...]] = {}
        self.summaries: dict[Path, FileSummary] = {}
        self.failures: list[str] = []
        self.meaning: dict[str, SampleRequest | FileTask] = {}

    def run(self) -> None:
        """Submit all integrations; each that ends brings its sample's files."""
        sqrt_s = self.plan.detector.beams.sqrt_s
        queue = as_completed()
        for each in self.plan.requests:
            self._submit(
                queue, each, integrate_sample, each.template.process, each.parameters, sqrt_s, self.plan.seed, each.name
            )
        for future in queue:
            what = self.meaning.pop(future.key)
            reason = None if future.status == "finished" else reason_of(future)
            if isinstance(what, FileTask):
                self.progress.done(what.events, failed=reason is not None)
            if reason is not None:
                self.failures.append(f"{what.name if isinstance(what, SampleRequest) else what.path.name}: {reason}")
            elif isinstance(what, SampleRequest):
                self._start_files(queue, what, future.result())
            else:
                self.summaries[what.path] = future.result()
            future.release()

    def results(self) -> tuple[SampleResult, ...]:
        """Give the samples; IncompleteRunError if anything failed."""
        if self.failures:
            raise IncompleteRunError(
                f"{len(self.failures)} parts of the simulation failed, first {min(self.failures)}\n"
                f"{len(self.summaries)} finished files are kept in {self.plan.output}; repeat with --resume."
            )
        return tuple(
            SampleResult(
                each, tasks[0].cross_section, tasks[0].isr_factor, tuple(self.summaries[task.path] for task in tasks)
            )
            for each in self.plan.requests
            for tasks in [self.tasks[each.name]]
        )

    def _start_files(self, queue: Any, request: SampleRequest, integral: Integral) -> None:
        self.tasks[request.name] = file_tasks(self.plan, request, integral)
        for task in self.tasks[request.name]:
            self.progress.planned(task.events)
            there = finished_file(task) if self.plan.resume else None
            if there is None:
                self._submit(queue, task, produce_file, task)
            else:
                self.summaries[task.path] = there
                self.progress.done(task.events, failed=False)

    def _submit(self, queue: Any, what: SampleRequest | FileTask, function: Any, *arguments: Any) -> None:
        future = self.client.submit(function, *arguments, pure=False)
        self.meaning[future.key] = what
        queue.add(future)


def reason_of(future: Any) -> str:
    """Give one line on why a task failed."""
    if future.status != "error":
        return f"the task was {future.status}."
    error = future.exception()
    text = str(error).splitlines()[0] if str(error) else ""
    return text if isinstance(error, DarkbelleError) else f"{type(error).__name__}: {text}"


def _catalog(plan: SimulationPlan, results: tuple[SampleResult, ...]) -> dict[str, Any]:
    """Give the catalog's content; the files tell their sums of weights themselves, so that a lost one is noticed."""
    return {
        "experiment": plan.experiment,
        "period": plan.period,
        "luminosity": plan.luminosity,
        "samples": {each.request.name: _sample(each) for each in results},
    }


def _sample(result: SampleResult) -> dict[str, Any]:
    template, point = result.request.template, result.request.hypothesis
    return {
        "kind": template.kind,
        "process": template.process,
        "files": [each.name for each in result.files],
        "cross_section": result.cross_section,
        **(_signal(result, point) if point else {}),
        "channels": list(template.channels),
        "schema": "darkbelle",
        "tree": "events",
    }


def _signal(result: SampleResult, point: Hypothesis) -> dict[str, Any]:
    return {
        "isr_factor": result.isr_factor,
        "hypothesis": point.model_dump(exclude_none=True),
        "reference_coupling": result.request.reference_coupling,
    }


def _comment(plan: SimulationPlan) -> str:
    return f"Simulated by darkbelle with seed {plan.seed}; cross sections in nb, luminosity in fb^-1."
