"""Planning a simulation: which samples, how many events, which files, and roughly how long it takes."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ..cross_sections import cross_section
from ..errors import UsageError
from ..experiment import Experiment, experiment_names, load_experiment
from .processes import Integral, ProcessError, make_process
from .processes.signal import Signal
from .producing import FileTask
from .requesting import SampleRequest, request_samples
from .response.detector import Detector, make_detector
from .response.loading import response_names
from .samples import SampleTable
from .writing import Format

WARM_UP_SECONDS = 0.5  # on one core, for each sample: integration, and compilation shared by its worker's samples


@dataclass(frozen=True)
class SimulationPlan:
    """What to simulate.

    Attributes
    ----------
    experiment, period
        Names, as catalogs have them.
    luminosity
        fb^-1.
    seed
        Not negative; with a sample's name it fixes the sample's events.
    output
        Folder of the files and the catalog.
    requests
        The samples.
    detector
        Beams, acceptance and response.
    left_out
        Samples that collisions of this energy do not make, where none was asked for by name.
    resume
        Whether files that are there and match are kept.
    form
        "ttree" or "rntuple".
    file_size
        Bytes that a file should have, as near as whole chunks and the expected size of an event allow; None for the
        number of chunks that a sample asks for.
    """

    experiment: str
    period: str
    luminosity: float
    seed: int
    output: Path
    requests: tuple[SampleRequest, ...]
    detector: Detector
    left_out: tuple[str, ...] = ()
    resume: bool = False
    form: Format = "ttree"
    file_size: float | None = None


@dataclass(frozen=True)
class Estimate:
    """A plan's size: generated events, seconds and bytes."""

    events: int
    seconds: float
    size: float


def make_plan(
    experiment: str,
    luminosity: float,
    output: Path,
    *,
    samples: Sequence[str] | None = None,
    channels: Sequence[str] | None = None,
    seed: int = 1,
    period: str | None = None,
    response: Path | None = None,
    resume: bool = False,
    form: Format = "ttree",
    file_size: float | None = None,
    table: SampleTable | None = None,
) -> SimulationPlan:
    """Check a request and make a plan of it.

    Parameters
    ----------
    experiment, period
        A shipped experiment's name or a YAML file's path, and one of its periods (the first for None).
    luminosity
        fb^-1.
    output
        Folder for everything.
    samples, channels
        What is wanted; all for None.
    seed
        Of all random streams.
    response
        A YAML file with own numbers for the detector's response.
    resume
        Keep files that are there and match.
    form, file_size
        As of `SimulationPlan`.
    table
        The samples there are; those that darkbelle ships for None.

    Raises
    ------
    UsageError
        An experiment, sample or channel is unknown, or a number is out of range.
    """
    if not (luminosity > 0.0 and math.isfinite(luminosity)):
        raise UsageError(f"luminosity {luminosity:g} fb^-1: must be positive.")
    if file_size is not None and not (file_size > 0.0 and math.isfinite(file_size)):
        raise UsageError(f"file size {file_size / 1e6:g} MB: must be positive.")
    found = usable_experiment(experiment, period, seed)
    detector = make_detector(experiment, period, response)
    wanted = request_samples(samples, channels, table)
    reasons = {each.name: _unfit(each, detector.beams.sqrt_s) for each in wanted}
    refused = {name: reason for name, reason in reasons.items() if reason}
    if refused and (samples or len(refused) == len(wanted)):
        name, reason = next(iter(refused.items()))
        others = f"\nand {len(refused) - 1} more samples" if len(refused) > 1 else ""
        raise UsageError(f"{name}: {reason}{others}")
    return SimulationPlan(
        experiment=experiment,
        period=period or found.default_period,
        luminosity=luminosity,
        seed=seed,
        output=output,
        requests=tuple(each for each in wanted if not reasons[each.name]),
        detector=detector,
        left_out=tuple(refused),
        resume=resume,
        form=form,
        file_size=file_size,
    )


def usable_experiment(name: str, period: str | None, seed: int) -> Experiment:
    """Give an experiment that can be simulated; UsageError where it cannot, or its period or the seed is wrong."""
    if seed < 0:
        raise UsageError(f"seed {seed}: must not be negative.")
    if not name.endswith((".yaml", ".yml")) and name not in experiment_names():
        raise UsageError(f"unknown experiment {name!r}; known are {', '.join(experiment_names())}.")
    found = load_experiment(name)
    if found.name not in response_names():
        raise UsageError(f"{found.name} cannot be simulated; those that can are {', '.join(response_names())}.")
    if period is not None and period not in found.periods:
        raise UsageError(f"{found.name}: unknown period {period!r}; known are {', '.join(found.periods)}.")
    return found


def _unfit(request: SampleRequest, sqrt_s: float) -> str:
    """Say why collisions at sqrt_s (GeV) do not make a sample; nothing where they do."""
    if not request.made_at(sqrt_s):
        return f"belongs to collisions at {request.template.energy:g} GeV, not at sqrt(s) = {sqrt_s:.3f} GeV"
    try:
        process = make_process(request.template.process, **request.parameters)
        if isinstance(process, Signal):
            process.check(sqrt_s)
    except ProcessError as error:
        return str(error)
    return ""


def estimate(plan: SimulationPlan, workers: int) -> Estimate:
    """Estimate events, time on `workers` cores (s) and size (bytes) before anything is integrated."""
    events, seconds, size = 0, 0.0, 0.0
    for request in plan.requests:
        expected = request.template.expected
        number = request.events(plan.luminosity, expected.cross_section)
        events += number
        seconds += WARM_UP_SECONDS + number / expected.events_per_second
        size += number * expected.bytes_per_event
    return Estimate(events, seconds / workers, size)


def normalisation(request: SampleRequest, sqrt_s: float, integral: Integral) -> float:
    """Give a sample's cross section (nb): the registry's where there is one, Born for a signal, else the integral."""
    reference = request.template.reference
    if reference is None:
        return integral.cross_section if integral.born is None else integral.born
    return cross_section(reference.process, sqrt_s, reference.selection)


def file_tasks(plan: SimulationPlan, request: SampleRequest, integral: Integral) -> tuple[FileTask, ...]:
    """Give a sample's files; their chunks depend on the sample and the luminosity alone."""
    template = request.template
    sigma = normalisation(request, plan.detector.beams.sqrt_s, integral)
    isr_factor = 1.0 if integral.born is None else integral.cross_section / integral.born
    total = request.events(plan.luminosity, sigma)
    number = math.ceil(total / template.chunk)
    chunks = [(index, min(template.chunk, total - index * template.chunk)) for index in range(number)]
    step = template.chunks_per_file
    if plan.file_size is not None:
        step = max(round(plan.file_size / (template.chunk * template.expected.bytes_per_event)), 1)
    return tuple(
        FileTask(
            path=plan.output / f"{request.name}_{first // step:04d}.root",
            sample=request.name,
            process=template.process,
            parameters=request.parameters,
            integral=integral,
            cross_section=sigma,
            isr_factor=isr_factor,
            seed=plan.seed,
            chunks=tuple(chunks[first : first + step]),
            first_event=first * template.chunk,
            preselection=tuple(template.preselection),
            detector=plan.detector,
            form=plan.form,
        )
        for first in range(0, number, step)
    )
