"""A classifier against the best rectangular cuts, on events that neither was tuned on.

Scores come from the models that have not seen the events; thresholds and cuts are both chosen on events of even number
and quoted on those of odd number, in the same windows, by the same figure of merit (`processors/punzi.py`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import hist
import numpy as np
import pandas as pd

from ...datasets.errors import InputError
from ..channel import CutVariable
from ..model_card import Comparison, Merit
from ..objects import Array
from ..punzi import HALF, inside_window, kept_weights, optimise, punzi, window

SCORE = "score"
LEAST_ROWS = 50
"""Of a hypothesis in the region; fewer tell nothing."""
STEPS = 200


@dataclass(frozen=True)
class Terms:
    """What a comparison is made with: half width of windows in resolutions, fb^-1, and a of the figure of merit."""

    half_width: float
    luminosity: float
    significance: float


@dataclass(frozen=True)
class _Hypothesis:
    mass: float
    cuts: float
    merit: Array
    kept: Array
    background: Array


def compare(
    rows: pd.DataFrame, masses: Mapping[str, float], against: Mapping[str, CutVariable], terms: Terms
) -> tuple[float, Comparison]:
    """Give the threshold that is best for all masses together, and how the classifier does against cuts.

    Parameters
    ----------
    rows
        Columns of `punzi.optimise`, `sample` and `score`.
    masses
        GeV, by signal sample: the hypotheses to look at.
    against
        Cuts that are optimised together for each mass in the classifier's stead.
    terms
        Windows, luminosity and significance.

    Raises
    ------
    InputError
        No hypothesis has enough events.
    """
    background = rows[~rows["signal"]]
    cut = _score_cut(rows)
    looked = [
        _look(mass, chosen, background, cut, against, terms)
        for sample, mass in sorted(masses.items(), key=lambda each: each[1])
        if min(np.bincount(((chosen := rows[rows["sample"] == sample])[HALF]), minlength=2)) >= LEAST_ROWS
    ]
    if not looked:
        raise InputError(f"no signal has {LEAST_ROWS} rows of either half in the region: simulate more.")
    with np.errstate(divide="ignore"):
        common = int(np.argmax(np.mean([np.log(each.merit[0]) for each in looked], axis=0)))
    merits = tuple(_quote(each, common) for each in looked)
    return float(cut[SCORE].axis.edges[common]), Comparison(
        against=tuple(against),
        luminosity=terms.luminosity,
        significance=terms.significance,
        factor_tuned=_factor(merits, [each.tuned for each in merits]),
        factor_common=_factor(merits, [each.common for each in merits]),
        merits=merits,
    )


def _score_cut(rows: pd.DataFrame) -> dict[str, CutVariable]:
    """Make thresholds of equal steps in the signals' efficiency; the first passes everything."""
    scores = rows.loc[rows["signal"], SCORE]
    edges = np.unique(np.round(np.quantile(scores, np.linspace(0.0, 1.0, STEPS)), 6))
    return {SCORE: CutVariable(hist.axis.Variable([-1.0, *edges, 2.0], name=SCORE), "above")}


def _look(
    mass: float,
    signal: pd.DataFrame,
    background: pd.DataFrame,
    cut: Mapping[str, CutVariable],
    against: Mapping[str, CutVariable],
    terms: Terms,
) -> _Hypothesis:
    centre, half = window(signal, terms.half_width)
    inside = inside_window(signal, centre, half), inside_window(background, centre, half)
    kept, expected = (np.array([kept_weights(each, cut, side) for side in (0, 1)]) for each in inside)
    best = optimise(mass, *inside, against, terms.half_width, terms.significance)
    return _Hypothesis(mass, best.quoted, punzi(kept, expected, terms.significance), kept[1], expected[1])


def _quote(found: _Hypothesis, common: int) -> Merit:
    tuned = int(np.argmax(found.merit[0]))
    figures = found.cuts, found.merit[1][tuned], found.merit[1][common], found.kept[common], found.background[common]
    cuts, at_best, at_common, efficiency, background = (float(f"{each:.5g}") for each in figures)
    return Merit(
        mass=found.mass, cuts=cuts, tuned=at_best, common=at_common, efficiency=efficiency, background=background
    )


def _factor(merits: Sequence[Merit], values: Sequence[float]) -> float:
    ratios = [value / each.cuts for value, each in zip(values, merits, strict=True) if each.cuts > 0.0 and value > 0.0]
    return round(float(np.exp(np.mean(np.log(ratios)))), 4) if ratios else float("nan")
