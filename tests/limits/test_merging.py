"""Bins that expect too few events are merged: which ones, what stays apart, and what that does to pulls of mu_hat."""

from dataclasses import replace

import numpy as np
import pytest
from darkbelle.limits.closure import least_background
from darkbelle.limits.coverage import Coverage, examine_piece, pieces, summarise
from darkbelle.limits.engine import Request, examine
from darkbelle.limits.histfactory import Array, Channel, HistFactory, Modifier, ParameterSettings, Sample
from darkbelle.limits.hypotheses import Built, build
from darkbelle.limits.inputs import Inputs
from darkbelle.limits.merging import merged_numbers
from darkbelle.limits.normalisation import Luminosity
from darkbelle.limits.parts import Draft, draft
from darkbelle.limits.smooth import Sideband, fit_smooth
from darkbelle.limits.templates import Axis, Signal, Spectrum, Template
from darkbelle.limits.validity import GAUSSIAN_ROOM, LOW_COUNT, trouble
from darkbelle.limits.windows import Indices
from darkbelle.processors.recipe import BackgroundModel, LimitRecipe, Observable, RegionRange, WindowRule
from hypothesis import given
from hypothesis import strategies as st

BINS = 100  # of 0.1 GeV; the signal lies at 5 GeV, 0.4 GeV wide
EVERY = [True] * BINS


def sums(values: Array, numbers: Indices) -> list[float]:
    return [float(each) for each in np.bincount(numbers, weights=values)]


@pytest.mark.parametrize(
    ("rates", "merged"),
    [
        ([20.0, 30.0, 10.0], [20.0, 30.0, 10.0]),  # ten known events are 3.2 standard deviations: enough
        ([20.0, 3.0, 8.0, 20.0], [20.0, 11.0, 20.0]),  # the poorest joins the poorer of its neighbours
        ([9.0, 40.0, 50.0], [49.0, 50.0]),
        ([1.0, 2.0, 3.0], [6.0]),  # nothing is left to join
        ([0.0, 0.0], [0.0]),
    ],
)
def test_the_poorest_bin_joins_the_poorer_of_its_neighbours(rates: list[float], merged: list[float]) -> None:
    numbers = merged_numbers(np.array(rates), np.zeros(len(rates)), EVERY[: len(rates) - 1], 1)
    assert sums(np.array(rates), numbers) == merged


def test_simulation_that_weighs_much_asks_for_more_events() -> None:
    # Each simulated event stands for 8: b events are b +- sqrt(b) (Poisson) +- sqrt(8 b), three deviations at b = 81.
    rates, short = np.array([40.0, 41.0, 81.0]), np.array([40.0, 40.0, 81.0])
    assert sums(rates, merged_numbers(rates, 8 * rates, EVERY[:2], 1)) == [81.0, 81.0]
    assert sums(short, merged_numbers(short, 8 * short, EVERY[:2], 1)) == [161.0]
    assert sums(rates, merged_numbers(rates, 0 * rates, EVERY[:2], 1)) == rates.tolist()


def test_bins_are_not_joined_across_a_border_and_the_fewest_are_kept() -> None:
    rates = np.array([2.0, 2.0, 2.0, 30.0])
    assert sums(rates, merged_numbers(rates, 0 * rates, [True, False, True], 1)) == [4.0, 32.0]
    assert len(sums(rates, merged_numbers(rates, 0 * rates, EVERY[:3], 3))) == 3


@given(rates=st.lists(st.floats(0.0, 40.0), min_size=1, max_size=30), weight=st.floats(0.0, 5.0))
def test_what_is_left_is_enough_or_alone(rates: list[float], weight: float) -> None:
    values = np.array(rates)
    numbers = merged_numbers(values, weight * values, EVERY[: len(rates) - 1], 1)
    assert set(np.diff(numbers)) <= {0, 1}
    left = np.array(sums(values, numbers))
    assert left.sum() == pytest.approx(values.sum())
    enough = left**2 * (1 + 1e-9) >= GAUSSIAN_ROOM**2 * (1 + weight) * left
    assert len(left) == 1 or (enough & (left >= LOW_COUNT * (1 - 1e-9))).all()


