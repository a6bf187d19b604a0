"""A HEPData submission of scans: limits with both bands, efficiencies, yields, cutflows, likelihoods."""

import contextlib
import shutil
import tarfile
import tempfile
import warnings
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from ..datasets.errors import ConfigurationError, ModelError
from ..datasets.storage import make_folder, replacing
from .export_pyhf import NO_RECORD, write_likelihoods
from .results import HypothesisResult
from .scan_result import Scan

DIGITS = 6
Value = Callable[[HypothesisResult, float | None], float | None]
UNITS = {"g_agammagamma": "GeV$^{-1}$", "efficiency_times_cross_section": "nb"}


def write_submission(scans: Sequence[Scan], folder: Path, record: str = NO_RECORD, abstract: str = "") -> Path:
    """Write `submission.tar.gz` and its YAML files, checked against HEPData's own schema.

    Parameters
    ----------
    scans
        One set of tables each.
    folder
        Where to.
    record
        HEPData record, for the likelihoods.
    abstract
        The submission's comment.

    Raises
    ------
    ConfigurationError
        The extra "hepdata" is not installed.
    ModelError
        HEPData's validator refuses the result.
    """
    library = _library()
    submission = library.Submission()
    submission.comment = abstract or "; ".join(_headline(each) for each in scans)
    target = make_folder(folder)
    with tempfile.TemporaryDirectory(dir=target) as temporary:
        room = Path(temporary)
        for scan in scans:
            for table in _tables(library, scan):
                submission.add_table(table)
            if scan.workspaces:
                archive = _likelihood_archive(scan, room, record)
                submission.add_additional_resource(
                    f"{scan.channel}: pyhf background-only workspace and patch set",
                    str(archive),
                    copy_file=True,
                    file_type="HistFactory",
                )
        made = _create(submission, room)
        for path in (room / "files").iterdir():
            with replacing(target / path.name) as place:
                shutil.copyfile(path, place)
        with replacing(target / made.name) as place:
            shutil.copyfile(made, place)
    return target / "submission.tar.gz"


def _library() -> Any:
    try:
        with warnings.catch_warnings():
            # hepdata-validator 0.3.6 still imports a class that jsonschema calls deprecated.
            warnings.filterwarnings("ignore", "jsonschema.RefResolver is deprecated", DeprecationWarning)
            import hepdata_lib
    except ImportError as error:
        raise ConfigurationError("HEPData submissions need the extra: pip install 'darkbelle[hepdata]'.") from error
    return hepdata_lib


def _create(submission: Any, room: Path) -> Path:
    """Let hepdata_lib write and check: it leaves its archive in the working folder."""
    with contextlib.chdir(room), warnings.catch_warnings(), open("messages", "w", encoding="utf-8") as messages:  # noqa: PTH123  # the folder just changed to
        warnings.filterwarnings("ignore", "jsonschema.RefResolver is deprecated", DeprecationWarning)
        warnings.simplefilter("ignore", ResourceWarning)  # the validator leaves the files open that it reads
        with contextlib.redirect_stdout(messages):
            try:
                submission.create_files("files")
            except AssertionError as error:
                messages.flush()
                told = (room / "messages").read_text(encoding="utf-8").strip() or str(error)
                raise ModelError(f"HEPData refuses the submission: {told.splitlines()[0]}") from error
    return room / "submission.tar.gz"


def _likelihood_archive(scan: Scan, room: Path, record: str) -> Path:
    archive = room / f"{scan.channel}_likelihoods.tar.gz"
    with tarfile.open(archive, "w:gz") as tar:
        for path in write_likelihoods(scan, room / "likelihoods", record):
            tar.add(path, arcname=path.name)
    return archive


def _headline(scan: Scan) -> str:
    lumi = "" if scan.luminosity is None else f", {scan.luminosity:.4g} fb^-1"
    return f"{scan.channel}: {100 * scan.level:.4g} % CL upper limits ({scan.method}){lumi}, {scan.data_label}"


def _tables(library: Any, scan: Scan) -> list[Any]:
    good = [each for each in scan.hypotheses if each.status == "ok" and each.expected]
    if not good:
        return []
    return [_limits(library, scan, good), _efficiencies(library, scan, good), *_cutflows(library, scan)]


