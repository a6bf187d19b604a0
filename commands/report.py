"""`darkbelle report`: one self-contained HTML page of a folder of limits."""

import argparse
import sys
from pathlib import Path


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.add_argument("limits", metavar="LIMITS", help="folder that `darkbelle limits` wrote")
    parser.add_argument("--output", default="report.html", metavar="FILE", help="the page (default: report.html)")


def execute(options: argparse.Namespace) -> int:
    """Write the page."""
    from ..datasets.storage import make_folder, write_text
    from ..limits.report import page
    from ..limits.scan_result import read_scans

    output = Path(options.output)
    scans = read_scans(Path(options.limits))
    make_folder(output.parent)
    write_text(output, page(scans))
    sys.stdout.write(f"written to {output}\n")
    return 0
