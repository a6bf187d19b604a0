"""Weights with which one threshold of a classifier is best for all hypotheses."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from ..objects import Array
from ..punzi import HALF, OBSERVABLE
from .comparing import LEAST_ROWS, SCORE, Terms, by_mass, grid_of, score_cut, window_of

ODDS_OF = (0.1, 0.97)
"""Thresholds of least and most odds: scores beyond have few rows to tell the best one by."""


def best_odds(rows: pd.DataFrame, masses: Mapping[str, float], terms: Terms) -> Array:
    """Give each row the odds, score / (1 - score), of the best threshold at its observable.

    With backgrounds weighed by them a classifier's best threshold is 1/2 for every hypothesis. At the best threshold
    signal over background is half of what it is beyond, or less: the better they can be told apart, the harder a cut
    is best.

    Parameters
    ----------
    rows, masses, terms
        As of `compare`, of one half, scored.
    """
    rows = rows.reset_index(drop=True)
    background = rows[~rows["signal"]]
    signals = [each for each in by_mass(rows, masses).values() if len(each) >= LEAST_ROWS]
    half, cut = int(rows[HALF].iloc[0]), score_cut(rows)
    grid = grid_of([window_of(each, background, terms.half_width) for each in signals], cut, terms.significance)
    best = np.asarray(cut[SCORE].axis.edges)[grid.tuned(half, terms.neighbours)]
    best = np.clip(best, *ODDS_OF)
    where = np.array([each[OBSERVABLE].median() for each in signals])
    logarithms = np.interp(rows[OBSERVABLE], where, np.log(best / (1.0 - best)))
    return np.asarray(np.exp(logarithms))
