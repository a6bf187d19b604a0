"""From histograms to models: weights in coarse bins, planes, whole axes, pruning, empty bins, smooth backgrounds."""

from dataclasses import replace

import hist
import numpy as np
import pytest
from darkbelle.datasets.errors import ModelError
from darkbelle.limits.histograms import read_template
from darkbelle.limits.inputs import Inputs
from darkbelle.limits.normalisation import Luminosity
from darkbelle.limits.scan import scan_inputs
from darkbelle.limits.smooth import Sideband, bernstein, fit_smooth
from darkbelle.limits.spurious import spurious_events
from darkbelle.limits.templates import Axis, Signal, Spectrum, Template
from darkbelle.limits.variations import effects
from darkbelle.limits.windows import Peak, Window, make_window
from darkbelle.processors.recipe import (
    MUON_MASS,
    LimitRecipe,
    RegionRange,
    Systematic,
    WindowRule,
    mass_of,
    observable_of,
)
from darkbelle.processors.run import SampleInfo
from hypothesis import given
from hypothesis import strategies as st

PLANE = WindowRule(2.0, 1.0, ("mass", "mass_squared"), ("mass", "higgs_mass"))


def recipe(**changes: object) -> LimitRecipe:
    fields = {
        "method": "counting", "histogram": "plane", "regions": (RegionRange("signal", 0.0, 10.0),),
        "coupling": "epsilon", "window": PLANE, "background": "simulation", "systematics": (),
    }  # fmt: skip
    return LimitRecipe(**(fields | changes))  # type: ignore[arg-type]


def whole(bins: int, low: float = 0.0, high: float = 1.0) -> Window:
    edges = np.linspace(low, high, bins + 1)
    every = np.arange(bins)
    return Window(every, every, edges[:-1], edges[1:], (low, high))


@given(mass=st.floats(0.22, 10.5))
def test_every_observable_gives_its_mass_back(mass: float) -> None:
    for observable in ("mass", "mass_squared", "reduced_mass"):
        assert mass_of(observable, observable_of(observable, mass)) == pytest.approx(mass, rel=1e-9)
    assert observable_of("reduced_mass", 2 * MUON_MASS) == 0


def test_shifts_of_weights_in_coarse_bins_scale_the_fine_ones() -> None:
    names = hist.axis.StrCategory(["tau"], name="process")
    region = hist.axis.StrCategory(["signal"], name="region")
    fine = hist.axis.Regular(4, 0.0, 4.0, name="mass")
    coarse = hist.axis.Variable([0.0, 2.0, 4.0], name="mass")
    main = hist.Hist(names, region, hist.axis.StrCategory(["nominal"], name="variation"), fine, storage="weight")
    shifts = hist.axis.StrCategory(["nominal", "trigger_up", "trigger_down"], name="variation")
    weights = hist.Hist(names, region, shifts, coarse, storage="weight")
    main.view().value[0, 0, 0] = [1.0, 3.0, 0.0, 5.0]
    main.view().variance[0, 0, 0] = [1.0, 3.0, 0.0, 5.0]
    weights.view().value[0, 0] = [[4.0, 5.0], [4.4, 5.0], [3.8, 4.0]]
    info = SampleInfo("tau", "background", "taupair", "belle2", "phase2", 1.0, None, None, 1.0, None, ())
    found = read_template(main, weights, info, "signal", 2.0)
    # +10 % in the first half, nothing in the second; -5 % and -20 % for the other sign; all times 2.
    assert found.variations["trigger_up"] == pytest.approx([2.2, 6.6, 0.0, 10.0])
    assert found.variations["trigger_down"] == pytest.approx([1.9, 5.7, 0.0, 8.0])
    assert found.variances == pytest.approx([4.0, 12.0, 0.0, 20.0])


