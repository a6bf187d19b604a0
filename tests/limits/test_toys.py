"""Limits from pseudo-experiments: they meet the asymptotic ones where counts are large, and replace them where not."""

import numpy as np
import pytest
from darkbelle.limits.engine import Request, examine
from darkbelle.limits.histfactory import Channel, HistFactory, Modifier, ParameterSettings, Sample
from random_models import smooth

ONE = np.ones(1)


def counting(count: float, background: float, signal: float = 1.0) -> HistFactory:
    samples = (
        Sample("signal", signal * ONE, (Modifier("mu", "normfactor"),)),
        Sample("background", background * ONE),
    )
    bounds = {"mu": ParameterSettings(bounds=((0.0, 100.0),))}
    return HistFactory("count", (Channel("bins", samples, count * ONE),), bounds)


def test_toys_and_asymptotic_formulae_meet_where_counts_are_large() -> None:
    models = [counting(10100.0, 1e4, 100.0), smooth(0)]
    toys = examine(models, Request(method="toys", toys=2000))
    asymptotic = examine(models, Request(method="cls"))
    for ours, formula in zip(toys, asymptotic, strict=True):
        # 2000 toys: about 3 % on the observed and the median limit.
        assert ours.observed == pytest.approx(formula.observed, rel=0.08)
        assert ours.expected[2] == pytest.approx(formula.expected[2], rel=0.08)
        assert any("statistical error" in note for note in ours.notes)


def test_toys_of_few_events_give_the_exact_poisson_sums() -> None:
    model = counting(3.0, 2.0)
    (toys,) = examine([model], Request(method="toys", toys=5000))
    (exact,) = examine([model], Request(method="counting"))
    assert toys.observed == pytest.approx(exact.observed, rel=0.06)
    (formula,) = examine([model], Request(method="cls", automatic=False))
    assert abs(formula.observed / exact.observed - 1) > 0.03


def test_few_expected_events_choose_exact_sums_or_toys_and_say_so() -> None:
    few, many = counting(2.0, 3.0), counting(200.0, 200.0)
    found = examine([few, many], Request(method="cls"))
    assert [each.method for each in found] == ["counting", "cls"]
    assert "3 background events" in found[0].notes[0]
    assert found[1].notes == ()
    two_bins = (Sample("signal", np.array([1.0, 1.0]), few.channels[0].samples[0].modifiers),)
    background = Sample("background", np.array([1.0, 2.0]), (Modifier("free", "normfactor"),))
    channel = Channel("bins", (*two_bins, background), np.array([1.0, 2.0]))
    (shape,) = examine([HistFactory("shape", (channel,), few.parameters)], Request(toys=400))
    assert shape.method == "toys"
    assert "400 toys" in shape.notes[0]


def test_toys_are_the_same_for_the_same_seed_wherever_they_run() -> None:
    model = counting(3.0, 2.0)
    first, again = (examine([model], Request(method="toys", toys=300, seed=4))[0].observed for _ in range(2))
    other = examine([model], Request(method="toys", toys=300, seed=5))[0].observed
    assert first == again
    assert first != other
