"""darkbelle demo: the whole chain on a small simulated sample, through the same commands that a person types."""

from __future__ import annotations

import shutil
import sys
import time
from argparse import ArgumentParser, Namespace
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout
from dataclasses import dataclass
from importlib import import_module
from io import StringIO
from pathlib import Path

CHANNELS = ("zprime_invisible", "dark_photon_invisible")


@dataclass(frozen=True)
class LimitSet:
    """One call of `limits`: the channels, the luminosity they are scaled to (fb^-1) and the folder's name."""

    name: str
    channels: tuple[str, ...]
    luminosity: float


COMPARED = (
    LimitSet("zprime_276pb", ("zprime_invisible",), 0.276),
    LimitSet("dark_photon_20fb", ("dark_photon_invisible",), 20.0),
)
"""The published Z' search had 0.276 fb^-1; projections of the dark photon search start at 20 fb^-1."""


def add_arguments(parser: ArgumentParser) -> None:
    """Declare the options of `darkbelle demo`."""
    parser.add_argument("--output", type=Path, default=Path("demo"), help="folder for everything made (demo)")
    parser.add_argument("--luminosity", type=float, default=0.5, help="simulated luminosity in fb^-1 (0.5)")
    parser.add_argument("--workers", type=int, help="number of workers (one for each core)")
    parser.add_argument("--site", default="processes", help="where to compute: threads, processes or a YAML file")
    parser.add_argument("--seed", type=int, default=1, help="seed of the simulation (1)")


def execute(options: Namespace) -> int:
    """Simulate, check, run, set limits, report and compare; 0, or the status of the first step that fails.

    What the simulation has finished is kept from an earlier call; the quick steps after it are done anew.
    """
    folder: Path = options.output
    started = time.monotonic()
    for stale in ("run", "limits"):
        if (folder / "simulation").is_dir() and (folder / stale).is_dir():
            shutil.rmtree(folder / stale)
    for number, (title, command, arguments) in enumerate(steps(options), start=1):
        with _timed(number, title):
            status, output = call(command, *arguments)
        if status:
            sys.stderr.write(f"{output}demo: step {number} ({command}) failed; what is done is kept in {folder}.\n")
            return status
    _write(f"\n{compared(folder / 'limits', folder / 'pictures' / 'limits.png')}\n\n")
    _write(f"Done in {time.monotonic() - started:.0f} s:\n{_places(folder)}\n")
    return 0


def limit_sets(luminosity: float) -> tuple[LimitSet, ...]:
    """List the sets of limits: as simulated, and each search at the luminosity it is compared at."""
    return (LimitSet("simulated", CHANNELS, luminosity), *COMPARED)


def steps(options: Namespace) -> Iterator[tuple[str, str, tuple[str, ...]]]:
    """Give each step's title, command and arguments, as they would be typed after `darkbelle`."""
    folder: Path = options.output
    simulation, run = folder / "simulation", folder / "run"
    catalog = str(simulation / "catalog.yaml")
    where = ("--site", options.site, *(("--workers", str(options.workers)) if options.workers else ()))
    resume = ("--resume",) if simulation.is_dir() else ()
    searches = ("--channels", ",".join(CHANNELS))
    luminosity = str(options.luminosity)
    seed = ("--seed", str(options.seed))
    simulate = ("--experiment", "belle2", "--luminosity", luminosity, "--output", str(simulation))
    yield f"simulate {luminosity} fb^-1 of Belle II", "simulate", (*simulate, *searches, *seed, *where, *resume)
    yield "check the catalog", "catalog", ("check", catalog)
    yield "run both searches in one pass", "run", (catalog, "--output", str(run), *searches, *where)
    for each in limit_sets(options.luminosity):
        chosen = ("--channels", ",".join(each.channels), "--luminosity", str(each.luminosity))
        place = ("--output", str(folder / "limits" / each.name))
        yield f"limits at {each.luminosity} fb^-1", "limits", (str(run), *place, *chosen)
    report = ("--output", str(folder / "report.html"))
    yield "write the report", "report", (str(folder / "limits" / "simulated"), *report)


def call(command: str, *arguments: str) -> tuple[int, str]:
    """Carry out one command of darkbelle with these arguments; give its exit status and standard output."""
    module = import_module(f".{command}", __package__)
    parser = ArgumentParser(prog=f"darkbelle {command}")
    module.add_arguments(parser)
    with redirect_stdout(StringIO()) as output:
        status: int = module.execute(parser.parse_args(arguments))
    return status, output.getvalue()


def compared(folder: Path, picture: Path) -> str:
    """Read the limits that have published counterparts, draw them to `picture`, and give the comparison as text."""
    from ..limits.scan import Scan  # heavier than all the command line
    from ._demo_results import comparison, draw

    scans = [Scan.read(folder / each.name / f"{each.channels[0]}.json") for each in COMPARED]
    draw(scans, picture)
    return comparison(scans)


def _places(folder: Path) -> str:
    places = {
        "events and catalog": folder / "simulation" / "catalog.yaml",
        "histograms and ledger": folder / "run",
        "limits": folder / "limits",
        "picture": folder / "pictures" / "limits.png",
        "report": folder / "report.html",
    }
    return "\n".join(f"  {what:<22} {where}" for what, where in places.items())


@contextmanager
def _timed(number: int, title: str) -> Iterator[None]:
    started = time.monotonic()
    _write(f"{number}. {title} ... ")
    yield
    _write(f"{time.monotonic() - started:.1f} s\n")


def _write(text: str) -> None:
    sys.stdout.write(text)
    sys.stdout.flush()
