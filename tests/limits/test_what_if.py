"""Expected limits with one thing changed, where statistics says what they become."""

import hist
import numpy as np
import pytest
from darkbelle.limits.inputs import Inputs, inputs_of
from darkbelle.limits.what_if import WhatIf, what_if
from darkbelle.processors.recipe import LimitRecipe, RegionRange, Systematic, WindowRule
from scipy.stats import norm

RECIPE = LimitRecipe(
    method="shape",
    histogram="mass",
    regions=(RegionRange("signal", 0.0, 10.0),),
    coupling="epsilon",
    window=WindowRule(half_width=10.0, spacing=0.5),
    background="polynomial",
    systematics=(Systematic("efficiency", 0.05, "signal", "efficiency", "a test"),),
)


def inputs(background: float) -> Inputs:
    """Make a flat background (events in a bin of 10 MeV) and signals of 50 MeV resolution at three masses."""
    axis = hist.axis.Regular(1000, 0.0, 10.0, name="mass", label="m [GeV]")
    flat = hist.Hist(axis, storage=hist.storage.Weight())
    flat.view()["value"] = flat.view()["variance"] = background
    signals = {}
    for mass in (3.0, 4.0, 5.0):
        signals[mass] = hist.Hist(axis, storage=hist.storage.Weight())
        signals[mass].view()["value"] = 1000 * np.diff(norm.cdf(axis.edges, mass, 0.05))
    return inputs_of(
        RECIPE, {"flat": flat}, signals, luminosity=1.0, cross_sections=dict.fromkeys(signals, 0.01), coupling=1e-3
    )


def found() -> list[WhatIf]:
    return what_if(inputs(1e4), [4.0, 4.5], lambda mass: 1e-3 * mass, 0.90)


def test_limits_with_one_thing_changed_go_as_statistics_says() -> None:
    """Beside much background a cross section's limit goes as sqrt(B)/efficiency, a coupling's as its square root."""
    for each in found():
        changed = {name: limit / each.limit for name, limit in each.changed.items()}
        assert changed["twice the efficiency"] == pytest.approx(2**-0.5, rel=1e-3)
        assert changed["half the background"] == pytest.approx(2**-0.25, rel=5e-3)
        assert changed["a tenth of the background"] == pytest.approx(10**-0.25, rel=0.01)
        assert changed["two thirds of signal and background"] == pytest.approx(1.5**0.25, rel=5e-3)
        assert 0.98 < changed["no systematic uncertainty"] < 1
        assert changed["no spurious signal"] <= 1


def test_a_limit_is_the_published_ones_multiple_that_its_ratio_says() -> None:
    assert [each.mass for each in found()] == [4.0, 4.5]
    for each in found():
        assert each.ratio == pytest.approx(each.limit / (1e-3 * each.mass))
        assert each.efficiency == pytest.approx(0.1, rel=1e-2)  # 1000 events of 1 fb^-1 times 0.01 nb
