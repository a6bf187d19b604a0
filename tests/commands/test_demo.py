"""The demo types the documented commands, stops at the first that fails, and compares with published limits."""

import json
from argparse import ArgumentParser, Namespace
from pathlib import Path
from typing import Any

import pytest
from darkbelle.commands import _demo_comparison, demo


def hypothesis(mass: float, median: float | None) -> dict[str, Any]:
    bands = None if median is None else [median * factor for factor in (0.5, 0.7, 1.0, 1.4, 2.0)]
    return {"mass": mass, "coupling": {"name": "g", "observed": None, "expected": bands}}


def result(luminosity: float, *hypotheses: dict[str, Any]) -> dict[str, Any]:
    return {"level": 0.9, "luminosity": luminosity, "hypotheses": list(hypotheses)}


LIMITS = {
    "zprime_invisible": result(0.276, hypothesis(1.2, 0.102), hypothesis(2.6, None), hypothesis(4.0, 0.55)),
    "dark_photon_invisible": result(20.0, hypothesis(0.5, 0.000479), hypothesis(7.0, 0.001)),
}


class Recorder:
    """Stands in for `demo.call`: remembers what was typed, and makes what `limits` would."""

    def __init__(self, failing: str = "") -> None:
        self.failing = failing
        self.typed: list[tuple[str, ...]] = []

    def __call__(self, command: str, *arguments: str) -> tuple[int, str]:
        self.typed.append((command, *arguments))
        if command == self.failing:
            return 1, "it went wrong\n"
        if command in {"simulate", "limits"}:
            Path(arguments[arguments.index("--output") + 1]).mkdir(parents=True)
        return 0, json.dumps({"channels": LIMITS}) if command == "limits" else ""


def options(folder: Path, *more: str) -> Namespace:
    parser = ArgumentParser()
    demo.add_arguments(parser)
    return parser.parse_args(["--output", str(folder), *more])


def test_it_goes_through_the_whole_chain(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    typed = Recorder()
    monkeypatch.setattr(demo, "call", typed)
    assert demo.execute(options(tmp_path / "demo", "--workers", "2")) == 0
    commands = [each[0] for each in typed.typed]
    assert commands == ["simulate", "catalog", "run", "limits", "limits", "limits", "report"]
    luminosities = [each[each.index("--luminosity") + 1] for each in typed.typed if each[0] == "limits"]
    assert luminosities == ["0.5", "0.276", "20.0"]
    assert all(each[-2:] == ("--workers", "2") for each in typed.typed if each[0] in {"simulate", "run"})
    told = capsys.readouterr().out
    assert "report.html" in told
    assert "They differ because" in told
    assert (tmp_path / "demo" / "pictures" / "limits.png").stat().st_size > 10_000


def test_a_second_call_resumes_the_simulation_and_renews_the_rest(tmp_path: Path) -> None:
    first = [arguments for _, command, arguments in demo.steps(options(tmp_path)) if command == "simulate"]
    assert "--resume" not in first[0]
    (tmp_path / "simulation").mkdir()
    second = [arguments for _, command, arguments in demo.steps(options(tmp_path)) if command == "simulate"]
    assert second[0] == (*first[0], "--resume")


def test_it_stops_at_the_first_step_that_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    typed = Recorder(failing="run")
    monkeypatch.setattr(demo, "call", typed)
    assert demo.execute(options(tmp_path)) == 1
    assert [each[0] for each in typed.typed] == ["simulate", "catalog", "run"]
    assert "step 3 (run) failed" in capsys.readouterr().err


def test_limits_are_compared_at_the_nearest_mass() -> None:
    lines = _demo_comparison.table(LIMITS, _demo_comparison.ZPRIME).splitlines()
    assert lines[2].split() == ["1.16", "0.102", "0.051", "2.00"]  # 0.102 / 0.051, at 1.2 GeV


@pytest.mark.parametrize(("mass", "row"), [("2.57", 3), ("3.39", 4)], ids=["no limit", "no hypothesis near"])
def test_what_cannot_be_compared_is_left_open(mass: str, row: int) -> None:
    cells = _demo_comparison.table(LIMITS, _demo_comparison.ZPRIME).splitlines()[row].split()
    assert (cells[0], cells[1], cells[3]) == (mass, "-", "-")