def _points(library: Any, results: Sequence[HypothesisResult]) -> list[Any]:
    """Give one independent variable for each parameter of the hypotheses."""
    labels = {"mass": ("Mass", "GeV"), "lifetime": ("c tau", "cm"), "higgs_mass": ("Dark Higgs mass", "GeV")}
    names = list(dict.fromkeys(key for each in results for key in each.point))
    found = []
    for name in names or ["hypothesis"]:
        label, units = labels.get(name, (name.replace("_", " "), ""))
        variable = library.Variable(label, is_independent=True, is_binned=False, units=units)
        variable.values = [each.point.get(name, each.name) for each in results]
        variable.digits = DIGITS
        found.append(variable)
    return found


def _limits(library: Any, scan: Scan, good: Sequence[HypothesisResult]) -> Any:
    table = library.Table(f"{scan.channel} limits")
    table.description = _headline(scan)
    table.keywords["observables"] = ["CLS" if scan.method in ("cls", "toys") else "UL"]
    for variable in _points(library, good):
        table.add_variable(variable)
    section = "Branching fraction" if scan.quantity == "branching_fraction" else "Cross section (Born)"
    quantities: list[tuple[str, str, Value]] = [
        (section, "" if scan.quantity == "branching_fraction" else "nb", HypothesisResult.cross_section)
    ]
    if scan.quantity == "cross_section":
        quantities.append(("Cross section times efficiency", "nb", HypothesisResult.visible_cross_section))
    if scan.coupling:
        quantities.append((scan.coupling, UNITS.get(scan.coupling, ""), HypothesisResult.coupling_at))
    if good[0].reference is None:
        quantities = [("Signal strength", "", lambda _, mu: mu)]
    for name, units, value in quantities:
        if all(each.observed is not None for each in good):
            table.add_variable(
                _dependent(library, scan, f"{name}, observed", units, [value(e, e.observed) for e in good])
            )
        bands = np.array([[value(each, mu) for mu in each.expected or ()] for each in good], dtype=float)
        variable = _dependent(library, scan, f"{name}, expected", units, list(bands[:, 2]))
        for label, low, high in (("1 s.d.", 1, 3), ("2 s.d.", 0, 4)):
            error = library.Uncertainty(label, is_symmetric=False)
            error.values = [(row[low] - row[2], row[high] - row[2]) for row in bands]
            variable.add_uncertainty(error)
        table.add_variable(variable)
    return table


def _dependent(library: Any, scan: Scan, name: str, units: str, values: Sequence[Any]) -> Any:
    variable = library.Variable(name, is_independent=False, is_binned=False, units=units)
    variable.values = [float(each) for each in values]
    variable.digits = DIGITS
    variable.add_qualifier("Limit", f"{100 * scan.level:.4g} % CL, {scan.method}")
    if scan.luminosity is not None:
        variable.add_qualifier("Luminosity", scan.luminosity, "fb$^{-1}$")
    if scan.energy is not None:
        variable.add_qualifier("SQRT(S)", round(scan.energy, 4), "GeV")
    return variable


def _efficiencies(library: Any, scan: Scan, good: Sequence[HypothesisResult]) -> Any:
    """Give efficiencies and yields in the windows."""
    table = library.Table(f"{scan.channel} efficiencies and yields")
    table.description = f"{scan.channel}: signal efficiency and events in the window of each hypothesis"
    for variable in _points(library, good):
        table.add_variable(variable)
    observed = {
        name: sum(sum(each["data"]) for each in content["observations"]) for name, content in scan.workspaces.items()
    }
    columns: list[tuple[str, list[float | None]]] = [
        ("Efficiency", [each.efficiency for each in good]),
        ("Expected background events", [each.background for each in good]),
        ("Events" if scan.data == "real" else f"Events, {scan.data_label}", [observed.get(each.name) for each in good]),
    ]
    for name, values in columns:
        if all(each is not None for each in values):
            variable = library.Variable(name, is_independent=False, is_binned=False)
            variable.values = [float(each or 0.0) for each in values]
            variable.digits = DIGITS
            table.add_variable(variable)
    return table


def _cutflows(library: Any, scan: Scan) -> list[Any]:
    tables = []
    for flow in scan.cutflows:
        table = library.Table(f"{scan.channel} cutflow {flow.region}"[:64])
        table.description = f"{scan.channel}: expected background events after each cut, region {flow.region}"
        cuts = library.Variable("Cut", is_independent=True, is_binned=False)
        cuts.values = [each.replace("_", " ") for each in flow.cuts]
        table.add_variable(cuts)
        for process, events in flow.events.items():
            variable = library.Variable(process.replace("_", " "), is_independent=False, is_binned=False)
            variable.values = list(events)
            variable.digits = DIGITS
            table.add_variable(variable)
        if flow.events:
            tables.append(table)
    return tables
