"""`darkbelle show`: write a page on the channels of runs, with cutflows, efficiencies, pictures and limits."""

import argparse
import sys
from pathlib import Path


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.add_argument("runs", nargs="+", metavar="RUN", help="runs' folders")
    parser.add_argument("--output", required=True, metavar="DIR", help="folder for channels.md and its pictures")
    parser.add_argument("--pictures", default="", metavar="NAME", help="folder in it for the pictures (default: none)")
    parser.add_argument("--luminosity", type=float, metavar="FB", help="fb^-1 to scale to where there are no data")
    parser.add_argument("--texts", metavar="DIR", help="folder of introduction.md and CHANNEL.md to put in")
    parser.add_argument("--limits", metavar="LIMITS", help="folder of limits to show")
    parser.add_argument(
        "--trained-limits", metavar="LIMITS", help="the same of a run with --trained, to set beside them"
    )
    parser.add_argument("--injections", metavar="DIR", help="folder of what darkbelle inject wrote, CHANNEL.json")


def execute(options: argparse.Namespace) -> int:
    """Write the page."""
    import matplotlib as mpl

    mpl.use("Agg")

    from ..datasets.storage import make_folder
    from ..processors.registry import make_channels
    from ..processors.run import Run
    from ._channel_pages import Options, limits_of, run_of, write_pages

    runs = [Run.read(each) for each in options.runs]
    folders = [
        None if each is None else Path(each) for each in (options.limits, options.injections, options.trained_limits)
    ]
    names = dict.fromkeys(name for run in runs for name in run.histograms)
    limits = {each.name: limits_of(run_of(runs, each.name), each, *folders) for each in make_channels(list(names))}
    page = write_pages(
        runs,
        Options(
            folder=make_folder(Path(options.output)),
            pictures=options.pictures,
            luminosity=options.luminosity,
            texts=None if options.texts is None else Path(options.texts),
            limits=limits,
        ),
    )
    sys.stdout.write(f"written to {page}\n")
    return 0
