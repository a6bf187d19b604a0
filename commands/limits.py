"""`darkbelle limits`: limits from a run, or from any pyhf workspace."""

import argparse
import json
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ..limits.scan import Progress, Scan


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.add_argument("inputs", nargs="+", metavar="RUN", help="a run's folder, or a pyhf WORKSPACE.json")
    parser.add_argument("--output", required=True, metavar="LIMITS", help="folder for limits, plots and workspaces")
    parser.add_argument("--channels", metavar="A,B", help="channels, separated by commas; all of the run where absent")
    parser.add_argument("--level", type=float, default=0.90, help="confidence level (default: 0.90)")
    parser.add_argument("--method", default="cls", help="cls, bayes, profile or toys (default: cls)")
    parser.add_argument("--luminosity", type=float, metavar="FB", help="fb^-1 to project to, by weighting")
    parser.add_argument("--allow-incomplete", action="store_true", help="go on where the run lost something")
    parser.add_argument("--unseal", action="store_true", help="look at recorded data")
    parser.add_argument("--pseudo", type=int, metavar="SEED", help="draw a data set from the simulated background")
    parser.add_argument("--json", action="store_true", help="print one JSON object")


def execute(options: argparse.Namespace) -> int:
    """Set limits; 1 if no hypothesis of some channel could be fitted."""
    from ..datasets.errors import UsageError
    from ..datasets.storage import make_folder
    from ..limits.plotting import write_plots
    from ..limits.tables import summary

    if len(options.inputs) > 1:
        raise UsageError("several runs cannot be combined yet; give one run or workspace.")
    if options.pseudo is not None and (options.pseudo < 0 or options.unseal):
        raise UsageError("--pseudo takes a seed of 0 or more, and goes without --unseal.")
    folder = make_folder(Path(options.output))
    source = Path(options.inputs[0])
    scans = _workspace(source, options) if source.suffix == ".json" else _run(source, options)
    for scan in scans:
        scan.write(folder)
        write_plots(scan, folder)
        for note in scan.notes:
            sys.stderr.write(f"darkbelle: {scan.channel}: {note}\n")
    if options.json:
        sys.stdout.write(json.dumps({"channels": {each.channel: each.to_json() for each in scans}}) + "\n")
    else:
        sys.stdout.write("\n\n".join(summary(each) for each in scans) + f"\n\nwritten to {folder}\n")
    return 0 if all(any(each.status == "ok" for each in scan.hypotheses) for scan in scans) else 1


def _workspace(source: Path, options: argparse.Namespace) -> "list[Scan]":
    from ..datasets.errors import UsageError
    from ..limits.scan import scan_workspace

    asked = (options.channels, options.luminosity, options.pseudo)
    if any(each is not None for each in asked):
        raise UsageError("--channels, --luminosity and --pseudo are for runs, not for a pyhf workspace.")
    if source.resolve().parent == Path(options.output).resolve():
        raise UsageError(f"--output {options.output}: would overwrite {source.name}; choose another folder.")
    return [scan_workspace(source, options.level, options.method)]


def _run(source: Path, options: argparse.Namespace) -> "list[Scan]":
    from ..datasets.errors import UsageError
    from ..limits.scan import scan
    from ..processors.run import Run

    run = Run.read(source)
    names = options.channels.split(",") if options.channels else list(run.histograms)
    missing = [name for name in names if name not in run.histograms]
    if missing:
        raise UsageError(f"{source}: no channel {', '.join(missing)}; it has {', '.join(run.histograms) or 'none'}.")
    return [
        scan(
            run,
            name,
            options.level,
            options.method,
            options.luminosity,
            options.allow_incomplete,
            options.pseudo,
            options.unseal,
            _progress(name),
        )
        for name in names
    ]


def _progress(channel: str) -> "Progress":
    """Tell on standard error how far a scan is and how long it will take, twice a second at most."""
    began = last = time.monotonic()

    def tell(done: int, total: int) -> None:
        nonlocal last
        now = time.monotonic()
        if done < total and now - last < 0.5:
            return
        last = now
        left = (now - began) / done * (total - done)
        sys.stderr.write(f"darkbelle: {channel}: {done} of {total} hypotheses, {left:.0f} s left\n")

    return tell
