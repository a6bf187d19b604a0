"""Coverage of limits by pseudo-experiments with a known signal, and the study as a command on a Dask site."""

import json
from pathlib import Path

import numpy as np
import pytest
from darkbelle.__main__ import main
from darkbelle.limits.counting import count_limit
from darkbelle.limits.coverage import Coverage, examine_piece, pieces, summarise
from darkbelle.limits.histfactory import Channel, HistFactory, Modifier, Sample
from random_models import smooth
from scipy.stats import poisson


def study(model: HistFactory, method: str, toys: int = 2000) -> dict[float, Coverage]:
    work = pieces(model, [method], 0.90, (0.0, 1.0, 3.0), toys, seed=1)  # type: ignore[list-item]  # one of Method
    return {each.sigmas: each for each in summarise(map(examine_piece, work))}


@pytest.mark.parametrize("method", ["cls", "profile"])
def test_limits_on_a_peak_cover_and_the_fit_is_not_biased(method: str) -> None:
    found = study(smooth(0), method)
    for each in found.values():
        assert each.toys == 2000
        assert each.fitted >= 1998
        assert each.covered >= 0.90 - 3 * each.error
        # The mean pull of 2000 fits is known to 0.022; a bounded polynomial shifts it by less than 0.1.
        assert abs(each.bias) < 0.1
        assert each.width == pytest.approx(1.0, abs=0.07)
    assert found[0.0].covered == 1.0  # a limit on mu >= 0 never excludes 0
    if method == "cls":
        # CLs protects small signals by covering more; far from zero it covers as it says.
        assert found[1.0].covered > 0.95
        assert found[3.0].covered == pytest.approx(0.90, abs=4 * found[3.0].error)
    else:
        assert found[1.0].covered == pytest.approx(0.90, abs=0.03)


@pytest.mark.parametrize("method", ["counting", "bayes"])
def test_the_coverage_of_a_known_count_is_the_sum_of_its_poisson_probabilities(method: str) -> None:
    background = 4.0
    samples = (
        Sample("signal", np.ones(1), (Modifier("mu", "normfactor"),)),
        Sample("background", background * np.ones(1)),
    )
    model = HistFactory("known", (Channel("bin", samples, background * np.ones(1)),))
    counts = np.arange(60)
    limits = np.array([count_limit(float(n), np.ones(1), background * np.ones(1), 0.9, "counting") for n in counts])
    for each in study(model, method).values():
        exact = poisson.pmf(counts, background + each.mu)[limits >= each.mu].sum()
        assert each.covered == pytest.approx(exact, abs=4 * max(each.error, 1e-3))
        assert exact >= 0.90


def test_the_command_counts_keeps_its_pieces_and_goes_on(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    workspace, output = tmp_path / "peak.json", tmp_path / "study"
    workspace.write_text(json.dumps(smooth(1).to_workspace()))
    asked = ["coverage", str(workspace), "--output", str(output), "--methods", "profile", "--toys", "500", "--json"]
    assert main(asked) == 0
    first = json.loads(capsys.readouterr().out)
    assert [each["sigmas"] for each in first["coverage"]] == [0.0, 1.0, 3.0]
    assert all(each["fitted"] == 500 for each in first["coverage"])

    assert main(asked) == 2
    assert "--resume" in capsys.readouterr().err

    finished = sorted((output / "pieces").glob("profile*.json"))
    assert len(finished) == 6
    before = {path: path.stat().st_mtime_ns for path in finished}
    finished[0].unlink()
    finished[1].write_text("{broken")
    assert main([*asked, "--resume"]) == 0
    assert json.loads(capsys.readouterr().out) == first
    again = {path: path.stat().st_mtime_ns for path in finished}
    assert [path for path in finished if again[path] != before[path]] == finished[:2]

    assert main([*asked, "--resume", "--seed", "2"]) == 2
    assert "something else" in capsys.readouterr().err


def test_wrong_requests_are_refused_in_a_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    broken = tmp_path / "broken.json"
    broken.write_text(json.dumps(smooth(1).to_workspace())[:200])
    assert main(["coverage", str(broken), "--output", str(tmp_path / "a")]) == 1
    assert "broken.json, line 1: is not JSON" in capsys.readouterr().err
    whole = tmp_path / "whole.json"
    whole.write_text(json.dumps(smooth(1).to_workspace()))
    for arguments, words in (
        (["--methods", "guess"], "guess"),
        (["--sigmas", "a"], "--sigmas a"),
        (["--toys", "0"], "--toys"),
    ):
        assert main(["coverage", str(whole), "--output", str(tmp_path / "b"), *arguments]) == 2
        assert words in capsys.readouterr().err
