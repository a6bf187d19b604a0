"""Scans of runs with known yields."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from darkbelle.datasets.errors import IncompleteRunError, UsageError
from darkbelle.datasets.ledger import Ledger
from darkbelle.limits.coupling import coupling_limit, dark_photon_cross_section
from darkbelle.limits.inputs import limit_recipe, spectrum
from darkbelle.limits.intervals import Method
from darkbelle.limits.normalisation import luminosity
from darkbelle.limits.plotting import write_plots
from darkbelle.limits.scan import Scan
from darkbelle.limits.scan import scan as scan_checked
from darkbelle.limits.tables import compare
from darkbelle.processors.run import Run

MakeRun = Callable[..., Run]
scan = partial(scan_checked, checks=0)  # pyhf's check of each scan takes longer than the scan; it has its own test
COUNT, SHAPE = "zprime_invisible", "dark_photon_invisible"
KEYS = {"mass", "point", "mu_hat", "p0", "observed", "expected", "cross_section", "coupling", "status"}


def test_expected_yields_are_luminosity_times_cross_section(make_run: MakeRun) -> None:
    run: Run = make_run()
    lumi = luminosity(run, COUNT)
    recipe = limit_recipe(COUNT)
    found = spectrum(run, COUNT, recipe, recipe.regions[0], lumi)
    assert found.background.values.sum() == pytest.approx(0.5 * 0.002e6 * 20000 / 1e4, rel=1e-6)


def test_lost_files_of_simulation_leave_the_yield_and_of_data_halve_the_luminosity(make_run: MakeRun) -> None:
    whole, lossy = make_run(data=[1.0]), make_run(data=[1.0], lost=("background", "data"))
    lumi = luminosity(lossy, COUNT)
    assert (luminosity(whole, COUNT).total, lumi.total) == (0.5, 0.25)
    recipe = limit_recipe(COUNT)
    yields = [
        spectrum(run, COUNT, recipe, recipe.regions[0], luminosity(run, COUNT, 1.0)).background.values.sum()
        for run in (whole, lossy)
    ]
    assert yields[0] == pytest.approx(yields[1])


def test_two_data_samples_of_a_period_never_add_up(make_run: MakeRun) -> None:
    run = make_run(data=[1.0])
    second = replace(run.samples["data"], name="data_again")
    books = {**run.ledger.books, "data_again": run.ledger.books["data"]}
    twice = replace(run, samples={**run.samples, "data_again": second}, ledger=Ledger(run.ledger.records, (), books))
    with pytest.raises(UsageError, match="data_again"):
        luminosity(twice, COUNT)


def test_an_incomplete_run_is_refused_unless_allowed(make_run: MakeRun) -> None:
    run = make_run(lost=("background",))
    with pytest.raises(IncompleteRunError, match="background"):
        scan(run, COUNT)
    assert any("background" in note for note in scan(run, COUNT, allow_incomplete=True).notes)


@pytest.mark.parametrize("channel", [COUNT, SHAPE])
@pytest.mark.parametrize("method", ["cls", "bayes", "profile"])
def test_every_method_gives_limits_of_order_one(make_run: MakeRun, channel: str, method: Method) -> None:
    result = scan(make_run(channel), channel, method=method)
    (only,) = result.hypotheses
    assert only.status == "ok"
    assert only.expected is not None
    assert 0.2 < only.expected[2] < 5
    assert list(only.expected) == sorted(only.expected)
    assert only.asimov == pytest.approx(only.expected[2], rel=0.06)  # the median of whole counts is a whole count


def test_limits_scale_with_luminosity(make_run: MakeRun) -> None:
    def limit(run: Run, channel: str, fb: float) -> float:
        (only,) = scan(run, channel, luminosity=fb).hypotheses
        assert only.expected is not None
        found = only.cross_section(only.expected[2])
        assert found is not None
        return found

    # Away from the axis's edges, where the background bends more than a polynomial can: no spurious signal there.
    shape = make_run(SHAPE, masses=(5.0,))
    assert limit(shape, SHAPE, 400.0) / limit(shape, SHAPE, 100.0) == pytest.approx(0.5, rel=0.03)
    # One hundredth of an event of background: what is left is the 2.3 events of none.
    empty = make_run(scale=1e-6)
    assert limit(empty, COUNT, 2.0) / limit(empty, COUNT, 1.0) == pytest.approx(0.5, rel=0.1)


def test_an_injected_signal_is_found(make_run: MakeRun) -> None:
    rng = np.random.default_rng(8)
    axis = (-5.0, 70.0)
    background = axis[0] + (axis[1] - axis[0]) * rng.beta(1.5, 1.3, 2000)
    data = np.concatenate([background, rng.normal(4.0, 1.5, 100)])
    result = scan(make_run(SHAPE, data=data), SHAPE, unseal=True)
    (only,) = result.hypotheses
    assert result.data == "real"
    assert only.mu_hat is not None
    assert only.p0 is not None
    assert only.reference is not None
    # 0.001 nb x 0.5 fb^-1 x 2000/10000 are 100 events.
    assert only.mu_hat * only.reference == pytest.approx(0.001, rel=0.5)
    assert only.p0 < 1e-3
    assert only.observed is not None


def test_data_stay_sealed_unless_asked(make_run: MakeRun) -> None:
    result = scan(make_run(data=[2.0] * 5), COUNT)
    assert result.data == "asimov"
    assert result.hypotheses[0].observed is None
    assert any("sealed" in note for note in result.notes)


def test_one_hypothesis_that_fails_loses_no_other(make_run: MakeRun) -> None:
    run = make_run(masses=(2.0, 3.0))
    histogram = run.histograms[COUNT]["recoil_mass"]
    for part in ("value", "variance"):
        histogram.view(flow=True)[part][list(histogram.axes["process"]).index("signal_2.0")] = 0.0
    statuses = [each.status for each in scan(run, COUNT).hypotheses]
    assert statuses[0].startswith("failed: no signal")
    assert statuses[1] == "ok"


def test_no_shift_of_the_signal_can_make_a_bin_negative(make_run: MakeRun) -> None:
    run = make_run("dark_photon_invisible", masses=(3.0,))
    ((name, histogram),) = run.histograms["dark_photon_invisible"].items()
    for variation, number in zip(list(histogram.axes["variation"])[1:3], (0, 200), strict=True):
        # 200 events at 16 GeV^2, where the unshifted signal at 9 GeV^2 has none: minus one of them is below zero.
        place = {"process": "signal_3.0", "region": "low_mass", "variation": variation, name: np.full(number, 16.0)}
        histogram.fill(**place, weight=np.ones(number))
    (specification,) = scan(run, channel="dark_photon_invisible", luminosity=20.0).workspaces.values()
    signal = next(each for each in specification["channels"][0]["samples"] if each["name"] == "signal")
    shifted = [each["data"] for each in signal["modifiers"] if each["type"] == "histosys"]
    nominal = np.array(signal["data"])
    assert shifted
    for each in shifted:
        # Linear in the nuisance parameter, which runs to 5 standard deviations.
        assert (nominal - 5 * np.abs(np.array(each["hi_data"]) - nominal) >= 0).all()


def test_pseudo_data_are_the_same_for_the_same_seed(make_run: MakeRun) -> None:
    run = make_run()
    limits = [scan(run, COUNT, pseudo=seed).hypotheses[0].observed for seed in (1, 1, 2)]
    assert limits[0] == limits[1] != limits[2]


def test_a_scan_is_written_read_drawn_and_compared(make_run: MakeRun, tmp_path: Path) -> None:
    result = scan(make_run(), COUNT)
    result.write(tmp_path)
    assert Scan.read(tmp_path / f"{COUNT}.json") == result
    assert all(path.stat().st_size > 5000 for path in write_plots(result, tmp_path))
    content = result.to_json()
    assert {"level", "method", "luminosity", "data", "hypotheses"} <= content.keys()
    assert content["hypotheses"][0].keys() >= KEYS
    assert content["hypotheses"][0]["coupling"]["name"] == "g_prime"
    assert compare(result)["published"].notna().all()
    assert list((tmp_path / "workspaces").glob("*.json"))


def test_wrong_requests_are_refused(make_run: MakeRun) -> None:
    run = make_run(SHAPE)
    for wrong in ({"level": 90.0}, {"method": "magic"}, {"luminosity": -1.0}):
        with pytest.raises(UsageError):
            scan(run, SHAPE, **wrong)


def test_couplings_follow_the_square_root() -> None:
    assert coupling_limit(4.0, 1.0, 0.1) == pytest.approx(0.2)


@pytest.mark.parametrize(("mass", "expected"), [(0.1, 5.893), (1.0, 5.985), (5.0, 9.223), (9.0, 43.94)])
def test_dark_photon_cross_section(mass: float, expected: float) -> None:
    assert dark_photon_cross_section(mass, 10.58**2) == pytest.approx(expected, rel=2e-3)


def test_toys_of_the_whole_scan_tell_what_its_largest_excess_means(make_run: MakeRun) -> None:
    masses = (3.0, 3.5, 4.0, 4.5, 5.0)
    data = np.concatenate([np.linspace(0.5, 9.5, 400), np.full(60, 4.0)])
    found = scan(make_run(masses=masses, data=data), COUNT, unseal=True, global_toys=40, checks=0)
    (note,) = [each for each in found.notes if "global p-value" in each]
    assert f"at {min(found.hypotheses, key=lambda each: each.p0 if each.p0 is not None else 1.0).name}" in note
    assert "40 toys of the whole scan" in note
    assert "Gross-Vitells" in note
