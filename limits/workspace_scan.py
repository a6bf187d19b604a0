"""Limits of models that were built elsewhere: any pyhf workspace, or a background-only one with its PatchSet."""

from collections.abc import Mapping
from json import JSONDecodeError, loads
from pathlib import Path
from typing import Any

import numpy as np
import pyhf

from ..datasets.errors import ConfigurationError, ModelError
from .engine import Mapper, Progress, Request, examine
from .histfactory import HistFactory, read_workspace
from .intervals import Interval, Method
from .model import quiet_pyhf, validate_workspace
from .pyhf_check import check_sample
from .results import HypothesisResult
from .scan import check_request
from .scan_result import Scan

MASS_LABELS = ("mass", "m", "mass_GeV", "m_GeV")


def scan_workspace(
    path: Path,
    level: float = 0.90,
    method: Method = "cls",
    patchset: Path | None = None,
    progress: Progress | None = None,
    checks: int = 1,
    mapper: Mapper = map,
) -> Scan:
    """Find the limit of a workspace: one hypothesis whose mass is not known, or one for each patch.

    Parameters
    ----------
    path
        A pyhf workspace; background only where there is a patch set.
    level, method
        As for `scan`.
    patchset
        A pyhf PatchSet for the workspace. A label "mass" of its patches tells the hypotheses' masses (GeV).
    progress
        Called with the number of hypotheses done and their total.
    checks
        Number of hypotheses whose limits pyhf checks.
    mapper
        Where the work is done: `map`, or what sends it elsewhere.

    Raises
    ------
    ConfigurationError, ModelError
        A file is no JSON, no workspace or no patch set of that workspace.
    """
    check_request(level, method, None)
    specification = read_json(path)
    if patchset is None:
        _validated(specification, str(path))
        points: dict[str, dict[str, float]] = {path.stem: {}}
        workspaces: dict[str, Any] = {path.stem: specification}
        broken: dict[str, str] = {}
    else:
        points, workspaces, broken = _patched(path, specification, patchset)
    models: dict[str, HistFactory] = {}
    for name, each in workspaces.items():
        try:
            models[name] = read_workspace(each, name)
        except ModelError as error:
            broken[name] = str(error)
    found = dict(zip(models, examine(list(models.values()), Request(level, method), mapper, progress), strict=True))
    results = [_result(name, point, found.get(name), broken.get(name, ""), method) for name, point in points.items()]
    results.sort(key=lambda each: -1.0 if each.mass is None else each.mass)
    notes = check_sample(results, workspaces, level, checks) if method == "cls" and checks else []
    return Scan(path.stem, level, method, None, "real", "", tuple(results), tuple(notes), workspaces=workspaces)


def read_json(path: Path) -> Any:
    """Read a JSON file; ConfigurationError names the file and the line where it breaks off."""
    try:
        return loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigurationError(f"{path}: cannot be read ({error.strerror}).") from error
    except JSONDecodeError as error:
        raise ConfigurationError(f"{path}, line {error.lineno}: is not JSON ({error.msg}).") from error
    except UnicodeDecodeError as error:
        raise ConfigurationError(f"{path}: is not JSON.") from error


def _validated(specification: Any, where: str) -> pyhf.Workspace:
    try:
        return validate_workspace(specification)
    except ModelError as error:
        raise ModelError(f"{where}: {error}") from error


def _patched(
    path: Path, specification: Any, patchset: Path
) -> tuple[dict[str, dict[str, float]], dict[str, Any], dict[str, str]]:
    """Apply every patch: points, workspaces, and the reasons of patches that do not fit, by the patch's name."""
    content = read_json(patchset)
    points: dict[str, dict[str, float]] = {}
    workspaces: dict[str, Any] = {}
    broken: dict[str, str] = {}
    try:
        with quiet_pyhf():
            patches = pyhf.PatchSet(content)
            patches.verify(specification)
    except (pyhf.exceptions.InvalidSpecification, pyhf.exceptions.InvalidPatchSet, KeyError, TypeError) as error:
        raise ConfigurationError(f"{patchset}: is not a pyhf PatchSet ({str(error).splitlines()[0]}).") from error
    except pyhf.exceptions.PatchSetVerificationError as error:
        raise ConfigurationError(f"{patchset}: belongs to another workspace than {path}.") from error
    for patch in patches:
        points[patch.name] = _point(patches.labels, patch.values)
        try:
            with quiet_pyhf():
                workspaces[patch.name] = dict(_validated(patch.apply(specification), patch.name))
        except (ModelError, KeyError, TypeError, ValueError, pyhf.exceptions.InvalidSpecification) as error:
            broken[patch.name] = str(error).splitlines()[0]
        except Exception as error:  # noqa: BLE001  # jsonpatch's errors share no public base with pyhf's
            broken[patch.name] = f"the patch cannot be applied ({error})"
    return points, workspaces, broken


def _point(labels: Any, values: Any) -> dict[str, float]:
    return {
        "mass" if label in MASS_LABELS else str(label): float(value)
        for label, value in zip(labels, values, strict=True)
        if isinstance(value, int | float)
    }


def _result(
    name: str, point: Mapping[str, float], found: Interval | None, problem: str, method: Method
) -> HypothesisResult:
    mass = point.get("mass")
    if found is None or found.status != "ok":
        return HypothesisResult(name, mass, point, status=found.status if found else f"failed: {problem}")
    if not np.isfinite((found.mu_hat, found.p0, found.observed, *found.expected)).all():
        return HypothesisResult(name, mass, point, status="failed: a limit is not finite")
    return HypothesisResult(
        name,
        mass,
        point,
        found.mu_hat,
        found.p0,
        found.observed,
        None,
        found.expected,
        method="" if found.method == method else found.method,
        notes=found.notes,
    )
