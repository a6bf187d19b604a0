"""Checking a catalog's files before a run: what each holds, and one line for each problem."""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from hashlib import blake2b
from math import fsum
from typing import Any

from .catalog import Catalog
from .checks.findings import Findings, Problem
from .checks.index import Index, Stamp, stamp
from .checks.inspecting import inspect_files
from .checks.rules import Needs, double_counting, overlapping_runs, run_warnings, sample_problems, sample_warnings
from .locations import is_remote
from .provenance import code_hash
from .reading import wanted_files
from .survey import Wanted

THREADS = 8  # opening a file is mostly waiting
BATCH = 16  # files looked into in one task

Task = tuple[Sequence[Wanted], Sequence[str], bool]
"""Arguments of `inspect_files`."""
Map = Callable[[Sequence[Task]], Iterable[list[Findings]]]
"""Calls `inspect_files` on each task and gives what it returns, in order."""


@dataclass(frozen=True)
class CatalogCheck:
    """What the files of a catalog were found to be.

    Attributes
    ----------
    catalog
        What was checked; None if it could not be read.
    files
        By sample: its usable files.
    problems
        What is wrong; nothing is if there are none.
    warnings
        What is suspicious.
    opened
        How many files were opened; what the index knew of the others was taken from there.
    """

    catalog: Catalog | None
    files: Mapping[str, Mapping[str, Findings]]
    problems: tuple[Problem, ...]
    warnings: tuple[Problem, ...] = ()
    opened: int = 0

    @property
    def ok(self) -> bool:
        """Whether nothing is wrong."""
        return not self.problems

    def summary(self) -> dict[str, Any]:
        """Give the JSON object of `darkbelle catalog check --json` (stable keys)."""
        return {
            "ok": self.ok,
            "samples": {name: self._totals(name, found) for name, found in self.files.items()},
            "problems": [vars(each) for each in self.problems],
            "warnings": [vars(each) for each in self.warnings],
        }

    def _totals(self, name: str, files: Mapping[str, Findings]) -> dict[str, Any]:
        found = list(files.values())
        schemas = {each.schema for each in found}
        generated = [each.generated for each in found]
        undefined: dict[str, float] = {}
        for each in found:
            for column, share in each.undefined:
                undefined[column] = undefined.get(column, 0.0) + share * each.looked_at
        rows = sum(each.looked_at for each in found)
        return {
            "files": len(found),
            "entries": sum(each.entries for each in found),
            "events": sum(each.events for each in found),
            "schema": schemas.pop() if len(schemas) == 1 else None,
            "runs": len({key for each in found for key, _ in each.runs}),
            "luminosity": None if self.catalog is None else self.catalog.luminosity_of(name),
            "generated": None if None in generated else fsum(each for each in generated if each is not None),
            "undefined": {column: number / rows for column, number in sorted(undefined.items())},
        }


def check_catalog(
    catalog: Catalog,
    deep: bool = False,
    index: Index | None = None,
    needs: Needs | None = None,
    run: Map | None = None,
) -> CatalogCheck:
    """Look into every file of a catalog, and at all of them together.

    Parameters
    ----------
    catalog
        What to check.
    deep
        Whether to read all of every file, which finds damage inside.
    index
        Where findings are kept; files that are unchanged since are not opened.
    needs
        The fields that a channel reads, to look for those of the channels that a sample names.
    run
        Looks into the files that must be opened; threads of this process where absent.
    """
    wanted = wanted_files(catalog)
    stamps = {} if index is None else _stamps(catalog, wanted)
    known = {} if index is None else index.find(list(stamps.values()), deep)
    new = [each for each in wanted if each.file not in known]
    batches = [new[i : i + BATCH] for i in range(0, len(new), BATCH)]
    tasks = [(batch, [catalog.samples[each.sample].kind for each in batch], deep) for batch in batches]
    for batch, found in zip(batches, (run or _in_threads)(tasks), strict=True):
        fresh = {each.file: findings for each, findings in zip(batch, found, strict=True)}
        known |= fresh
        if index is not None:
            index.keep([(stamps[file], each) for file, each in fresh.items() if file in stamps], deep)
    return _together(catalog, wanted, known, needs or _no_needs, len(new))


def _no_needs(_channel: str, _experiment: str) -> Sequence[str]:
    return ()


def _in_threads(tasks: Sequence[Task]) -> Iterator[list[Findings]]:
    with ThreadPoolExecutor(THREADS) as pool:
        yield from pool.map(lambda task: inspect_files(*task), tasks)


def _stamps(catalog: Catalog, wanted: Sequence[Wanted]) -> dict[str, Stamp]:
    """Stamp the local files by path; what is on servers or in several places is always opened."""
    code = code_hash(["datasets"])
    hows: dict[str, str] = {}
    stamps: dict[str, Stamp] = {}
    for each in wanted:
        if is_remote(each.file) or each.replicas:
            continue
        if each.sample not in hows:
            mapping = None if each.mapping is None else each.mapping.model_dump_json()
            told = [code, each.tree, each.schema, mapping, catalog.samples[each.sample].kind]
            hows[each.sample] = blake2b(json.dumps(told).encode(), digest_size=16).hexdigest()
        made = stamp(each.file, hows[each.sample])
        if made is not None:
            stamps[each.file] = made
    return stamps


def _together(
    catalog: Catalog,
    wanted: Sequence[Wanted],
    known: Mapping[str, Findings],
    needs: Needs,
    opened: int,
) -> CatalogCheck:
    """Apply the rules for single files and for all of them together."""
    files: dict[str, dict[str, Findings]] = {name: {} for name in catalog.samples}
    problems: list[Problem] = []
    for each in wanted:
        problem = known[each.file].problem
        if problem is None:
            files[each.sample][each.file] = known[each.file]
        else:
            problems.append(Problem(each.file, *problem))
    for name, sample in catalog.samples.items():
        problems += sample_problems(name, sample, files[name], needs)
    problems += [*double_counting(catalog, files), *overlapping_runs(catalog, files)]
    warnings = [each for name in catalog.samples for each in sample_warnings(name, files[name])]
    warnings += run_warnings(catalog, files)
    return CatalogCheck(catalog, files, tuple(problems), tuple(warnings), opened)
