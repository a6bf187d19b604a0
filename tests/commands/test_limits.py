"""`darkbelle limits` and `darkbelle report` on a pyhf workspace, and their refusals."""

import json
from pathlib import Path

import pytest
from darkbelle.__main__ import main

WORKSPACE = {
    "version": "1.0.0",
    "channels": [
        {
            "name": "one",
            "samples": [
                {"name": "signal", "data": [10.0], "modifiers": [{"name": "mu", "type": "normfactor", "data": None}]},
                {"name": "background", "data": [50.0], "modifiers": []},
            ],
        }
    ],
    "observations": [{"name": "one", "data": [52.0]}],
    "measurements": [{"name": "m", "config": {"poi": "mu", "parameters": []}}],
}


def test_a_workspace_gets_limits_and_a_report(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source, output = tmp_path / "model.json", tmp_path / "limits"
    source.write_text(json.dumps(WORKSPACE))
    assert main(["limits", str(source), "--output", str(output), "--json"]) == 0
    (hypothesis,) = json.loads(capsys.readouterr().out)["channels"]["model"]["hypotheses"]
    assert hypothesis["mass"] is None
    assert 0.5 < hypothesis["observed"] < 2.5
    page = tmp_path / "report.html"
    assert main(["report", str(output), "--output", str(page)]) == 0
    text = page.read_text()
    assert "data:image/png;base64," in text
    assert "90 % CL" in text


@pytest.mark.parametrize(
    "wrong",
    [
        ["limits", "model.json", "other.json"],
        ["limits", "model.json", "--luminosity", "1"],
        ["limits", "model.json", "--method", "magic"],
        ["limits", "model.json", "--level", "90"],
    ],
)
def test_wrong_use_exits_with_2(wrong: list[str], tmp_path: Path) -> None:
    assert main([*wrong, "--output", str(tmp_path / "out")]) == 2


def test_what_is_no_workspace_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source = tmp_path / "bad.json"
    source.write_text("{}")
    assert main(["limits", str(source), "--output", str(tmp_path / "out")]) == 1
    assert "bad.json" in capsys.readouterr().err
