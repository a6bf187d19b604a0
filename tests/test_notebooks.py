"""The notebooks are kept without outputs and run from top to bottom."""

import sys
from importlib.util import find_spec
from pathlib import Path

import nbformat
import pytest
from darkbelle.commands.demo import CHANNELS, call
from nbclient import NotebookClient

NOTEBOOKS = sorted((Path(__file__).resolve().parents[1] / "notebooks").glob("*.ipynb"))
named = pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)


@named
def test_outputs_are_stripped(path: Path) -> None:
    cells = [cell for cell in nbformat.read(path, as_version=4).cells if cell.cell_type == "code"]
    assert cells
    assert [cell for cell in cells if cell.outputs or cell.execution_count is not None] == []


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.filterwarnings("default")  # of the Jupyter machinery; the notebook's own are in its process
@pytest.mark.skipif(
    find_spec("darkbelle.commands.simulate") is None or find_spec("darkbelle.limits.scan") is None,
    reason="needs simulation and scans",
)
@named
def test_it_runs_from_top_to_bottom(path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sample = tmp_path / "simulation"
    wanted = ("--luminosity", "0.02", "--channels", ",".join(CHANNELS), "--output", str(sample))
    status, told = call("simulate", "--experiment", "belle2", *wanted, "--site", "threads")
    assert status == 0, told
    monkeypatch.setenv("DARKBELLE_SAMPLE", str(sample))
    monkeypatch.setenv("PATH", f"{Path(sys.executable).parent}:/usr/bin:/bin")
    notebook = nbformat.read(path, as_version=4)
    NotebookClient(notebook, timeout=300, kernel_name="python3", resources={"metadata": {"path": tmp_path}}).execute()