def test_a_shift_becomes_a_change_of_yield_and_one_of_shape_and_small_ones_are_pruned() -> None:
    nominal = np.array([10.0, 20.0, 10.0])
    variations = {
        "yield_up": 1.1 * nominal, "yield_down": nominal / 1.1,
        "shape_up": np.array([11.0, 20.0, 9.0]), "shape_down": np.array([9.0, 20.0, 11.0]),
        "nothing_up": 1.0001 * nominal, "nothing_down": 0.9999 * nominal,
        "alone_up": 1.2 * nominal,
    }  # fmt: skip
    found = effects(Template("x", nominal, nominal, variations), whole(3))
    assert found.scales == pytest.approx({"yield": np.log(1.1), "alone": 0.5 * np.log(1.2 / 0.8)})
    assert found.shifts.keys() == {"shape"}
    assert found.shifts["shape"] == pytest.approx([1.0, 0.0, -1.0])


def plane_inputs() -> Inputs:
    """Give a plane of 200 x 300 bins: signal around mass 4.05 and higgs mass^2 9.1, one event a bin of background."""
    axes = (Axis(np.linspace(0, 10, 201), "m [GeV]"), Axis(np.linspace(0, 30, 301), "M^2 [GeV^2]"))
    first = np.exp(-0.5 * ((axes[0].edges[1:] - 4.05) / 0.3) ** 2)
    second = np.exp(-0.5 * ((axes[1].edges[1:] - 9.1) / 1.0) ** 2)
    values = np.outer(first, second)
    values *= 50 / values.sum()
    background = np.full(200 * 300, 1.0)
    spectrum = Spectrum("signal", axes, None, {"flat": Template("flat", background, background * 1e-4, {})})
    templates = {"signal": Template("signal", values.ravel(), values.ravel() * 1e-3, {})}
    signal = Signal(4.0, {"mass": 4.0, "higgs_mass": 3.0}, templates, 1.0, 1.0, 100.0)
    lumi = Luminosity({("belle2", "phase3"): 10.0}, "scenario")
    names = {"experiment": "belle2", "period": "phase3"}
    return Inputs("plane", recipe(), "Belle II", names, lumi, {"signal": spectrum}, (signal,))


def test_a_plane_is_counted_in_a_box_of_two_resolutions_each_way() -> None:
    (found,) = scan_inputs([plane_inputs()], checks=0).hypotheses
    assert found.status == "ok", found.status
    # +-2 sigma both ways: 95.4 % squared of 50 events out of 100 produced; 1.2/0.05 x 4/0.1 = 960 bins of 1 event.
    assert found.efficiency == pytest.approx(0.5 * 0.9545**2, rel=0.03)
    # Edges are the nearest ones: at most a bin more each way.
    assert found.background is not None
    assert 24 * 40 <= round(found.background) <= 25 * 41
    assert found.point == {"mass": 4.0, "higgs_mass": 3.0}


def test_a_plane_fitted_in_shape_is_better_than_counting_it() -> None:
    inputs = plane_inputs()
    shape = replace(inputs, recipe=recipe(method="shape", window=replace(PLANE, half_width=4.0)))
    counted, fitted = (scan_inputs([each], checks=0).hypotheses[0] for each in (inputs, shape))
    assert fitted.status == "ok", fitted.status
    limits = [each.cross_section((each.expected or ())[2]) for each in (counted, fitted)]
    assert (limits[1] or 1) < (limits[0] or 0)


def test_planes_are_not_interpolated() -> None:
    (found,) = scan_inputs([plane_inputs()], masses=(4.5,), checks=0).hypotheses
    assert found.status.startswith("failed: a plane's hypotheses are the simulated ones")


def test_where_the_axis_does_not_tell_the_mass_the_whole_of_it_is_the_window() -> None:
    axis = Axis(np.linspace(0, 3, 4), "tracks")
    window = make_window((axis,), (Peak(1.5, 0.3),), WindowRule(2.0, 1.0, ("whole_axis",)), merged=True)
    assert window.take(np.array([1.0, 2.0, 4.0])) == pytest.approx([7.0])


def test_a_window_inside_an_excluded_range_is_refused() -> None:
    axis = Axis(np.linspace(0, 10, 1001), "m")
    with pytest.raises(ModelError, match="excluded range"):
        make_window((axis,), (Peak(3.1, 0.01),), WindowRule(2.0, 1.0), merged=True, excluded=[(3.0, 3.2)])


