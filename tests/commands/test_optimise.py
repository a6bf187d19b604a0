import json
import sys
from pathlib import Path

import pytest
import yaml
from darkbelle.__main__ import main

sys.path.insert(0, str(Path(__file__).parents[1] / "processors"))

from handmade_events import Event, muon_cm, write_native


@pytest.fixture
def catalog(tmp_path: Path) -> Path:
    """Make a signal whose recoil has much momentum across the faster muon, and a background with little."""
    # Slower muons of 1.5 GeV at 130 degrees and 1.75 GeV at 158 degrees both leave a recoil mass of 5.57 GeV.
    openings = {"signal": (1.5, [128, 129, 130, 131]), "background": (1.75, [158])}
    for name, (slower, angles) in openings.items():
        pairs = [[muon_cm(3.0, 80, 0, 1), muon_cm(slower, 80, a, -1)] for a in angles for _ in range(4)]
        write_native(tmp_path / f"{name}.root", [Event(pair) for pair in pairs])
    samples = {
        "tau": {"kind": "background", "files": ["background.root"], "cross_section": 1.0},
        "z": {"kind": "signal", "files": ["signal.root"], "cross_section": 1.0, "hypothesis": {"mass": 5.57}},
    }
    path = tmp_path / "catalog.yaml"
    path.write_text(yaml.safe_dump({"experiment": "belle2", "luminosity": 1e-5, "samples": samples}))
    return path


@pytest.mark.slow
def test_the_chosen_threshold_removes_the_background_of_the_other_half(
    catalog: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    # Across the faster muon: 1.5 sin(80) sin(opening), 1.13 GeV for the signal; 1.75 sin(80) sin(158) = 0.65 GeV else.
    wanted = ["--channel", "zprime_invisible", "--cuts", "across_faster", "--workers", "1", "--json"]
    assert main(["optimise", str(catalog), *wanted]) == 0
    (found,) = json.loads(capsys.readouterr().out)["optima"]
    assert 0.6 <= found["thresholds"]["across_faster"] <= 1.1
    assert found["background"] == 0
    assert found["efficiency"] > 0
    assert found["factor"] >= 1


def test_what_cannot_be_optimised_is_told_in_one_line(catalog: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["optimise", str(catalog), "--channel", "zprime_invisible", "--cuts", "trigger"]) == 2
    told = capsys.readouterr().err
    assert "trigger cannot be optimised" in told
    assert "Traceback" not in told
