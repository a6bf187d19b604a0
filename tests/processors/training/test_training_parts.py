from dataclasses import replace

import hist
import numpy as np
import pandas as pd
import pytest
from darkbelle.datasets.errors import InputError
from darkbelle.processors.channel import CutVariable
from darkbelle.processors.training.comparing import Terms, compare
from darkbelle.processors.training.levelling import best_odds
from darkbelle.processors.training.quality import area_under_curve, overtraining, smoothness
from darkbelle.processors.training.rows import BINS, LARGEST_SHARE, flat_weights, training_rows
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import roc_auc_score

TERMS = Terms(half_width=2.0, luminosity=1.0, significance=1.28)


def rows_of(seed: int, signal: int = 2000, background: int = 4000) -> pd.DataFrame:
    """Draw a narrow signal on a flat background; `good` tells them apart, `poor` half as well."""
    rng = np.random.default_rng(seed)
    is_signal = np.arange(signal + background) < signal
    good = np.where(is_signal, rng.normal(0.7, 0.1, len(is_signal)), rng.normal(0.4, 0.1, len(is_signal)))
    return pd.DataFrame(
        {
            "sample": np.where(is_signal, "dark", "photons"),
            "signal": is_signal,
            "half": np.arange(len(is_signal)) % 2,
            "weight": np.where(is_signal, 1.0 / signal, 1.0),
            "observable": np.where(is_signal, rng.normal(5.0, 1.0, len(is_signal)), rng.uniform(0, 10, len(is_signal))),
            "good": good,
            "poor": good + rng.normal(0.0, 0.3, len(is_signal)),
        }
    )


@given(st.integers(0, 1000), st.floats(0.01, 1e3))
@settings(max_examples=25, deadline=None)
def test_signal_and_background_weigh_the_same_in_every_bin(seed: int, scale: float) -> None:
    rng = np.random.default_rng(seed)
    signal = np.arange(6000) < 2000
    observable = np.where(signal, rng.normal(3.0, 1.0, 6000), rng.exponential(3.0, 6000))
    weight, clipped = flat_weights(observable, np.where(signal, 1.0, scale), signal)
    assert weight.mean() == pytest.approx(1.0)
    edges = np.quantile(observable[signal], np.linspace(0, 1, BINS + 1)[1:-1])
    place = np.searchsorted(edges, observable, side="right")
    mine, theirs = (np.bincount(place, weights=weight * each, minlength=BINS) for each in (signal, ~signal))
    assert mine == pytest.approx(np.full(BINS, mine.mean()))
    if not clipped:
        assert theirs == pytest.approx(mine)


def test_no_row_stands_for_more_than_its_share_of_a_bin() -> None:
    # 4000 signals and backgrounds take turns, 200 of each to a bin; one background weighs as much as 1000.
    signal = np.tile([True, False], 4000)
    observable = np.arange(8000.0)
    weight = np.ones(8000)
    weight[1001] = 1000.0
    found, clipped = flat_weights(observable, weight, signal)
    assert clipped == 1
    assert found[1001] == pytest.approx(LARGEST_SHARE * 200 * found[1000])  # 200 signals share a bin evenly


def test_the_area_under_the_curve_is_scikit_learns() -> None:
    rng = np.random.default_rng(1)
    signal, weight = rng.uniform(size=500) > 0.4, rng.uniform(size=500)
    scores = np.round(signal + rng.normal(size=500), 1)  # with ties
    assert area_under_curve(scores, signal, weight) == pytest.approx(
        roc_auc_score(signal, scores, sample_weight=weight), abs=1e-12
    )


def test_the_distance_of_two_samples_of_scores() -> None:
    # Half of the first sample lies below all of the second.
    found = overtraining(np.array([0.1] * 50 + [0.9] * 50), np.full(100, 0.9))
    assert found.distance == pytest.approx(0.5)
    assert found.p_value < 1e-6


