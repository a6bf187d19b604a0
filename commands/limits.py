"""`darkbelle limits`: limits from runs, or from any pyhf workspace."""

import argparse
import json
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ..limits.engine import Mapper
    from ..limits.points import Masses
    from ..limits.scan import Progress, Scan

FOR_RUNS = ("channels", "luminosity", "pseudo", "masses", "systematics")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.add_argument(
        "inputs", nargs="+", metavar="RUN", help="runs' folders (several are combined), or a pyhf WORKSPACE.json"
    )
    parser.add_argument("--output", required=True, metavar="LIMITS", help="folder for limits, plots and workspaces")
    parser.add_argument("--channels", metavar="A,B", help="channels, separated by commas; all of the run where absent")
    parser.add_argument("--level", type=float, default=0.90, help="confidence level (default: 0.90)")
    parser.add_argument(
        "--published",
        action="store_true",
        help="at luminosity, level and masses of each search's published limit, where there is one",
    )
    parser.add_argument(
        "--toys",
        type=int,
        default=2000,
        metavar="N",
        help="at each mu, where few events are expected (default: 2000); 0: asymptotic formulae instead",
    )
    parser.add_argument("--method", default="cls", help="cls, bayes, profile, toys or counting (default: cls)")
    parser.add_argument(
        "--luminosity", metavar="FB[,FB]", help="fb^-1 to project to, by weighting; several make one figure"
    )
    parser.add_argument(
        "--systematics", metavar="SCENARIO", help="in a projection: held (default), scaled (1/sqrt(L)), or a YAML file"
    )
    parser.add_argument("--at-mass", type=float, metavar="GEV", help="draw the limit at a mass against luminosity")
    parser.add_argument(
        "--masses", metavar="GEV,GEV", help="simulated (default), spaced (the search's own spacing), or masses"
    )
    parser.add_argument("--patchset", metavar="FILE", help="pyhf PatchSet of the workspace: one hypothesis a patch")
    parser.add_argument("--overlay", action="append", default=[], metavar="FILE", help="CSV or YAML of others' limits")
    parser.add_argument("--checks", type=int, default=1, metavar="N", help="hypotheses that pyhf checks (default: 1)")
    parser.add_argument("--allow-incomplete", action="store_true", help="go on where the run lost something")
    parser.add_argument("--unseal", action="store_true", help="look at recorded data")
    parser.add_argument("--pseudo", type=int, metavar="SEED", help="draw a data set from the simulated background")
    parser.add_argument(
        "--global-toys", type=int, default=0, metavar="N", help="toys of whole scans, for global significances"
    )
    parser.add_argument("--site", help="where to compute (toys and posteriors of many hypotheses): a name or YAML file")
    parser.add_argument("--workers", type=int, metavar="N", help="of the site")
    parser.add_argument("--resume", action="store_true", help="on a site: take what an earlier call has finished")
    parser.add_argument("--json", action="store_true", help="print one JSON object")


def execute(options: argparse.Namespace) -> int:
    """Set limits; 1 if no hypothesis of some channel could be fitted."""
    from ..datasets.errors import UsageError
    from ..datasets.storage import make_folder
    from ..limits.overlays import read_overlays
    from ..limits.tables import summary
    from ..limits.written import write_projection, write_scan

    if options.pseudo is not None and (options.pseudo < 0 or options.unseal):
        raise UsageError("--pseudo takes a seed of 0 or more, and goes without --unseal.")
    if min(options.checks, options.global_toys, options.toys) < 0:
        raise UsageError("--checks, --global-toys and --toys take numbers of 0 or more.")
    if options.toys == 0 and options.method == "toys":
        raise UsageError("--method toys needs --toys of 1 or more.")
    if options.published and (options.luminosity or options.masses):
        raise UsageError("--published says which luminosity and masses; give it, or --luminosity and --masses.")
    folder = make_folder(Path(options.output))
    overlays = [each for file in options.overlay for each in read_overlays(Path(file))]
    luminosities = _numbers(options.luminosity, "--luminosity") or (None,)
    workspace = Path(options.inputs[0]).suffix == ".json"
    with _mapper(options, folder) as mapper:
        projections = [_workspace(options, mapper)] if workspace else _runs(options, luminosities, mapper)
    scans = projections[0]
    for scan in scans:
        write_scan(scan, folder, overlays)
    if len(projections) > 1:
        write_projection(projections, folder, options.at_mass)
    for scan in (each for scans_at in projections for each in scans_at):
        for note in scan.notes:
            sys.stderr.write(f"darkbelle: {scan.channel}: {note}\n")
    if options.json:
        sys.stdout.write(json.dumps({"channels": {each.channel: each.to_json() for each in scans}}) + "\n")
    else:
        sys.stdout.write("\n\n".join(summary(each) for each in scans) + f"\n\nwritten to {folder}\n")
    return 0 if all(any(each.status == "ok" for each in scan.hypotheses) for scan in scans) else 1


