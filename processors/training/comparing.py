"""A classifier against rectangular cuts, on events that neither was tuned on.

Scores come from the models that have not seen the events. Thresholds and cuts are chosen on the events of one half of
the event numbers and quoted on those of the other, in the same windows, by the same figure of merit
(`processors/punzi.py`); then the other way round, and what is told is the mean of both.
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
from ..punzi import HALF, OBSERVABLE, WEIGHT, inside_window, kept_weights, punzi, window

SCORE = "score"
LEAST_ROWS = 50
"""Of a hypothesis in either half of the region; fewer tell nothing."""
STEPS = 200
WINDOW_ROWS = 1000
"""Background rows before the cuts that a window's background is taken from."""

Cuts = Mapping[str, CutVariable]


@dataclass(frozen=True)
class Terms:
    """What a comparison is made with: half width of windows in resolutions, fb^-1, and a of the figure of merit."""

    half_width: float
    luminosity: float
    significance: float


@dataclass(frozen=True)
class _Grid:
    """Figures of merit of all hypotheses and both halves for each combination of thresholds.

    Attributes
    ----------
    merit, efficiency, background
        (hypotheses, halves, combinations).
    """

    merit: Array
    efficiency: Array
    background: Array

    def tuned(self) -> Array:
        """Quote each hypothesis at its own best thresholds."""
        best = [np.argmax(self.merit[:, half], axis=-1) for half in (0, 1)]
        return self._quoted(0, best[0]) / 2.0 + self._quoted(1, best[1]) / 2.0

    def common(self) -> Array:
        """Quote each hypothesis at the thresholds that are best for all together."""
        best = [np.full(len(self.merit), self.best_for_all(self.merit[:, half])) for half in (0, 1)]
        return self._quoted(0, best[0]) / 2.0 + self._quoted(1, best[1]) / 2.0

    @staticmethod
    def best_for_all(merit: Array) -> int:
        """Find the combination with the largest geometric mean over the hypotheses."""
        with np.errstate(divide="ignore"):
            return int(np.argmax(np.log(merit).sum(axis=0)))

    def _quoted(self, half: int, places: Array) -> Array:
        return np.asarray(self.merit[np.arange(len(self.merit)), 1 - half, places])


def compare(rows: pd.DataFrame, masses: Mapping[str, float], against: Cuts, terms: Terms) -> tuple[float, Comparison]:
    """Give the threshold that is best for all masses together, and how the classifier does against cuts.

    Parameters
    ----------
    rows
        Columns `half`, `weight`, `observable`, `sample`, `signal`, `score`, and the variables of cuts.
    masses
        GeV, by signal sample: the hypotheses to look at.
    against
        Cuts that are optimised together in the classifier's stead.
    terms
        Windows, luminosity and significance.

    Raises
    ------
    InputError
        No hypothesis has enough events.
    """
    every = {sample: rows[rows["sample"] == sample] for sample in sorted(masses, key=lambda each: masses[each])}
    signals = {
        sample: each for sample, each in every.items() if np.bincount(each[HALF], minlength=2).min() >= LEAST_ROWS
    }
    if not signals:
        raise InputError(f"no signal has {LEAST_ROWS} rows of either half in the region: simulate more.")
    background = rows[~rows["signal"]]
    cut = _score_cut(rows)
    score, cuts = (_grid(signals, background, each, terms) for each in (cut, against))
    place = score.best_for_all(score.merit.mean(axis=1))
    columns = score.tuned(), cuts.tuned(), score.common(), cuts.common()
    efficiency, expected = (each[:, :, place].mean(axis=1) for each in (score.efficiency, score.background))
    figures = np.transpose([*columns, efficiency, expected])
    names = ("tuned", "tuned_cuts", "common", "common_cuts", "efficiency", "background")
    merits = tuple(
        Merit(mass=masses[sample], **{name: float(f"{each:.5g}") for name, each in zip(names, row, strict=True)})
        for sample, row in zip(signals, figures, strict=True)
    )
    return float(cut[SCORE].axis.edges[place]), Comparison(
        against=tuple(against),
        luminosity=terms.luminosity,
        significance=terms.significance,
        factor_tuned=_factor(columns[0], columns[1]),
        factor_common=_factor(columns[2], columns[3]),
        merits=merits,
    )


def _score_cut(rows: pd.DataFrame) -> dict[str, CutVariable]:
    """Make thresholds of equal steps in the signals' efficiency; the first passes everything."""
    scores = rows.loc[rows["signal"], SCORE]
    edges = np.unique(np.round(np.quantile(scores, np.linspace(0.0, 1.0, STEPS)), 6))
    return {SCORE: CutVariable(hist.axis.Variable([-1.0, *edges, 2.0], name=SCORE), "above")}


def _grid(signals: Mapping[str, pd.DataFrame], background: pd.DataFrame, cuts: Cuts, terms: Terms) -> _Grid:
    kept = []
    for signal in signals.values():
        centre, half = window(signal, terms.half_width)
        inside = inside_window(signal, centre, half), _around(background, centre, half)
        kept.append([[kept_weights(each, cuts, side).ravel() for side in (0, 1)] for each in inside])
    efficiency, expected = np.swapaxes(kept, 0, 1)
    return _Grid(punzi(efficiency, expected, terms.significance), efficiency, expected)


def _around(background: pd.DataFrame, centre: float, half: float) -> pd.DataFrame:
    """Give a window's background; from a wider one, weighed by the ratio of widths, where the window has few rows.

    One simulated event may stand for many: a narrow window without any looks free of background, and the best cuts
    would be those that leave none by chance.
    """
    distance = np.abs(background[OBSERVABLE].to_numpy() - centre)
    nearest = min(WINDOW_ROWS, len(distance)) - 1
    wide = max(half, float(np.partition(distance, nearest)[nearest]))
    inside = inside_window(background, centre, wide)
    return inside.assign(**{WEIGHT: inside[WEIGHT] * (half / wide)})


def _factor(values: Sequence[float] | Array, others: Sequence[float] | Array) -> float:
    return round(float(np.exp(np.mean(np.log(np.asarray(values) / np.asarray(others))))), 4)
