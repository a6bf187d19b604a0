"""Checking a catalog's files before a run: what each holds, and one line for each problem."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from .catalog import Catalog
from .chunk import FileSurvey
from .reading import wanted_files
from .survey import SurveyError, Wanted, examine

THREADS = 8  # opening a file is mostly waiting


@dataclass(frozen=True)
class Problem:
    """Something wrong with a file, or with the catalog itself."""

    file: str
    kind: str
    message: str


@dataclass(frozen=True)
class CatalogCheck:
    """What the files of a catalog were found to be.

    Attributes
    ----------
    surveys
        By sample: its readable files.
    problems
        What is wrong; nothing is if there are none.
    """

    surveys: dict[str, tuple[FileSurvey, ...]]
    problems: tuple[Problem, ...]

    @property
    def ok(self) -> bool:
        """Whether nothing is wrong."""
        return not self.problems

    def summary(self) -> dict[str, Any]:
        """Give the JSON object of `darkbelle catalog check --json` (stable keys)."""
        return {
            "ok": self.ok,
            "samples": {name: _totals(found) for name, found in self.surveys.items()},
            "problems": [{"file": p.file, "kind": p.kind, "message": p.message} for p in self.problems],
        }


def check_catalog(catalog: Catalog, deep: bool = False) -> CatalogCheck:
    """Open every file of a catalog; with `deep`, read all of it.

    Parameters
    ----------
    catalog
        What to check.
    deep
        Whether to read every branch, which finds damage inside files.
    """

    def look(wanted: Wanted) -> FileSurvey | Problem:
        try:
            return examine(wanted, deep)
        except SurveyError as error:
            return Problem(wanted.file, error.kind, str(error))

    with ThreadPoolExecutor(THREADS) as pool:
        found = list(pool.map(look, wanted_files(catalog)))
    surveys = {
        name: tuple(each for each in found if isinstance(each, FileSurvey) and each.sample == name)
        for name in catalog.samples
    }
    problems = [each for each in found if isinstance(each, Problem)]
    unnormalised = [p for name in catalog.samples if (p := _normalisation(catalog, name, surveys[name])) is not None]
    return CatalogCheck(surveys, (*problems, *unnormalised))


def _normalisation(catalog: Catalog, name: str, surveys: Sequence[FileSurvey]) -> Problem | None:
    sample = catalog.samples[name]
    if sample.kind == "data" or sample.generated is not None:
        return None
    silent = [survey.file for survey in surveys if survey.generated is None]
    if not silent:
        return None
    text = f"samples.{name}: {silent[0]} does not tell the sum of generated weights; give the sample `generated:`."
    return Problem(silent[0], "normalisation", text)


def _totals(surveys: Sequence[FileSurvey]) -> dict[str, Any]:
    schemas = {survey.schema for survey in surveys}
    return {
        "files": len(surveys),
        "entries": sum(survey.entries or 0 for survey in surveys),
        "events": sum(survey.events or 0 for survey in surveys),
        "schema": schemas.pop() if len(schemas) == 1 else None,
    }