def test_regions_and_processes_name_what_an_uncertainty_concerns() -> None:
    systematics = (
        Systematic("trigger", 0.05, "signal", "trigger", "invented", regions=("elsewhere",)),
        Systematic("tau", 0.22, "background", "tau_{experiment}", "invented", processes=("flat",)),
        Systematic("other", 0.22, "background", "other", "invented", processes=("sharp",)),
    )
    inputs = replace(plane_inputs(), recipe=recipe(systematics=systematics))
    (specification,) = scan_inputs([inputs], checks=0).workspaces.values()
    names = {m["name"] for sample in specification["channels"][0]["samples"] for m in sample["modifiers"]}
    assert "tau_belle2" in names
    assert not names & {"trigger", "other"}


def test_a_small_statistical_error_of_the_simulation_is_pruned_and_a_large_one_kept() -> None:
    inputs = plane_inputs()
    spectrum = inputs.spectra["signal"]
    flat = spectrum.backgrounds["flat"]
    kinds = []
    for variance in (1e-4, 0.1):
        noisy = replace(spectrum, backgrounds={"flat": replace(flat, variances=variance * flat.values)})
        (specification,) = scan_inputs([replace(inputs, spectra={"signal": noisy})], checks=0).workspaces.values()
        samples = specification["channels"][0]["samples"]
        kinds.append({m["type"] for sample in samples for m in sample["modifiers"]})
    assert "staterror" not in kinds[0]
    assert "staterror" in kinds[1]


@given(order=st.integers(1, 8), bins=st.integers(2, 40))
def test_bernstein_polynomials_are_positive_and_add_up_to_a_constant(order: int, bins: int) -> None:
    window = whole(bins, 2.0, 5.0)
    basis = bernstein(window.low, window.high, window.span, order)
    assert (basis >= 0).all()
    assert basis.sum(axis=1) == pytest.approx(np.ones(order + 1))
    assert basis.sum(axis=0) == pytest.approx(np.full(bins, (order + 1) / bins))


def test_smooth_fits_find_their_own_polynomials_and_raise_the_order_where_they_have_to() -> None:
    window = whole(60)
    x = (window.low + window.high) / 2
    line, wave = 1000 * (1 - 0.5 * x), 1000 * (1 + 0.5 * np.sin(9 * x))
    fits = fit_smooth([Sideband(window, each, np.zeros(60)) for each in (line, wave)], 1)
    assert fits[0].order == 1
    assert fits[0].factors @ fits[0].basis == pytest.approx(line, rel=1e-4)
    assert fits[1].order >= 4


def test_a_bias_of_the_background_form_is_measured_and_statistics_are_no_bias() -> None:
    window = whole(60)
    x = (window.low + window.high) / 2
    bump = np.exp(-0.5 * ((x - 0.5) / 0.04) ** 2)
    flat = np.full(60, 1000.0)
    (fit,) = fit_smooth([Sideband(window, flat, np.zeros(60))], 1)
    hidden = flat + 500 * bump / bump.sum()
    noisy = 10.0 * np.random.default_rng(1).poisson(flat / 10).astype(
        np.float64
    )  # a tenth of the events, each counting ten
    sidebands = [Sideband(window, hidden, np.zeros(60), 0.01), Sideband(window, noisy, np.zeros(60), 10.0)]
    found = spurious_events(sidebands, [fit, fit], [bump, bump], [("a", 0.0, 1.0), ("b", 0.0, 1.0)])
    shared = spurious_events(sidebands, [fit, fit], [bump, bump], [("a", 0.0, 1.0), ("a", 0.1, 1.1)])
    apart = spurious_events(sidebands, [fit, fit], [bump, bump], [("a", 0.0, 1.0), ("a", 0.5, 1.5)])
    assert found[0] == pytest.approx(500.0, rel=0.1)
    assert found[1] == 0.0
    # Hypotheses whose windows nearly coincide share the larger bias, others do not.
    assert shared[1] == found[0]
    assert apart[1] == 0.0


def test_a_window_rule_without_a_parameter_for_each_axis_is_refused() -> None:
    with pytest.raises(ValueError, match="one parameter for each observable"):
        WindowRule(2.0, 1.0, ("mass", "mass"))
