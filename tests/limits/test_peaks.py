"""Peaks among wrong candidates, regions without background, and names of modes."""

from collections.abc import Callable

import numpy as np
import pytest
from darkbelle.limits.histfactory import Array
from darkbelle.limits.inputs import mode_of, read_inputs
from darkbelle.limits.scan import scan
from darkbelle.limits.windows import find_core, find_peak
from darkbelle.processors.run import Run
from hypothesis import example, given
from hypothesis import strategies as st
from scipy.stats import norm

EDGES = np.linspace(0.0, 10.0, 2001)


def candidates(centre: float, width: float, purity: float) -> Array:
    """One right candidate for every 1/purity, the others anywhere below 9 GeV: more of them at low masses."""
    right = np.diff(norm.cdf(EDGES, centre, width))
    wrong = np.diff(np.clip(EDGES / 9.0, 0.0, 1.0) ** 0.8)
    values: Array = purity * right + (1 - purity) * wrong
    return values


@given(st.floats(1.0, 8.0), st.floats(0.01, 0.08), st.floats(0.2, 0.6))
@example(1.0625, 0.078125, 0.201171875)  # wrong candidates fall steeply across the peak
def test_a_peak_among_wrong_candidates_has_its_own_place_and_width(centre: float, width: float, purity: float) -> None:
    values = candidates(centre, width, purity)
    peak = find_core(values, EDGES)
    assert peak.centre == pytest.approx(centre, abs=0.2 * width)
    assert peak.width == pytest.approx(width, rel=0.15)
    assert find_peak(values, EDGES).width > 10 * width  # half of the central 68 % of all candidates


def test_a_peak_without_wrong_candidates_stays_what_it_is() -> None:
    values = np.diff(norm.cdf(EDGES, 4.0, 0.05))
    assert find_core(values, EDGES).width == pytest.approx(0.05, rel=0.02)


@pytest.mark.parametrize("centre", [0.1, 0.2, 9.85])
def test_a_peak_at_the_end_of_the_axis_keeps_its_place_and_width(centre: float) -> None:
    right = np.diff(norm.cdf(EDGES, centre, 0.05))
    wrong = np.diff(EDGES) / 10.0  # flat up to the ends, where nothing is beyond
    peak = find_core(0.3 * right + 0.7 * wrong, EDGES)
    assert peak.centre == pytest.approx(centre, abs=0.2 * 0.05)
    assert peak.width == pytest.approx(0.05, rel=0.15)


def test_a_peak_that_fills_its_axis_has_nothing_beside_it() -> None:
    values = np.diff(norm.cdf(EDGES, 5.0, 4.0))
    assert find_core(values, EDGES) == find_peak(values, EDGES)


def test_a_region_that_nothing_reaches_expects_nothing_and_says_so(make_run: Callable[..., Run]) -> None:
    run = make_run(background_events=0)
    found = scan(run, "zprime_invisible", checks=0).hypotheses[0]
    assert found.status == "ok"
    assert "no simulated background event in the whole region: none is expected" in found.notes
    assert found.expected is not None
    assert found.reference is not None
    # No event seen where none is expected: -ln 0.1 = 2.303 events, and a little more for the uncertain efficiency.
    events = (
        found.expected[2]
        * found.reference
        / 0.001
        * sum(float(each.values.sum()) for each in read_inputs(run, "zprime_invisible").signals[0].templates.values())
    )
    assert 2.30 < events < 2.5


def test_samples_of_one_particle_are_told_apart_by_how_their_names_begin() -> None:
    assert mode_of("dark_photon_ee_m0.5") == "dark_photon_ee"
    assert mode_of("dark_photon_mumu_m0.5_g0.001") == "dark_photon_mumu"
    assert mode_of("my_signal") == mode_of("zprime 2 GeV") == ""
