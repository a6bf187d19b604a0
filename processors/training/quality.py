"""How well a classifier separates, and whether it learnt its events by heart."""

import numpy as np
from scipy.stats import ks_2samp

from ..model_card import Overtraining, Smoothness
from ..objects import Array, Mask

SMOOTH_BINS, MOST_SMOOTH_BINS = 20, 100
ROWS_A_BIN = 2000
"""Of the background, where there are enough: the narrower the bins, the less a slope's curvature looks like peaks."""


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


def smoothness(observable: Array, weight: Array, passed: Mask) -> Smoothness | None:
    """Look for peaks in the background's efficiency: each bin against the mean of its two neighbours.

    Parameters
    ----------
    observable, weight, passed
        Of background rows, and which of them pass.
    """
    bins = min(max(len(observable) // ROWS_A_BIN, SMOOTH_BINS), MOST_SMOOTH_BINS)
    edges = np.quantile(observable, np.linspace(0.0, 1.0, bins + 1)[1:-1])
    place = np.searchsorted(edges, observable, side="right")
    total, kept, squares = (
        np.bincount(place, weights=each, minlength=bins) for each in (weight, weight * passed, weight**2)
    )
    if total.min() <= 0.0:
        return None
    efficiency, effective = kept / total, total**2 / squares
    # A bin that passes nothing, or all, has an error too: that of one event more or less (Laplace).
    expected = (efficiency * effective + 1.0) / (effective + 2.0)
    variance = expected * (1.0 - expected) / effective
    distance = efficiency[1:-1] - (efficiency[:-2] + efficiency[2:]) / 2.0
    pulls = distance / np.sqrt(variance[1:-1] + (variance[:-2] + variance[2:]) / 4.0)
    centres = np.bincount(place, weights=observable, minlength=bins) / np.bincount(place, minlength=bins)
    told = (tuple(float(f"{v:.4g}") for v in each) for each in (centres, efficiency, np.sqrt(variance)))
    centre, value, error = told
    return Smoothness(
        centres=centre,
        efficiencies=value,
        errors=error,
        chi2=round(float(np.mean(pulls**2)), 3),
        largest=round(float(pulls.max()), 3),
    )
