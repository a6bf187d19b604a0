"""`darkbelle simulate` from the command line: files and catalog, or one line and the right exit status."""

from pathlib import Path

import pytest
from darkbelle.__main__ import main
from darkbelle.datasets.catalog import Catalog


def simulate(*arguments: str) -> int:
    return main(["simulate", *arguments])


def test_small_simulation(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    options = ["--experiment", "belle2", "--luminosity", "0.001", "--output", str(tmp_path), "--site", "threads"]
    status = simulate(*options, "--samples", "dark_photon_invisible_m1", "--workers", "1")
    told = capsys.readouterr()
    assert status == 0
    assert "1 samples, 1 files: 20000 events generated" in told.out
    assert "roughly" in told.err
    catalog = Catalog.read(tmp_path / "catalog.yaml")
    assert list(catalog.samples) == ["dark_photon_invisible_m1"]
    assert catalog.luminosity == 0.001


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"--experiment": "belle3"}, "unknown experiment 'belle3'"),
        ({"--samples": "muons"}, "unknown sample 'muons'"),
        ({"--channels": "zprime"}, "unknown channel 'zprime'"),
        ({"--luminosity": "-1"}, "luminosity -1 fb^-1: must be positive"),
        ({"--output": "{tmp}/file/deeper"}, "cannot write there"),
        ({"--site": "moon"}, "unknown site 'moon'"),
    ],
)
def test_wrong_use_ends_with_two(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], changes: dict[str, str], message: str
) -> None:
    (tmp_path / "file").write_text("")
    options = {"--experiment": "belle2", "--luminosity": "0.001", "--output": str(tmp_path / "out"), **changes}
    arguments = [part.format(tmp=tmp_path) for option in options.items() for part in option]
    assert simulate(*arguments) == 2
    told = capsys.readouterr()
    assert message in told.err
    assert told.err.count("\n") <= 2
