"""What a worker does: integrate a process, and make one file of events."""

import hashlib
import json
import time
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import awkward as ak

from .packing import select
from .preselection import passes
from .processes import Integral, make_process
from .response.detector import Detector, detect
from .streams import WARM_UP_CHUNK, random_stream
from .writing import FileMetadata, Format, native_file, read_metadata, versions

BATCH = 20_000  # events generated and detected at once: more leave the processor's cache, fewer pay for each call


@dataclass(frozen=True)
class FileTask:
    """One file to make.

    Attributes
    ----------
    path
        Its final name.
    sample, process, parameters
        Whose it is, and the generator.
    integral
        What the warm-up found.
    cross_section
        nb that the sample is normalised to; of a signal, Born level.
    isr_factor
        The generated events stand for `cross_section` times this.
    seed
        The user's.
    chunks
        (number of the chunk, its generated events) in order.
    first_event
        Number of the first generated event in the sample.
    preselection
        Names of the conditions for an event to be written.
    detector
        Beams, acceptance and response.
    form
        "ttree" or "rntuple".
    """

    path: Path
    sample: str
    process: str
    parameters: Mapping[str, float | str]
    integral: Integral
    cross_section: float
    isr_factor: float
    seed: int
    chunks: tuple[tuple[int, int], ...]
    first_event: int
    preselection: tuple[str, ...]
    detector: Detector
    form: Format = "ttree"

    @property
    def events(self) -> int:
        """Number of events to generate."""
        return sum(size for _, size in self.chunks)


@dataclass(frozen=True)
class FileSummary:
    """What became of a file.

    Attributes
    ----------
    generated, generated_events, written
        Sum of generator weights, number of generated events, and events in the file.
    size
        Bytes.
    seconds
        Time it took; 0 for a file that was there.
    """

    name: str
    generated: float
    generated_events: int
    written: int
    size: int
    seconds: float


def integrate_sample(
    process: str, parameters: Mapping[str, float | str], sqrt_s: float, seed: int, sample: str
) -> Integral:
    """Integrate a sample's process at sqrt_s (GeV), from a random stream of its own."""
    return make_process(process, **parameters).integrate(sqrt_s, random_stream(seed, sample, WARM_UP_CHUNK))


def simulate(task: FileTask) -> Iterator[tuple[ak.Array, float]]:
    """Give a file's events that the preselection keeps, some at a time, with the sum of weights of all generated."""
    process = make_process(task.process, **task.parameters)
    beams, first = task.detector.beams, task.first_event
    for chunk, size in task.chunks:
        stream = random_stream(task.seed, task.sample, chunk)
        for start in range(0, size, BATCH):
            truth = process.generate(beams.sqrt_s, min(BATCH, size - start), task.integral, stream)
            events = detect(truth, task.detector, stream, first)
            yield select(events, passes(events, beams, task.preselection)), float(truth.weights.sum())
            first += len(truth)


def produce_file(task: FileTask) -> FileSummary:
    """Generate a file's chunks, pass them through the detector, and write what the preselection keeps."""
    started = time.monotonic()
    generated = 0.0
    with native_file(task.path, task.form) as writer:
        for events, weight in simulate(task):
            writer.extend(events)
            generated += weight
        metadata = FileMetadata(
            generated=generated,
            generated_events=task.events,
            cross_section=task.cross_section,
            isr_factor=task.isr_factor,
            luminosity=task.events / (task.cross_section * task.isr_factor * 1e6),
            seed=task.seed,
            first_chunk=task.chunks[0][0],
            last_chunk=task.chunks[-1][0],
        )
        writer.finish(metadata, provenance(task))
    size = task.path.stat().st_size
    return FileSummary(task.path.name, generated, task.events, writer.written, size, time.monotonic() - started)


def provenance(task: FileTask) -> dict[str, Any]:
    """Say what a file was made from; `configuration` is a hash of everything that decides its events but the seed."""
    origin = {
        "sample": task.sample,
        "process": task.process,
        "parameters": dict(task.parameters),
        "preselection": list(task.preselection),
        "format": task.form,
    }
    detector, response = described(task.detector), task.detector.response.model_dump()
    range_of_events = {"chunks": task.chunks, "first_event": task.first_event}
    code = versions()["darkbelle"]
    return {
        **origin,
        "configuration": _digest({**origin, **detector, **range_of_events, "response": response, "code": code}),
        "response": _digest(response),
    }


def described(detector: Detector) -> dict[str, Any]:
    """Give what a detector is besides its response."""
    return {
        "beams": asdict(detector.beams),
        "energy_spread": detector.energy_spread,
        "acceptance": {name: each.model_dump() for name, each in detector.acceptance.items()},
    }


def finished_file(task: FileTask) -> FileSummary | None:
    """Give the summary of a file that is there already, whole and of the same seed and configuration, else None."""
    try:
        metadata, found, written = read_metadata(task.path)
        size = task.path.stat().st_size
    except (OSError, ValueError, KeyError, TypeError):
        return None
    if metadata.seed != task.seed or found.get("configuration") != provenance(task)["configuration"]:
        return None
    return FileSummary(task.path.name, metadata.generated, metadata.generated_events, written, size, 0.0)


def _digest(content: Mapping[str, Any]) -> str:
    text = json.dumps(content, sort_keys=True)
    return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()
