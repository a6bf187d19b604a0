"""`darkbelle convert`: write a catalog's events in the native format, compact and quick to read."""

import argparse
import json
import sys
from pathlib import Path


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.add_argument("catalog", metavar="CATALOG", help="the catalog's YAML file")
    parser.add_argument("--output", required=True, type=Path, metavar="DIR", help="folder for files and catalog.yaml")
    parser.add_argument("--fields", metavar="A,B", help="fields or collections to keep, as photons,klm.theta")
    parser.add_argument("--channels", metavar="A,B", help="keep the fields that these channels read")
    parser.add_argument("--format", choices=["ttree", "rntuple"], default="ttree", help="of the files (default: ttree)")
    parser.add_argument("--entries", type=int, default=1_000_000, metavar="N", help="a file at most (default: 1000000)")
    parser.add_argument("--site", default="processes", help="threads, processes or a YAML file (default: processes)")
    parser.add_argument("--workers", type=int, metavar="N", help="how many; one a core where absent")
    parser.add_argument("--resume", action="store_true", help="finish the conversion in --output")
    parser.add_argument("--json", action="store_true", help="print one JSON object")


def execute(options: argparse.Namespace) -> int:
    """Convert; 0, or a DarkbelleError that knows its exit status."""
    from ..datasets.catalog import Catalog
    from ..executors.converting import convert

    catalog = Catalog.read(options.catalog)
    made = convert(
        catalog,
        options.output,
        _fields(options, {sample.experiment or "" for sample in catalog.samples.values()}),
        form=options.format,
        entries=options.entries,
        site=options.site,
        workers=options.workers,
        resume=options.resume,
    )
    if options.json:
        sys.stdout.write(json.dumps(made.ledger.summary()) + "\n")
        return 0
    events, size = made.ledger.summary()["events"]["processed"], sum(made.outputs.values())
    sys.stdout.write(f"{len(made.outputs)} files, {events} events, {size / 1e6:.1f} MB\n")
    sys.stdout.write(f"written to {options.output / 'catalog.yaml'}\n")
    return 0


def _fields(options: argparse.Namespace, experiments: set[str]) -> list[str] | None:
    """Give the fields that were asked for, by name or by channel; None for all."""
    from ..executors.planning import needed_fields
    from ..processors.registry import make_channels

    if options.fields is None and options.channels is None:
        return None
    named = options.fields.split(",") if options.fields else []
    channels = make_channels(options.channels.split(",")) if options.channels else ()
    return named + [f for c in channels for experiment in sorted(experiments) for f in needed_fields(c, experiment)]
