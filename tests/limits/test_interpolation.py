"""Signals between simulated masses, and the hypotheses that follow from the recipe's spacing."""

from dataclasses import replace

import hist
import numpy as np
import pytest
from darkbelle.datasets.errors import ModelError
from darkbelle.limits.inputs import Inputs, inputs_of
from darkbelle.limits.morphing import SignalModel, fit_efficiency
from darkbelle.limits.normalisation import Luminosity
from darkbelle.limits.points import SignalSource, choose_points
from darkbelle.limits.scan import scan_inputs
from darkbelle.limits.templates import Axis, Signal, Spectrum, Template
from darkbelle.limits.windows import find_peak
from darkbelle.processors.recipe import LimitRecipe, RegionRange, WindowRule
from scipy.stats import norm

EDGES = np.linspace(0.0, 10.0, 2001)
RECIPE = LimitRecipe(
    method="shape",
    histogram="mass",
    regions=(RegionRange("signal", 0.0, 10.0),),
    coupling="epsilon",
    window=WindowRule(half_width=10.0, spacing=0.5),
    background="polynomial",
    systematics=(),
    background_order=1,
    excluded=((3.05, 3.15),),
)


def width(mass: float) -> float:
    """Resolution in GeV that grows with the mass."""
    return 0.02 + 0.01 * mass


def efficiency(mass: float) -> float:
    return 0.3 - 0.02 * mass


RULE = WindowRule(half_width=5.0, spacing=1.0)


def shape(mass: float) -> np.ndarray:
    return np.diff(norm.cdf(EDGES, mass, width(mass)))


def produced(mass: float) -> float:
    """Events produced: an exposure of 1000 events per nb times the cross section, which falls with the mass."""
    return float(1000.0 * np.exp(-mass))


def signal(mass: float) -> Signal:
    values = produced(mass) * efficiency(mass) * shape(mass)
    variances = values * produced(mass) / 1e4  # 10^4 simulated events
    template = Template("signal", values, variances, {})
    return Signal(mass, {"mass": mass}, {"signal": template}, float(np.exp(-mass)), 1.0, produced(mass))


def model(masses: tuple[float, ...]) -> SignalModel:
    return SignalModel([signal(mass) for mass in masses], {"signal": EDGES}, {"signal": RULE})


@pytest.mark.parametrize("mass", [1.3, 2.5, 4.71, 7.9])
def test_a_morphed_signal_has_the_place_width_and_yield_of_its_mass(mass: float) -> None:
    made = model((1.0, 2.0, 4.0, 6.0, 8.0)).at(mass, ["signal"])
    values = made.templates["signal"].values
    peak = find_peak(values, EDGES)
    assert peak.centre == pytest.approx(mass, abs=0.05 * width(mass))
    assert peak.width == pytest.approx(width(mass), rel=0.03)
    assert values.sum() == pytest.approx(produced(mass) * efficiency(mass), rel=1e-3)
    # Half of the summed difference of two shapes is the share of events that are in the wrong bins.
    assert 0.5 * np.abs(values / values.sum() - shape(mass)).sum() < 0.02
    assert made.cross_section == pytest.approx(np.exp(-mass), rel=1e-6)


def test_a_morphed_signal_at_a_simulated_mass_is_the_simulated_one() -> None:
    made = model((1.0, 2.0, 4.0)).at(2.0, ["signal"]).templates["signal"].values
    assert made == pytest.approx(produced(2.0) * efficiency(2.0) * shape(2.0), abs=1e-3)


def test_shifted_shapes_are_morphed_like_the_nominal_one() -> None:
    shifted = []
    for mass in (1.0, 2.0, 4.0):
        made = signal(mass)
        nominal = made.templates["signal"]
        up = produced(mass) * efficiency(mass) * np.diff(norm.cdf(EDGES, mass + 0.5 * width(mass), width(mass)))
        template = replace(nominal, variations={"scale_up": up})
        shifted.append(replace(made, templates={"signal": template}))
    morphed = SignalModel(shifted, {"signal": EDGES}, {"signal": RULE}).at(3.0, ["signal"]).templates["signal"]
    assert find_peak(morphed.variations["scale_up"], EDGES).centre == pytest.approx(3.0 + 0.5 * width(3.0), abs=2e-3)


def test_outside_the_simulated_masses_nothing_is_invented() -> None:
    with pytest.raises(ModelError, match="lies outside the simulated 1 to 4 GeV"):
        model((1.0, 2.0, 4.0)).at(4.5, ["signal"])
    with pytest.raises(ModelError, match="need 3"):
        model((1.0, 2.0))


def test_the_error_of_a_smooth_efficiency_covers_it() -> None:
    """Straight line through 9 points of 3 %: pulls of the fit at a point in between have width 1."""
    rng, masses = np.random.default_rng(2), np.linspace(1, 9, 9)
    truth, sigma = 0.3 - 0.02 * masses, 0.03 * (0.3 - 0.02 * masses)
    pulls = []
    for _ in range(300):
        found = fit_efficiency(masses, rng.normal(truth, sigma), sigma)
        value = found.value(4.3)
        pulls.append((value - (0.3 - 0.02 * 4.3)) / (found.error(4.3) * value))
    assert np.std(pulls) == pytest.approx(1.0, abs=0.2)
    assert abs(np.mean(pulls)) < 0.2