def inputs(background: Array, model: BackgroundModel, observable: Observable = "mass", **more: object) -> Inputs:
    """Give a region with a Gaussian signal and a background of `background` simulated events of weight one."""
    edges = np.linspace(0.0, 10.0, BINS + 1)
    peak = np.exp(-0.5 * ((edges[1:] - 5.05) / 0.4) ** 2)
    signal = Template("signal", 30 * peak / peak.sum(), 1e-3 * peak, {})
    spectrum = Spectrum(
        "region", (Axis(edges, "m [GeV]"),), None, {"flat": Template("flat", background, background, {})}
    )
    recipe = LimitRecipe(
        "shape", "mass", (RegionRange("region", 0.0, 10.0),), "epsilon",
        WindowRule(10.0, 0.5, (observable,)), model, (), background_order=1 if model == "polynomial" else 0, **more,  # type: ignore[arg-type]
    )  # fmt: skip
    known = Signal(5.0, {"mass": 5.0}, {"region": signal}, 1.0, 1.0, 100.0)
    names = {"experiment": "belle2", "period": "phase3"}
    lumi = Luminosity({("belle2", "phase3"): 1.0}, "scenario")
    return Inputs("valley", recipe, "Belle II", names, lumi, {"region": spectrum}, (known,))


def drafted(made: Inputs, observed: Array | None = None) -> Draft:
    return draft("valley", made.signals[0], made, {"region": observed})


def built(made: Inputs, observed: Array | None = None) -> Built:
    (found,) = build([drafted(made, observed)])
    assert isinstance(found, Built), found
    return found


def valley() -> Array:
    """Draw simulated events that are plenty on the left and right, and a few between, where the signal is."""
    x = np.linspace(-1.0, 1.0, BINS)
    return np.random.default_rng(1).poisson(0.9 + 25 * x**4).astype(float)


def study(model: HistFactory, toys: int, sigmas: float = 0.0) -> Coverage:
    (found,) = summarise(map(examine_piece, pieces(model, ["cls"], 0.90, [sigmas], toys, seed=3)))
    return found


def test_a_window_with_enough_events_in_every_bin_keeps_its_bins() -> None:
    for model in ("polynomial", "simulation"):
        made = inputs(np.full(BINS, 20.0), model)
        (part,) = built(made).parts
        assert part.window.bins == drafted(made).parts[0].window.bins == 80  # +-4 GeV


def test_a_peaking_template_of_single_events_is_merged_and_its_pulls_are_gaussian() -> None:
    made = inputs(valley(), "polynomial", peaking=("flat",))
    found, (before,) = built(made), drafted(made).parts
    (after,) = found.parts
    assert np.isin([*after.window.low, *after.window.high], [*before.window.low, *before.window.high]).all()
    assert after.nominal.sum() == pytest.approx(before.nominal.sum())
    assert least_background(found.model) > 25
    assert trouble(found.model, GAUSSIAN_ROOM) == ""
    # Events beside the peak tell of the background below it: no bin lies on both sides of its borders.
    centre, width = 5.0, 0.4
    for border in (centre - 2 * width, centre + 2 * width):
        nearest = np.abs(np.append(after.window.low, after.window.high[-1]) - border).min()
        assert nearest <= 0.1
    none, some = study(found.model, 1000), study(found.model, 1000, 3.0)
    assert abs(none.bias) < 4 * none.bias_error
    assert none.width == pytest.approx(1.0, abs=4 / np.sqrt(2 * 1000))
    assert some.covered > 0.90 - 4 * some.error


