"""`darkbelle catalog check`: open every file of a catalog and say what is wrong."""

import argparse
import json
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ..datasets.catalog_check import CatalogCheck, Task
    from ..datasets.checks.findings import Findings

FEW = 4  # tasks that threads finish before worker processes have started


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    actions = parser.add_subparsers(title="actions", metavar="ACTION", required=True)
    check = actions.add_parser("check", help="check a catalog and its files", description=__doc__)
    check.add_argument("catalog", metavar="CATALOG", help="the catalog's YAML file")
    check.add_argument("--deep", action="store_true", help="read all of every file")
    check.add_argument("--site", default="processes", help="where to open many files (default: processes)")
    check.add_argument("--workers", type=int, metavar="N", help="how many; one a core where absent")
    check.add_argument("--index", type=Path, metavar="FILE", help="where findings are kept (default: the user's cache)")
    check.add_argument("--no-index", action="store_true", help="open every file, and keep nothing")
    check.add_argument("--json", action="store_true", help="print one JSON object")


def execute(options: argparse.Namespace) -> int:
    """Check the catalog; 1 if something is wrong with it."""
    from ..datasets.catalog import Catalog
    from ..datasets.catalog_check import CatalogCheck, check_catalog
    from ..datasets.checks.findings import Problem
    from ..datasets.checks.index import Index, default_path
    from ..datasets.errors import ConfigurationError

    try:
        catalog = Catalog.read(options.catalog)
        index = None if options.no_index else Index(options.index or default_path())
        checked = check_catalog(catalog, options.deep, index, _needs, lambda tasks: _look(tasks, options))
    except ConfigurationError as error:
        problems = tuple(Problem(options.catalog, "catalog", line) for line in str(error).splitlines())
        checked = CatalogCheck(None, {}, problems)
    if options.json:
        sys.stdout.write(json.dumps(checked.summary()) + "\n")
    else:
        sys.stdout.writelines(f"{problem.message}\n" for problem in checked.problems)
        sys.stdout.writelines(f"warning: {warning.message}\n" for warning in checked.warnings)
        sys.stdout.writelines(_told(checked) if checked.ok else ())
    return 0 if checked.ok else 1


def _needs(channel: str, experiment: str) -> "Sequence[str]":
    """Give the fields of the event model that a channel reads; none of one that is not darkbelle's own."""
    from ..executors.planning import needed_fields
    from ..processors.registry import channel_names, make_channels

    return needed_fields(make_channels([channel])[0], experiment) if channel in channel_names() else ()


def _look(tasks: "Sequence[Task]", options: argparse.Namespace) -> "Iterator[list[Findings]]":
    """Look into files, many of them on the site's workers, with progress."""
    from rich.console import Console
    from rich.progress import track

    from ..datasets.checks.inspecting import inspect_files
    from ..executors.opening import open_site

    console = Console(stderr=True)
    hidden = not console.is_terminal
    if len(tasks) <= FEW:
        yield from (inspect_files(*task) for task in tasks)
        return
    with open_site(options.site, options.workers) as client:
        futures = [client.submit(inspect_files, *task, pure=False) for task in tasks]
        for future in track(futures, "check", console=console, disable=hidden):
            found: list[Findings] = future.result()
            future.release()
            yield found


def _told(checked: "CatalogCheck") -> Iterator[str]:
    for name, each in checked.summary()["samples"].items():
        yield f"{name}: {_sample(each)}\n"


def _sample(totals: dict[str, Any]) -> str:
    told = f"{totals['files']} files, {totals['entries']} entries, {totals['events']} events, schema {totals['schema']}"
    if totals["runs"] > 1:
        told += f", {totals['runs']} runs"
    if totals["luminosity"] is not None:
        told += f", {totals['luminosity']:.6g} fb^-1"
    if totals["undefined"]:
        column, share = max(totals["undefined"].items(), key=lambda each: each[1])
        told += f", {len(totals['undefined'])} columns with undefined values (most in {column}: {share:.1%})"
    return told
