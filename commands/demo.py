"""darkbelle demo: the whole chain on a small simulated sample, through the same commands that a person types."""

from __future__ import annotations

import json
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
from typing import Any

CHANNELS = ("zprime_invisible", "dark_photon_invisible")


@dataclass(frozen=True)
class LimitSet:
    """One call of `limits`: the channels, the luminosity they are scaled to (fb^-1) and the folder's name."""

    name: str
    channels: tuple[str, ...]
    luminosity: float


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
        if command == "limits":
            (Path(arguments[arguments.index("--output") + 1]) / "summary.json").write_text(output, encoding="utf-8")
    results = read_results(options)
    with _timed(number + 1, "draw the limits"):
        picture = _draw(results, folder / "pictures")
    _write(_closing(results, folder, picture, time.monotonic() - started))
    return 0


def limit_sets(luminosity: float) -> tuple[LimitSet, ...]:
    """List the sets of limits: as simulated, and each search at the luminosity it is compared at."""
    return (
        LimitSet("simulated", CHANNELS, luminosity),
        LimitSet("zprime_276pb", ("zprime_invisible",), 0.276),
        LimitSet("dark_photon_20fb", ("dark_photon_invisible",), 20.0),
    )


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
        yield f"limits at {each.luminosity} fb^-1", "limits", (str(run), *place, *chosen, "--json")
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


def read_results(options: Namespace) -> dict[str, dict[str, Any]]:
    """Give what `limits --json` told of each set of limits, by channel."""
    folder: Path = options.output / "limits"
    texts = {each.name: (folder / each.name / "summary.json").read_text() for each in limit_sets(options.luminosity)}
    return {name: json.loads(text)["channels"] for name, text in texts.items()}


def _draw(results: dict[str, dict[str, Any]], folder: Path) -> Path:
    from ._demo_picture import draw  # matplotlib, heavier than all the command line

    return draw(results["zprime_276pb"], results["dark_photon_20fb"], folder)


def _closing(results: dict[str, dict[str, Any]], folder: Path, picture: Path, seconds: float) -> str:
    from ._demo_comparison import comparison

    places = {
        "events and catalog": folder / "simulation" / "catalog.yaml",
        "histograms and ledger": folder / "run",
        "limits": folder / "limits",
        "picture": picture,
        "report": folder / "report.html",
    }
    listed = "\n".join(f"  {what:<22} {where}" for what, where in places.items())
    compared = comparison(results["zprime_276pb"], results["dark_photon_20fb"])
    return f"\n{compared}\n\nDone in {seconds:.0f} s:\n{listed}\n"


@contextmanager
def _timed(number: int, title: str) -> Iterator[None]:
    started = time.monotonic()
    _write(f"{number}. {title} ... ")
    yield
    _write(f"{time.monotonic() - started:.1f} s\n")


def _write(text: str) -> None:
    sys.stdout.write(text)
    sys.stdout.flush()
