"""The rows that a classifier is trained on, with weights that make signal and background equally flat in the mass."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from ...datasets.errors import InputError
from ..objects import Array, Index, Mask
from ..punzi import HALF, OBSERVABLE, WEIGHT

BINS = 20
LARGEST_SHARE = 0.02
"""Of a mass bin's background that one row may stand for: a few rows with large weights are learnt by heart else."""
BEYOND = 0.002
"""Share of the signals left out at either end of the observable."""
LEAST_ROWS = 200
"""Of signal and of background in either half."""


@dataclass(frozen=True)
class TrainingRows:
    """Rows of signals and backgrounds that pass the preselection.

    Attributes
    ----------
    inputs
        (rows, variables), in the single precision that they are evaluated in.
    signal
        Which rows are signal.
    weight
        Of the training: the same sum for signal and background in every bin of the observable.
    half
        Event number modulo 2.
    clipped
        Background rows whose weight was cut down.
    """

    inputs: Array
    signal: Mask
    weight: Array
    half: Index
    clipped: int


def where_signals_are(rows: pd.DataFrame) -> pd.DataFrame:
    """Leave out what lies beyond the signals' observables: no hypothesis there is looked for."""
    low, high = np.quantile(rows.loc[rows["signal"], OBSERVABLE], [BEYOND, 1.0 - BEYOND])
    found: pd.DataFrame = rows[rows[OBSERVABLE].between(low, high)].reset_index(drop=True)
    return found


def training_rows(rows: pd.DataFrame, signal: Mask, inputs: Sequence[str]) -> TrainingRows:
    """Arrange gathered rows for the training.

    Parameters
    ----------
    rows
        Columns `half`, `weight` (expected events), `observable`, `sample`, and the inputs.
    signal
        Which are signal.
    inputs
        Names of the columns to train on.

    Raises
    ------
    InputError
        An input is not a number, or there are too few rows.
    """
    table = rows[list(inputs)].to_numpy(dtype=np.float32)
    broken = ~np.isfinite(table)
    if broken.any():
        row, column = np.argwhere(broken)[0]
        raise InputError(
            f"sample {rows['sample'].iloc[row]}: {inputs[column]} is not a number in {broken.any(axis=1).sum()} rows "
            "that pass the preselection; mend the sample, or leave it out of the catalog."
        )
    half = rows[HALF].to_numpy()
    for what, mine in (("signal", signal), ("background", ~signal)):
        least = min(int(np.sum(mine & (half == parity))) for parity in (0, 1))
        if least < LEAST_ROWS:
            raise InputError(
                f"{what}: {least} rows of a half pass the preselection, {LEAST_ROWS} are needed; simulate more."
            )
    weight, clipped = flat_weights(rows[OBSERVABLE].to_numpy(), rows[WEIGHT].to_numpy(), signal)
    return TrainingRows(table, signal, weight, half, clipped)


def flat_weights(observable: Array, weight: Array, signal: Mask) -> tuple[Array, int]:
    """Weigh rows so that signal and background sum to the same in each bin of the observable.

    Where a bin tells nothing, a cut on the score cannot carve a peak out of a smooth background. Bins hold equal
    numbers of signal rows; background beyond them counts for the outermost ones.

    Returns
    -------
    tuple
        Weights of mean 1, and how many background rows were cut down to the largest share of their bin.
    """
    edges = np.quantile(observable[signal], np.linspace(0.0, 1.0, BINS + 1)[1:-1])
    place = np.searchsorted(edges, observable, side="right")
    weight = np.maximum(weight, 0.0)
    clipped = 0
    result = np.zeros(len(weight))
    for number in range(BINS):
        for mine in (signal & (place == number), ~signal & (place == number)):
            total = weight[mine].sum()
            if total > 0.0:
                share = weight[mine] / total
                clipped += int(np.sum(share > LARGEST_SHARE))
                result[mine] = np.minimum(share, LARGEST_SHARE)
    return result * len(result) / result.sum(), clipped


def expected_events(scale: Mapping[str, float], rows: pd.DataFrame) -> Array:
    """Give the rows' weights times their sample's scale."""
    return np.asarray(rows["weight"].to_numpy() * rows["sample"].map(scale).to_numpy(), dtype=np.float64)