@contextmanager
def _mapper(options: argparse.Namespace, folder: Path) -> "Iterator[Mapper]":
    """Give what the scan's work is mapped with: here, or on a site, where each finished piece is kept."""
    from ..datasets.errors import UsageError

    if options.site is None:
        if options.resume or options.workers is not None:
            raise UsageError("--resume and --workers go with --site.")
        yield map
        return
    from ..executors.mapping import site_mapper
    from ..executors.opening import open_site
    from ..limits.keeping import keeping

    with open_site(options.site, options.workers) as client:
        yield keeping(site_mapper(client), folder / "pieces", options.resume)


def _workspace(options: argparse.Namespace, mapper: "Mapper") -> "list[Scan]":
    from ..datasets.errors import UsageError
    from ..limits.workspace_scan import scan_workspace

    source = Path(options.inputs[0])
    if any(getattr(options, name) is not None for name in FOR_RUNS):
        raise UsageError(f"--{', --'.join(FOR_RUNS)} are for runs, not for a pyhf workspace.")
    if len(options.inputs) > 1:
        raise UsageError("give one workspace; patches are given with --patchset.")
    if source.resolve().parent == Path(options.output).resolve():
        raise UsageError(f"--output {options.output}: would overwrite {source.name}; choose another folder.")
    patchset = None if options.patchset is None else Path(options.patchset)
    tell = progress(source.stem)
    return [scan_workspace(source, options.level, options.method, patchset, tell, options.checks, mapper)]


def _runs(options: argparse.Namespace, luminosities: tuple[float | None, ...], mapper: "Mapper") -> "list[list[Scan]]":
    from ..datasets.errors import UsageError
    from ..limits.inputs import has_signal
    from ..limits.projection import read_scenario
    from ..limits.scan import scan
    from ..processors.registry import channel_name, make_channels
    from ..processors.run import Run

    if options.patchset is not None:
        raise UsageError("--patchset goes with a pyhf workspace.")
    if options.systematics is not None and options.luminosity is None:
        raise UsageError("--systematics says what becomes of them at another --luminosity.")
    runs = [Run.read(each) for each in options.inputs]
    asked = [channel_name(each) for each in options.channels.split(",")] if options.channels else None
    for place, run in zip(options.inputs, runs, strict=True):
        missing = [name for name in asked or () if name not in run.histograms]
        if missing:
            raise UsageError(f"{place}: no channel {', '.join(missing)}; it has {', '.join(run.histograms) or 'none'}.")
    common = [name for name in runs[0].histograms if all(name in run.histograms for run in runs)]
    known = [name for name in common if make_channels([name])[0].limit is not None]
    names = asked or [name for name in known if has_signal(runs, name)]
    for name in (each for each in known if asked is None and each not in names):
        sys.stderr.write(f"darkbelle: {name}: left out, the runs hold no signal sample of it.\n")
    if not names:
        raise UsageError("the runs have no channel with signal samples and a limit in common.")
    scenario = None if options.systematics is None else read_scenario(options.systematics)
    for place, run in zip(options.inputs, runs, strict=True):
        if options.unseal and (closed := [name for name in names if name in run.sealed]):
            told = ", ".join(closed)
            raise UsageError(f"{place}: the data of {told} were sealed; repeat darkbelle run with --unseal.")
    return [
        [
            scan(
                runs,
                name,
                level,
                options.method,
                fb,
                options.allow_incomplete,
                options.pseudo,
                options.unseal,
                progress(name),
                masses=masses,
                scenario=scenario,
                checks=options.checks,
                sources=options.inputs,
                mapper=mapper,
                global_toys=options.global_toys,
                toys=options.toys,
            )
            for name in names
            for level, fb, masses in [_asked(options, name, luminosity)]
        ]
        for luminosity in luminosities
    ]


def _asked(options: argparse.Namespace, channel: str, luminosity: float | None) -> "tuple[float, float | None, Masses]":
    """Give level, luminosity (fb^-1) and masses: those asked for, or those of the channel's published limit."""
    from ..limits.tables import published

    known = published(channel) if options.published else None
    if known is None:
        return options.level, luminosity, _masses(options.masses)
    return known.level or options.level, known.luminosity, [mass for mass, _ in known.points]


def _masses(text: str | None) -> "Masses":
    if text is None or text == "simulated":
        return "simulated"
    return "spaced" if text == "spaced" else _numbers(text, "--masses")


def _numbers(text: str | None, option: str) -> tuple[float, ...]:
    from ..datasets.errors import UsageError

    if text is None:
        return ()
    try:
        return tuple(float(each) for each in text.split(","))
    except ValueError as error:
        raise UsageError(f"{option} {text}: give numbers, separated by commas.") from error


def progress(subject: str, unit: str = "hypotheses") -> "Progress":
    """Tell on standard error how far the work is and how long it will take, twice a second at most."""
    began = last = time.monotonic()

    def tell(done: int, total: int) -> None:
        nonlocal last
        now = time.monotonic()
        if done < total and now - last < 0.5:
            return
        last = now
        left = (now - began) / done * (total - done)
        sys.stderr.write(f"darkbelle: {subject}: {done} of {total} {unit}, {left:.0f} s left\n")

    return tell
