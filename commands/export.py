"""`darkbelle export`: limits as pyhf likelihoods, a HEPData submission, or plain tables."""

import argparse
import sys
from pathlib import Path


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.add_argument("limits", metavar="LIMITS", help="folder that `darkbelle limits` wrote")
    parser.add_argument(
        "--format",
        required=True,
        choices=("pyhf", "hepdata", "csv", "parquet", "json"),
        help="background-only workspace with PatchSet, HEPData submission, or a table",
    )
    parser.add_argument("--output", required=True, metavar="DIR", help="folder for what is written")
    parser.add_argument("--channels", metavar="A,B", help="channels, separated by commas; all where absent")
    parser.add_argument("--record", metavar="ins1234567", help="HEPData record that the likelihoods belong to")


def execute(options: argparse.Namespace) -> int:
    """Write the scans of a folder in another format."""
    from ..datasets.storage import make_folder
    from ..limits.export_hepdata import write_submission
    from ..limits.export_pyhf import NO_RECORD, write_likelihoods
    from ..limits.scan_result import read_scans
    from ..limits.tables import write_table

    scans = read_scans(Path(options.limits), options.channels.split(",") if options.channels else None)
    folder = make_folder(Path(options.output))
    record = options.record or NO_RECORD
    if options.format == "hepdata":
        written = [write_submission(scans, folder, record)]
    elif options.format == "pyhf":
        written = [path for scan in scans for path in write_likelihoods(scan, folder, record)]
    else:
        written = [folder / f"{scan.channel}.{options.format}" for scan in scans]
        for scan, path in zip(scans, written, strict=True):
            write_table(scan, path)
    if options.record is None and options.format in ("pyhf", "hepdata"):
        sys.stderr.write("darkbelle: the likelihoods name no HEPData record; give it with --record ins1234567.\n")
    sys.stdout.write("".join(f"written to {path}\n" for path in written))
    return 0
