"""The demo types the documented commands, stops at the first that fails, and compares with published limits."""

from argparse import ArgumentParser, Namespace
from dataclasses import replace
from pathlib import Path

import pytest
from darkbelle.commands import _demo_results, demo
from small_scans import hypothesis, scan

SCANS = {
    "zprime_invisible": scan("zprime_invisible", 0.276, {1.2: 0.2, 4.0: 0.55}),
    "dark_photon_invisible": scan("dark_photon_invisible", 20.0, {0.5: 0.000479, 7.0: 0.001}),
}


class Recorder:
    """Stands in for `demo.call`: remembers what was typed, and makes what `limits` would."""

    def __init__(self, failing: str = "") -> None:
        self.failing = failing
        self.typed: list[tuple[str, ...]] = []

    def __call__(self, command: str, *arguments: str) -> tuple[int, str]:
        """Remember one command."""
        self.typed.append((command, *arguments))
        if command == self.failing:
            return 1, "it went wrong\n"
        if command in {"simulate", "limits"}:
            folder = Path(arguments[arguments.index("--output") + 1])
            folder.mkdir(parents=True)
            for each in SCANS.values() if command == "limits" else ():
                each.write(folder)
        return 0, ""


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


def test_limits_are_compared_at_the_published_masses() -> None:
    cells = _demo_results.table(SCANS["dark_photon_invisible"]).splitlines()[2].split()
    assert cells == ["0.50", "0.000479", "0.000958", "0.5"]  # 0.000479 / 0.000958, both at 0.5 GeV


def test_a_hypothesis_that_failed_is_left_open() -> None:
    failed = replace(hypothesis("dark_photon_invisible", 0.5, 1.0), expected=None, status="failed: no minimum")
    lines = _demo_results.table(replace(SCANS["dark_photon_invisible"], hypotheses=(failed,))).splitlines()
    assert lines[2].split() == ["0.50", "-", "0.000958", "-"]


def test_the_picture_says_that_it_is_simulation(tmp_path: Path) -> None:
    axes = SCANS["zprime_invisible"].plot()
    said = " ".join([axes.get_title("left"), axes.get_title("right"), axes.get_ylabel()])
    assert all(word in said for word in ("simulated", "0.276", "90 % CL"))
    assert _demo_results.draw(list(SCANS.values()), tmp_path / "limits.png").stat().st_size < 200_000
