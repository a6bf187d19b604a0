import hist
import numpy as np
import pandas as pd
import pytest
from darkbelle.datasets.errors import ConfigurationError, UsageError
from darkbelle.processors.channel import CutVariable
from darkbelle.processors.punzi import chosen_variables, kept_weights, optimise, passing, punzi
from hypothesis import given, settings
from hypothesis import strategies as st

ABOVE = CutVariable(hist.axis.Regular(20, 0, 1, name="x"), "above")
BELOW = CutVariable(hist.axis.Regular(10, 0, 1, name="y"), "below")


def rows(seed: int, number: int, weight: float, power: float) -> pd.DataFrame:
    """Make rows with x of density (power + 1) x^power, y uniform, and a narrow observable at 2."""
    random = np.random.default_rng(seed)
    return pd.DataFrame(
        {
            "half": np.arange(number) % 2,
            "weight": np.full(number, weight),
            "observable": 2.0 + 0.01 * random.normal(size=number),
            "x": random.random(number) ** (1.0 / (power + 1.0)),
            "y": random.random(number),
        }
    )


def test_the_figure_of_merit_is_punzis() -> None:
    assert punzi(0.5, 100.0, 2.56) == pytest.approx(0.5 / (1.28 + 10.0))


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 10**6))
def test_the_best_thresholds_are_those_of_a_search_one_by_one(seed: int) -> None:
    signal, background = rows(seed, 400, 1e-3, 3.0), rows(seed + 1, 600, 0.5, 0.0)
    found = optimise(2.0, signal, background, {"above": ABOVE, "below": BELOW}, 2.0, 1.28)
    low, centre, high = np.quantile(signal["observable"], [0.158655, 0.5, 0.841345])
    inside = [r[np.abs(r["observable"] - centre) <= high - low] for r in (signal, background)]

    def merit(half: int, x: float, y: float) -> float:
        kept = [r[(r["half"] == half) & (r["x"] >= x) & (r["y"] < y)]["weight"].sum() * 2 for r in inside]
        return float(punzi(kept[0], kept[1], 1.28))

    best = max(merit(0, x, y) for x in ABOVE.axis.edges for y in BELOW.axis.edges)
    assert found.tuned == pytest.approx(best)
    assert merit(0, found.thresholds["above"], found.thresholds["below"]) == pytest.approx(best)
    assert found.quoted == pytest.approx(merit(1, found.thresholds["above"], found.thresholds["below"]))
    assert found.without == pytest.approx(merit(1, 0.0, 1.0))


def test_a_cut_on_what_tells_signal_from_background_improves_the_half_that_it_was_not_chosen_on() -> None:
    # Signal 4 x^3 against flat background of 2000: the optimum of (1 - t^4) / (0.64 + sqrt(2000 (1 - t))) lies near
    # t = 0.9, where the merit is 0.3439 / (0.64 + 14.14) = 0.02327 against 1 / (0.64 + 44.7) = 0.02205 without.
    signal, background = rows(1, 40000, 1 / 40000, 3.0), rows(2, 40000, 2000 / 40000, 0.0)
    found = optimise(2.0, signal, background, {"above": ABOVE}, 5.0, 1.28)
    expected = [(1 - t**4) / (0.64 + np.sqrt(2000 * (1 - t))) for t in ABOVE.axis.edges]
    assert found.thresholds["above"] == pytest.approx(ABOVE.axis.edges[int(np.argmax(expected))], abs=0.051)
    assert found.quoted == pytest.approx(max(expected), rel=0.03)
    assert found.factor == pytest.approx(max(expected) / expected[0], rel=0.04)


def test_what_cannot_be_optimised_is_refused_by_name() -> None:
    with pytest.raises(UsageError, match="zprime: trigger cannot be optimised; pair_pt can"):
        chosen_variables({"pair_pt": ABOVE}, ["trigger"], "zprime")
    with pytest.raises(ConfigurationError, match="mass 2: no signal passes"):
        optimise(2.0, rows(1, 0, 1.0, 0.0), rows(1, 5, 1.0, 0.0), {"above": ABOVE}, 2.0, 1.28)


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 10**6))
def test_rows_that_pass_a_combination_add_up_to_its_place_among_the_sums(seed: int) -> None:
    found = rows(seed, 200, 0.5, 1.0)
    found["x"] = 1.4 * found["x"] - 0.2  # beyond both ends of the thresholds
    cuts = {"above": ABOVE, "below": BELOW}
    for half in (0, 1):
        sums = kept_weights(found, cuts, half).ravel()
        for place in np.random.default_rng(seed).integers(0, len(sums), 30):
            chosen = passing(found, cuts, int(place)) & (found["half"] == half)
            assert 2.0 * found["weight"][chosen].sum() == pytest.approx(sums[place])
