"""Signals injected into the spectra of a small simulated run: every channel with a limit finds them, and no others."""

import json
from collections.abc import Callable
from pathlib import Path

import darkbelle
import pytest
from darkbelle.__main__ import main
from darkbelle.limits.closure import biases, combined, injections
from darkbelle.limits.injection import Ground, inject
from darkbelle.limits.inputs import read_inputs
from darkbelle.limits.projection import Scenario, scale_systematics
from darkbelle.processors.registry import make_channels
from darkbelle.processors.run import Run

LUMINOSITY, PROJECTED = 0.01, 0.5  # fb^-1
BACKGROUNDS = ("mumu", "tautau", "eegamma_single", "eegamma", "gammagamma", "threegamma", "eemumu", "mumumumu")
SIGNALS = {
    "dark_photon_invisible": ("dark_photon_invisible_m6", "dark_photon_invisible_m6.5", "dark_photon_invisible_m7"),
    "dark_photon_visible": ("dark_photon_mumu_m5", "dark_photon_mumu_m6", "dark_photon_mumu_m7"),
    "muonic_dark_force": ("zprime_mumu_m2", "zprime_mumu_m3.5", "zprime_mumu_m4"),
    "zprime_invisible": ("zprime_invisible_m4", "zprime_invisible_m5", "zprime_invisible_m6"),
    "lfv_zprime_invisible": ("lfv_zprime_invisible_m4", "lfv_zprime_invisible_m5", "lfv_zprime_invisible_m6"),
    "alp_three_photon": ("alp_two_photon_m3_g0.001", "alp_two_photon_m4_g0.001", "alp_two_photon_m5_g0.001"),
    "alp_invisible": ("alp_invisible_m6", "alp_invisible_m6.5", "alp_invisible_m7"),
    "dark_higgsstrahlung": ("dark_higgs_invisible_m6_h2", "dark_higgs_invisible_m6_h4"),
    "long_lived": ("b_to_k_scalar_m1.5_ctau1", "b_to_k_scalar_m1.5_ctau10"),
    "magnetic_monopole": ("monopole_pair_m3_q2", "monopole_pair_m4_q2"),
}
MakeRun = Callable[[str], Run]


@pytest.fixture(scope="module")
def small_run(tmp_path_factory: pytest.TempPathFactory) -> MakeRun:
    """Give the run of a channel: Belle II's at the Y(4S), BaBar's at the Y(3S) for the Y(1S)."""
    folder, known = tmp_path_factory.mktemp("injection"), {}
    babar = str(Path(darkbelle.__file__).parent / "datasets" / "experiments" / "babar.yaml")
    signals = ",".join(name for names in SIGNALS.values() for name in names)
    asked = {
        "belle2": ["--experiment", "belle2", "--samples", f"{','.join(BACKGROUNDS)},{signals}"],
        "upsilon": ["--experiment", babar, "--period", "upsilon3s", "--channels", "upsilon_invisible"],
    }

    def make(channel: str) -> Run:
        name = "belle2" if channel in SIGNALS else "upsilon"
        if name not in known:
            place = folder / name
            made = ["simulate", *asked[name], "--luminosity", str(LUMINOSITY), "--output", str(place)]
            assert main([*made, "--site", "threads", "--workers", "1"]) == 0
            channels = [*SIGNALS] if name == "belle2" else [channel]
            known[name] = darkbelle.run(place / "catalog.yaml", channels=channels, workers=1, progress=False)
        return known[name]

    return make


def ground_of(run: Run, channel: str) -> Ground:
    """Scale to 0.5 fb^-1 as if simulation, and what else is uncertain, grew as good as the data: 1/sqrt(50)."""
    inputs = read_inputs(run, channel, PROJECTED)
    return Ground(scale_systematics(inputs, Scenario("scaled"), LUMINOSITY / PROJECTED))


def test_every_channel_with_a_limit_is_examined() -> None:
    limited = {each.name for each in make_channels() if each.limit is not None}
    assert limited == {*SIGNALS, "upsilon_invisible"}


@pytest.mark.slow
@pytest.mark.parametrize("channel", [*SIGNALS, "upsilon_invisible"])
def test_a_signal_is_found_at_its_mass_with_its_strength_and_none_is_invented(channel: str, small_run: MakeRun) -> None:
    ground = ground_of(small_run(channel), channel)
    asimov, drawn = injections(ground, 1, 5.0, 2)
    assert asimov.found == pytest.approx(asimov.injected, abs=0.05 * asimov.error)
    assert abs(asimov.steps) <= 1
    assert asimov.significance > 2
    assert abs(drawn.pull) < 3
    assert abs(drawn.steps) <= 3  # of half a resolution
    found = list(biases(ground, 1, 100, 0.90, 3.0, 1))
    total = combined(found)
    assert total is not None
    if found[0].enough:
        assert abs(total.mean) < 4 * total.mean_error
        assert abs(total.width - 1) < 4 * total.width_error
    if found[0].method != "toys":
        assert total.covered > 0.90 - 4 * 0.03  # binomial error of 0.9 with 100 pseudo-experiments


@pytest.mark.slow
def test_twice_the_signal_is_found_twice_as_strong(small_run: MakeRun) -> None:
    ground = ground_of(small_run("zprime_invisible"), "zprime_invisible")
    (place,) = ground.chosen(1)
    once, twice = (inject(ground, place, sigmas) for sigmas in (20.0, 40.0))
    assert twice.injected == pytest.approx(2 * once.injected)
    assert twice.found == pytest.approx(2 * once.found, rel=1e-3)


@pytest.mark.slow
def test_the_command_tells_what_was_found_and_keeps_it(
    small_run: MakeRun, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    small_run("zprime_invisible").write(tmp_path / "run")
    asked = ["--channels", "zprime_invisible", "--injections", "1", "--hypotheses", "1", "--toys", "20"]
    main(["inject", str(tmp_path / "run"), *asked, "--published", "--folder", str(tmp_path / "found")])
    told = capsys.readouterr().out
    assert "zprime_invisible, 0.276 fb^-1" in told  # the published limit's
    kept = json.loads((tmp_path / "found" / "zprime_invisible.json").read_text())["zprime_invisible"]
    (asimov, drawn) = kept["injections"]
    assert asimov["seed"] is None
    assert drawn["seed"] == 1
    assert [each["none"]["toys"] for each in kept["biases"]] == [20]
    assert main(["inject", str(tmp_path / "run"), "--channels", "control"]) == 2
    assert "no channel control" in capsys.readouterr().err
