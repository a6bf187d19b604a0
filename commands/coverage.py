"""`darkbelle coverage`: how often limits cover a known signal, and whether fits are biased, by pseudo-experiments."""

import argparse
import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ..limits.coverage import Counts, Coverage, Piece
    from ..limits.histfactory import HistFactory
    from ..limits.studies import Study


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.add_argument("workspace", metavar="WORKSPACE.json", help="a hypothesis: a pyhf workspace")
    parser.add_argument("--output", required=True, metavar="DIR", help="folder for the pieces and the result")
    parser.add_argument("--methods", default="cls,profile", help="of cls, profile, bayes, counting, toys")
    parser.add_argument("--level", type=float, default=0.90, help="confidence level (default: 0.90)")
    parser.add_argument("--sigmas", default="0,1,3", help="true signals, in expected standard deviations of mu")
    parser.add_argument("--toys", type=int, default=2000, help="pseudo-experiments of each signal (default: 2000)")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--site", default="threads", help="where to compute: a site's name or YAML file")
    parser.add_argument("--workers", type=int, metavar="N")
    parser.add_argument("--resume", action="store_true", help="go on with what the folder holds")
    parser.add_argument("--json", action="store_true", help="print one JSON object")


def execute(options: argparse.Namespace) -> int:
    """Run a study; 1 if a frequentist method covers less than it says, by more than three standard errors."""
    from ..datasets.errors import UsageError
    from ..datasets.storage import write_text
    from ..limits.coverage import Counts, pieces, summarise
    from ..limits.scan import check_request
    from ..limits.studies import Study

    methods = options.methods.split(",")
    for method in methods:
        check_request(options.level, method, None)
    if options.toys < 1 or options.seed < 0:
        raise UsageError("--toys takes a number of 1 or more, --seed one of 0 or more.")
    sigmas = _numbers(options.sigmas)
    model = _read(Path(options.workspace))
    folder = Path(options.output)
    about = {"workspace": model.to_workspace(), "toys": options.toys, "seed": options.seed, "level": options.level}
    study = Study(folder / "pieces", about, Counts, options.resume)
    work = list(pieces(model, methods, options.level, sigmas, options.toys, options.seed))
    found = summarise(_examine(work, study, options))
    content = {"hypothesis": model.name, "level": options.level, "coverage": [asdict(each) for each in found]}
    write_text(folder / "coverage.json", json.dumps(content, indent=1))
    sys.stdout.write(json.dumps(content) + "\n" if options.json else _table(found, options.level))
    return int(any(_undercovers(each, options.level) for each in found))


def _examine(work: "list[Piece]", study: "Study[Counts]", options: argparse.Namespace) -> "list[Counts]":
    """Do what the study lacks on the site; what is finished is kept at once."""
    from ..executors.mapping import map_on_site
    from ..executors.opening import open_site
    from ..limits.coverage import examine_piece
    from .limits import progress

    known = {piece.key: found for piece in work if (found := study.finished(piece.key)) is not None}
    missing = [piece for piece in work if piece.key not in known]
    if missing:
        tell = progress("coverage", "pieces")
        with open_site(options.site, options.workers) as client:
            for number, (piece, counts) in enumerate(map_on_site(client, examine_piece, missing), start=1):
                known[piece.key] = counts
                study.keep(piece.key, counts)
                tell(number, len(missing))
    return [known[piece.key] for piece in work]


def _read(path: Path) -> "HistFactory":
    from ..datasets.errors import ModelError
    from ..limits.doctor import diagnose
    from ..limits.histfactory import read_workspace
    from ..limits.workspace_scan import read_json

    model = read_workspace(read_json(path), path.stem)
    for complaint in diagnose(model):
        if complaint.fatal:
            raise ModelError(f"{path}: {complaint}")
        sys.stderr.write(f"darkbelle: {path.name}: caution: {complaint}\n")
    return model


def _numbers(text: str) -> list[float]:
    from ..datasets.errors import UsageError

    try:
        values = [float(each) for each in text.split(",")]
    except ValueError as error:
        raise UsageError(f"--sigmas {text}: give numbers separated by commas, for example 0,1,3.") from error
    if not all(0 <= each < 100 for each in values):
        raise UsageError(f"--sigmas {text}: give numbers from 0 to 100.")
    return values


def _undercovers(found: "Coverage", level: float) -> bool:
    return found.method != "bayes" and found.covered < level - 3 * max(found.error, 1e-9)


def _table(found: "tuple[Coverage, ...]", level: float) -> str:
    head = f"{'method':9s} {'signal':>10s} {'toys':>6s}  {'covered':14s}  {'pull mean':16s}  width"
    lines = [f"coverage of upper limits at {level:.0%}", head]
    lines += [
        f"{each.method:9s} {each.sigmas:4g} sigma {each.fitted:6d}  {each.covered:.3f} +- {each.error:.3f}"
        f"  {each.bias:+.3f} +- {each.bias_error:.3f}  {each.width:.3f}"
        for each in found
    ]
    return "\n".join(lines) + "\n"