def test_without_merging_the_same_window_has_no_gaussian_pulls() -> None:
    made = inputs(valley(), "polynomial", peaking=("flat",))
    model, (part,) = built(made).model, drafted(made).parts
    background = part.window.take(valley())
    samples = (
        Sample("signal", part.nominal, (Modifier("mu", "normfactor"),)),
        Sample("flat", np.maximum(background, 1e-3)),
    )
    fine = replace(model, channels=(Channel("region", samples, background),), parameters={})
    assert "standard deviations until a bin's rate is zero" in trouble(fine, GAUSSIAN_ROOM) or "under the" in trouble(
        fine
    )


def test_data_do_not_decide_which_bins_are_merged() -> None:
    made = inputs(valley(), "polynomial", peaking=("flat",))
    data = np.full(BINS, 50.0)
    (asimov,), found = built(made).parts, built(made, data)
    (part,) = found.parts
    assert part.window.group.tolist() == asimov.window.group.tolist()
    assert part.observed is not None
    assert part.observed.sum() == 50 * len(part.window.fine)
    assert found.model.channels[0].observed.tolist() == part.window.take(data).tolist()


def test_templates_are_merged_until_simulation_knows_each_bin_and_a_whole_axis_has_no_peak() -> None:
    thin = np.where(np.arange(BINS) < 50, 100.0, (np.arange(BINS) % 9 == 0) * 1.0)
    found = built(inputs(thin, "simulation", "whole_axis"))
    (part,) = found.parts
    rates = part.window.take(thin)
    # One simulated event for one: b +- sqrt(2 b) is three deviations from zero at b = 18.
    assert part.window.bins < 52
    assert rates.min() >= 18
    assert not any("no simulated background event" in note for note in found.notes)
    assert trouble(found.model, GAUSSIAN_ROOM) == ""


def test_few_events_on_a_polynomial_keep_their_bins_and_are_no_gaussian() -> None:
    few = np.zeros(BINS)
    few[10::10] = 3.0
    made = inputs(few, "polynomial")
    found = built(made)
    assert found.parts[0].window.bins == drafted(made).parts[0].window.bins
    assert trouble(found.model)


def test_how_far_a_rate_is_from_zero_counts_what_moves_with_mu() -> None:
    # Bin 1: signal and 16 events of a background that 4 events in bin 2 tell: mu_hat = n1 - 4 n2, +- sqrt(16 + 64), so
    # that it falls 16/8.9 = 1.8 deviations to -16; the rate of bin 1 is its count, 16 +- 4, four from zero.
    signal = Sample("signal", np.array([1.0, 0.0]), (Modifier("mu", "normfactor"),))
    background = Sample("background", np.array([16.0, 4.0]), (Modifier("factor", "normfactor"),))
    settings = {"factor": ParameterSettings((1.0,), ((-50.0, 50.0),))}
    model = HistFactory("two", (Channel("bins", (signal, background), background.nominal),), settings)
    assert trouble(model, 3.9) == ""
    assert "fall 4 standard deviations" in trouble(model, 4.1)
    fixed = replace(model, channels=(Channel("bins", (signal, replace(background, modifiers=())), background.nominal),))
    assert "fall 4 standard deviations" in trouble(fixed, 4.1)


def test_a_signal_is_not_taken_for_curvature() -> None:
    made = inputs(np.full(BINS, 100.0), "polynomial")
    (before,) = drafted(made).parts
    data = np.full(BINS, 100.0) + 30 * made.signals[0].templates["region"].values
    (alone,) = fit_smooth([Sideband(before.window, before.window.take(data), np.zeros(before.window.bins))], 1)
    assert alone.order > 2
    found = built(made, data)
    assert sum(name.startswith("smooth_") for name in found.model.parameters) == 2  # a straight line
    (fit,) = examine([found.model], Request(method="profile"))
    # 900 events on a line of 100 a bin; a polynomial that follows the peak would leave nothing of them.
    assert fit.mu_hat * found.reference == pytest.approx(30.0, rel=0.01)
