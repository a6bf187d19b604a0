"""`darkbelle show`: write a page on the channels of a run, with cutflows, efficiencies and pictures."""

import argparse
import sys


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.add_argument("run", metavar="RUN", help="folder of the run")
    parser.add_argument("--output", required=True, metavar="DIR", help="folder for channels.md and its pictures")
    parser.add_argument("--luminosity", type=float, metavar="FB", help="fb^-1 to scale to where there are no data")


def execute(options: argparse.Namespace) -> int:
    """Write the page."""
    import matplotlib as mpl

    mpl.use("Agg")

    from pathlib import Path

    from ..datasets.storage import make_folder
    from ..processors.run import Run
    from ._channel_pages import write_pages

    page = write_pages(Run.read(options.run), make_folder(Path(options.output)), options.luminosity)
    sys.stdout.write(f"written to {page}\n")
    return 0
