"""How well a classifier separates, and whether it learnt its events by heart."""

import numpy as np
from scipy.stats import ks_2samp

from ..model_card import Overtraining
from ..objects import Array, Mask


def area_under_curve(scores: Array, signal: Mask, weight: Array) -> float:
    """Give the weighted area under the ROC curve: the chance that a signal scores higher than a background.

    Equal scores count half. Own code: training's libraries are an extra, a card's figures are checked without it.
    """
    levels, place = np.unique(scores, return_inverse=True)
    right = np.bincount(place[signal], weights=weight[signal], minlength=len(levels))
    wrong = np.bincount(place[~signal], weights=weight[~signal], minlength=len(levels))
    below = np.cumsum(wrong) - wrong
    return float(np.sum(right * (below + 0.5 * wrong)) / (right.sum() * wrong.sum()))


def overtraining(trained: Array, untrained: Array) -> Overtraining:
    """Compare the scores of events of one kind that were trained on and that were not (Kolmogorov-Smirnov)."""
    found = ks_2samp(trained, untrained, method="asymp")
    return Overtraining(distance=round(float(found.statistic), 5), p_value=float(f"{found.pvalue:.3g}"))
