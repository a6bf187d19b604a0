"""Signals injected into the spectra of a small simulated run: every channel with a limit finds them, and no others."""

import json
from collections.abc import Callable
from pathlib import Path

import darkbelle
import numpy as np
import pytest
from darkbelle.__main__ import main
from darkbelle.limits.closure import biases, combined, injections
from darkbelle.limits.injection import Ground, Injection, inject
from darkbelle.limits.inputs import Inputs, read_inputs
from darkbelle.limits.normalisation import Luminosity
from darkbelle.limits.projection import Scenario, scale_systematics
from darkbelle.limits.templates import Axis, Signal, Spectrum, Template
from darkbelle.processors.recipe import LimitRecipe, RegionRange, WindowRule
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


def peaks_on_a_line() -> Inputs:
    """Give signals of 3, 5 and 7 GeV, 0.2 GeV wide, on 50 simulated events of weight one a bin of 0.1 GeV."""
    edges = np.linspace(0.0, 10.0, 101)
    flat = np.full(100, 50.0)
    signals = []
    for mass in (3.0, 5.0, 7.0):
        peak = np.exp(-0.5 * ((edges[1:] - mass - 0.05) / 0.2) ** 2)
        template = Template("signal", 30 * peak / peak.sum(), 1e-3 * peak, {})
        signals.append(Signal(mass, {"mass": mass}, {"region": template}, 1.0, 1.0, 100.0))
    axis = Axis(edges, "m [GeV]")
    spectrum = Spectrum("region", (axis,), None, {"flat": Template("flat", flat, flat, {})})
    recipe = LimitRecipe(
        "shape", "mass", (RegionRange("region", 0.0, 10.0),), "epsilon", WindowRule(10.0, 0.5), "polynomial", (),
        background_order=1,
    )  # fmt: skip
    names = {"experiment": "belle2", "period": "phase3"}
    lumi = Luminosity({("belle2", "phase3"): 1.0}, "scenario")
    return Inputs("line", recipe, "Belle II", names, lumi, {"region": spectrum}, tuple(signals))


@pytest.mark.parametrize("seed", [None, 1, 2])
def test_a_signal_that_lies_elsewhere_is_not_found_at_its_mass(seed: int | None) -> None:
    # Fifteen: a likelihood ratio excludes no mass with less than three standard deviations of significance anywhere.
    ground = Ground(peaks_on_a_line())
    place, elsewhere = ground.built[0], ground.source.at({"mass": 7.0})
    right = inject(ground, place, 15.0, seed)
    wrong = inject(ground, place, 15.0, seed, {"region": elsewhere.templates["region"].values})
    assert right.located
    assert right.significance > wrong.significance + 2
    assert not wrong.located
    assert wrong.best == {"mass": 7.0}
    assert wrong.place == "elsewhere: mass 7"


def injection(**changes: object) -> Injection:
    fields = {
        "channel": "x", "point": {"mass": 1.0}, "seed": 1, "injected": 1.0, "found": 1.0, "error": 0.2,
        "significance": 4.0, "best": {"mass": 1.1}, "steps": 2, "background": 30.0, "rise": 1.0, "apart": 1.5,
        "axes": 1,
    }  # fmt: skip
    return Injection(**(fields | changes))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("changes", "located"),
    [
        ({"steps": 0, "seed": None}, True),
        ({"seed": None, "apart": 0.9, "rise": 0.1}, True),  # within the resolution
        ({"seed": None, "apart": 1.1, "rise": 0.1}, False),  # without fluctuations nothing else excuses it
        ({"rise": 8.9}, True),  # 3 standard deviations of one mass: chi^2 = 9.0
        ({"rise": 9.1}, False),
        ({"rise": 9.1, "apart": 0.9}, True),
        ({"rise": 11.7, "axes": 2}, True),  # of two: 11.8
        ({"rise": 11.9, "axes": 2}, False),
        ({"rise": 20.0, "apart": float("inf")}, False),
    ],
)
def test_a_signal_is_found_at_its_mass_within_the_error_of_that_mass(changes: dict[str, object], located: bool) -> None:
    assert injection(**changes).located == located


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