def test_a_carved_peak_is_told_from_a_slope() -> None:
    rng = np.random.default_rng(2)
    observable = rng.uniform(0.0, 20.0, 40_000)
    slope = 0.1 + 0.02 * observable
    smooth = smoothness(observable, np.ones(40_000), rng.uniform(size=40_000) < slope)
    carved = smoothness(
        observable, np.ones(40_000), rng.uniform(size=40_000) < slope + 0.2 * (np.abs(observable - 7.5) < 0.5)
    )
    assert smooth is not None
    assert carved is not None
    assert smooth.chi2 < 2.5
    assert smooth.largest < 4.0
    assert smooth.efficiencies[0] < smooth.efficiencies[-1]
    # 2000 events in the bin: 0.25 +- 0.01 rises to 0.45.
    assert carved.largest > 10.0


def test_a_better_variable_beats_cuts_on_a_poorer_one_and_the_same_one_does_not() -> None:
    rows = rows_of(3)
    poor = {"poor": CutVariable(hist.axis.Regular(200, -1, 2, name="poor"), "above")}
    good = {"good": CutVariable(hist.axis.Regular(400, 0, 1, name="good"), "above")}
    _, better = compare(rows.assign(score=rows["good"]), {"dark": 5.0}, poor, TERMS)
    threshold, same = compare(rows.assign(score=rows["good"]), {"dark": 5.0}, good, TERMS)
    assert better.factor_common > 1.5
    assert same.factor_common == pytest.approx(1.0, abs=0.1)
    assert 0.5 < threshold < 0.7  # between the two means
    (merit,) = same.merits
    # Within +- 2 sigma: 95 % of the signal, 40 % of 4000 background events, before the threshold.
    assert 0.5 < merit.efficiency < 0.95
    assert merit.background < 1600


def test_the_error_of_a_factor_is_how_it_differs_from_sample_to_sample() -> None:
    poor = {"poor": CutVariable(hist.axis.Regular(2, 0, 1, name="poor"), "above")}
    found = [
        compare(rows.assign(score=rows["good"]), {"dark": 5.0}, poor, TERMS)[1]
        for rows in (rows_of(seed, signal=1000, background=3000) for seed in range(40))
    ]
    factors = np.array([each.factor_common for each in found])
    errors = np.array([(each.errors or (0.0,) * 3)[1] for each in found])
    # 40 samples know their spread to 1/sqrt(2 x 39) = 11 %; that thresholds differ adds some of it.
    assert errors.mean() == pytest.approx(factors.std(ddof=1), rel=0.4)
    assert np.std(errors) < 0.5 * errors.mean()
    # Of the one hypothesis, with the same thresholds: poor's cut hardly moves.
    each = np.array([item.merits[0].error or 0.0 for item in found])
    ratios = np.array([item.merits[0].common / item.merits[0].tuned_cuts for item in found])
    assert each.mean() == pytest.approx(ratios.std(ddof=1), rel=0.4)


def test_thresholds_tuned_on_neighbours_too_follow_fluctuations_less() -> None:
    # Nine hypotheses of one and the same distribution, 60 signals and some 40 backgrounds in each window's half.
    rng = np.random.default_rng(9)
    signals = []
    for number in range(9):
        x = rng.uniform(size=120) ** 0.5
        signals.append(pd.DataFrame({"sample": f"m{number}", "observable": rng.normal(number, 0.05, 120), "x": x}))
    background = pd.DataFrame(
        {"sample": "photons", "observable": rng.uniform(-1, 9, 4000), "x": rng.uniform(size=4000)}
    )
    rows = pd.concat([*signals, background], ignore_index=True)
    rows["signal"] = rows["sample"] != "photons"
    rows["half"] = np.arange(len(rows)) % 2
    rows["weight"] = np.where(rows["signal"], 1.0 / 120, 1.0)
    cuts = {"x": CutVariable(hist.axis.Regular(200, 0, 1, name="x"), "above")}
    masses = {f"m{number}": number + 0.5 for number in range(9)}
    alone, together = (
        compare(rows.assign(score=rows["x"]), masses, cuts, replace(TERMS, neighbours=n))[1] for n in (0, 4)
    )
    assert together.neighbours == 4
    means = [np.log([each.tuned_cuts for each in found.merits]).mean() for found in (alone, together)]
    assert means[1] > means[0]