def test_an_efficiency_with_an_edge_is_joined_point_by_point() -> None:
    masses = np.linspace(1, 9, 9)
    values = np.where(masses < 5.5, 0.3, 0.1)
    found = fit_efficiency(masses, values, np.full(9, 0.001))
    assert [found.value(mass) for mass in (2.0, 8.0)] == pytest.approx([0.3, 0.1])
    assert found.error(8.0) == pytest.approx(0.01)


def histogram(values: np.ndarray) -> hist.Hist:
    made = hist.Hist(hist.axis.Variable(EDGES, name="mass", label="mass [GeV]"), storage=hist.storage.Weight())
    made.view().value, made.view().variance = values, values
    return made


def inputs(masses: tuple[float, ...]) -> Inputs:
    background = {"smooth": histogram(200.0 - 15.0 * (EDGES[1:] + EDGES[:-1]) / 2)}
    signals = {mass: histogram(1000.0 * efficiency(mass) * shape(mass)) for mass in masses}
    sections = dict.fromkeys(masses, 1e-06 / 0.5 * 1000)
    return inputs_of(RECIPE, background, signals, luminosity=0.5, cross_sections=sections)


def test_hypotheses_are_half_a_resolution_apart_and_leave_out_excluded_masses() -> None:
    made = inputs((1.0, 2.0, 4.0))
    masses = [each["mass"] for each in choose_points([SignalSource(made)], RECIPE, "spaced")]
    assert masses[0] == 1.0
    assert 4.0 - 0.5 * width(4.0) < masses[-1] <= 4.0
    assert not [mass for mass in masses if 3.05 <= mass < 3.15]
    steps = np.diff(masses)[:20]
    assert steps == pytest.approx([0.5 * width(mass) for mass in masses[:20]], rel=0.05)


def test_a_scan_from_histograms_in_memory_agrees_between_simulated_masses_with_simulating_them() -> None:
    coarse = scan_inputs([inputs((1.0, 2.0, 4.0, 6.0, 8.0))], masses=(5.0,), checks=0).hypotheses[0]
    simulated = scan_inputs([inputs((4.9, 5.0, 5.1))], masses=(5.0,), checks=0).hypotheses[0]
    ours, theirs = (each.cross_section((each.expected or ())[2]) for each in (coarse, simulated))
    assert ours == pytest.approx(theirs, rel=0.02)


def test_neighbouring_windows_that_overlap_are_told() -> None:
    found = scan_inputs([inputs((1.0, 2.0, 4.0))], masses=(2.0, 2.02, 2.04), checks=0)
    assert any("windows overlap" in note for note in found.notes)


def test_bins_of_excluded_masses_are_left_out_of_windows_beside_them() -> None:
    (specification,) = scan_inputs([inputs((1.0, 2.0, 4.0))], masses=(3.2,), checks=0).workspaces.values()
    (near,) = (len(each["data"]) for each in specification["observations"])
    (specification,) = scan_inputs([inputs((1.0, 2.0, 4.0))], masses=(2.0,), checks=0).workspaces.values()
    (far,) = (len(each["data"]) for each in specification["observations"])
    # 0.1 of +-0.52 GeV are cut out; bins are half a resolution wide, windows +-10 resolutions.
    assert far == pytest.approx(40, abs=2)
    assert near == pytest.approx(40 * (1 - 0.1 / 1.04), abs=2)


def two_modes(modes_add: bool) -> Inputs:
    """Mode a was simulated at 1, 2, 4 and 6 GeV; mode b, which is as frequent, at 2, 4 and 6 GeV."""
    one = [replace(signal(mass), mode="a") for mass in (1.0, 2.0, 4.0, 6.0)]
    other = [replace(signal(mass), mode="b") for mass in (2.0, 4.0, 6.0)]
    flat = np.full(len(EDGES) - 1, 10.0)
    spectra = {"signal": Spectrum("signal", (Axis(EDGES, "m [GeV]"),), None, {"flat": Template("", flat, flat, {})})}
    lumi, names = Luminosity({("", ""): 1.0}, "scenario"), {"experiment": "", "period": ""}
    return Inputs("s", replace(RECIPE, modes_add=modes_add), "", names, lumi, spectra, (*one, *other))


@pytest.mark.parametrize(("mass", "modes"), [(1.0, 1), (2.0, 2), (3.0, 2), (1.5, 1)])
def test_modes_of_one_particle_add_up_at_every_mass_that_they_reach(mass: float, modes: int) -> None:
    """Twice the cross section, events and templates where both modes are; b cannot be known below 2 GeV."""
    found = SignalSource(two_modes(True)).at({"mass": mass})
    alone = SignalSource(replace(two_modes(True), signals=two_modes(True).signals[:4])).at({"mass": mass})
    assert found.cross_section == pytest.approx(modes * alone.cross_section, rel=2e-3)
    assert found.produced == pytest.approx(modes * alone.produced, rel=2e-3)
    assert found.templates["signal"].values.sum() == pytest.approx(
        modes * alone.templates["signal"].values.sum(), rel=1e-2
    )


def test_signals_of_different_kinds_are_not_interpolated_into_one_another() -> None:
    source = SignalSource(two_modes(False))
    with pytest.raises(ModelError, match="a, b are signals of different kinds"):
        source.at({"mass": 3.0})
