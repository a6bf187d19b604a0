"""The samples of a spurious signal: nothing in sum, the signal's shape at any size, and pulls of width one."""

import numpy as np
import pyhf
import pytest
from darkbelle.limits.coverage import examine_piece, pieces, summarise
from darkbelle.limits.histfactory import Array, Channel, HistFactory, ParameterSettings, Sample
from darkbelle.limits.model import quiet_pyhf
from darkbelle.limits.modelling import make_sample
from darkbelle.limits.spurious import spurious_samples
from darkbelle.limits.variations import Effects
from scipy.stats import norm

EDGES = np.linspace(-10.0, 10.0, 41)  # of a window, in resolutions
FLAT = np.full(40, 25_000.0)
PEAK = 500.0 * np.diff(norm.cdf(EDGES))
MOVED = {"momentum_scale": 500.0 * np.diff(norm.cdf(EDGES, 0.15)) - PEAK}  # a seventh of a resolution
SPURIOUS = 2_500.0  # the yield's own error is sqrt(25,000 x 2 x 2 sqrt(pi)) = 421: six times as many


def model(*spurious: Sample) -> HistFactory:
    signal = make_sample("signal", "ee", PEAK, Effects({}, MOVED), "mu")
    smooth = make_sample("smooth", "ee", FLAT, Effects(), "smooth")
    parameters = {"mu": ParameterSettings((1.0,), ((0.0, 100.0),)), "smooth": ParameterSettings((1.0,), ((0.0, 50.0),))}
    return HistFactory("peak", (Channel("ee", (signal, smooth, *spurious), FLAT),), parameters)


def width(whole: HistFactory) -> tuple[float, float]:
    (found,) = summarise([examine_piece(each) for each in pieces(whole, ["cls"], 0.9, [0.0], 1000, 1)])
    return found.width, found.width / (2 * found.fitted) ** 0.5


def test_a_spurious_signal_moves_with_the_signal_so_that_pulls_have_width_one() -> None:
    rigid, wider = width(model(*spurious_samples(SPURIOUS, "ee", PEAK, {})))
    size, error = width(model(*spurious_samples(SPURIOUS, "ee", PEAK, MOVED)))
    assert size == pytest.approx(1.0, abs=3 * error)
    assert rigid > 1.0 + 3 * wider  # mu and a rigid one cancel, and what the shift makes of mu fits fluctuations


def test_pyhf_finds_the_yield_in_the_signals_shape_at_any_size_and_nothing_at_none() -> None:
    plain = model(*spurious_samples(SPURIOUS, "ee", PEAK, MOVED))
    with quiet_pyhf():
        theirs = pyhf.Workspace(plain.to_workspace()).model()
    at = {"mu": 0.0, "smooth": 1.0, "momentum_scale": 0.0, "spurious_signal_ee": 0.0}
    names = theirs.config.par_names

    def expected(**changed: float) -> Array:
        found = theirs.expected_data([(at | changed)[name] for name in names], include_auxdata=False)
        return np.asarray(found, dtype=np.float64)

    assert expected(momentum_scale=1.0) == pytest.approx(FLAT, rel=1e-12)
    for size in (-2.0, 1.0, 2.0):
        added = expected(spurious_signal_ee=size, momentum_scale=1.0) - FLAT
        # exp(size/1000) - 1 is size/1000 within .1 %.
        assert added == pytest.approx(size * SPURIOUS / 500.0 * (PEAK + MOVED["momentum_scale"]), rel=2e-3, abs=1e-6)


def test_a_signal_of_one_certain_shape_needs_no_pair() -> None:
    (only,) = spurious_samples(SPURIOUS, "ee", PEAK, {})
    assert not only.nominal.any()
    assert only.modifiers[0].data[1].sum() == pytest.approx(SPURIOUS)