def test_the_odds_are_those_of_the_best_threshold_at_each_mass() -> None:
    """Scores with signal (k + 1) s^k over a flat background: the larger k, the harder the best cut.

    With B = 2000 in a window eps / (0.64 + sqrt(B)) is (1 - t^(k+1)) / (0.64 + sqrt(2000 (1 - t))).
    """
    rng, steps, parts = np.random.default_rng(8), np.linspace(0.0, 0.99, 500), []
    expected = {}
    for place, power in ((2.0, 1), (8.0, 6)):
        size = 20_000
        score = {"dark": rng.uniform(size=size) ** (1.0 / (power + 1)), "photons": rng.uniform(size=size)}
        for sample, found in score.items():
            name = sample if sample == "photons" else f"{sample}{power}"
            observable = (
                rng.normal(place, 0.1, size) if sample == "dark" else rng.uniform(place - 0.2, place + 0.2, size)
            )
            weight = 1.0 / size if sample == "dark" else 2000.0 / size
            parts.append(pd.DataFrame({"sample": name, "observable": observable, "score": found, "weight": weight}))
        merit = (1.0 - steps ** (power + 1)) / (0.64 + np.sqrt(2000.0 * (1.0 - steps)))
        expected[place] = steps[np.argmax(merit)]
    rows = pd.concat(parts, ignore_index=True).assign(half=1)
    rows["signal"] = rows["sample"] != "photons"
    odds = best_odds(rows, {"dark1": 2.0, "dark6": 8.0}, TERMS)
    for place, threshold in expected.items():
        near = odds[np.abs(rows["observable"] - place) < 0.01]
        # The optimum is flat: thresholds within 0.06 differ by less than a per cent in what they reach.
        assert near.mean() / (1.0 + near.mean()) == pytest.approx(threshold, abs=0.06)
    assert expected[8.0] > expected[2.0] + 0.1


def test_a_tail_of_signal_beyond_all_simulated_background_is_not_the_best_cut() -> None:
    """All but 3 % of the signal scores 0.5 to 0.9, the background 0 to 0.9: 1000 rows, each of 20 events.

    Without any left eps / (0.64 + sqrt(B)) would be 0.03 / 0.64 = 0.047; with one row 0.03 / (0.64 + sqrt(20 x 2)) =
    0.004. From 0.5 on it is 1 / (0.64 + sqrt(20000 x 4/9)) = 0.011.
    """
    rng = np.random.default_rng(10)
    signal = np.arange(2000) < 1000
    score = np.where(signal, rng.uniform(0.5, 0.9, 2000), rng.uniform(0.0, 0.9, 2000))
    score[:30] = 0.95
    rows = pd.DataFrame({"score": score, "signal": signal, "half": np.arange(2000) % 2})
    rows["sample"] = np.where(signal, "dark", "photons")
    rows["observable"] = np.where(signal, rng.normal(5.0, 0.1, 2000), 5.0)
    rows["weight"] = np.where(signal, 1e-3, 20.0)
    nothing = {"score": CutVariable(hist.axis.Regular(1, 0, 1, name="score"), "above")}
    threshold, found = compare(rows, {"dark": 5.0}, nothing, TERMS)
    assert 0.4 < threshold < 0.6
    assert found.factor_common > 1.2  # sqrt(9/4) at most
    odds = best_odds(rows[rows["half"] == 0], {"dark": 5.0}, TERMS)
    assert odds == pytest.approx(np.full(len(odds), 1.0), rel=0.5)


def test_too_few_signals_are_refused() -> None:
    rows = rows_of(4, signal=80)
    with pytest.raises(InputError, match="no signal has 50 rows of either half"):
        compare(rows.assign(score=rows["good"]), {"dark": 5.0}, {}, TERMS)


def test_rows_that_are_not_numbers_are_refused_by_sample() -> None:
    rows = rows_of(5)
    rows.loc[2001, "poor"] = np.inf
    with pytest.raises(InputError, match="sample photons: poor is not a number in 1 rows"):
        training_rows(rows, rows["signal"].to_numpy(), ("good", "poor"))
