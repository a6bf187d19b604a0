"""`darkbelle catalog check`: open every file of a catalog and say what is wrong."""

import argparse
import json
import sys


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    actions = parser.add_subparsers(title="actions", metavar="ACTION", required=True)
    check = actions.add_parser("check", help="check a catalog and its files", description=__doc__)
    check.add_argument("catalog", metavar="CATALOG", help="the catalog's YAML file")
    check.add_argument("--deep", action="store_true", help="read all of every file")
    check.add_argument("--json", action="store_true", help="print one JSON object")


def execute(options: argparse.Namespace) -> int:
    """Check the catalog; 1 if something is wrong with it."""
    from ..datasets.catalog import Catalog
    from ..datasets.catalog_check import CatalogCheck, Problem, check_catalog
    from ..datasets.errors import ConfigurationError

    try:
        checked = check_catalog(Catalog.read(options.catalog), options.deep)
    except ConfigurationError as error:
        problems = tuple(Problem(options.catalog, "catalog", line) for line in str(error).splitlines())
        checked = CatalogCheck({}, problems)
    if options.json:
        sys.stdout.write(json.dumps(checked.summary()) + "\n")
    else:
        sys.stdout.writelines(f"{problem.message}\n" for problem in checked.problems)
        if checked.ok:
            sys.stdout.write(_told(checked.summary()["samples"]))
    return 0 if checked.ok else 1


def _told(samples: dict[str, dict[str, object]]) -> str:
    lines = [
        f"{name}: {each['files']} files, {each['entries']} entries, schema {each['schema']}\n"
        for name, each in samples.items()
    ]
    return "".join(lines)
