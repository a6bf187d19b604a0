"""`darkbelle ledger`: show what a run planned, processed and lost, and why."""

import argparse
import json
import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ..datasets.ledger import Ledger

MOST = 20  # chunks that were run again, to be listed


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.add_argument("run", metavar="RUN", help="folder of the run")
    parser.add_argument("--json", action="store_true", help="print one JSON object")


def execute(options: argparse.Namespace) -> int:
    """Show the ledger."""
    from ..processors.run import Run

    ledger = Run.read(options.run).ledger
    summary = ledger.summary()
    if options.json:
        sys.stdout.write(json.dumps(summary) + "\n")
    else:
        _show(summary)
        _show_repeated(ledger)
    return 0


def _show(summary: dict[str, Any]) -> None:
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    table = Table("sample", "events planned", "processed", "fb⁻¹ planned", "processed")
    for name, each in [*summary["samples"].items(), ("all", summary)]:
        numbers = [each[kind][when] for kind in ("events", "luminosity") for when in ("planned", "processed")]
        table.add_row(escape(name), *map(_number, numbers))
    console = Console(file=sys.stdout, highlight=False)
    console.print(table)
    chunks = summary["chunks"]
    console.print(f"{chunks['processed']} of {chunks['planned']} chunks processed, {chunks['failed']} failed")
    for name, each in summary["samples"].items():
        for line in _remarks(each):
            console.print(escape(f"{name}: {line}"), soft_wrap=True)
    for failure in summary["failures"]:
        part = "" if failure["start"] is None else f" [{failure['start']}, {failure['stop']})"
        console.print(escape(f"lost: {failure['file']}{part}: {failure['reason']}"), soft_wrap=True)


def _show_repeated(ledger: "Ledger") -> None:
    """Say what went wrong before with chunks that were run again."""
    repeated = [record for record in ledger.records if record.earlier]
    for record in repeated[:MOST]:
        chunk = record.chunk
        told = " then ".join(record.earlier)
        sys.stdout.write(f"run again: {chunk.file} [{chunk.start}, {chunk.stop}): {told}\n")
    if len(repeated) > MOST:
        sys.stdout.write(f"and {len(repeated) - MOST} more that were run again\n")


def _remarks(sample: dict[str, Any]) -> list[str]:
    """Say what the numbers of a sample rest on, where that is not plain."""
    lines = []
    if sample["left_out"]:
        lines.append(f"{sample['left_out']:,} events of runs that are not good were left out")
    dropped = sample.get("runs", {}).get("dropped", [])
    if dropped:
        told = ", ".join(f"{run} (experiment {experiment})" for experiment, run in dropped[:10])
        more = f" and {len(dropped) - 10} more" if len(dropped) > 10 else ""
        lines.append(f"{len(dropped)} runs that a loss touched were dropped whole: {told}{more}")
    if sample["prorated"] and sample["luminosity"]["processed"] is not None:
        lines.append("the luminosity processed is prorated")
    return lines


def _number(value: float | None) -> str:
    return "unknown" if value is None else f"{value:,}" if isinstance(value, int) else f"{value:.6g}"
