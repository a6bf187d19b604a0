"""Passing events of another generator (LHE, HepMC) through the detector response, to a file and its catalog."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from distributed import wait

from ..catalog import write_catalog
from ..errors import IncompleteRunError, UsageError
from ..storage import make_folder
from .driver import CATALOG, reason_of
from .external.reading import describe_event_file, read_event_file
from .planning import usable_experiment
from .producing import FileSummary, described
from .response.detector import Detector, detect, make_detector
from .streams import random_stream
from .writing import FileMetadata, Format, native_file

if TYPE_CHECKING:
    from distributed import Client


@dataclass(frozen=True)
class ImportPlan:
    """A file of events to simulate the detector for.

    Attributes
    ----------
    source, output
        The file, and the folder of what is made.
    sample
        The sample's name: the file's without its endings.
    experiment, period
        Names, as catalogs have them.
    cross_section
        nb.
    seed
        Of the response's random streams, one for each batch of the file.
    detector
        Beams, acceptance and response.
    form
        "ttree" or "rntuple".
    """

    source: Path
    output: Path
    sample: str
    experiment: str
    period: str
    cross_section: float
    seed: int
    detector: Detector
    form: Format = "ttree"


def plan_import(
    experiment: str,
    source: Path,
    output: Path,
    *,
    cross_section: float | None = None,
    seed: int = 1,
    period: str | None = None,
    response: Path | None = None,
    form: Format = "ttree",
) -> ImportPlan:
    """Check a request and make a plan of it; the file's own cross section counts unless one is given (nb).

    Raises
    ------
    UsageError
        Something in the request is wrong, or no cross section is known.
    InputError
        The file cannot be read.
    """
    found = usable_experiment(experiment, period, seed)
    section = cross_section or describe_event_file(source).cross_section
    if section is None or section <= 0.0:
        raise UsageError(f"{source}: states no cross section; give one with --cross-section (nb).")
    return ImportPlan(
        source=source.resolve(),
        output=output,
        sample=source.name.split(".")[0],
        experiment=experiment,
        period=period or found.default_period,
        cross_section=section,
        seed=seed,
        detector=make_detector(experiment, period, response),
        form=form,
    )


def import_events(plan: ImportPlan, client: Client) -> FileSummary:
    """Simulate the detector for a file's events on a Dask cluster, one task, and write the catalog.

    Raises
    ------
    IncompleteRunError
        The file breaks off or the output cannot be written; nothing is left under its final name.
    """
    make_folder(plan.output)
    (plan.output / CATALOG).unlink(missing_ok=True)
    future = client.submit(import_file, plan, pure=False)
    wait([future])
    if future.status != "finished":
        raise IncompleteRunError(f"{plan.source} was not simulated: {reason_of(future)}")
    made: FileSummary = future.result()
    sample = {
        "kind": "background",
        "process": plan.sample,
        "files": [made.name],
        "cross_section": plan.cross_section,
        "schema": "darkbelle",
        "tree": "events",
    }
    content = {"experiment": plan.experiment, "period": plan.period, "samples": {plan.sample: sample}}
    write_catalog(plan.output / CATALOG, content, f"Events of {plan.source.name}, detector simulated by darkbelle.")
    return made


def import_file(plan: ImportPlan) -> FileSummary:
    """Read a file's events, pass them through the detector, and write all of them."""
    started = time.monotonic()
    path = plan.output / f"{plan.sample}.root"
    generated, number, batches = 0.0, 0, 0
    with native_file(path, plan.form) as writer:
        for batches, events in enumerate(read_event_file(plan.source, plan.detector.beams), 1):
            stream = random_stream(plan.seed, plan.sample, batches - 1)
            writer.extend(detect(events, plan.detector, stream, number))
            generated += float(events.weights.sum())
            number += len(events)
        metadata = FileMetadata(
            generated=generated,
            generated_events=number,
            cross_section=plan.cross_section,
            isr_factor=1.0,
            luminosity=number / (plan.cross_section * 1e6),
            seed=plan.seed,
            first_chunk=0,
            last_chunk=batches - 1,
        )
        writer.finish(metadata, {"sample": plan.sample, "source": plan.source.name, **described(plan.detector)})
    size = path.stat().st_size
    return FileSummary(path.name, generated, number, writer.written, size, time.monotonic() - started)
