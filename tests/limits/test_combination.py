"""Regions and runs in one limit: what combining must and must not do."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
import pytest
from darkbelle.limits.engine import examine
from darkbelle.limits.histfactory import read_workspace
from darkbelle.limits.inputs import Inputs, read_inputs
from darkbelle.limits.scan import scan as scan_checked
from darkbelle.limits.scan import scan_inputs
from darkbelle.processors.recipe import RegionRange, Systematic
from darkbelle.processors.run import Run

MakeRun = Callable[..., Run]
scan = partial(scan_checked, checks=0)
COUNT = "zprime_invisible"


def flat(size: float, name: str) -> tuple[Systematic, ...]:
    return (Systematic(name, size, "signal", name, "invented"),)


def with_recipe(inputs: Inputs, **changes: Any) -> Inputs:
    return replace(inputs, recipe=replace(inputs.recipe, **changes))


def median(*inputs: Inputs) -> float:
    """Median expected limit on the cross section in nb."""
    (only,) = scan_inputs(inputs, checks=0).hypotheses
    assert only.status == "ok", only.status
    found = only.cross_section((only.expected or ())[2])
    assert found is not None
    return found


def two_regions(inputs: Inputs, second_scale: float) -> Inputs:
    """Give a channel a second region whose background is `second_scale` times the first one's, as ee beside mumu."""
    spectrum = inputs.spectra["signal"]
    worse = {name: each.times(second_scale) for name, each in spectrum.backgrounds.items()}
    spectra = {"ee": replace(spectrum, region="ee"), "mumu": replace(spectrum, region="mumu", backgrounds=worse)}
    signals = tuple(
        replace(each, templates=dict.fromkeys(("ee", "mumu"), each.templates["signal"])) for each in inputs.signals
    )
    regions = (RegionRange("ee", 0.0, 9.0), RegionRange("mumu", 0.0, 9.0))
    return with_recipe(replace(inputs, spectra=spectra, signals=signals), regions=regions)


def only(inputs: Inputs, region: str) -> Inputs:
    return with_recipe(inputs, regions=tuple(each for each in inputs.recipe.regions if each.region == region))


@pytest.mark.parametrize("second_scale", [0.1, 1.0, 30.0])
def test_the_combination_is_never_worse_than_the_better_of_ee_and_mumu(make_run: MakeRun, second_scale: float) -> None:
    both = two_regions(read_inputs(make_run(), COUNT), second_scale)
    alone = [median(only(both, region)) for region in ("ee", "mumu")]
    together = median(both)
    assert together <= min(alone) * (1 + 1e-6)
    assert together > 0.5 * min(alone)


def test_regions_are_channels_of_one_workspace_and_share_nuisance_parameters_by_name(make_run: MakeRun) -> None:
    both = two_regions(read_inputs(make_run(), COUNT), 1.0)
    (specification,) = scan_inputs([both], checks=0).workspaces.values()
    assert [each["name"] for each in specification["channels"]] == ["ee", "mumu"]
    names = [
        {m["name"] for sample in channel["samples"] for m in sample["modifiers"] if m["type"] == "normsys"}
        for channel in specification["channels"]
    ]
    assert "luminosity_belle2" in names[0] & names[1]
    assert names[0] ^ names[1] == {"signal_simulation_ee", "signal_simulation_mumu"}


def test_two_equal_runs_are_one_run_of_twice_the_luminosity(make_run: MakeRun) -> None:
    run = make_run()
    inputs = with_recipe(read_inputs(run, COUNT), systematics=())
    double = with_recipe(read_inputs(run, COUNT, luminosity=1.0), systematics=())
    # The simulation's statistics are two independent sets there and one here: leave them out.
    exact = [_without_statistics(each) for each in (inputs, double)]
    assert median(exact[0], exact[0]) == pytest.approx(median(exact[1]), rel=2e-3)


def _without_statistics(inputs: Inputs) -> Inputs:
    spectra = {
        name: replace(each, backgrounds={p: replace(t, variances=0 * t.variances) for p, t in each.backgrounds.items()})
        for name, each in inputs.spectra.items()
    }
    signals = tuple(
        replace(each, templates={n: replace(t, variances=0 * t.variances) for n, t in each.templates.items()})
        for each in inputs.signals
    )
    return replace(inputs, spectra=spectra, signals=signals)


def test_with_infinite_statistics_a_correlated_uncertainty_stays_and_uncorrelated_ones_average(
    make_run: MakeRun,
) -> None:
    """The relative error of mu is then ln(1.1) (log-normal) where the 10 % are shared, ln(1.1)/sqrt(2) where not."""
    errors = {}
    for kind, names in (("shared", ("luminosity", "luminosity")), ("own", ("luminosity_a", "luminosity_b"))):
        parts = [
            _without_statistics(
                with_recipe(read_inputs(make_run(), COUNT, luminosity=1e8), systematics=flat(0.1, name))
            )
            for name in names
        ]
        errors[kind] = _relative_error(parts)
    assert errors["shared"] == pytest.approx(np.log(1.1), rel=0.02)
    assert errors["own"] == pytest.approx(np.log(1.1) / np.sqrt(2), rel=0.02)


def _relative_error(parts: list[Inputs]) -> float:
    """Relative error of mu where the signal is a hundred times its own limit."""
    (specification,) = scan_inputs(parts, checks=0).workspaces.values()
    model = read_workspace(specification)
    expected = {
        each.name: np.sum([(100.0 if one.name == "signal" else 1.0) * one.nominal for one in each.samples], axis=0)
        for each in model.channels
    }
    (found,) = examine([model.with_observed(expected)])
    assert found.mu_hat == pytest.approx(100.0, rel=1e-3)
    return found.mu_error / found.mu_hat


def test_runs_of_other_couplings_and_energies_are_aligned_by_mass_at_one_coupling(make_run: MakeRun) -> None:
    first, second = make_run(masses=(2.0,)), make_run(masses=(2.0,))
    samples = {
        # Twice the coupling is four times the cross section; half of that from another energy.
        name: replace(info, reference_coupling=0.2, cross_section=2 * (info.cross_section or 0.0))
        if info.kind == "signal"
        else info
        for name, info in second.samples.items()
    }
    combined = scan([first, replace(second, samples=samples)], COUNT).hypotheses[0]
    # At the first run's coupling (0.1) the second has half of the cross section; both have the same luminosity.
    assert combined.coupling == pytest.approx(0.1)
    assert combined.born == pytest.approx(0.001 * (1 + 0.5) / 2)
    alone = scan(first, COUNT).hypotheses[0]
    assert (combined.coupling_at((combined.expected or ())[2]) or 1) < (
        alone.coupling_at((alone.expected or ())[2]) or 0
    )


def test_a_mass_that_one_run_does_not_know_is_left_to_the_other(make_run: MakeRun) -> None:
    found = scan([make_run(masses=(2.0, 3.0)), make_run(masses=(3.0,))], COUNT)
    assert [len(each["channels"]) for each in found.workspaces.values()] == [1, 2]
    assert [each.status for each in found.hypotheses] == ["ok", "ok"]
