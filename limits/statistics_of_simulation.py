"""Statistics of the simulated backgrounds: bins without any event, and errors too small to matter."""

from collections.abc import Mapping
from math import sqrt

import numpy as np

from .histfactory import Array
from .templates import Template

NOTHING = 1e-3  # events in a window of a region that no simulated event reaches: what fits need to work with
KNOWN = 1 / 3  # relative error of fewer than nine simulated events: their fluctuations are not Gaussian
SMALL = 0.1  # of the data's own Poisson error: the simulation's then adds less than 0.5 % to it


def unseen_events(background: Template, expected: Array, bins: int) -> tuple[tuple[Array, Array] | None, list[str]]:
    """Stand in for bins in which no simulated event fell: half an event of mean weight, known to 140 %.

    Half an event is Jeffreys' posterior mean of none, sqrt(2) of it its standard deviation; it is shared by all empty
    bins of a window. Of a region that no event reaches at all, no mean weight is known: nothing is expected there.

    Parameters
    ----------
    background
        All of the region's simulated background.
    expected, bins
        What falls into the window's bins (0 for no process at all), and their number.

    Returns
    -------
    tuple
        Events and errors, None where nothing is missing; and a note.
    """
    total = float(background.values.sum())
    empty = np.broadcast_to(expected, (bins,)) <= 0
    if not empty.any():
        return None, []
    if total <= 0:
        note = "no simulated background event in the whole region: none is expected"
        return (np.full(bins, NOTHING / bins), np.zeros(bins)), [note]
    count = 0.5 * float(background.variances.sum()) / total
    nominal = np.where(empty, count / empty.sum(), 0.0)
    where = "the window" if empty.all() else f"{empty.sum()} of {len(empty)} bins"
    note = f"no simulated background event in {where}; {count:.3g} assumed"
    return (nominal, np.sqrt(2.0) * nominal), [note]


def pruned_errors(values: Mapping[str, Array], errors: Mapping[str, Array]) -> dict[str, Array | None]:
    """Drop statistical errors in bins where all samples' together are small against the Poisson error."""
    if not values:
        return {}
    variance = np.sum([each**2 for each in errors.values()], axis=0)
    kept = variance > SMALL**2 * np.sum(list(values.values()), axis=0)
    if not kept.any():
        return dict.fromkeys(values)
    return {process: np.where(kept, errors[process], 0.0) for process in values}


def has_few(value: float, error: float, total: float) -> bool:
    """Tell whether a process counts so few simulated events that their number is a Poisson measurement of its own.

    Parameters
    ----------
    value, error
        Its events in a count and their statistical error.
    total
        Events of all processes: an error that is small against the Poisson error of these needs no care.
    """
    return error > KNOWN * value and error > SMALL * sqrt(total)
