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
        "--beside",
        nargs="+",
        default=[],
        metavar="NAME=LIMITS",
        help="further limits to set beside them",
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
    limits, injections = (None if each is None else Path(each) for each in (options.limits, options.injections))
    beside = _named(options.beside)
    channels = make_channels(list(dict.fromkeys(name for run in runs for name in run.histograms)))
    page = write_pages(
        runs,
        Options(
            folder=make_folder(Path(options.output)),
            pictures=options.pictures,
            luminosity=options.luminosity,
            texts=None if options.texts is None else Path(options.texts),
            limits={
                each.name: limits_of(run_of(runs, each.name), each, limits, injections, beside) for each in channels
            },
        ),
    )
    sys.stdout.write(f"written to {page}\n")
    return 0


def _named(texts: list[str]) -> dict[str, Path]:
    """Read NAME=LIMITS; UsageError for what is none."""
    from ..datasets.errors import UsageError

    pairs = [text.partition("=") for text in texts]
    if wrong := [text for text, (name, _, folder) in zip(texts, pairs, strict=True) if not (name and folder)]:
        raise UsageError(f"--beside {wrong[0]!r}: give NAME=LIMITS, for example 'trained selection=limits_trained'.")
    return {name: Path(folder) for name, _, folder in pairs}
