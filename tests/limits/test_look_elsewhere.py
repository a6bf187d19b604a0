"""Global significance: the trials factor of independent counts is known; overlapping windows have fewer trials."""

import numpy as np
import pytest
from darkbelle.limits.histfactory import Channel, HistFactory, Modifier, Sample
from darkbelle.limits.look_elsewhere import (
    Cut,
    SharedSpectrum,
    draw_scans,
    global_significance,
    gross_vitells,
    toy_pieces,
    up_crossings,
)
from scipy.stats import norm

FINE = 60
EVENTS = 400.0  # in each fine bin


def scan(step: int) -> tuple[list[HistFactory], SharedSpectrum]:
    """Count in windows of four fine bins, `step` fine bins apart."""
    models, windows = [], []
    for first in range(0, FINE - 3, step):
        expected = 4 * EVENTS * np.ones(1)
        samples = (
            Sample("signal", np.sqrt(expected), (Modifier("mu", "normfactor"),)),
            Sample("background", expected),
        )
        models.append(HistFactory(f"at{first}", (Channel("count", samples, expected),)))
        windows.append({"count": Cut("spectrum", np.arange(first, first + 4), np.zeros(4, dtype=np.int64))})
    return models, SharedSpectrum({"spectrum": EVENTS * np.ones(FINE)}, tuple(windows))


def test_up_crossings_are_counted_where_q0_rises_through_the_level() -> None:
    assert up_crossings(np.array([0.0, 1.0, 0.7, 0.2, 0.9, 0.0])) == 2
    assert up_crossings(np.array([1.0, 0.0, 0.0])) == 1
    assert up_crossings(np.zeros(5)) == 0


def test_the_formula_is_the_local_p_value_plus_the_crossings_expected_above() -> None:
    assert gross_vitells(3.0, 0.0) == pytest.approx(norm.sf(3.0))
    assert gross_vitells(3.0, 10.0) == pytest.approx(norm.sf(3.0) + 10 * np.exp(-(9 - 0.5) / 2))
    assert gross_vitells(0.1, 1000.0) == 1.0


def test_independent_counts_have_one_trial_each() -> None:
    models, spectrum = scan(4)
    number = len(models)
    assert spectrum.overlap() == 0.0
    local = norm.sf(2.5)
    found = global_significance(
        [each.name for each in models], [0.5] * (number - 1) + [local], toy_pieces(models, spectrum, 600, seed=2)
    )
    # At least one of n independent p-values is as small: 1 - (1 - p)^n = 0.089; 600 toys know it to 0.012.
    assert found.toy_p == pytest.approx(1 - (1 - local) ** number, abs=4 * found.toy_error)
    assert found.hypothesis == models[-1].name
    # The bound holds; it counts every crossing of a scan without correlation.
    assert found.gross_vitells > found.toy_p - 4 * found.toy_error


def test_overlapping_windows_are_correlated_and_have_fewer_trials_than_hypotheses() -> None:
    models, spectrum = scan(1)
    assert spectrum.overlap() == pytest.approx(0.75)
    local = norm.sf(2.5)
    names = [each.name for each in models]
    found = global_significance(names, [local] * len(models), toy_pieces(models, spectrum, 400, seed=3))
    independent = 1 - (1 - local) ** len(models)
    assert found.toy_p < 0.8 * independent
    assert found.toy_p > local
    # Windows with sharp edges add crossings: the formula is a bound, of the same size.
    assert found.toy_p - 2 * found.toy_error < found.gross_vitells < 2.5 * found.toy_p


def test_the_same_seed_draws_the_same_scans() -> None:
    models, spectrum = scan(4)
    (piece,) = toy_pieces(models, spectrum, 5, seed=1)
    (other,) = toy_pieces(models, spectrum, 5, seed=2)
    assert draw_scans(piece) == draw_scans(piece) != draw_scans(other)
