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
from ..objects import Array, Index
from ..punzi import HALF, OBSERVABLE, WEIGHT, inside_window, kept_weights, punzi, window
from .resampling import Cuts, Window, factor, quoted, resampled, spread

SCORE = "score"
LEAST_ROWS = 50
"""Of a hypothesis in either half of the region; fewer tell nothing."""
STEPS = 200
WINDOW_ROWS = 1000
"""Background rows before the cuts that a window's background is taken from, at least."""


@dataclass(frozen=True)
class Terms:
    """What a comparison is made with.

    Attributes
    ----------
    half_width
        Of windows, in resolutions.
    luminosity, significance
        fb^-1, and a of the figure of merit.
    neighbours
        Hypotheses to either side that thresholds are tuned on beside the one in question.
    """

    half_width: float
    luminosity: float
    significance: float
    neighbours: int = 0


@dataclass(frozen=True)
class Grid:
    """Figures of merit of all hypotheses and both halves for each combination of thresholds.

    Attributes
    ----------
    merit, efficiency, background
        (hypotheses, halves, combinations).
    """

    merit: Array
    efficiency: Array
    background: Array

    def around(self, number: int, half: int, neighbours: int) -> Array:
        """Give the mean logarithm of the figures of merit over a hypothesis and its neighbours, by combination."""
        return mean_logarithm(self.merit[max(number - neighbours, 0) : number + neighbours + 1, half])

    def tuned(self, half: int, neighbours: int) -> Index:
        """Give each hypothesis's best combination on one half, by the geometric mean over it and its neighbours."""
        return np.array([np.argmax(self.around(number, half, neighbours)) for number in range(len(self.merit))])

    def common(self, half: int) -> Index:
        """Give the combination that is best on one half for all hypotheses together, once for each."""
        return np.full(len(self.merit), np.argmax(mean_logarithm(self.merit[:, half])))


def mean_logarithm(merit: Array) -> Array:
    """Give the logarithm of the geometric mean over hypotheses of figures of merit; minus infinity where one is 0."""
    with np.errstate(divide="ignore"):
        return np.asarray(np.log(merit).mean(axis=0))


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
    rows = rows.reset_index(drop=True)
    signals = {
        sample: each
        for sample, each in by_mass(rows, masses).items()
        if np.bincount(each[HALF], minlength=2).min() >= LEAST_ROWS
    }
    if not signals:
        raise InputError(f"no signal has {LEAST_ROWS} rows of either half in the region: simulate more.")
    background = rows[~rows["signal"]]
    cut = score_cut(rows)
    numbers = resampled(len(rows))
    windows = [window_of(each, background, terms.half_width) for each in signals.values()]
    found, grids = {}, {}
    for name, cuts in (("", cut), ("_cuts", against)):
        grid = grids[name] = grid_of(windows, cuts, terms.significance)
        chosen = {"tuned": [grid.tuned(half, terms.neighbours) for half in (0, 1)]}
        chosen["common"] = [grid.common(half) for half in (0, 1)]
        for kind, places in chosen.items():
            found[kind + name] = quoted(windows, cuts, places, numbers, terms.significance)
    place = int(np.argmax(mean_logarithm(grids[""].merit.mean(axis=1))))
    columns = {name: each[:, 0] for name, each in found.items()}
    columns["efficiency"] = grids[""].efficiency[:, :, place].mean(axis=1)
    columns["background"] = grids[""].background[:, :, place].mean(axis=1)
    columns["error"] = spread(found["common"] / found["tuned_cuts"])
    merits = tuple(
        Merit(mass=masses[sample], **{name: float(f"{each[number]:.5g}") for name, each in columns.items()})
        for number, sample in enumerate(signals)
    )
    tuned, common, shipped = (
        factor(found[one], found[other])
        for one, other in (("tuned", "tuned_cuts"), ("common", "common_cuts"), ("common", "tuned_cuts"))
    )
    return float(cut[SCORE].axis.edges[place]), Comparison(
        against=tuple(against),
        luminosity=terms.luminosity,
        significance=terms.significance,
        neighbours=terms.neighbours,
        factor_tuned=tuned[0],
        factor_common=common[0],
        factor_common_over_tuned=shipped[0],
        errors=(tuned[1], common[1], shipped[1]),
        merits=merits,
    )


def by_mass(rows: pd.DataFrame, masses: Mapping[str, float]) -> dict[str, pd.DataFrame]:
    """Give the rows of each signal, the lightest first."""
    return {sample: rows[rows["sample"] == sample] for sample in sorted(masses, key=lambda each: masses[each])}


def score_cut(rows: pd.DataFrame) -> dict[str, CutVariable]:
    """Make thresholds of equal steps in the signals' efficiency; the first passes everything."""
    scores = rows.loc[rows["signal"], SCORE]
    edges = np.unique(np.round(np.quantile(scores, np.linspace(0.0, 1.0, STEPS)), 6))
    return {SCORE: CutVariable(hist.axis.Variable([-1.0, *edges, 2.0], name=SCORE), "above")}


def window_of(signal: pd.DataFrame, background: pd.DataFrame, half_width: float) -> Window:
    """Give the signal and the background that a hypothesis is judged by."""
    centre, half = window(signal, half_width)
    return inside_window(signal, centre, half), _around(background, centre, half)


def grid_of(windows: Sequence[Window], cuts: Cuts, significance: float) -> Grid:
    """Give the figures of merit of all combinations of thresholds.

    A combination that leaves none of the simulated background is judged as if it left one row: a row stands for many
    events where the simulation is short, and with none at all the tail of a signal would look like the best cut.
    """
    kept = [
        [[kept_weights(each, cuts, side).ravel().astype(np.float32) for side in (0, 1)] for each in pair]
        for pair in windows
    ]
    efficiency, expected = np.swapaxes(np.asarray(kept), 0, 1)
    least = np.array([[_row_weight(background, side) for side in (0, 1)] for _, background in windows])
    expected = np.maximum(expected, least[..., np.newaxis])
    return Grid(punzi(efficiency, expected, significance), efficiency, expected)


def _row_weight(background: pd.DataFrame, half: int) -> float:
    """Give what a row of a half counts for in `kept_weights`, in the mean; 0 without any."""
    weights = background.loc[background[HALF] == half, WEIGHT]
    return float(2.0 * weights.mean()) if len(weights) else 0.0


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
