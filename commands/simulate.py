"""`darkbelle simulate`: make simulated samples and their catalog."""

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from ..datasets.errors import UsageError

if TYPE_CHECKING:
    from ..datasets.simulation.driver import SampleResult
    from ..datasets.simulation.planning import Estimate


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.add_argument("--experiment", required=True, help="belle2, babar, or the path of an experiment's YAML file")
    parser.add_argument("--luminosity", type=float, metavar="FB", help="in fb^-1; needed unless --input is given")
    parser.add_argument("--output", required=True, type=Path, metavar="DIR", help="folder for files and catalog.yaml")
    parser.add_argument("--samples", metavar="A,B", help="samples or families of signals; all where absent")
    parser.add_argument("--channels", metavar="A,B", help="only samples that serve these channels")
    parser.add_argument(
        "--seed", type=int, default=1, metavar="N", help="fixes the events of every sample (default: 1)"
    )
    parser.add_argument("--period", metavar="NAME", help="data-taking period (default: the experiment's first)")
    parser.add_argument("--response", type=Path, metavar="FILE", help="YAML with own numbers for the detector")
    parser.add_argument("--site", default="processes", help="threads, processes or a YAML file (default: processes)")
    parser.add_argument("--workers", type=int, metavar="N", help="how many; one a core where absent")
    parser.add_argument("--format", choices=["ttree", "rntuple"], default="ttree", help="of the files (default: ttree)")
    parser.add_argument(
        "--file-size", type=float, metavar="MB", help="size of a file, about; each sample's own if absent"
    )
    parser.add_argument("--input", type=Path, metavar="FILE", help="LHE or HepMC events to pass through the detector")
    parser.add_argument("--cross-section", type=float, metavar="NB", help="of --input, where the file states none")
    parser.add_argument("--resume", action="store_true", help="keep the files in --output that match")


def execute(options: argparse.Namespace) -> int:
    """Simulate; 0, or a DarkbelleError that knows its exit status."""
    if options.input is not None:
        return _import(options)
    if options.luminosity is None:
        raise UsageError("how much? Give --luminosity (fb^-1), or --input with events of another generator.")
    from ..datasets.simulation.driver import simulate
    from ..datasets.simulation.planning import estimate, make_plan
    from ..datasets.simulation.progress import Progress
    from ..datasets.storage import make_folder
    from ..executors.backends.local import available_cores
    from ..executors.opening import open_site

    plan = make_plan(
        options.experiment,
        options.luminosity,
        options.output,
        samples=_names(options.samples),
        channels=_names(options.channels),
        seed=options.seed,
        period=options.period,
        response=options.response,
        resume=options.resume,
        form=options.format,
        file_size=None if options.file_size is None else options.file_size * 1e6,
    )
    make_folder(plan.output)
    with open_site(options.site, options.workers) as client:
        workers = sum(client.nthreads().values()) or options.workers or available_cores()
        sys.stderr.write(_announcement(len(plan.requests), estimate(plan, workers), workers))
        if plan.left_out:
            why = "another energy, a mass out of reach, or an extra that is not installed"
            sys.stderr.write(f"left out ({why}): {', '.join(plan.left_out)}\n")
        with Progress() as progress:
            results = simulate(plan, client, progress)
    sys.stdout.write(_closing(results, plan.output))
    return 0


def _import(options: argparse.Namespace) -> int:
    from ..datasets.simulation.importing import import_events, plan_import
    from ..executors.opening import open_site

    plan = plan_import(
        options.experiment,
        options.input,
        options.output,
        cross_section=options.cross_section,
        seed=options.seed,
        period=options.period,
        response=options.response,
        form=options.format,
    )
    with open_site(options.site, options.workers) as client:
        made = import_events(plan, client)
    sys.stdout.write(
        f"{made.generated_events} events of {options.input} written to {options.output / made.name}, "
        f"{made.size / 1e6:.1f} MB\nwritten to {options.output / 'catalog.yaml'}\n"
    )
    return 0


def _names(text: str | None) -> list[str] | None:
    return [name.strip() for name in text.split(",") if name.strip()] if text else None


def _announcement(samples: int, size: "Estimate", workers: int) -> str:
    return (
        f"{samples} samples, about {size.events / 1e6:.2g} million events: roughly {size.seconds:.0f} s "
        f"on {workers} workers and {size.size / 1e6:.0f} MB\n"
    )


def _closing(results: "tuple[SampleResult, ...]", folder: Path) -> str:
    files = [file for result in results for file in result.files]
    generated, written = sum(f.generated_events for f in files), sum(f.written for f in files)
    size = sum(f.size for f in files)
    return (
        f"{len(results)} samples, {len(files)} files: {generated} events generated, {written} written, "
        f"{size / 1e6:.1f} MB\nwritten to {folder / 'catalog.yaml'}\n"
    )
