"""Weights with which one threshold of a classifier is best for all hypotheses."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from ..objects import Array
from ..punzi import HALF, OBSERVABLE
from .comparing import LEAST_ROWS, SCORE, Terms, by_mass, grid_of, score_cut, window_of

ODDS_OF = (0.05, 0.95)
"""Thresholds of least and most odds: scores beyond have few rows to tell the best one by."""
FLATNESS = 0.02
"""Relative loss in the figure of merit at which a threshold counts 1/e of the best one."""


def best_odds(rows: pd.DataFrame, masses: Mapping[str, float], terms: Terms) -> Array:
    """Give each row the odds, score / (1 - score), of the best threshold at its observable.

    With backgrounds weighed by them a classifier's best threshold is 1/2 for every hypothesis. At the best threshold
    signal over background is half of what it is beyond, or less: the better they can be told apart, the harder a cut
    is best. The optimum is flat, and the very best threshold follows fluctuations: what is taken is the mean logarithm
    of the odds of all thresholds, those counting most that lose least.

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
    edges = np.clip(cut[SCORE].axis.edges, *ODDS_OF)
    odds = np.log(edges / (1.0 - edges))
    level = []
    for number in range(len(signals)):
        logarithm = grid.around(number, half, terms.neighbours)
        share = np.exp((logarithm - logarithm.max()) / FLATNESS)
        level.append(share @ odds / share.sum())
    where = np.array([each[OBSERVABLE].median() for each in signals])
    return np.asarray(np.exp(np.interp(rows[OBSERVABLE], where, level)))
